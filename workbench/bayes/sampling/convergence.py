"""Whether chains agree, asked of functions: weights swap labels and never mix, the forecasts they make do.

R-hat and effective sample size of the predictive mean and of the log of the predictive standard deviation, at stated
rows; the worst row decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from workbench.bayes.sampling.compiled import Compiled
from workbench.bayes.sampling.posterior import Posterior
from workbench.errors import ValidationError, WorkbenchError

Floats = NDArray[np.float64]
#: The limits of the study; Vehtari et al. (2021) give both.
R_HAT_AT_MOST: Final = 1.01
ESS_AT_LEAST: Final = 400.0
#: More of the draws divergent than this, and regions of the posterior were not entered; a single one is reported.
DIVERGENT_AT_MOST: Final = 0.005
_FEWEST_DRAWS: Final = 4


class NotConvergedError(WorkbenchError):
    """A posterior was to be published that has not converged."""


class Family(Protocol):
    """The part of a family that summarizes its outputs."""

    def mean(self, outputs: Floats) -> Floats:
        """Return the predictive mean, standardized, shape (...)."""
        ...

    def log_sd(self, outputs: Floats) -> Floats:
        """Return the log of the predictive standard deviation, standardized, shape (...)."""
        ...


@dataclass(frozen=True, slots=True)
class Convergence:
    """What the chains say of each other; every number is the worst over the rows asked about.

    Attributes
    ----------
    r_hat_mean, r_hat_scale : float
        Rank-normalized split R-hat of the predictive mean and of the log predictive sd; NaN where chains stand still.
    ess_mean, ess_scale : float
        Bulk effective sample sizes.
    ess_tail_mean, ess_tail_scale : float
        Tail effective sample sizes: of the 5 % and 95 % quantiles.
    divergences, draws, chains, points : int
        Draws of all chains; rows asked about.
    converged : bool
    reasons : tuple of str
        Why not, in words; empty if converged.
    """

    r_hat_mean: float
    r_hat_scale: float
    ess_mean: float
    ess_scale: float
    ess_tail_mean: float
    ess_tail_scale: float
    divergences: int
    draws: int
    chains: int
    points: int
    converged: bool
    reasons: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """One sentence: converged or why not, with the worst numbers."""
        worst = max(self.r_hat_mean, self.r_hat_scale)
        effective = min(self.ess_mean, self.ess_scale)
        numbers = f"R-hat {worst:.3f}, {effective:.0f} effective of {self.draws} draws in {self.chains} chains"
        where = f"at {self.points} rows, {self.divergences} divergences"
        word = "Converged" if self.converged else "Not converged"
        return " ".join((f"{word} ({numbers} {where}).", *self.reasons))


def function_convergence(
    posterior: Posterior, compiled: Compiled, *, rows: Mapping[str, Any], family: Family,
    r_hat_at_most: float = R_HAT_AT_MOST, ess_at_least: float = ESS_AT_LEAST,
) -> Convergence:  # fmt: skip
    """Return whether the chains agree on the forecasts of some rows.

    Parameters
    ----------
    posterior : Posterior
        At least two chains, or nothing can disagree.
    compiled : Compiled
    rows : mapping
        Entries of ``compiled.ROWS``: 20 to 40 rows the chains were not trained on.
    family : Family
        The network's, for mean and scale of its outputs.
    r_hat_at_most, ess_at_least : float

    Returns
    -------
    Convergence

    Raises
    ------
    ValidationError
        If there is one chain only, fewer than four draws a chain, or no rows.

    References
    ----------
    .. [1] Vehtari et al. (2021), Rank-normalization, folding, and localization, doi:10.1214/20-BA1221
    """
    return convergence_of(
        *predictive_functions(posterior, compiled, rows=rows, family=family),
        divergences=posterior.divergences, r_hat_at_most=r_hat_at_most, ess_at_least=ess_at_least,
    )  # fmt: skip


def predictive_functions(
    posterior: Posterior, compiled: Compiled, *, rows: Mapping[str, Any], family: Family
) -> tuple[Floats, Floats]:
    """Return predictive means and log sds, standardized, each shape (n_chains, n_draws, n_rows)."""
    import jax

    run = jax.jit(jax.vmap(lambda values: compiled.outputs(values, rows)))
    outputs = np.asarray(run(posterior.flat()), dtype=np.float64)
    shape = (posterior.n_chains, posterior.n_draws, outputs.shape[1])
    return np.asarray(family.mean(outputs)).reshape(shape), np.asarray(family.log_sd(outputs)).reshape(shape)


def convergence_of(
    mean: Floats, scale: Floats, *, divergences: int = 0,
    r_hat_at_most: float = R_HAT_AT_MOST, ess_at_least: float = ESS_AT_LEAST,
) -> Convergence:  # fmt: skip
    """Judge draws of functions, each shape (n_chains, n_draws, n_points); see ``function_convergence``."""
    chains, draws, points = mean.shape
    if chains < 2 or draws < _FEWEST_DRAWS or points < 1:
        raise ValidationError(
            f"R-hat needs 2 chains of {_FEWEST_DRAWS} draws at 1 row or more, got {chains} chains of {draws} draws "
            f"at {points} rows."
        )
    found = {f"{what}_{name}": _worst(values, what) for name, values in (("mean", mean), ("scale", scale))
             for what in ("r_hat", "ess", "ess_tail")}  # fmt: skip
    reasons = _reasons(found, divergences / (chains * draws), r_hat_at_most=r_hat_at_most, ess_at_least=ess_at_least)
    return Convergence(
        **found, divergences=divergences, draws=chains * draws, chains=chains, points=points,
        converged=not reasons, reasons=tuple(reasons),
    )  # fmt: skip


def require_converged(convergence: Convergence, *, what: str) -> None:
    """Let only what has converged pass: to be called before anything is published.

    Raises
    ------
    NotConvergedError
        If it has not, with the reasons.
    """
    if not convergence.converged:
        raise NotConvergedError(
            f"{what} may be reported, not published: {' '.join(convergence.reasons)} More draws, or a simpler network?"
        )


def _worst(values: Floats, what: str) -> float:
    """Return the worst of a diagnostic over points; NaN, where a chain stands still, is worst of all."""
    import arviz as az

    measure: Callable[[Floats], Any] = {
        "r_hat": lambda v: az.rhat(v, method="rank"),  # type: ignore[no-untyped-call]
        "ess": lambda v: az.ess(v, method="bulk"),  # type: ignore[no-untyped-call]
        "ess_tail": lambda v: az.ess(v, method="tail"),  # type: ignore[no-untyped-call]
    }[what]
    moving = np.ptp(values, axis=1).min() > 0.0
    each = [float(measure(values[:, :, point])) for point in range(values.shape[2])] if moving else [np.nan]
    return max(each) if what == "r_hat" else min(each)


def _reasons(
    found: Mapping[str, float], divergent: float, *, r_hat_at_most: float, ess_at_least: float
) -> list[str]:  # fmt: skip
    said = []
    for name, title in (("mean", "predictive mean"), ("scale", "predictive scale")):
        r_hat, ess = found[f"r_hat_{name}"], found[f"ess_{name}"]
        if np.isnan(r_hat):
            said.append(f"A chain's {title} stands still.")
            continue
        if r_hat > r_hat_at_most:
            said.append(f"R-hat of the {title} is {r_hat:.3f}, above {r_hat_at_most}: the chains disagree.")
        if ess < ess_at_least:
            said.append(f"The {title} has {ess:.0f} effective draws, fewer than {ess_at_least:.0f}.")
    if divergent > DIVERGENT_AT_MOST:
        said.append(f"{divergent:.1%} of the draws diverged, more than {DIVERGENT_AT_MOST:.1%}.")
    return said

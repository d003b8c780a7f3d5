"""The hierarchical model of ``pooling``, sampled with PyMC: every parameter's posterior, and a check of the grid.

Non-centred: each effect is a standard normal times its spread, so that small spreads do not funnel the sampler [1]_.
What has not converged is not published.

References
----------
.. [1] Betancourt & Girolami (2015), Hamiltonian Monte Carlo for hierarchical models, arXiv:1312.0906
.. [2] Vehtari et al. (2021), Rank-normalization, folding, and localization: an improved R-hat, doi:10.1214/20-BA1221
"""

import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.causal.pool.pooling import LEVEL, CellEstimates, Floats, PriorScales, Targets, check_targets
from workbench.errors import ValidationError

#: The limits of [2]_: R-hat at most, effective draws (bulk and tail) at least, over effects and spreads.
RHAT_LIMIT: Final = 1.01
ESS_LIMIT: Final = 400.0
#: Small steps: the spreads may be near zero, where the posterior narrows.
TARGET_ACCEPT: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence:
    """Whether the sampler may be believed: worst R-hat and effective draws over effects and spreads, divergences."""

    rhat: float
    ess: float
    divergences: int

    @property
    def converged(self) -> bool:
        """Whether all three limits hold."""
        return self.rhat <= RHAT_LIMIT and self.ess >= ESS_LIMIT and self.divergences == 0

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        verdict = "converged" if self.converged else "did not converge and is not published"
        numbers = f"R-hat {self.rhat:.3f}, {self.ess:.0f} effective draws, {self.divergences} divergences"
        return f"Sampling {verdict}: {numbers}."

    def require(self) -> None:
        """Raise ``ValidationError`` unless converged."""
        if not self.converged:
            raise ValidationError(
                f"{self.sentence} Limits: {RHAT_LIMIT}, {ESS_LIMIT:.0f}, 0. Cells at odds, or too few?"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledPool:
    """Draws of the posterior.

    Attributes
    ----------
    cells : CellEstimates
    scales : PriorScales
    mean, type_spread, cell_spread : ndarray, shape (n_draws,)
    types, slopes : ndarray, shape (n_draws, n_types)
        Departures of types from the mean, and their slopes in severity.
    departures : ndarray, shape (n_draws, n_cells)
        Of cells from their type's line.
    noise : ndarray, shape (n_draws, 2)
        Standard normals for types and cells not seen: the same for all targets, so that answers do not depend on order.
    convergence : Convergence
    """

    cells: CellEstimates
    scales: PriorScales
    mean: Floats
    type_spread: Floats
    cell_spread: Floats
    types: Floats
    slopes: Floats
    departures: Floats
    noise: Floats
    convergence: Convergence

    def effects(self, targets: Targets) -> pd.DataFrame:
        """Return ``effect, standard_error, low, high`` (95 %), one row a target."""
        check_targets(targets, self.cells)
        new_type = (self.noise[:, 0] * self.type_spread)[:, None]
        # A new type's own slope is not sampled: it is asked for at middling severity, where slopes do nothing.
        level = np.where(targets.type_index < 0, new_type, self.types[:, targets.type_index])
        slope = np.where(targets.type_index < 0, 0.0, self.slopes[:, targets.type_index]) * targets.severity
        new_cell = (self.noise[:, 1] * self.cell_spread)[:, None]
        own = np.where(targets.cell_index < 0, new_cell, self.departures[:, targets.cell_index])
        return _summary(self.mean[:, None] + level + slope + own)

    def spreads(self) -> pd.DataFrame:
        """Return ``name, effect, standard_error, low, high`` of the two spreads."""
        draws = np.column_stack([self.type_spread, self.cell_spread])
        return _summary(draws).assign(name=["spread of types", "spread of cells"])


def sampled_pool(
    cells: CellEstimates,
    *,
    rng: np.random.Generator,
    scales: PriorScales | None = None,
    draws: int = 1_000,
    tune: int = 1_000,
    chains: int = 2,
) -> SampledPool:
    """Sample the posterior by NUTS, on one core.

    Parameters
    ----------
    cells : CellEstimates
        Of one outcome.
    rng : Generator
        Gives the seed: the same state gives the same draws.
    scales : PriorScales, optional
        Points of margin by default.
    draws, tune, chains : int
        Kept and warm-up draws a chain.

    Returns
    -------
    SampledPool
        With its ``convergence``; ``convergence.require()`` raises unless it holds.
    """
    scales = scales or PriorScales()
    seed = int(rng.integers(2**31))
    with warnings.catch_warnings():
        # At import ArviZ announces its next release, and PyTensor that it found no BLAS to compile against: matrices
        # here are too small to feel it.
        warnings.filterwarnings("ignore", category=FutureWarning, message="(?s).*ArviZ")
        warnings.filterwarnings("ignore", category=UserWarning, message="PyTensor could not link to a BLAS")
        import pymc

        with _model(cells, scales):
            trace = pymc.sample(
                draws, tune=tune, chains=chains, cores=1, random_seed=seed, target_accept=TARGET_ACCEPT,
                progressbar=False, compute_convergence_checks=False,
            )  # fmt: skip
    flat = {name: _flat(trace.posterior[name].to_numpy()) for name in trace.posterior.data_vars}
    return SampledPool(
        cells=cells, scales=scales, mean=flat["mean"], type_spread=flat["type_spread"],
        cell_spread=flat["cell_spread"], types=flat["types"], slopes=flat["slopes"], departures=flat["departures"],
        noise=rng.standard_normal((len(flat["mean"]), 2)), convergence=_convergence(trace),
    )  # fmt: skip


def prior_sensitivity(cells: CellEstimates, *, scales: PriorScales | None = None) -> pd.DataFrame:
    """Return each cell's effect with all prior scales halved, kept and doubled, on the exact grid.

    Returns
    -------
    DataFrame
        One row a cell: ``halved, stated, doubled`` effects; ``moved``, the larger change in standard errors of the
        stated one. Above one half, the prior decides as much as the games do.
    """
    from workbench.causal.pool.pooled_grid import grid_pool

    stated = scales or PriorScales()
    targets = Targets.of_cells(cells)
    found = {
        name: grid_pool(cells, scales=stated.times(factor)).effects(targets)
        for name, factor in (("halved", 0.5), ("stated", 1.0), ("doubled", 2.0))
    }
    table = pd.DataFrame({name: frame["effect"] for name, frame in found.items()})
    change = table[["halved", "doubled"]].sub(table["stated"], axis=0).abs().max(axis=1)
    return table.assign(moved=change / found["stated"]["standard_error"])


def _model(cells: CellEstimates, scales: PriorScales) -> Any:
    """Return the PyMC model of the ``pooling`` docstring."""
    import pymc

    white = np.linalg.inv(np.linalg.cholesky(cells.covariance))
    with pymc.Model() as model:
        mean = scales.mean * pymc.Normal("mean_unit")
        pymc.Deterministic("mean", mean)
        type_spread = pymc.HalfNormal("type_spread", scales.types)
        cell_spread = pymc.HalfNormal("cell_spread", scales.cells)
        types = pymc.Deterministic("types", type_spread * pymc.Normal("type_unit", shape=len(cells.types)))
        slopes = pymc.Deterministic("slopes", scales.slope * pymc.Normal("slope_unit", shape=len(cells.types)))
        own = pymc.Deterministic("departures", cell_spread * pymc.Normal("cell_unit", shape=len(cells.estimate)))
        line = mean + types[cells.type_index] + slopes[cells.type_index] * cells.severity
        effects = pymc.Deterministic("effects", line + own)
        pymc.Normal("seen", pymc.math.dot(white, effects), 1.0, observed=white @ cells.estimate)
    return model


def _convergence(trace: Any) -> Convergence:
    """Judge functions that are identified: effects, mean and spreads."""
    arviz = import_module("arviz")  # its functions carry no types
    judged = ["effects", "mean", "type_spread", "cell_spread"]
    worst = float(arviz.rhat(trace, var_names=judged).to_array().max())
    least = min(
        float(arviz.ess(trace, var_names=judged, method=method).to_array().min()) for method in ("bulk", "tail")
    )
    return Convergence(rhat=worst, ess=least, divergences=int(trace.sample_stats["diverging"].sum()))


def _flat(values: Floats) -> Floats:
    """Join the chains: (n_chains, n_draws, ...) to (n_chains * n_draws, ...)."""
    return values.reshape(-1, *values.shape[2:])


def _summary(draws: Floats) -> pd.DataFrame:
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return pd.DataFrame(
        {"effect": draws.mean(axis=0), "standard_error": draws.std(axis=0, ddof=1), "low": low, "high": high}
    )

"""Priors estimated from the units themselves: by how much teams or players truly differ."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar
from scipy.special import betaln

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: A beta prior never gets stronger than this many trials: beyond it the units do not differ measurably.
MAXIMUM_STRENGTH = 1e6


@dataclass(frozen=True, slots=True)
class NormalPrior:
    """A normal prior for the true means of exchangeable units.

    Attributes
    ----------
    mean : float
        Mean of the true means.
    variance : float
        Between-unit variance of the true means; 0 means the units do not differ.
    units : int
        How many units it was estimated from; 0: taken as known. Few units widen the standard errors (Morris 1983).
    typical_variance : float
        Sampling variance of a typical unit among them.
    """

    mean: float
    variance: float
    units: int = 0
    typical_variance: float = 0.0

    @property
    def mean_variance(self) -> float:
        """Sampling variance of ``mean`` itself."""
        return (self.variance + self.typical_variance) / self.units if self.units else 0.0

    def moved(self, mean: float, *, variance: float | None = None) -> "NormalPrior":
        """Return the prior with another mean (and variance)."""
        return replace(self, mean=mean, variance=self.variance if variance is None else variance)


@dataclass(frozen=True, slots=True)
class BetaPrior:
    """A beta prior for the true rates of exchangeable units.

    Attributes
    ----------
    mean : float
        alpha / (alpha + beta), in (0, 1).
    strength : float
        alpha + beta, in trials: a unit with that many trials has weight one half.
    """

    mean: float
    strength: float

    @property
    def variance(self) -> float:
        """Between-unit variance of the true rates."""
        return self.mean * (1.0 - self.mean) / (self.strength + 1.0)

    def narrowed(self, variance: float) -> "BetaPrior":
        """Return the prior with another between-unit variance."""
        if not variance > 0:
            return replace(self, strength=MAXIMUM_STRENGTH)
        strength = self.mean * (1.0 - self.mean) / variance - 1.0
        return replace(self, strength=float(np.clip(strength, 1e-3, MAXIMUM_STRENGTH)))


def normal_prior(values: ArrayLike, *, sampling_variances: ArrayLike) -> NormalPrior:
    """Estimate a normal prior from the units' raw means (Paule-Mandel moments).

    The moment estimate A of the between-unit variance solves sum (y - mu)^2 / (V + A) = k - 1 with mu the
    1/(V + A)-weighted mean; 0 where the raw means differ no more than chance makes them. It is then raised by
    2 (A + Vbar) / (k - 3), Vbar the typical sampling variance, so that the shrinkage V / (V + A), not A, is unbiased:
    with equal sampling variances that is the James-Stein estimator.

    Parameters
    ----------
    values : array_like, shape (n_units,)
        Raw means; units with NaN or infinite variance are left out.
    sampling_variances : array_like, shape (n_units,)
        Their sampling variances, positive.

    Returns
    -------
    NormalPrior

    Raises
    ------
    ValidationError
        If no unit is left, or a variance is not positive.

    References
    ----------
    .. [1] Paule & Mandel (1982), doi:10.6028/jres.087.022
    .. [2] Efron & Morris (1975), Data analysis using Stein's estimator, doi:10.1080/01621459.1975.10479864
    .. [3] Morris (1983), Parametric empirical Bayes inference, doi:10.1080/01621459.1983.10477920

    Examples
    --------
    >>> prior = normal_prior([1.0, 2.0, 3.0], sampling_variances=[0.5, 0.5, 0.5])
    >>> round(prior.mean, 3), round(prior.variance, 3)
    (2.0, 0.5)
    """
    y, v = _usable(values, sampling_variances)
    if y.size == 1:
        return NormalPrior(mean=float(y[0]), variance=0.0, units=1)
    moments = _paule_mandel(y, v)
    typical = float(np.average(v, weights=1.0 / (v + moments)))
    raised = 2.0 * (moments + typical) / (y.size - 3) if y.size > 3 else 0.0
    return NormalPrior(
        mean=_weighted_mean(y, v + moments), variance=moments + raised, units=int(y.size), typical_variance=typical
    )


def beta_prior(successes: ArrayLike, *, trials: ArrayLike) -> BetaPrior:
    """Estimate a beta prior from the units' counts by maximum marginal likelihood (beta-binomial).

    The mean is profiled by moments at each strength, so that one bounded search suffices; where the likelihood keeps
    rising with the strength the units do not differ, and the strength is :data:`MAXIMUM_STRENGTH`.

    Parameters
    ----------
    successes, trials : array_like, shape (n_units,)
        Counts, 0 <= successes <= trials; units without trials are left out.

    Returns
    -------
    BetaPrior

    Raises
    ------
    ValidationError
        If successes exceed trials, or no unit has trials.

    References
    ----------
    .. [1] Kleinman (1973), Proportions with extraneous variance, doi:10.1080/01621459.1973.10481332

    Examples
    --------
    >>> prior = beta_prior([20, 50, 80, 35, 65], trials=[100] * 5)
    >>> round(prior.mean, 2), round(prior.strength, 1)
    (0.5, 5.3)
    """
    won, tried = checked_counts(successes, trials)
    won, tried = won[tried > 0], tried[tried > 0]
    if tried.size == 0:
        raise ValidationError("A beta prior needs at least one unit with trials, got none. An empty season?")
    if tried.size == 1 or won.sum() in (0.0, tried.sum()):
        # one unit, or no variation at all, says nothing about the spread
        return BetaPrior(mean=float((won.sum() + 0.5) / (tried.sum() + 1.0)), strength=MAXIMUM_STRENGTH)
    best = minimize_scalar(
        lambda log_strength: -_profile_likelihood(won, tried, strength=float(np.exp(log_strength))),
        bounds=(-3.0, float(np.log(MAXIMUM_STRENGTH))),
        method="bounded",
        options={"xatol": 1e-4},
    )
    strength = float(np.exp(best.x))
    return BetaPrior(mean=_beta_mean(won, tried, strength=strength), strength=strength)


def _usable(values: ArrayLike, variances: ArrayLike) -> tuple[Floats, Floats]:
    y, v = np.asarray(values, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    kept = np.isfinite(y) & np.isfinite(v)
    if not kept.any():
        raise ValidationError("A prior needs at least one unit with observations, got none. An empty season?")
    if (v[kept] <= 0).any():
        raise ValidationError(f"Sampling variances must be positive, got {v[kept].min()}. Constant values?")
    return y[kept], v[kept]


def _weighted_mean(y: Floats, variances: Floats) -> float:
    return float(np.average(y, weights=1.0 / variances))


def _paule_mandel(y: Floats, v: Floats) -> float:
    def excess(between: float) -> float:
        total = v + between
        return float(np.sum((y - _weighted_mean(y, total)) ** 2 / total)) - (y.size - 1)

    if excess(0.0) <= 0:
        return 0.0
    upper = float(np.var(y) * y.size + v.max())
    return float(brentq(excess, 0.0, upper, xtol=1e-14, rtol=1e-12))


def counts(n: ArrayLike) -> Floats:
    """Return counts as floats; raise ``ValidationError`` on a negative or infinite one."""
    count = np.asarray(n, dtype=np.float64)
    if (count < 0).any() or not np.isfinite(count).all():
        raise ValidationError(f"Counts must be finite and not negative, got {count.min()}.")
    return count


def checked_counts(successes: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return successes and trials as floats; raise ``ValidationError`` where successes exceed trials."""
    won, tried = counts(successes), counts(trials)
    if (won > tried + 1e-9).any():
        raise ValidationError("Successes must not exceed trials. Are the arguments swapped?")
    return won, tried


def _beta_mean(won: Floats, tried: Floats, *, strength: float) -> float:
    """Return the precision-weighted mean rate when rates spread with this strength."""
    precision = tried / (1.0 + (tried - 1.0) / (strength + 1.0))
    mean = float(np.sum(precision * won / tried) / np.sum(precision))
    return min(max(mean, 1e-9), 1.0 - 1e-9)


def _profile_likelihood(won: Floats, tried: Floats, *, strength: float) -> float:
    mean = _beta_mean(won, tried, strength=strength)
    alpha, beta = mean * strength, (1.0 - mean) * strength
    return float(np.sum(betaln(won + alpha, tried - won + beta) - betaln(alpha, beta)))

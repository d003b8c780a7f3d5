"""Empirical Bayes: how far each team's or player's raw number is pulled towards the prior.

Two families: means with a normal prior (Morris 1983; for equal variances the James-Stein estimator), rates with a beta
prior. Both estimate the prior from the units themselves unless one is given, and both say what they did: raw, n,
weight (1 = all data, 0 = all prior), standard error.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import ValidationError
from workbench.features.priors import (
    BetaPrior,
    Floats,
    NormalPrior,
    beta_prior,
    checked_counts,
    counts,
    normal_prior,
)

__all__ = ["BetaPrior", "NormalPrior", "Shrunken", "beta_prior", "normal_prior", "shrink_means", "shrink_rates"]


@dataclass(frozen=True, slots=True)
class Shrunken:
    """Shrunken numbers, one a unit.

    Attributes
    ----------
    raw, n, shrunk, standard_error, weight, prior_mean : ndarray of float64, shape (n_units,)
        ``shrunk = weight * raw + (1 - weight) * prior_mean``. A unit without observations (n = 0) has raw NaN, weight 0
        and sits on the prior mean with the prior's spread.
    prior_strength : float
        The observations that would give weight one half: infinite if the units do not differ.
    """

    raw: Floats
    n: Floats
    shrunk: Floats
    standard_error: Floats
    weight: Floats
    prior_mean: Floats
    prior_strength: float


def shrink_means(
    values: ArrayLike,
    *,
    n: ArrayLike,
    unit_variance: float,
    prior: NormalPrior | None = None,
    prior_means: ArrayLike | None = None,
) -> Shrunken:
    """Shrink raw means towards a normal prior.

    With V = ``unit_variance`` / n and A the prior's variance, the weight is A / (V + A) = 1 - B. The variance adds what
    estimating the prior from k units costs: V (1 - B) + B^2 (A + Vbar) / k + 2 B^2 (y - mu)^2 r / (k - 3), where Vbar
    is a typical unit's V and r = (A + Vbar) / (A + V), at most 1.

    Parameters
    ----------
    values : array_like, shape (n_units,)
        Raw means; NaN where n = 0.
    n : array_like, shape (n_units,)
        Observations of each unit.
    unit_variance : float
        Variance of one observation within a unit (allowing for clustering, if the observations are clustered).
    prior : NormalPrior, optional
        Default: estimated from the values.
    prior_means : array_like, shape (n_units,), optional
        A prior mean of each unit's own (a coach's past teams), instead of ``prior.mean``.

    Returns
    -------
    Shrunken

    Raises
    ------
    ValidationError
        If ``unit_variance`` is not positive, or n is negative.

    References
    ----------
    .. [1] Efron & Morris (1975), doi:10.1080/01621459.1975.10479864
    .. [2] Morris (1983), doi:10.1080/01621459.1983.10477920

    Examples
    --------
    >>> result = shrink_means([0.2, -0.1], n=[100, 100], unit_variance=1.0, prior=NormalPrior(0.0, 0.01))
    >>> result.shrunk, result.weight
    (array([ 0.1 , -0.05]), array([0.5, 0.5]))
    """
    raw, count = np.asarray(values, dtype=np.float64), counts(n)
    if not unit_variance > 0:
        raise ValidationError(
            f"The variance of one observation must be positive, got {unit_variance}. Constant values?"
        )
    sampling = np.divide(unit_variance, count, out=np.full(count.shape, np.inf), where=count > 0)
    prior = prior or normal_prior(raw, sampling_variances=sampling)
    centre = np.full(raw.shape, prior.mean) if prior_means is None else np.asarray(prior_means, dtype=np.float64)
    pull = _pull(sampling, prior=prior)
    gap = np.where(count > 0, raw - centre, 0.0)
    return Shrunken(
        raw=np.where(count > 0, raw, np.nan),
        n=count,
        shrunk=centre + (1.0 - pull) * gap,
        standard_error=np.sqrt(_posterior_variance(sampling, pull=pull, gap=gap, prior=prior)),
        weight=1.0 - pull,
        prior_mean=centre,
        prior_strength=unit_variance / prior.variance if prior.variance > 0 else np.inf,
    )


def shrink_rates(
    successes: ArrayLike, *, trials: ArrayLike, prior: BetaPrior | None = None, prior_means: ArrayLike | None = None
) -> Shrunken:
    """Shrink raw rates towards a beta prior: the posterior mean of each unit's rate.

    Parameters
    ----------
    successes, trials : array_like, shape (n_units,)
        Counts (fractions are allowed: discounted seasons), 0 <= successes <= trials.
    prior : BetaPrior, optional
        Default: estimated from the counts.
    prior_means : array_like, shape (n_units,), optional
        A prior mean of each unit's own, instead of ``prior.mean``.

    Returns
    -------
    Shrunken
        weight = n / (n + strength); ``standard_error`` is the sd of the beta posterior.

    Raises
    ------
    ValidationError
        If successes exceed trials.

    Examples
    --------
    >>> shrink_rates([6, 0], trials=[10, 0], prior=BetaPrior(mean=0.4, strength=10.0)).shrunk
    array([0.5, 0.4])
    """
    won, tried = checked_counts(successes, trials)
    prior = prior or beta_prior(won, trials=tried)
    centre = np.full(won.shape, prior.mean) if prior_means is None else np.asarray(prior_means, dtype=np.float64)
    weight = tried / (tried + prior.strength)
    raw = np.divide(won, tried, out=np.full(won.shape, np.nan), where=tried > 0)
    shrunk = (won + prior.strength * centre) / (tried + prior.strength)
    spread = np.sqrt(shrunk * (1.0 - shrunk) / (tried + prior.strength + 1.0))
    return Shrunken(raw, tried, shrunk, spread, weight, centre, prior.strength)


def _pull(sampling: Floats, *, prior: NormalPrior) -> Floats:
    """Return B, the share of the prior."""
    finite = np.isfinite(sampling)
    return np.divide(sampling, sampling + prior.variance, out=np.ones_like(sampling), where=finite)


def _posterior_variance(sampling: Floats, *, pull: Floats, gap: Floats, prior: NormalPrior) -> Floats:
    finite = np.where(np.isfinite(sampling), sampling, 0.0)
    known = np.where(np.isfinite(sampling), finite * (1.0 - pull), prior.variance) + pull**2 * prior.mean_variance
    if prior.units <= 3:
        return known
    # a unit with little data says little about the prior: its own gap must not blow up its standard error
    typical, total = prior.typical_variance + prior.variance, finite + prior.variance
    ratio = np.divide(typical, total, out=np.ones_like(total), where=total > typical)
    return known + 2.0 / (prior.units - 3) * pull**2 * gap**2 * ratio

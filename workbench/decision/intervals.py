"""Intervals for grades: Wilson for shares, a cluster bootstrap for means and ratios."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench import intervals

_Floats = NDArray[np.float64]
#: Resamples: the ends of a 95 % interval then wobble by about 2 % of its width.
RESAMPLES = 2000
#: With fewer clusters a bootstrap says nothing; the interval is left open (null).
MINIMUM_CLUSTERS = 5


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its 95 % interval.

    Attributes
    ----------
    value, low, high : float
        Null where there is nothing to estimate from, or too few clusters for an interval.
    n : int
        Observations behind it.
    """

    value: float
    low: float
    high: float
    n: int


def wilson(successes: int, trials: int) -> Estimate:
    """Return a share with Wilson's 95 % interval.

    Examples
    --------
    >>> share = wilson(8, 10)
    >>> round(share.low, 3), round(share.high, 3)
    (0.49, 0.943)
    """
    if trials == 0:
        return Estimate(value=float("nan"), low=float("nan"), high=float("nan"), n=0)
    low, high = intervals.wilson(successes, trials)
    return Estimate(value=successes / trials, low=low, high=high, n=trials)


def clustered_mean(values: ArrayLike, clusters: ArrayLike, *, rng: np.random.Generator) -> Estimate:
    """Return a mean with a percentile interval from resampling whole clusters; nulls are left out.

    Parameters
    ----------
    values : array_like, shape (n,)
    clusters : array_like, shape (n,)
        Bets of one game, or of one week, share luck: they are drawn together.
    rng : Generator
    """
    value = np.asarray(values, dtype=np.float64)
    return clustered_ratio(value, np.ones_like(value), clusters=clusters, rng=rng)


def clustered_ratio(
    numerators: ArrayLike, denominators: ArrayLike, *, clusters: ArrayLike, rng: np.random.Generator
) -> Estimate:
    """Return a ratio of sums, such as profit over stakes, resampling whole clusters; nulls are left out.

    Examples
    --------
    >>> roi = clustered_ratio([10, -5, 4], [10, 5, 5], clusters=["a", "b", "c"], rng=np.random.default_rng(1))
    >>> round(roi.value, 2), roi.n
    (0.45, 3)
    """
    above, below = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    known = np.isfinite(above) & np.isfinite(below)
    above, below = above[known], below[known]
    names, place = np.unique(np.asarray(clusters)[known], return_inverse=True)
    tops = np.bincount(place, weights=above, minlength=len(names)).astype(np.float64)
    bottoms = np.bincount(place, weights=below, minlength=len(names)).astype(np.float64)
    value = float(tops.sum() / bottoms.sum()) if bottoms.sum() > 0 else float("nan")
    if len(names) < MINIMUM_CLUSTERS or not np.isfinite(value):
        return Estimate(value=value, low=float("nan"), high=float("nan"), n=int(known.sum()))
    low, high = _percentiles(tops, bottoms, rng=rng)
    return Estimate(value=value, low=low, high=high, n=int(known.sum()))


def _percentiles(tops: _Floats, bottoms: _Floats, *, rng: np.random.Generator) -> tuple[float, float]:
    counts = rng.multinomial(len(tops), np.full(len(tops), 1.0 / len(tops)), size=RESAMPLES).astype(np.float64)
    sums = counts @ bottoms
    ratios = (counts @ tops)[sums > 0] / sums[sums > 0]
    low, high = np.quantile(ratios, [0.025, 0.975])
    return float(low), float(high)

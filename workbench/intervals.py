"""Intervals of means and shares that every floor may use, clustered by what shares luck, Wilson's; and Holm's p-values.

It stands beside ``clock`` below the kernels, which do not know one another, so that a clustered mean means one thing.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri, stdtrit

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: Clusters an interval needs: one week says nothing of weeks.
MINIMUM_CLUSTERS: Final = 2
_UNKNOWN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its interval.

    Attributes
    ----------
    value, standard_error, low, high : float
        ``low`` and ``high`` bound the interval at the level asked for; with fewer than two clusters they and the
        standard error are NaN, with no values the mean is too.
    n : int
        Values.
    clusters : int
    """

    value: float
    standard_error: float
    low: float
    high: float
    n: int
    clusters: int


def clustered_mean(values: ArrayLike, clusters: ArrayLike | None = None, *, level: float = 0.95) -> Estimate:
    """Return the mean of values whose errors may be shared within a cluster.

    Parameters
    ----------
    values : array_like, shape (n,)
        For a comparison of two forecasters: the paired differences of their scores on identical rows.
    clusters : array_like, shape (n,), optional
        The cluster of each value, such as its game or its week; by default every value is its own.
    level : float, default 0.95

    Returns
    -------
    Estimate
        With the sandwich standard error, G / (G - 1) corrected, and a Student interval on G - 1 degrees of freedom.

    Raises
    ------
    ValidationError
        If a value is missing, or there are not as many clusters as values.

    References
    ----------
    .. [1] Cameron & Miller (2015), doi:10.3368/jhr.50.2.317

    Examples
    --------
    >>> found = clustered_mean([1.0, 1.0, 3.0, 3.0], [1, 1, 2, 2])
    >>> found.value, found.standard_error, found.clusters
    (2.0, 1.0, 2)
    """
    x = np.asarray(values, dtype=np.float64)
    labels = np.arange(len(x)) if clusters is None else np.asarray(clusters)
    if labels.shape != x.shape:
        raise ValidationError(f"Every value needs its cluster, got {x.shape} values and {labels.shape} clusters.")
    if not np.isfinite(x).all():
        raise ValidationError(f"A mean needs every value, got {(~np.isfinite(x)).sum()} missing. Rows without outcome?")
    if not len(x):
        return Estimate(_UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN, n=0, clusters=0)
    mean, (_, place) = float(x.mean()), np.unique(labels, return_inverse=True)
    sums = np.bincount(place, weights=x - mean)
    if len(sums) < MINIMUM_CLUSTERS:
        return Estimate(mean, _UNKNOWN, _UNKNOWN, _UNKNOWN, n=len(x), clusters=len(sums))
    error = float(np.sqrt(len(sums) / (len(sums) - 1) * np.square(sums).sum()) / len(x))
    reach = float(stdtrit(len(sums) - 1, (1 + level) / 2)) * error
    return Estimate(mean, error, mean - reach, mean + reach, n=len(x), clusters=len(sums))


def share_interval(successes: ArrayLike, trials: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Return Wilson's interval of shares; where there are no trials, NaN.

    Parameters
    ----------
    successes, trials : array_like, shape (n,) or scalar
        Successes may be half ones, as in mid-coverage.
    level : float, default 0.95

    Returns
    -------
    tuple of ndarray
        Lower and upper ends, within 0 and 1, the share between them.

    References
    ----------
    .. [1] Wilson (1927), doi:10.1080/01621459.1927.10502953

    Examples
    --------
    >>> low, high = share_interval([84], [147])
    >>> low.round(3), high.round(3)
    (array([0.491]), array([0.649]))
    """
    hits, n = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    n = np.where(n > 0, n, np.nan)
    share, z = hits / n, float(ndtri((1 + level) / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    # Rounding must not push a share of none or all outside its own interval.
    return np.clip(np.minimum(middle - half, share), 0, 1), np.clip(np.maximum(middle + half, share), 0, 1)


def wilson(successes: float, trials: float, *, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's interval of one share.

    Examples
    --------
    >>> low, high = wilson(15, 100)
    >>> round(low, 3), round(high, 3)
    (0.093, 0.233)
    """
    low, high = share_interval(successes, trials, level=level)
    return float(low), float(high)


def holm(p_values: ArrayLike) -> Floats:
    """Return p-values adjusted for having asked several questions, by Holm's step-down; missing ones stay missing.

    References
    ----------
    .. [1] Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).round(3)
    array([0.03, 0.06, 0.06])
    """
    given = np.asarray(p_values, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(given))
    order = known[np.argsort(given[known], kind="stable")]
    adjusted = np.full(len(given), np.nan)
    steps = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(given[order] * steps), 1.0) if len(order) else []
    return adjusted

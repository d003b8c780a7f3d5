"""Intervals that figures draw where their input brings none: of a share, and of a mean clustered by week."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

#: Half-width of a 95 % interval of a normal, in standard errors.
Z95: Final = 1.959963984540054


def share_interval(successes: ArrayLike, trials: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's 95 % interval of shares; where there are no trials, NaN.

    Parameters
    ----------
    successes, trials : array_like, shape (n,)

    Returns
    -------
    tuple of ndarray, shape (n,)
        Lower and upper ends, within 0 and 1.

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
    share, z2 = hits / n, Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 * np.sqrt(share * (1 - share) / n + z2 / (4 * n**2)) / (1 + z2 / n)
    return np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)


def mean_interval(values: ArrayLike, *, clusters: ArrayLike | None = None) -> tuple[float, float, float]:
    """Return a mean with its 95 % Student interval, clustered where clusters are given.

    With fewer than two clusters the interval is not known, and both ends are NaN: one week says nothing of weeks.

    Parameters
    ----------
    values : array_like, shape (n,)
    clusters : array_like, shape (n,), optional
        Labels, such as weeks; by default every value is its own.

    Examples
    --------
    >>> tuple(round(x, 3) for x in mean_interval([1.0, 2.0, 3.0]))
    (2.0, -0.484, 4.484)
    """
    amounts = np.asarray(values, dtype=np.float64)
    labels = np.arange(amounts.size) if clusters is None else np.asarray(clusters)
    keep = np.isfinite(amounts)
    amounts, labels = amounts[keep], labels[keep]
    if amounts.size == 0:
        return float("nan"), float("nan"), float("nan")
    mean = float(amounts.mean())
    _, index = np.unique(labels, return_inverse=True)
    groups = int(index.max()) + 1
    if groups < 2:
        return mean, float("nan"), float("nan")
    sums = np.bincount(index, weights=amounts - mean)
    error = float(np.sqrt(groups / (groups - 1) * np.sum(sums**2)) / amounts.size)
    half = float(stats.t.ppf(0.975, groups - 1)) * error
    return mean, mean - half, mean + half

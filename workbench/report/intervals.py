"""Intervals that figures draw where their input brings none: of a share, and of a mean clustered by week."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from workbench.intervals import clustered_mean, share_interval

__all__ = ["Z95", "mean_interval", "share_interval"]

#: Half-width of a 95 % interval of a normal, in standard errors.
Z95: Final = 1.959963984540054


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
    found = clustered_mean(amounts, labels)
    return found.value, found.low, found.high

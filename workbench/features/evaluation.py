"""How good forecasts are: proper scores, and paired differences with intervals clustered by week."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench import intervals
from workbench.errors import ValidationError
from workbench.intervals import MINIMUM_CLUSTERS, Estimate

Floats = NDArray[np.float64]


def win_outcome(margin: ArrayLike) -> Floats:
    """Return 1 for a home win, 0 for a loss, 0.5 for a tie.

    Examples
    --------
    >>> win_outcome([7, -3, 0]).tolist()
    [1.0, 0.0, 0.5]
    """
    return (np.sign(np.asarray(margin, dtype=np.float64)) + 1) / 2


def brier_score(probability: ArrayLike, outcome: ArrayLike) -> Floats:
    """Return the squared error of each probability (ties count one half).

    Examples
    --------
    >>> brier_score([0.75, 0.5], [1, 0.5]).tolist()
    [0.0625, 0.0]
    """
    return (np.asarray(probability, dtype=np.float64) - np.asarray(outcome, dtype=np.float64)) ** 2


def log_loss(probability: ArrayLike, outcome: ArrayLike) -> Floats:
    """Return minus the log likelihood of each outcome; a tie is half a win and half a loss."""
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    return -(y * np.log(p) + (1 - y) * np.log1p(-p))


def clustered_mean(values: ArrayLike, clusters: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Return ``intervals.clustered_mean`` of scores, refused where games of one week are all there is.

    Parameters
    ----------
    values : array_like, shape (n,)
        For a comparison of two forecasters: the paired differences of their scores on identical games.
    clusters : array_like, shape (n,)
        The cluster of each value, such as ``season * 100 + week``.
    level : float, default 0.95

    Raises
    ------
    ValidationError
        If there are fewer than two clusters, or a value is missing.

    Examples
    --------
    >>> clustered_mean([1.0, 1.0, 3.0, 3.0], [1, 1, 2, 2]).standard_error
    1.0
    """
    found = intervals.clustered_mean(values, clusters, level=level)
    if found.clusters < MINIMUM_CLUSTERS:
        raise ValidationError(f"An interval needs two weeks or more, got {found.clusters}.")
    return found

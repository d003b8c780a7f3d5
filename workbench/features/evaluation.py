"""How good forecasts are: proper scores, and paired differences with intervals clustered by week."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import t as student

from workbench.errors import ValidationError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over games with its interval.

    Attributes
    ----------
    value, standard_error, low, high : float
        ``low`` and ``high`` bound the interval at the level asked for.
    n : int
        Games.
    clusters : int
        Weeks.
    """

    value: float
    standard_error: float
    low: float
    high: float
    n: int
    clusters: int


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
    """Return the mean of values whose errors may be shared within a cluster.

    Parameters
    ----------
    values : array_like, shape (n,)
        For a comparison of two forecasters: the paired differences of their scores on identical games.
    clusters : array_like, shape (n,)
        The cluster of each value, such as ``season * 100 + week``.
    level : float, default 0.95

    Returns
    -------
    Estimate
        With the sandwich standard error, G / (G - 1) corrected, and a Student interval on G - 1 degrees of freedom.

    Raises
    ------
    ValidationError
        If there are fewer than two clusters, or a value is missing.

    References
    ----------
    .. [1] Cameron & Miller (2015), doi:10.3368/jhr.50.2.317

    Examples
    --------
    >>> clustered_mean([1.0, 1.0, 3.0, 3.0], [1, 1, 2, 2]).standard_error
    1.0
    """
    x = np.asarray(values, dtype=np.float64)
    if not np.isfinite(x).all():
        raise ValidationError(f"Scores must be there for every game compared, got {(~np.isfinite(x)).sum()} missing.")
    sums = pd.Series(x - x.mean()).groupby(np.asarray(clusters)).sum().to_numpy()
    if len(sums) < 2:
        raise ValidationError(f"An interval needs two weeks or more, got {len(sums)}.")
    error = float(np.sqrt(len(sums) / (len(sums) - 1) * (sums**2).sum()) / len(x))
    reach = float(student.ppf((1 + level) / 2, len(sums) - 1)) * error
    return Estimate(float(x.mean()), error, float(x.mean()) - reach, float(x.mean()) + reach, len(x), len(sums))

"""How accurate a line is: size and lean of its errors, its share of what happens, what a close adds to an opener."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ValidationError
from workbench.intervals import Estimate, clustered_mean

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LineAccuracy:
    """How far games end from their line, in points.

    Attributes
    ----------
    rmse, mae : Estimate
        Root mean squared and mean absolute error.
    bias : Estimate
        Outcome less line: above zero, home sides (or overs) did better than the line said.
    variance_share : Estimate
        One less the mean squared error over the variance of the outcome.
    """

    rmse: Estimate
    mae: Estimate
    bias: Estimate
    variance_share: Estimate


def line_accuracy(line: ArrayLike, outcome: ArrayLike, clusters: ArrayLike, *, level: float = 0.95) -> LineAccuracy:
    """Return the accuracy of lines, intervals clustered.

    Parameters
    ----------
    line, outcome : array_like, shape (n_games,)
        Points: home lines and margins, or totals.
    clusters : array_like, shape (n_games,)
    level : float, default 0.95

    Raises
    ------
    ValidationError
        If a line or an outcome is missing.

    References
    ----------
    .. [1] Stern (1991), doi:10.1080/00031305.1991.10475798: margins about the line are normal with sd just under 14.

    Examples
    --------
    >>> found = line_accuracy([3.0, -1.0, 2.0], [6.0, -5.0, 2.0], clusters=[1, 2, 3])
    >>> round(found.rmse.value, 3), round(found.mae.value, 3), round(found.bias.value, 3)
    (2.887, 2.333, -0.333)
    """
    error = _errors(line, outcome)
    return LineAccuracy(
        rmse=_root(clustered_mean(error**2, clusters, level=level)),
        mae=clustered_mean(np.abs(error), clusters, level=level),
        bias=clustered_mean(error, clusters, level=level),
        variance_share=variance_share(line, outcome, clusters, level=level),
    )


def variance_share(line: ArrayLike, outcome: ArrayLike, clusters: ArrayLike, *, level: float = 0.95) -> Estimate:
    """Return one less the mean squared error over the outcome's variance; below zero, a constant would do better.

    The interval is linearized, as of any ratio of means: errors of line and of mean move together.

    Examples
    --------
    >>> variance_share([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0], clusters=[1, 2, 3, 4]).value
    1.0
    """
    error, y = _errors(line, outcome), np.asarray(outcome, dtype=np.float64)
    around = (y - y.mean()) ** 2 if len(y) else y
    size = float(around.mean()) if len(y) else 0.0
    if not size > 0:
        unknown = float("nan")
        return Estimate(unknown, unknown, unknown, unknown, n=len(y), clusters=len(np.unique(np.asarray(clusters))))
    share = 1.0 - float((error**2).mean()) / size
    off = clustered_mean(((1.0 - share) * around - error**2) / size, clusters, level=level)
    return Estimate(
        share, off.standard_error, share + (off.low - off.value), share + (off.high - off.value), off.n, off.clusters
    )


def gain_of_close(
    opened: ArrayLike, closed: ArrayLike, outcome: ArrayLike, *, clusters: ArrayLike, level: float = 0.95
) -> Estimate:
    """Return how much lower the close's mean squared error is than the opener's, on the same games.

    Parameters
    ----------
    opened, closed, outcome : array_like, shape (n_games,)
        Lines and outcomes in points (the gain is in squared points), or probabilities and 1 or 0 (in Brier).
    clusters : array_like, shape (n_games,)
    level : float, default 0.95

    Examples
    --------
    >>> gain_of_close([3.0, 3.0], [5.0, 3.0], [6.0, 1.0], clusters=[1, 2]).value
    4.0
    """
    gain = _errors(opened, outcome) ** 2 - _errors(closed, outcome) ** 2
    return clustered_mean(gain, clusters, level=level)


def _root(squared: Estimate) -> Estimate:
    """Return the root of a mean square; its ends are the roots of the ends, its error the linearized one."""
    value = float(np.sqrt(squared.value))
    error = squared.standard_error / (2.0 * value) if value > 0 else float("nan")
    low, high = np.sqrt(np.maximum([squared.low, squared.high], 0.0))
    return Estimate(value, error, float(low), float(high), squared.n, squared.clusters)


def _errors(line: ArrayLike, outcome: ArrayLike) -> _Floats:
    off: _Floats = np.asarray(outcome, dtype=np.float64) - np.asarray(line, dtype=np.float64)
    if not np.isfinite(off).all():
        raise ValidationError(f"Accuracy needs every line and outcome, {(~np.isfinite(off)).sum()} are missing.")
    return off

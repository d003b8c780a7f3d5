"""The probability integral transform of whole yards: uniform if the forecast is the law.

An outcome of a step distribution falls on a whole step, P(Y < y) to P(Y <= y). The randomized transform draws a point
of the step, for pictures; tests integrate the draw out, so that no seed decides them: each outcome counts in every bin
by the share of its step that lies there. Outcomes of one game share its luck, so the errors are those of games.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import transform_ends
from workbench.errors import ValidationError
from workbench.intervals import clustered_mean

Floats = NDArray[np.float64]
#: Where the distance from uniform is looked at.
_POINTS: Final = 99
_RESAMPLES: Final = 999
_MINIMUM_CLUSTERS: Final = 10


@dataclass(frozen=True, slots=True)
class Uniformity:
    """How far transforms are from uniform.

    Attributes
    ----------
    distance : float
        The largest gap between their distribution function and the uniform one (Kolmogorov's), as a share of rows.
    at : float
        Where it is: at .1 the lowest tenth of the forecasts.
    gap : float
        The gap there with its sign: above zero, too many outcomes lie below.
    p_value : float
        Of so large a distance if the forecasts were the law, outcomes of a cluster erring together. With fewer than ten
        clusters NaN.
    n, clusters : int
    """

    distance: float
    at: float
    gap: float
    p_value: float
    n: int
    clusters: int


def randomized_pit(forecast: IntegerForecast, yards: ArrayLike, rng: np.random.Generator) -> Floats:
    """Return a point of each outcome's step drawn at random, shape (n_rows,); NaN where the outcome is unknown.

    References
    ----------
    .. [1] Czado, Gneiting & Held (2009), doi:10.1111/j.1541-0420.2009.01191.x

    Examples
    --------
    >>> from workbench.bayes.forecast import Support
    >>> coin = IntegerForecast(Support(0, 1), np.array([[0.5, 1.0]]))
    >>> bool(0.5 <= randomized_pit(coin, [1], np.random.default_rng(1))[0] <= 1.0)
    True
    """
    before, after = transform_ends(forecast, yards)
    return before + rng.random(len(before)) * (after - before)


def reached(forecast: IntegerForecast, yards: ArrayLike, *, points: ArrayLike) -> Floats:
    """Return the chance that each outcome's randomized transform lies at or below each point.

    Returns
    -------
    ndarray, shape (n_rows, n_points)
        NaN where the outcome is unknown.
    """
    before, after = (end[:, None] for end in transform_ends(forecast, yards))
    at = np.asarray(points, dtype=np.float64)
    sharp = np.where(np.isnan(before), np.nan, (before <= at).astype(np.float64))
    return np.clip(np.divide(at - before, after - before, out=sharp, where=after > before), 0.0, 1.0)


def pit_bins(forecast: IntegerForecast, yards: ArrayLike, *, clusters: ArrayLike, n_bins: int = 10) -> pd.DataFrame:
    """Return the share of transforms in equal bins, with intervals by cluster: the histogram without its randomness.

    Returns
    -------
    DataFrame, one row a bin
        ``low_edge, high_edge, share, low, high, expected`` (one over the number of bins).
    """
    edges = np.linspace(0.0, 1.0, n_bins + 1)
    below, games = _known(reached(forecast, yards, points=edges), clusters)
    found = [clustered_mean(column, games) for column in np.diff(below, axis=1).T]
    return pd.DataFrame({
        "low_edge": edges[:-1], "high_edge": edges[1:], "share": [f.value for f in found],
        "low": [f.low for f in found], "high": [f.high for f in found], "expected": 1.0 / n_bins,
    })  # fmt: skip


def uniformity(
    forecast: IntegerForecast, yards: ArrayLike, *, clusters: ArrayLike, rng: np.random.Generator
) -> Uniformity:
    """Test whether transforms are uniform, outcomes of a cluster erring together.

    The statistic is Kolmogorov's distance of the mean transform, the randomization integrated out. Its law under the
    null is drawn by flipping the clusters' deviations from their mean at random (a multiplier bootstrap).

    Parameters
    ----------
    forecast : IntegerForecast
    yards : array_like, shape (n_rows,)
        Rows without outcome are left out.
    clusters : array_like, shape (n_rows,)
        Games: a team that leads runs, so that both backs of a game do well or ill together.
    rng : Generator

    References
    ----------
    .. [1] Kosorok (2003), doi:10.1016/S0047-259X(02)00047-0 (multiplier bootstraps of empirical processes)
    """
    points = np.arange(1, _POINTS + 1) / (_POINTS + 1)
    below, games = _known(reached(forecast, yards, points=points), clusters)
    gaps = below.mean(axis=0) - points
    worst = int(np.argmax(np.abs(gaps)))
    _, place = np.unique(games, return_inverse=True)
    n_clusters = int(place.max()) + 1
    p_value = float("nan")
    if n_clusters >= _MINIMUM_CLUSTERS:
        sums = np.zeros((n_clusters, _POINTS))
        np.add.at(sums, place, below - below.mean(axis=0))
        signs = rng.choice([-1.0, 1.0], size=(_RESAMPLES, n_clusters))
        largest = np.abs(signs @ sums).max(axis=1) / len(below)
        p_value = float((1 + np.count_nonzero(largest >= abs(gaps[worst]))) / (1 + _RESAMPLES))
    return Uniformity(
        distance=float(abs(gaps[worst])), at=float(points[worst]), gap=float(gaps[worst]), p_value=p_value,
        n=len(below), clusters=n_clusters,
    )  # fmt: skip


def _known(below: Floats, clusters: ArrayLike) -> tuple[Floats, NDArray[np.generic]]:
    known, labels = np.isfinite(below).all(axis=1), np.asarray(clusters)
    if labels.shape != (len(below),):
        raise ValidationError(f"Every row needs its cluster, got {len(below)} rows and clusters of {labels.shape}.")
    if not known.any():
        raise ValidationError("Calibration needs outcomes, got none. Games not played yet?")
    return below[known], labels[known]

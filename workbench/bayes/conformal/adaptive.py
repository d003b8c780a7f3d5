"""Adaptive conformal intervals over a season: after a week that was missed too often, the next is wider."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.bayes.conformal.intervals import Intervals, mid_intervals
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import coverage as held
from workbench.errors import ValidationError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class AdaptivePath:
    """A season under adaptive conformal inference.

    Attributes
    ----------
    intervals : Intervals
        In the order of the rows given.
    weeks : DataFrame
        One row a week: ``week, rows`` (known), ``miss_rate_used`` (the level its intervals were made at),
        ``missed`` (the mean of what they missed; NaN where nothing is known yet).
    step : float
    bound : float
        What the mean over weeks of ``missed`` can be away from the target, whatever came.
    """

    intervals: Intervals
    weeks: pd.DataFrame
    step: float
    bound: float


def horizon_step(horizon: int, *, coverage: float = 0.9) -> float:
    """Return the step for a season of so many updates: 1 / (max(a, 1 - a) sqrt(horizon)), a = 1 - coverage.

    Adaptive conformal inference is online gradient descent on the pinball loss of the level, whose slope is at most
    m = max(a, 1 - a) and whose domain has length 1; the regret over T updates, 1 / (2 step) + step T m^2 / 2, is
    smallest at this step [1]_ [2]_. T counts updates, which are weeks, not rows: all games of a week are forecast
    before any of them is played, so 1,400 rows teach 21 times, each time by their mean.

    Parameters
    ----------
    horizon : int
        Updates to come: weeks of the season.
    coverage : float, default 0.9

    Raises
    ------
    ValidationError
        If the horizon is below 1.

    References
    ----------
    .. [1] Zinkevich (2003), Theorem 1, Online convex programming, ICML
    .. [2] Gibbs & Candes (2021), section 2 and Proposition 4.1, doi:10.48550/arXiv.2106.00170

    Examples
    --------
    >>> round(horizon_step(21), 3), round(horizon_step(272), 3)
    (0.242, 0.067)
    """
    if horizon < 1:
        raise ValidationError(f"A season has at least one week, got {horizon}.")
    return 1.0 / (max(coverage, 1.0 - coverage) * math.sqrt(horizon))


def coverage_bound(step: float, horizon: int, *, coverage: float = 0.9) -> float:
    """Return how far long-run coverage can be off for any sequence: (max(a, 1 - a) + step) / (step horizon) [1]_.

    References
    ----------
    .. [1] Gibbs & Candes (2021), Proposition 4.1, doi:10.48550/arXiv.2106.00170

    Examples
    --------
    >>> round(coverage_bound(0.05, 272), 2), round(coverage_bound(0.01, 272), 2)
    (0.07, 0.33)
    """
    return (max(coverage, 1.0 - coverage) + step) / (step * horizon)


def step_for_bound(bound: float, horizon: int, *, coverage: float = 0.9) -> float:
    """Return the smallest step whose bound over the horizon is this; the bound cannot be below 1 / horizon.

    Raises
    ------
    ValidationError
        If no step reaches the bound.

    Examples
    --------
    >>> round(step_for_bound(0.10, 21), 2)
    0.82
    """
    room = bound * horizon - 1.0
    if room <= 0:
        raise ValidationError(f"Over {horizon} updates no step bounds the error by {bound}; 1/{horizon} is the least.")
    return max(coverage, 1.0 - coverage) / room


def adaptive_intervals(
    forecast: IntegerForecast, yards: ArrayLike, *, weeks: ArrayLike, coverage: float = 0.9, horizon: int = 21,
    step: float | None = None,
) -> AdaptivePath:  # fmt: skip
    """Return each week's intervals at a level that only earlier weeks have moved [1]_.

    The miss rate a(w) begins at 1 - coverage and becomes a(w) + step (1 - coverage - missed(w)), missed(w) the mean of
    1 - mid-coverage over the week's known rows. At a(w) <= 0 the interval is the whole support; at a(w) >= 1 it is
    empty in theory, counted as all missed, and shown as the median.

    Parameters
    ----------
    forecast : IntegerForecast
        Already recalibrated on the season before, if it should start from there.
    yards : array_like, shape (n_rows,)
        NaN where not played yet.
    weeks : array_like, shape (n_rows,)
        Anything that sorts in time within the season.
    coverage : float, default 0.9
    horizon : int, default 21
        Weeks of a season, play-offs included, known beforehand.
    step : float, optional
        Default ``horizon_step(horizon)``.

    Returns
    -------
    AdaptivePath

    References
    ----------
    .. [1] Gibbs & Candes (2021), doi:10.48550/arXiv.2106.00170
    """
    got, when = np.asarray(yards, dtype=np.float64), np.asarray(weeks)
    if not len(forecast) == len(got) == len(when):
        raise ValidationError(f"One outcome and one week a row: {len(forecast)} forecasts, {len(got)}, {len(when)}.")
    size = horizon_step(horizon, coverage=coverage) if step is None else step
    rate, rows = 1.0 - coverage, []
    ends = np.zeros((2, len(got)), dtype=np.int64)
    width = np.zeros(len(got))
    for week in np.unique(when):
        mine = np.flatnonzero(when == week)
        found = intervals_at(forecast.rows(mine), rate)
        ends[:, mine], width[mine] = (found.lower, found.upper), found.width
        missed = _missed(found, got[mine], rate=rate)
        rows.append((week, int(np.isfinite(got[mine]).sum()), rate, missed))
        rate += size * (1.0 - coverage - missed) if np.isfinite(missed) else 0.0
    frame = pd.DataFrame(rows, columns=["week", "rows", "miss_rate_used", "missed"])
    bound = coverage_bound(size, max(int(frame["missed"].notna().sum()), 1), coverage=coverage)
    return AdaptivePath(Intervals(ends[0], ends[1], width), frame, size, bound)


def intervals_at(forecast: IntegerForecast, miss_rate: float) -> Intervals:
    """Return the intervals at a miss rate that may lie outside 0 to 1: the whole support below, the median above."""
    if miss_rate <= 0.0:
        first, last = (np.full(len(forecast), end) for end in forecast.support)
        return Intervals(first, last, (last - first).astype(np.float64), ("The whole support.",))
    return mid_intervals(forecast, max(1.0 - miss_rate, 0.0))


def _missed(found: Intervals, yards: Floats, *, rate: float) -> float:
    """Return the mean miss of a week's known rows; 0 and 1 by definition where the level has left 0 to 1."""
    known = np.isfinite(yards)
    if not known.any():
        return math.nan
    if rate <= 0.0 or rate >= 1.0:
        return float(rate >= 1.0)
    return float(1.0 - held((found.lower, found.upper), yards, level=0.5, mid=True)[known].mean())

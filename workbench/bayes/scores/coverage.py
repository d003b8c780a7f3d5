"""Whether intervals hold what happened, in three ways of counting an outcome at an end.

An integer interval is closed, so it holds both atoms at its ends whole and over-covers: its equal-tailed 90 % quantiles
leave *at most* 5 % on either side.

- *Closed* coverage counts an outcome at an end as held.
- *Mid-coverage* counts it one half: P(l < Y < u) + P(Y = l) / 2 + P(Y = u) / 2, for on average half the atom at a
  quantile belongs to the tail. Where l = u = y the outcome is at both ends, one half for each: one. Differences of
  mid-distribution functions would say none, which would call a forecast that is certain and right a miss; and the
  share of such an atom that the level asks for, level / P(Y = l), lies between the level and one, so one is nearer.
- *Exact* coverage needs the forecast: the outcome counts by the share of its atom between the two tails of the
  forecast's own transform. If the forecast is the law, its mean is the level to the last digit.

The half of mid-coverage is right on average only where atoms are small. Backs with few carries gain exactly zero one
time in four: if P(Y < 0) is 2 % and P(Y = 0) is 20 %, the 5 % quantile is 0, of whose atom the tail should have 3
points and is given 10. On the simulated league the law itself has a mid-coverage of 87 % at 90 %, and 69 % in the
lowest tenth, where its exact coverage is 90 %. So mid-coverage is read beside what the forecast itself expects of it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.bayes.forecast import IntegerForecast
from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: Both ends of each row's interval; where there is none, both NaN.
Ends = tuple[ArrayLike, ArrayLike]
#: The levels every table shows.
LEVELS = (0.5, 0.8, 0.9, 0.95)
#: What a normal holds within one standard deviation of its mean.
NORMAL_ONE_SIGMA = 0.682689492137086


def ends(forecast: IntegerForecast | Ends, *, level: float) -> tuple[Floats, Floats]:
    """Return the lower and upper ends of each row's interval in yards, shape (n_rows,) each.

    Parameters
    ----------
    forecast : IntegerForecast or (lower, upper)
        Of a forecast, the equal-tailed interval at ``level``; given ends stand for themselves.
    level : float
        Between 0 and 1: 0.9, not 90.

    Raises
    ------
    ValidationError
        If the level is no share, or a lower end lies above its upper end.
    """
    if not 0.0 < level < 1.0:
        raise ValidationError(f"The level of an interval lies between 0 and 1, got {level}. Percent?")
    lower, upper = forecast.interval(level) if isinstance(forecast, IntegerForecast) else forecast
    low, high = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    if low.shape != high.shape or (low > high).any():
        raise ValidationError(
            f"Every lower end needs an upper end not below it, got shapes {low.shape} and {high.shape} with "
            f"{(low > high).sum() if low.shape == high.shape else 'unknown'} crossed. Quantiles that cross?"
        )
    return low, high


def coverage(forecast: IntegerForecast | Ends, yards: ArrayLike, *, level: float, mid: bool = False) -> Floats:
    """Return how far each outcome is held by its interval: 1, 0, and with ``mid`` one half at an end.

    Parameters
    ----------
    forecast : IntegerForecast or (lower, upper)
    yards : array_like, shape (n_rows,)
        Null where unknown.
    level : float
        Of given ends, only said.
    mid : bool, default False
        Mid-coverage, as the module defines it.

    Returns
    -------
    ndarray, shape (n_rows,)
        Its mean is the coverage. NaN where the outcome or the interval is unknown.

    Examples
    --------
    >>> coverage(([0, 0, 0, 0], [9, 9, 9, 0]), [5, 9, 12, 0], level=0.9).tolist()
    [1.0, 1.0, 0.0, 1.0]
    >>> coverage(([0, 0, 0, 0], [9, 9, 9, 0]), [5, 9, 12, 0], level=0.9, mid=True).tolist()
    [1.0, 0.5, 0.0, 1.0]
    """
    low, high = ends(forecast, level=level)
    y = _outcomes(yards, n_rows=len(low))
    held = ((low <= y) & (y <= high)).astype(np.float64)
    if mid:
        held = np.where((low != high) & ((y == low) | (y == high)), 0.5, held)
    return np.where(np.isnan(y) | np.isnan(low) | np.isnan(high), np.nan, held)


def exact_coverage(forecast: IntegerForecast, yards: ArrayLike, *, level: float) -> Floats:
    """Return the share of each outcome's atom between the two tails of its forecast, shape (n_rows,).

    It is the chance that the randomized transform falls within ``(1 - level) / 2`` and one less that, the outcome being
    what it was; an outcome without mass is held or not by where it stands.

    Examples
    --------
    A coin of 0 and 1: the middle 90 % hold 45 of the 50 points of each side.

    >>> from workbench.bayes.forecast import Support
    >>> coin = IntegerForecast(Support(0, 1), np.array([[0.5, 1.0]]))
    >>> exact_coverage(coin, [1], level=0.9).round(3).tolist()
    [0.9]
    """
    before, after = transform_ends(forecast, yards)
    tail, mass = (1.0 - level) / 2.0, after - before
    within = np.clip(after, tail, 1.0 - tail) - np.clip(before, tail, 1.0 - tail)
    inside = ((after > tail) & (before < 1.0 - tail)).astype(np.float64)
    share = np.divide(within, mass, out=inside, where=mass > 0.0)
    return np.where(np.isnan(before), np.nan, share)


def expected_mid_coverage(forecast: IntegerForecast, *, level: float) -> Floats:
    """Return the mid-coverage each forecast's interval has if the forecast is the law, shape (n_rows,).

    Examples
    --------
    A fair coin's interval is both its sides, each of them an end.

    >>> from workbench.bayes.forecast import Support
    >>> expected_mid_coverage(IntegerForecast(Support(0, 1), np.array([[0.5, 1.0]])), level=0.9).tolist()
    [0.5]
    """
    low, high = forecast.interval(level)
    below, at_low = forecast.at(low - 1), forecast.at(low)
    before, at_high = forecast.at(high - 1), forecast.at(high)
    halved = (at_low - below + at_high - before) / 2.0
    return np.asarray(at_high - below - np.where(low == high, 0.0, halved))


def one_sigma_coverage(forecast: IntegerForecast, yards: ArrayLike) -> tuple[Floats, Floats]:
    """Return whether outcomes lie within one sd of the mean, and the chance the forecast itself gives them to.

    A normal would hold 68.3 % (``NORMAL_ONE_SIGMA``); yards lean to the right and hold more, so the forecast's own
    chance is what to compare with.

    Returns
    -------
    held, expected : ndarray, shape (n_rows,)
    """
    mean, sd = forecast.mean, forecast.sd
    y = _outcomes(yards, n_rows=len(forecast))
    held = (np.abs(y - mean) <= sd).astype(np.float64)
    expected = forecast.at(np.floor(mean + sd)) - forecast.at(np.ceil(mean - sd) - 1.0)
    return np.where(np.isnan(y), np.nan, held), np.where(np.isnan(y), np.nan, expected)


def transform_ends(forecast: IntegerForecast, yards: ArrayLike) -> tuple[Floats, Floats]:
    """Return P(Y < yards) and P(Y <= yards), between which the probability transform lies, shape (n_rows,) each."""
    y = _outcomes(yards, n_rows=len(forecast))
    return forecast.at(y - 1.0), forecast.at(y)


def interval_score(forecast: IntegerForecast | Ends, yards: ArrayLike, *, level: float) -> Floats:
    """Return Winkler's score of each interval in yards, lower is better: its width and 2 / (1 - level) x the miss.

    References
    ----------
    .. [1] Gneiting & Raftery (2007), section 6.2, doi:10.1198/016214506000001437

    Examples
    --------
    A 90 % interval of 10 yards missed by 2 costs 10 + 20 x 2.

    >>> interval_score(([0.0], [10.0]), [12.0], level=0.9).round(6).tolist()
    [50.0]
    """
    low, high = ends(forecast, level=level)
    y = _outcomes(yards, n_rows=len(low))
    missed = np.maximum(low - y, 0.0) + np.maximum(y - high, 0.0)
    return high - low + 2.0 / (1.0 - level) * missed


def _outcomes(yards: ArrayLike, *, n_rows: int) -> Floats:
    y = np.asarray(yards, dtype=np.float64)
    if y.shape != (n_rows,):
        raise ValidationError(f"Every forecast needs its outcome: {n_rows} forecasts and outcomes of shape {y.shape}.")
    return y


def percent(levels: Sequence[float]) -> list[str]:
    """Return levels as they stand in column names.

    Examples
    --------
    >>> percent([0.5, 0.95])
    ['50', '95']
    """
    return [f"{100.0 * level:g}" for level in levels]

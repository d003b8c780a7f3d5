"""Closed intervals of whole yards, aimed at mid-coverage: all between the ends, half of the ends.

That is the coverage of the interval from end to end when every whole yard is spread evenly over the yard about it,
which is how quantiles between the yards are meant here; ``scores.coverage`` counts it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.bayes.forecast import IntegerForecast, Integers, Support
from workbench.errors import ValidationError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """One closed interval of whole yards a row; unpacks as ``lower, upper``.

    Attributes
    ----------
    lower, upper : ndarray of int, shape (n_rows,)
        Both ends belong to the interval.
    width : ndarray of float, shape (n_rows,)
        Yards from end to end before the ends were rounded to whole yards: what widths are compared by.
    notes : tuple of str
        What a reader must know: intervals that are the whole support for want of rows.
    """

    lower: Integers
    upper: Integers
    width: Floats
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Integers]:
        yield self.lower
        yield self.upper

    def __len__(self) -> int:
        return len(self.lower)


def continuous_quantile(forecast: IntegerForecast, level: float) -> Floats:
    """Return the quantile between the yards when every whole yard is spread evenly over the yard about it.

    Rounded it is ``forecast.quantile(level)``. Shape (n_rows,).

    Examples
    --------
    >>> fair_die = IntegerForecast(Support(1, 6), np.arange(1, 7)[None] / 6)
    >>> continuous_quantile(fair_die, 0.5)
    array([3.5])
    """
    place = np.argmax(forecast.cdf >= level - 1e-12, axis=1)
    rows = np.arange(len(forecast))
    above = forecast.cdf[rows, place]
    below = np.where(place > 0, forecast.cdf[rows, np.maximum(place - 1, 0)], 0.0)
    part = np.divide(level - below, above - below, out=np.ones(len(rows)), where=above > below)
    return np.asarray(forecast.support.first + place - 0.5 + part.clip(0.0, 1.0))


def mid_intervals(forecast: IntegerForecast, coverage: float) -> Intervals:
    """Return the equal-tailed intervals whose ends leave nearest to (1 - coverage) / 2 outside, half of the end itself.

    The plain equal-tailed interval puts its end on a large atom (the zeros of a back who is hardly used) whenever the
    tail falls inside it, and mid-coverage then counts half of the atom as missed, however large; here the end moves one
    yard beyond such an atom.

    Parameters
    ----------
    forecast : IntegerForecast
    coverage : float
        Mid-coverage aimed at.

    Returns
    -------
    Intervals

    Examples
    --------
    Three in ten are 0, so an end at 0 misses fifteen in a hundred; an end at -1 misses none.

    >>> back = IntegerForecast(Support(-1, 4), np.array([[0.0, 0.3, 0.5, 0.8, 0.95, 1.0]]))
    >>> mid_intervals(back, 0.9).lower, back.interval(0.9)[0]
    (array([-1]), array([0]))
    """
    tail = (1.0 - coverage) / 2.0
    real = [continuous_quantile(forecast, level) for level in (tail, 1.0 - tail)]
    middle = forecast.cdf - forecast.mass / 2.0
    ends = [_nearest(middle, forecast, level=level) for level in (tail, 1.0 - tail)]
    return Intervals(ends[0], np.maximum(ends[0], ends[1]), np.maximum(real[1] - real[0], 0.0))


def whole_intervals(lower: Floats, upper: Floats, support: Support, *, notes: tuple[str, ...] = ()) -> Intervals:
    """Round ends between the yards to whole yards of the support; crossed ends meet in their middle.

    Raises
    ------
    ValidationError
        If an end is missing.
    """
    if np.isnan(lower).any() or np.isnan(upper).any():
        raise ValidationError("The ends of an interval must be known, got NaN. A forecast from missing features?")
    low, high = (np.clip(end, support.first, support.last) for end in (lower, upper))
    middle = (low + high) / 2.0
    crossed = lower > upper
    low, high = np.where(crossed, middle, low), np.where(crossed, middle, high)
    return Intervals(np.rint(low).astype(np.int64), np.rint(high).astype(np.int64), high - low, notes)


def _nearest(middle: Floats, forecast: IntegerForecast, *, level: float) -> Integers:
    """Return the yard whose mid-probability is nearest to the level: the first to reach it, or the one before."""
    rows = np.arange(len(forecast))
    place = np.argmax(middle >= level - 1e-12, axis=1)
    before = np.maximum(place - 1, 0)
    back = level - middle[rows, before] < middle[rows, place] - level
    return np.asarray(forecast.support.first + np.where(back, before, place), dtype=np.int64)

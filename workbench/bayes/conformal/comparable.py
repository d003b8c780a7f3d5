"""Widths that compare: every method's intervals moved until they cover the same share of calibration rows."""

from numpy.typing import ArrayLike

from workbench.bayes.conformal.intervals import Intervals
from workbench.bayes.conformal.split import conformalized_quantiles
from workbench.bayes.forecast import IntegerForecast


def comparable_intervals(
    calibration: IntegerForecast, yards: ArrayLike, *, forecast: IntegerForecast, coverage: float = 0.9
) -> Intervals:
    """Return a method's intervals conformalized to a mid-coverage, with widths to compare methods by.

    A method that covers 26 % is narrow, one that covers 97 % wide; neither says who knows more. Each method's
    equal-tailed intervals are conformalized in yards (``conformalized_quantiles``, each end to its own tail, half of
    each end counted), which can mend any method, then compared by ``width``. That is measured between the yards, where
    the coverage aimed at is met exactly; ends are rounded to the nearest yard, by which widths of whole intervals
    differ from it by half a yard a row at most.

    Parameters
    ----------
    calibration, yards : IntegerForecast and array_like, shape (n,)
        The method's forecasts of the calibration season, and what came.
    forecast : IntegerForecast
        The method's forecasts of the test rows.
    coverage : float, default 0.9

    Returns
    -------
    Intervals
        ``intervals.width.mean()`` is the number to compare; paired by row between methods.
    """
    return conformalized_quantiles(calibration, yards, forecast=forecast, coverage=coverage)

"""Intervals from the errors of calibration rows: split conformal about the median, conformalized quantiles."""

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.bayes.conformal.intervals import Intervals, continuous_quantile, whole_intervals
from workbench.bayes.conformal.quantile import conformal_quantile, rows_needed
from workbench.bayes.forecast import IntegerForecast
from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: What coverage means: half of the ends ("mid", ends rounded to the nearest yard), or the ends in full ("closed").
Aim = Literal["mid", "closed"]
#: Which side an error is charged to: both ends move as one, or each is held to its own tail.
Sides = Literal["together", "apart"]
_SPREAD: Final[dict[Aim, float]] = {"mid": 1.0, "closed": 0.0}


def split_conformal(
    calibration: IntegerForecast, yards: ArrayLike, *, forecast: IntegerForecast, coverage: float = 0.9,
    aim: Aim = "mid", weights: ArrayLike | None = None, test_weight: float | Floats = 1.0,
) -> Intervals:  # fmt: skip
    """Return intervals of one width about the predictive median: the quantile of absolute errors [1]_.

    Parameters
    ----------
    calibration, yards : IntegerForecast and array_like, shape (n,)
        Forecasts of rows the method was not trained on, and what came; rows of unknown yards are left out.
    forecast : IntegerForecast
        Of the rows asked about.
    coverage : float, default 0.9
    aim : {"mid", "closed"}, default "mid"
        "closed" is covered at least so often whatever the ties; "mid" is covered so often with half of each end.
    weights, test_weight : optional
        See ``conformal_quantile``.

    Returns
    -------
    Intervals
        The whole support, and a note, where the calibration rows are too few for a finite quantile.

    Raises
    ------
    ValidationError
        If forecasts and yards do not fit, or supports differ.

    References
    ----------
    .. [1] Lei et al. (2018), doi:10.1080/01621459.2017.1307116
    """
    known, got, mass = calibration_rows(calibration, yards, forecast=forecast, weights=weights)
    reach = _reach(np.abs(got - known.median), coverage, aim=aim, weights=mass, test_weight=test_weight)
    middle = forecast.median.astype(np.float64)
    notes = _notes(reach, n=len(got), coverage=coverage)
    return whole_intervals(middle - reach, middle + reach, forecast.support, notes=notes)


def conformalized_quantiles(
    calibration: IntegerForecast, yards: ArrayLike, *, forecast: IntegerForecast, coverage: float = 0.9,
    aim: Aim = "mid", sides: Sides = "apart", weights: ArrayLike | None = None, test_weight: float | Floats = 1.0,
) -> Intervals:  # fmt: skip
    """Return the equal-tailed intervals of the forecast, moved by whole yards until calibration rows are covered.

    The score of a row is how many yards its outcome lies outside its own interval, negative inside [1]_; the interval
    of a new row grows (or shrinks) by the finite-sample quantile of the scores.

    Parameters
    ----------
    calibration, yards, forecast, coverage, aim, weights, test_weight
        As in ``split_conformal``.
    sides : {"apart", "together"}, default "apart"
        "apart" holds each end to its own tail (Theorem 2 of [1]_), for yards are skewed; "together" moves both alike.

    Returns
    -------
    Intervals

    References
    ----------
    .. [1] Romano, Patterson & Candes (2019), doi:10.48550/arXiv.1905.03222

    Examples
    --------
    Every outcome a yard above the median of a forecast that knows only three yards:

    >>> from workbench.bayes.forecast import Support
    >>> narrow = IntegerForecast(Support(0, 9), np.tile((np.arange(10) >= np.r_[4]).astype(float), (99, 1)))
    >>> ends = conformalized_quantiles(narrow, [3, 5] * 49 + [4], forecast=narrow.rows([0]), aim="closed")
    >>> ends.lower, ends.upper
    (array([3]), array([5]))
    """
    known, got, mass = calibration_rows(calibration, yards, forecast=forecast, weights=weights)
    tail = (1.0 - coverage) / 2.0
    low, high = (_ends(known, level, aim=aim) for level in (tail, 1.0 - tail))
    scores, share = ((low - got, got - high), 1.0 - tail)
    if sides == "together":
        scores, share = (np.maximum(*scores),) * 2, coverage
    below, above = (_reach(score, share, aim=aim, weights=mass, test_weight=test_weight) for score in scores)
    first, last = (_ends(forecast, level, aim=aim) for level in (tail, 1.0 - tail))
    notes = _notes(np.maximum(below, above), n=len(got), coverage=share)
    return whole_intervals(first - below, last + above, forecast.support, notes=notes)


def calibration_rows(
    calibration: IntegerForecast, yards: ArrayLike, *, forecast: IntegerForecast, weights: ArrayLike | None = None
) -> tuple[IntegerForecast, Floats, Floats | None]:
    """Return the calibration rows whose yards are known, their yards and weights.

    Raises
    ------
    ValidationError
        If lengths or supports differ.
    """
    got = np.asarray(yards, dtype=np.float64)
    mass = None if weights is None else np.asarray(weights, dtype=np.float64)
    if got.shape != (len(calibration),) or (mass is not None and mass.shape != got.shape):
        raise ValidationError(f"Calibration needs yards and weights of {len(calibration)} rows, got {got.shape}.")
    if calibration.support != forecast.support:
        raise ValidationError(
            f"Calibration and forecast must share a support, got {calibration.support} and {forecast.support}."
        )
    known = np.isfinite(got)
    return calibration.rows(known), got[known], None if mass is None else mass[known]


def _ends(forecast: IntegerForecast, level: float, *, aim: Aim) -> Floats:
    return continuous_quantile(forecast, level) if aim == "mid" else forecast.quantile(level).astype(np.float64)


def _reach(scores: Floats, coverage: float, *, aim: Aim, weights: Floats | None, test_weight: float | Floats) -> Floats:
    found = conformal_quantile(scores, coverage, weights=weights, spread=_SPREAD[aim], test_weight=test_weight)
    return np.asarray(found, dtype=np.float64)


def _notes(reach: Floats, *, n: int, coverage: float) -> tuple[str, ...]:
    if np.isfinite(reach).all():
        return ()
    return (
        f"{n} calibration rows (as weighted) are too few for {coverage:.1%}, which needs {rows_needed(coverage)}: "
        f"the interval is open on that side and ends where the support does.",
    )

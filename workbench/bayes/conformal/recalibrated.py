"""Whole forecasts recalibrated from past errors, by whichever way can mend them."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.bayes.conformal.hybrid import hybrid_forecast, residual_density, silverman
from workbench.bayes.conformal.pit import pit_map
from workbench.bayes.conformal.split import calibration_rows
from workbench.bayes.conformal.weights import effective_rows
from workbench.bayes.forecast import IntegerForecast
from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: How a forecast is recalibrated: its probabilities mapped, its errors in yards put about its mean, or whichever can.
Way = Literal["auto", "pit", "residuals"]
#: With more outcomes than this where the forecast says "never" (0.2 % is usual) probabilities cannot mend it: the ends
#: of a 95 % interval would lie there.
NEVER_ALLOWED: Final = 0.05
#: Fewest rows, as weighted, that say anything about 5 % tails: rows_needed(0.95) for either end.
LEAST_ROWS: Final = 19
_LEAST_BANDWIDTH: Final = 0.05


@dataclass(frozen=True, slots=True)
class Recalibrated:
    """A recalibrated forecast.

    Attributes
    ----------
    forecast : IntegerForecast
    way : str
        "pit", "residuals", or "none" where rows were too few.
    note : str
        One sentence with the numbers it was chosen by.
    """

    forecast: IntegerForecast
    way: Literal["none", "pit", "residuals"]
    note: str


def recalibrated(
    calibration: IntegerForecast, yards: ArrayLike, *, forecast: IntegerForecast, way: Way = "auto",
    weights: ArrayLike | None = None,
) -> Recalibrated:  # fmt: skip
    """Return the forecast mended at every level by what came on calibration rows.

    "pit" maps its probabilities (``pit_map``). A forecast that says "never" of what happens (a posterior of the mean,
    at 26 % coverage) holds nothing to map; then "residuals" keeps only its mean and puts the errors of the calibration
    rows about it (``residual_forecast``). "auto" takes the map unless more than 5 % of rows fell at "never".

    Parameters
    ----------
    calibration, yards : IntegerForecast and array_like, shape (n,)
        Rows not trained on; rows of unknown yards are left out.
    forecast : IntegerForecast
        To be mended.
    way : {"auto", "pit", "residuals"}, default "auto"
    weights : array_like, shape (n,), optional

    Returns
    -------
    Recalibrated
        The forecast as it was, and "none", with fewer than 19 effective rows.

    Raises
    ------
    ValidationError
        If forecasts and yards do not fit, or supports differ.
    """
    known, got, mass = calibration_rows(calibration, yards, forecast=forecast, weights=weights)
    rows = effective_rows(np.ones(len(got)) if mass is None else mass)
    if rows < LEAST_ROWS:
        return Recalibrated(forecast, "none", f"{rows:.0f} effective rows are too few; {LEAST_ROWS} are needed.")
    fitted = pit_map(known, got, weights=mass)
    seen = f"{fitted.never:.1%} of {len(got)} calibration rows fell where the forecast said never"
    if way == "pit" or (way == "auto" and fitted.never <= NEVER_ALLOWED):
        gap = f"the largest gap of its probabilities is {fitted.distance:.3f}"
        return Recalibrated(fitted.recalibrated(forecast), "pit", f"{seen}; {gap}, and they are mapped.")
    mended = residual_forecast(known, got, forecast=forecast, weights=mass)
    return Recalibrated(mended, "residuals", f"{seen}: its mean is kept, with past errors in yards about it.")


def residual_forecast(
    calibration: IntegerForecast, yards: ArrayLike, *, forecast: IntegerForecast, weights: ArrayLike | None = None
) -> IntegerForecast:
    """Return the forecast's mean with calibration errors about it, their size rising with the mean.

    Errors are divided by the mean absolute error expected at their mean (isotonic), and their density is by kernels.

    Raises
    ------
    ValidationError
        If fewer than two calibration rows are known.
    """
    from sklearn.isotonic import IsotonicRegression

    known, got, mass = calibration_rows(calibration, yards, forecast=forecast, weights=weights)
    if len(got) < 2:
        raise ValidationError(f"Errors need two known calibration rows at least, got {len(got)}.")
    errors = got - known.mean
    rising = IsotonicRegression(out_of_bounds="clip").fit(known.mean, np.abs(errors), sample_weight=mass)
    # Half a yard: an error of nothing would make a row certain.
    before, after = (np.maximum(rising.predict(mean), 0.5) for mean in (known.mean, forecast.mean))
    # Errors that are all the same have no bandwidth of their own.
    width = max(silverman(errors / before), _LEAST_BANDWIDTH)
    density = residual_density(errors / before, bandwidth=width, weights=mass)
    return hybrid_forecast(forecast.mean, density, support=forecast.support, scale=after)

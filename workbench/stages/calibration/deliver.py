"""From a season's model to what is delivered: calibrated on the season before, then watched week by week."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.bayes.conformal.recalibrated import recalibrated
from workbench.bayes.forecast import IntegerForecast
from workbench.lifecycle.recalibrate import RecalibrationPath, RecalibrationPolicy, recalibration_path
from workbench.stages.calibration.split import SeasonRows


@dataclass(frozen=True, slots=True, eq=False)
class Delivered:
    """A season's forecasts at every step.

    Attributes
    ----------
    raw_past, raw : IntegerForecast
        Of the calibration season and of the season, as the model says them.
    past : IntegerForecast
        The calibration season calibrated on itself, each week by the others of its half: never by its own outcomes.
    path : RecalibrationPath
        The season calibrated on the season before, and recalibrated where rolling coverage asked for it.
    """

    raw_past: IntegerForecast
    raw: IntegerForecast
    past: IntegerForecast
    path: RecalibrationPath


def delivered(
    split: SeasonRows, *, past: IntegerForecast, coming: IntegerForecast, policy: RecalibrationPolicy | None = None
) -> Delivered:
    """Calibrate a season's forecasts on the season before, then replay its weekly decisions.

    Parameters
    ----------
    split : SeasonRows
    past, coming : IntegerForecast
        Of its calibration rows and of its forecast rows, by a model trained on neither.
    policy : RecalibrationPolicy, optional
    """
    yards = split.calibration["yards"].to_numpy(dtype=np.float64)
    calibrated = recalibrated(past, yards, forecast=coming).forecast
    crossed = cross_calibrated(split.calibration, past)
    path = recalibration_path(
        split.forecast, calibrated, calibration_rows=split.calibration, calibration_forecast=crossed, policy=policy
    )
    return Delivered(past, coming, crossed, path)


def cross_calibrated(rows: pd.DataFrame, forecast: IntegerForecast) -> IntegerForecast:
    """Return forecasts of a season's odd weeks calibrated on its even ones, and the other way round.

    What a season is calibrated on cannot judge it: its coverage would be 90 % by construction.
    """
    odd = rows["week"].mod(2).eq(1).to_numpy()
    cdf = forecast.cdf.copy()
    for mine in (odd, ~odd):
        learned = rows.loc[~mine, "yards"].to_numpy(dtype=np.float64)
        cdf[mine] = recalibrated(forecast.rows(~mine), learned, forecast=forecast.rows(mine)).forecast.cdf
    return IntegerForecast(forecast.support, cdf)

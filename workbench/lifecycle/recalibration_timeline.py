"""Rows of two seasons in the order of their weeks, so that "earlier" means one thing."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.conformal.weights import recency_weights
from workbench.bayes.forecast import IntegerForecast
from workbench.errors import LeakageError, ValidationError

#: Columns the rows need.
COLUMNS: Final = ("season", "week", "game_id", "yards")


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Calibration rows, then the season's, each with the place of its week; within each, sorted by week.

    Attributes
    ----------
    rows : DataFrame, shape (n, 4)
        ``COLUMNS``.
    forecast : IntegerForecast
        The model as it is.
    place : ndarray of int, shape (n,)
        0 for the first week there is, and so on; the months between seasons have no place.
    asked : ndarray of int, shape (n_rows,)
        Where the season's own rows are, in the order they were given.
    """

    rows: pd.DataFrame
    forecast: IntegerForecast
    place: NDArray[np.int64]
    asked: NDArray[np.int64]

    @property
    def yards(self) -> NDArray[np.float64]:
        """Outcomes, NaN where not played yet, shape (n,)."""
        return self.rows["yards"].to_numpy(dtype=np.float64)

    def before(self, place: int) -> NDArray[np.int64]:
        """Return positions of rows with known yards in the weeks before a place."""
        return np.flatnonzero(np.isfinite(self.yards) & (self.place < place))

    def window(self, place: int, *, weeks: int, rows: int) -> NDArray[np.int64]:
        """Return positions of the last known rows before a place: whole weeks, at least so many weeks and rows."""
        past = self.before(place)
        if not len(past):
            return past
        # The week of the row that makes the count, if that is further back than the weeks asked for.
        enough = self.place[past[max(len(past) - rows, 0)]]
        return np.asarray(past[self.place[past] >= min(enough, place - weeks)], dtype=np.int64)

    def recency(self, past: NDArray[np.int64], *, place: int, half_life: float) -> NDArray[np.float64]:
        """Return recency weights of past rows as seen from a week: last week's rows have age 0."""
        return recency_weights(place - 1 - self.place[past], half_life=half_life)


def timeline(
    rows: pd.DataFrame, forecast: IntegerForecast, *, calibration_rows: pd.DataFrame,
    calibration_forecast: IntegerForecast,
) -> Timeline:  # fmt: skip
    """Return both seasons in one line.

    Raises
    ------
    ValidationError
        If there are no rows, columns are missing, rows and forecasts do not fit, or supports differ.
    LeakageError
        If a calibration row is not of an earlier week than every row asked about.
    """
    for frame, said, name in ((rows, forecast, "rows"), (calibration_rows, calibration_forecast, "calibration rows")):
        missing = [c for c in COLUMNS if c not in frame.columns]
        if missing or len(frame) != len(said):
            raise ValidationError(f"The {name} lack {missing}, or their {len(frame)} do not fit {len(said)} forecasts.")
    if not len(rows) or forecast.support != calibration_forecast.support:
        raise ValidationError("Recalibration needs rows, and one support. A season or a target without data?")
    both = pd.concat([calibration_rows[list(COLUMNS)], rows[list(COLUMNS)]], ignore_index=True)
    when = both["season"].to_numpy(dtype=np.int64) * 100 + both["week"].to_numpy(dtype=np.int64)
    if len(calibration_rows) and when[: len(calibration_rows)].max() >= when[len(calibration_rows) :].min():
        raise LeakageError("Calibration rows must be of weeks before every row asked about. Seasons swapped?")
    place = np.unique(when, return_inverse=True)[1].astype(np.int64)
    order = np.argsort(place, kind="stable")
    asked = np.empty(len(both), dtype=np.int64)
    asked[order] = np.arange(len(both))
    cdf = np.concatenate([calibration_forecast.cdf, forecast.cdf])[order]
    everyone = both.iloc[order].reset_index(drop=True)
    return Timeline(everyone, IntegerForecast(forecast.support, cdf), place[order], asked[len(calibration_rows) :])

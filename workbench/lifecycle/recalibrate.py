"""Week by week, from past weeks only: whether the intervals still cover, and forecasts recalibrated if not."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.conformal.intervals import Intervals, mid_intervals
from workbench.bayes.conformal.recalibrated import Recalibrated, Way, recalibrated
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import coverage
from workbench.errors import ValidationError
from workbench.intervals import clustered_mean, share_interval
from workbench.lifecycle.recalibration_timeline import Timeline, timeline

Decision = Literal["kept", "recalibrated", "too few rows"]
#: Rounding of a mean of halves: exactly five points off is not more than five points off.
_SLACK: Final = 1e-9


@dataclass(frozen=True, slots=True)
class RecalibrationPolicy:
    """When a model's forecasts are recalibrated, and how; fixed on seasons to 2022.

    Attributes
    ----------
    level : float
        Mid-coverage the intervals promise.
    tolerance : float
        Recalibrate when rolling coverage is further off than this.
    minimum_rows : int
        Fewest past rows a decision is made on.
    window_weeks : int
        Weeks looked back on, reaching into the calibration season, which the model has not seen either: a model that
        fails is caught in its first week. Four is the shortest window with at most one false alarm in ten seasons of
        a calibrated model (``trigger_characteristics``: 9 %); 80 % coverage is caught within four weeks in 84 %.
    window_rows : int
        And as many more weeks as hold so many rows: the weeks before a season are play-offs of few games, and
        quarterbacks are thirty a week. It is what four weeks of backs hold.
    half_life_weeks : float
        When recalibrating, rows count half after so many weeks played: after a planted change of scale short ones
        came nearer to the level, without one all covered the same (2013-2022).
    way : {"auto", "pit", "residuals"}
        See ``bayes.conformal.recalibrated``.
    """

    level: float = 0.90
    tolerance: float = 0.05
    minimum_rows: int = 100
    window_weeks: int = 4
    window_rows: int = 250
    half_life_weeks: float = 4.0
    way: Way = "auto"

    def __post_init__(self) -> None:
        if not (0 < self.level < 1 and 0 < self.tolerance < 1 and self.minimum_rows >= 1 and self.window_weeks >= 1):
            raise ValidationError(f"A policy needs shares between 0 and 1 and counts of at least 1, got {self}.")


@dataclass(frozen=True, slots=True, eq=False)
class RecalibrationPath:
    """A season as it was forecast: every week's decision and what it delivered.

    Attributes
    ----------
    weeks : DataFrame
        One row a week: ``season, week, rows, rows_seen, games_seen, coverage, low, high`` (rolling mid-coverage of the
        model as it is and its 95 % interval, clustered by game), ``distance`` (coverage minus level), ``triggered,
        decision, way`` ("none", "pit" or "residuals"), ``evidence`` (one sentence).
    forecast : IntegerForecast
        Delivered, in the order of the rows.
    intervals : Intervals
        Of the forecast delivered, at the policy's level.
    policy : RecalibrationPolicy
    """

    weeks: pd.DataFrame
    forecast: IntegerForecast
    intervals: Intervals
    policy: RecalibrationPolicy


def recalibration_path(
    rows: pd.DataFrame, forecast: IntegerForecast, *, calibration_rows: pd.DataFrame,
    calibration_forecast: IntegerForecast, policy: RecalibrationPolicy | None = None,
) -> RecalibrationPath:  # fmt: skip
    """Replay a season: each week looks back on earlier weeks only, decides, and delivers its forecasts.

    Rolling mid-coverage is that of the model as it is, so a decision does not depend on earlier ones. When it is off by
    more than the tolerance, on enough rows, this week's forecasts are recalibrated on all earlier rows, recent ones
    counting more; otherwise they are delivered as they are.

    Parameters
    ----------
    rows : DataFrame, shape (n_rows, ...)
        ``season, week, game_id, yards``; yards null where not played yet.
    forecast : IntegerForecast
        Of the rows, by a model trained on neither them nor the calibration rows.
    calibration_rows, calibration_forecast : DataFrame and IntegerForecast
        The season before, forecast by the same model; may be empty.
    policy : RecalibrationPolicy, optional

    Returns
    -------
    RecalibrationPath

    Raises
    ------
    ValidationError
        If there are no rows, columns are missing, rows and forecasts do not fit, or calibration rows are not earlier.
    """
    rule = RecalibrationPolicy() if policy is None else policy
    line = timeline(rows, forecast, calibration_rows=calibration_rows, calibration_forecast=calibration_forecast)
    plain = mid_intervals(line.forecast, rule.level)
    held = coverage((plain.lower, plain.upper), line.rows["yards"], level=rule.level, mid=True)
    delivered, weeks = forecast.cdf.copy(), []
    for place in np.unique(line.place[line.asked]).tolist():
        mine = np.flatnonzero(line.place[line.asked] == place)
        seen = _seen(line, held, place=place, rule=rule)
        if seen["triggered"]:
            mended = recalibrated_week(line, place=place, rule=rule)
            delivered[mine] = mended.forecast.cdf
            seen |= {"way": mended.way, "evidence": f"{seen['evidence']} Recalibrated: {mended.note}"}
        first = line.rows.iloc[line.asked[mine[0]]]
        weeks.append({"season": int(first["season"]), "week": int(first["week"]), "rows": len(mine), **seen})
    found = IntegerForecast(forecast.support, delivered)
    return RecalibrationPath(pd.DataFrame(weeks), found, mid_intervals(found, rule.level), rule)


def recalibrated_week(line: Timeline, *, place: int, rule: RecalibrationPolicy) -> Recalibrated:
    """Return the forecasts of one week's rows recalibrated on every earlier row, recent ones counting more."""
    past = line.before(place)
    mine = line.asked[line.place[line.asked] == place]
    return recalibrated(
        line.forecast.rows(past), line.yards[past], forecast=line.forecast.rows(mine), way=rule.way,
        weights=line.recency(past, place=place, half_life=rule.half_life_weeks),
    )  # fmt: skip


def rolling_coverage(held: NDArray[np.float64], games: NDArray[np.str_]) -> tuple[float, float, float]:
    """Return the mean of what was held with its 95 % interval, rows of a game sharing their luck.

    The interval is Wilson's for as many independent rows as the clustered standard error is worth (never more than
    there are), so that it stays within 0 and 1 and is no point when all or none are held; NaN without two games.
    """
    found = clustered_mean(held, games)
    if not np.isfinite(found.standard_error):
        return found.value, np.nan, np.nan
    alone = found.value * (1.0 - found.value)
    rows = min(alone / found.standard_error**2, float(found.n)) if found.standard_error > 0 else float(found.n)
    low, high = share_interval(found.value * rows, rows)
    return found.value, float(low), float(high)


def _seen(line: Timeline, held: NDArray[np.float64], *, place: int, rule: RecalibrationPolicy) -> dict[str, object]:
    """Return what one week saw of earlier ones, and what it decided."""
    past = line.window(place, weeks=rule.window_weeks, rows=rule.window_rows)
    games = line.rows["game_id"].to_numpy(dtype=np.str_)[past]
    share, low, high = rolling_coverage(held[past], games)
    enough = len(past) >= rule.minimum_rows
    triggered = bool(enough and abs(share - rule.level) > rule.tolerance + _SLACK)
    decision: Decision = "recalibrated" if triggered else "kept" if enough else "too few rows"
    return {
        "rows_seen": len(past), "games_seen": len(np.unique(games)), "coverage": share, "low": low, "high": high,
        "distance": share - rule.level, "triggered": triggered, "decision": decision, "way": "none",
        "evidence": _evidence(line, past, share=share, rule=rule),
    }  # fmt: skip


def _evidence(line: Timeline, past: NDArray[np.int64], *, share: float, rule: RecalibrationPolicy) -> str:
    """Return what was seen, in a sentence."""
    if not len(past):
        return "No earlier row is known."
    first, last = (line.rows.iloc[past[at]] for at in (0, -1))
    span = f"{first['season']} week {first['week']} to {last['season']} week {last['week']}"
    if len(past) < rule.minimum_rows:
        return f"{len(past)} rows from {span}; {rule.minimum_rows} are needed."
    return (
        f"{share:.1%} of {len(past)} rows from {span} were held by {rule.level:.0%} intervals, "
        f"{100 * (share - rule.level):+.1f} points off (more than {100 * rule.tolerance:.0f} recalibrate)."
    )

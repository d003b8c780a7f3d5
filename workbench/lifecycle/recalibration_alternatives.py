"""What else could have been done all season, beside the trigger: the same rows, the same past, other rules."""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd

from workbench.bayes.conformal.adaptive import adaptive_intervals
from workbench.bayes.conformal.intervals import Intervals, mid_intervals
from workbench.bayes.conformal.recalibrated import recalibrated
from workbench.bayes.conformal.split import conformalized_quantiles
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import coverage
from workbench.intervals import clustered_mean
from workbench.lifecycle.recalibrate import RecalibrationPath, RecalibrationPolicy, recalibrated_week
from workbench.lifecycle.recalibration_timeline import Timeline, timeline

#: Weeks of a season with play-offs: the horizon the adaptive step is chosen for, known before it begins.
SEASON_WEEKS: Final = 22


def recalibration_alternatives(
    rows: pd.DataFrame, forecast: IntegerForecast, *, calibration_rows: pd.DataFrame,
    calibration_forecast: IntegerForecast, policy: RecalibrationPolicy | None = None,
) -> dict[str, Intervals]:  # fmt: skip
    """Return each row's interval under rules that are always on; all from earlier weeks only.

    Parameters
    ----------
    rows, forecast, calibration_rows, calibration_forecast, policy
        As in ``recalibration_path``.

    Returns
    -------
    dict of str to Intervals
        ``as it is``; ``static`` (probabilities mapped once, from the calibration season); ``conformal`` (its quantiles
        conformalized once); ``rolling`` (recalibrated every week, trigger or not); ``adaptive`` (static, then the level
        moved by each week's misses); ``conformal recent`` (quantiles conformalized every week, recent rows counting
        more).
    """
    rule = RecalibrationPolicy() if policy is None else policy
    line = timeline(rows, forecast, calibration_rows=calibration_rows, calibration_forecast=calibration_forecast)
    yards = calibration_rows["yards"].to_numpy(dtype=np.float64)
    static = recalibrated(calibration_forecast, yards, forecast=forecast, way=rule.way).forecast
    rolling, recent = _every_week(line, rule=rule)
    adaptive = adaptive_intervals(
        static, rows["yards"].to_numpy(dtype=np.float64), weeks=line.place[line.asked], coverage=rule.level,
        horizon=SEASON_WEEKS,
    )  # fmt: skip
    return {
        "as it is": mid_intervals(forecast, rule.level),
        "static": mid_intervals(static, rule.level),
        "conformal": conformalized_quantiles(calibration_forecast, yards, forecast=forecast, coverage=rule.level),
        "rolling": mid_intervals(rolling, rule.level),
        "adaptive": adaptive.intervals,
        "conformal recent": recent,
    }


def alternatives_table(
    rows: pd.DataFrame, intervals: dict[str, Intervals], *, path: RecalibrationPath, window_weeks: int = 4
) -> pd.DataFrame:
    """Return what each rule covered and how wide it was, the trigger's own path among them.

    Returns
    -------
    DataFrame
        ``rule, rows, coverage, low, high`` (mid-coverage with its game-clustered 95 % interval), ``closed`` (ends in
        full), ``width`` (yards), ``worst`` (rolling mid-coverage furthest from the level, of so many weeks).
    """
    known = rows["yards"].notna().to_numpy()
    yards, games = rows["yards"].to_numpy(dtype=np.float64)[known], rows["game_id"].to_numpy()[known]
    when = (rows["season"] * 100 + rows["week"]).to_numpy()[known]
    level, lines = path.policy.level, []
    for rule, found in {**intervals, "trigger": path.intervals}.items():
        ends = (found.lower[known], found.upper[known])
        held = coverage(ends, yards, level=level, mid=True)
        mean = clustered_mean(held, games)
        weekly = pd.DataFrame({"held": held, "rows": 1.0}).groupby(when).sum().rolling(window_weeks).sum().dropna()
        share = (weekly["held"] / weekly["rows"]).to_numpy()
        worst = share[np.abs(share - level).argmax()] if len(share) else np.nan
        closed = coverage(ends, yards, level=level).mean()
        lines.append((rule, mean.n, mean.value, mean.low, mean.high, closed, float(np.mean(found.width)), worst))
    return pd.DataFrame(lines, columns=["rule", "rows", "coverage", "low", "high", "closed", "width", "worst"])


def _every_week(line: Timeline, *, rule: RecalibrationPolicy) -> tuple[IntegerForecast, Intervals]:
    """Return forecasts recalibrated, and intervals conformalized, every week from every earlier row."""
    always = replace(rule, tolerance=1e-6)
    cdf = line.forecast.cdf[line.asked].copy()
    plain = mid_intervals(line.forecast.rows(line.asked), rule.level)
    ends = np.stack([plain.lower.astype(np.float64), plain.upper.astype(np.float64), plain.width])
    for place in np.unique(line.place[line.asked]).tolist():
        mine, past = np.flatnonzero(line.place[line.asked] == place), line.before(place)
        cdf[mine] = recalibrated_week(line, place=place, rule=always).forecast.cdf
        found = conformalized_quantiles(
            line.forecast.rows(past), line.yards[past], forecast=line.forecast.rows(line.asked[mine]),
            coverage=rule.level, weights=line.recency(past, place=place, half_life=rule.half_life_weeks),
        )  # fmt: skip
        ends[:, mine] = found.lower, found.upper, found.width
    whole = ends[:2].astype(np.int64)
    return IntegerForecast(line.forecast.support, cdf), Intervals(whole[0], whole[1], ends[2])

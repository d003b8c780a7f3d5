"""Every method's scores on the test seasons, pooled and by season, and paired differences to the baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.bayes.conformal.comparable import comparable_intervals
from workbench.bayes.conformal.intervals import mid_intervals
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import LEVELS, coverage, percent
from workbench.bayes.scores.paired import paired
from workbench.bayes.scores.proper import crps
from workbench.bayes.scores.summary import summary
from workbench.bayes.scores.transform import uniformity
from workbench.intervals import Estimate, clustered_mean
from workbench.stages.calibration.split import SeasonRows
from workbench.stages.studies.bnn_delivery import delivered
from workbench.stages.studies.bnn_methods import MethodForecasts

#: Per row, compared between methods: lower is better but for the log score.
COMPARED: Final = ("crps", "log_score", "absolute_error", "width")
_RESAMPLING_SEED: Final = 17


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """One method's scores.

    Attributes
    ----------
    table : DataFrame
        ``season`` ("all" or the year), ``measure, unit, value, low, high, target, rows, games``: as
        ``bayes.scores.summary`` names measures, and of every level L ``held_L, near_width_L``: mid-coverage and width
        of the intervals whose ends are nearest to the tails in mid-probability, which is what is delivered.
    rows : DataFrame, one row a test row
        ``COMPARED``; ``width`` is the 90 % interval's after it was conformalized to 90 % on the calibration season.
    equal : Estimate
        Mid-coverage of those conformalized intervals.
    uniform : mapping
        ``distance, at, gap, p_value`` of the transforms.
    """

    table: pd.DataFrame
    rows: pd.DataFrame
    equal: Estimate
    uniform: Mapping[str, float]


def scored(method: MethodForecasts, splits: Sequence[SeasonRows]) -> Scored:
    """Score a method on every test season."""
    rows = pd.concat([split.forecast for split in splits], ignore_index=True)
    games, whole = rows["game_id"].to_numpy(), method.forecast
    widths, held = [], []
    for split, past, coming in zip(splits, method.calibration, method.test, strict=True):
        made = comparable_intervals(past, split.calibration["yards"], forecast=coming)
        widths.append(made.width)
        held.append(coverage((made.lower, made.upper), split.forecast["yards"], level=0.9, mid=True))
    found = summary(whole, rows)
    each = found.rows[["crps", "log_score", "absolute_error"]].assign(width=np.concatenate(widths))
    seasons = {"all": np.ones(len(rows), dtype=bool)} | {
        str(split.season): rows["season"].eq(split.season).to_numpy() for split in splits
    }
    table = pd.concat(
        [_lines(whole.rows(mask), rows[mask]).assign(season=name) for name, mask in seasons.items()], ignore_index=True
    )
    uniform = uniformity(whole, rows["yards"], clusters=games, rng=np.random.default_rng(_RESAMPLING_SEED))
    shape = {name: float(getattr(uniform, name)) for name in ("distance", "at", "gap", "p_value")}
    return Scored(table, each, clustered_mean(np.concatenate(held), games), shape)


def _lines(forecast: IntegerForecast, rows: pd.DataFrame) -> pd.DataFrame:
    table, games = summary(forecast, rows).table, rows["game_id"].to_numpy()
    near: list[dict[str, Any]] = []
    for level, name in zip(LEVELS, percent(LEVELS), strict=True):
        made = mid_intervals(forecast, level)
        held = coverage((made.lower, made.upper), rows["yards"], level=level, mid=True)
        near += [
            line(f"held_{name}", held, games, unit="share", target=level),
            line(f"near_width_{name}", (made.upper - made.lower).astype(np.float64), games, unit="yards"),
        ]
    return pd.concat([table, pd.DataFrame(near)], ignore_index=True)


def line(
    measure: str, values: NDArray[np.float64], games: NDArray[Any], *, unit: str, target: float = float("nan")
) -> dict[str, Any]:
    """Return a measure's mean with its interval by game, as tables of scores have it."""
    found = clustered_mean(values, games)
    return {
        "measure": measure, "unit": unit, "value": found.value, "low": found.low, "high": found.high,
        "target": target, "rows": found.n, "games": found.clusters,
    }  # fmt: skip


def best_baseline(methods: Sequence[MethodForecasts], scores: Mapping[str, Scored]) -> str:
    """Return the baseline with the lowest CRPS on the test rows: chosen there, so that it flatters the baseline."""
    return min(
        (method.name for method in methods if method.kind == "baseline"),
        key=lambda name: float(scores[name].rows["crps"].mean()),
    )


def gains(methods: Sequence[MethodForecasts], scores: Mapping[str, Scored], games: NDArray[Any]) -> pd.DataFrame:
    """Return every network's and ensemble's gain over every baseline on identical rows.

    Returns
    -------
    DataFrame
        ``method, baseline, measure, gain, low, high, rows, games``; above zero the method is better (narrower).
    """
    lines = []
    bases = [method.name for method in methods if method.kind == "baseline"]
    for method in (m.name for m in methods if m.kind != "baseline"):
        for base in bases:
            for measure in COMPARED:
                better = (scores[method], scores[base]) if measure == "log_score" else (scores[base], scores[method])
                found = paired(better[0].rows[measure], better[1].rows[measure], games)
                lines.append((method, base, measure, found.value, found.low, found.high, found.n, found.clusters))
    return pd.DataFrame(lines, columns=["method", "baseline", "measure", "gain", "low", "high", "rows", "games"])


def equal_treatment(
    chief: MethodForecasts, baselines: Sequence[MethodForecasts], splits: Sequence[SeasonRows]
) -> pd.DataFrame:
    """Return the CRPS gain of a method over baselines where all are delivered by the same weekly rule.

    Returns
    -------
    DataFrame
        ``baseline, gain, low, high, rows, games``, and ``crps`` of the baseline as delivered.
    """
    rows = pd.concat([split.forecast for split in splits], ignore_index=True)
    games, mine = rows["game_id"].to_numpy(), crps(delivered(chief, splits).forecast, rows["yards"])
    lines = []
    for base in baselines:
        theirs = crps(delivered(base, splits).forecast, rows["yards"])
        found = paired(theirs, mine, games)
        lines.append((base.name, found.value, found.low, found.high, found.n, found.clusters, float(theirs.mean())))
    return pd.DataFrame(lines, columns=["baseline", "gain", "low", "high", "rows", "games", "crps"])


def widths_table(methods: Sequence[MethodForecasts], scores: Mapping[str, Scored], games: NDArray[Any]) -> pd.DataFrame:
    """Return widths after every method was conformalized to 90 % on its calibration season.

    Returns
    -------
    DataFrame
        ``method, kind, width, low, high, coverage, coverage_low, coverage_high, crps``: coverage is the mid-coverage
        that those intervals then had on the test rows.
    """
    lines = []
    for method in methods:
        made = scores[method.name]
        width, held = clustered_mean(made.rows["width"], games), made.equal
        lines.append({
            "method": method.name, "kind": method.kind, "width": width.value, "low": width.low, "high": width.high,
            "coverage": held.value, "coverage_low": held.low, "coverage_high": held.high,
            "crps": float(made.rows["crps"].mean()),
        })  # fmt: skip
    return pd.DataFrame(lines)

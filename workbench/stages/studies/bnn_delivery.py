"""What the production ensemble delivers week by week: intervals, their cells, and what other rules would have done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.conformal.hybrid import hybrid_forecast, residual_density
from workbench.bayes.conformal.intervals import Intervals, mid_intervals
from workbench.bayes.conformal.split import conformalized_quantiles
from workbench.bayes.conformal.weights import likelihood_ratio_weights
from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.cells import FULL_CELL, cells
from workbench.lifecycle.recalibrate import RecalibrationPath, RecalibrationPolicy
from workbench.lifecycle.recalibration_alternatives import alternatives_table, recalibration_alternatives
from workbench.stages.calibration import deliver
from workbench.stages.calibration.split import SeasonRows
from workbench.stages.studies.bnn_methods import MethodForecasts, one_forecast

LEVEL: Final = 0.9
#: Where coverage may hide.
BY: Final = ("decile", "position", "role", "earlier_games", "season", "home")
#: The baseline whose residuals the hybrid puts about the network's mean.
RESIDUALS_OF: Final = "hierarchical"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Delivery:
    """The intervals delivered, and those of other rules.

    Attributes
    ----------
    path : RecalibrationPath
        Every test season's weeks, one after another; forecast and intervals in the order of the test rows.
    cells : DataFrame
        As ``bayes.scores.cells`` of the intervals delivered, with ``exact_coverage, exact_verdict`` of the forecast.
    rules : DataFrame
        ``rule, rows, coverage, low, high, closed, width, worst, cells, cells_out, worst_cell, worst_cell_coverage``:
        see ``alternatives_table``; the last three of cells with enough rows.
    intervals : dict of str to Intervals
        By rule, 90 %.
    """

    path: RecalibrationPath
    cells: pd.DataFrame
    rules: pd.DataFrame
    intervals: dict[str, Intervals]


def delivery(
    method: MethodForecasts, splits: Sequence[SeasonRows], *, features: Sequence[str], residuals: MethodForecasts
) -> Delivery:
    """Replay every test season, and compare with rules that are always on.

    Parameters
    ----------
    method : MethodForecasts
    splits : sequence of SeasonRows
    features : sequence of str
        Of the weighted rule, which asks which calibration rows are like this week's.
    residuals : MethodForecasts
        Whose calibration errors the hybrid takes.
    """
    rows = pd.concat([split.forecast for split in splits], ignore_index=True)
    path = delivered(method, splits)
    by_season = [
        _rules(split, method.calibration[at], method.test[at], features=features, residuals=residuals.calibration[at])
        for at, split in enumerate(splits)
    ]
    intervals = {rule: _joined([one[rule] for one in by_season]) for rule in by_season[0]}
    table = alternatives_table(rows, intervals, path=path)
    middle = pd.Series(path.forecast.median)
    worst = [
        worst_cell((made.lower, made.upper), rows, middle=middle)
        for made in (intervals.get(rule, path.intervals) for rule in table["rule"])
    ]
    return Delivery(
        path=path, cells=delivered_cells(path, rows), intervals=intervals,
        rules=pd.concat([table, pd.DataFrame(worst)], axis=1),
    )  # fmt: skip


def delivered(method: MethodForecasts, splits: Sequence[SeasonRows]) -> RecalibrationPath:
    """Return the seasons as the week delivers them (``stages.calibration.deliver``), each from its own past."""
    paths = [
        deliver.delivered(s, past=past, coming=coming).path
        for s, past, coming in zip(splits, method.calibration, method.test, strict=True)
    ]
    return RecalibrationPath(
        pd.concat([path.weeks for path in paths], ignore_index=True), one_forecast([path.forecast for path in paths]),
        _joined([path.intervals for path in paths]), RecalibrationPolicy(),
    )  # fmt: skip


def delivered_cells(path: RecalibrationPath, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of the intervals delivered, with the exact coverage of the forecasts delivered beside."""
    ends = (path.intervals.lower, path.intervals.upper)
    found = cells(ends, rows, level=LEVEL, by=BY, middle=pd.Series(path.forecast.median))
    exact = cells(path.forecast, rows, level=LEVEL, by=BY)
    columns = ["exact_coverage", "exact_low", "exact_high", "exact_verdict", "expected_mid"]
    return found.drop(columns=columns).merge(exact[["by", "cell", *columns]], on=["by", "cell"], how="left")


def worst_cell(ends: tuple[Any, Any], rows: pd.DataFrame, *, middle: "pd.Series[float]") -> dict[str, Any]:
    """Return how many cells of enough rows there are, how many lie outside the band, and the one furthest off."""
    found = cells(ends, rows, level=LEVEL, by=BY, middle=middle)
    full = found[found["rows"].ge(FULL_CELL) & found["by"].ne("all")]
    lines = {"cells": len(full), "cells_out": int(full["verdict"].eq("outside").sum())}
    if full.empty:
        return {**lines, "worst_cell": "", "worst_cell_coverage": np.nan}
    at = int((full["mid_coverage"] - LEVEL).abs().to_numpy().argmax())
    by, cell, held = (full[name].iloc[at] for name in ("by", "cell", "mid_coverage"))
    return {**lines, "worst_cell": f"{by} {cell}", "worst_cell_coverage": float(held)}


def hybrid(past: IntegerForecast, coming: IntegerForecast, *, split: SeasonRows) -> IntegerForecast:
    """Return means with the density of another model's calibration errors about them.

    Parameters
    ----------
    past : IntegerForecast
        The other model's (a GLM's), of the calibration rows.
    coming : IntegerForecast
        The network's, of the test rows: only its means are used.
    split : SeasonRows
    """
    errors = split.calibration["yards"].to_numpy(dtype=np.float64) - past.mean
    return hybrid_forecast(coming.mean, residual_density(errors), support=coming.support)


def _rules(
    split: SeasonRows, past: IntegerForecast, coming: IntegerForecast, *, features: Sequence[str],
    residuals: IntegerForecast,
) -> Mapping[str, Intervals]:  # fmt: skip
    known = recalibration_alternatives(
        split.forecast, coming, calibration_rows=split.calibration, calibration_forecast=past
    )
    mixed = hybrid(residuals, coming, split=split)
    return known | {
        "weighted": _weighted(split, past, coming, features=features),
        "hybrid": mid_intervals(mixed, LEVEL),
    }


def _weighted(
    split: SeasonRows, past: IntegerForecast, coming: IntegerForecast, *, features: Sequence[str]
) -> Intervals:
    """Return each week's quantiles conformalized on calibration rows weighted by their likeness to rows so far."""
    weeks = split.forecast["week"].to_numpy()
    old, new = (rows[list(features)].to_numpy(dtype=np.float64) for rows in (split.calibration, split.forecast))
    ends = np.zeros((3, len(weeks)))
    for week in np.unique(weeks):
        mine, so_far = np.flatnonzero(weeks == week), np.flatnonzero(weeks <= week)
        weights, tested = likelihood_ratio_weights(old, new[so_far])
        made = conformalized_quantiles(
            past, split.calibration["yards"], forecast=coming.rows(mine), coverage=LEVEL, weights=weights,
            test_weight=tested[np.isin(so_far, mine)],
        )  # fmt: skip
        ends[:, mine] = made.lower, made.upper, made.width
    return Intervals(ends[0].astype(np.int64), ends[1].astype(np.int64), ends[2])


def _joined(parts: Sequence[Intervals]) -> Intervals:
    lower, upper, width = (np.concatenate([getattr(p, name) for p in parts]) for name in ("lower", "upper", "width"))
    return Intervals(lower, upper, width)

"""All scores of one method on one set of rows: a number a row, and each mean with its interval by game."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import (
    LEVELS,
    Ends,
    coverage,
    ends,
    exact_coverage,
    expected_mid_coverage,
    interval_score,
    one_sigma_coverage,
    percent,
)
from workbench.bayes.scores.proper import absolute_error, crps, log_score, squared_error
from workbench.intervals import Estimate, clustered_mean

_SHARES: Final = ("coverage", "mid_coverage", "exact_coverage", "one_sigma", "floored")


@dataclass(frozen=True, slots=True)
class Scores:
    """How good a method's forecasts were.

    Attributes
    ----------
    rows : DataFrame, one row a forecast, index of the rows given
        Of every level L: ``coverage_L, mid_coverage_L, width_L, interval_score_L`` (L in percent) and, of forecasts,
        ``exact_coverage_L, expected_mid_coverage_L``; of forecasts also ``one_sigma, one_sigma_expected, crps,
        log_score, floored, absolute_error, squared_error``. Null where the outcome is unknown; width and what is
        expected are known of every row.
    table : DataFrame, one row a measure
        ``measure, unit, value, low, high`` (95 %, by game), ``target`` (what it is if the forecast is the law, null
        where that is not fixed: the level; of one sigma and mid-coverage what the forecast expects), ``rows, games``.
        ``squared_error`` stands as ``rmse``.
    floored : int
        Rows whose outcome had less mass than the floor of the log score.
    """

    rows: pd.DataFrame
    table: pd.DataFrame
    floored: int

    def value(self, measure: str) -> float:
        """Return one measure's value."""
        return float(self.table.loc[self.table["measure"] == measure, "value"].to_numpy(dtype=np.float64)[0])


def row_scores(
    forecast: IntegerForecast | Ends, yards: ArrayLike, *, levels: tuple[float, ...] = LEVELS
) -> pd.DataFrame:
    """Return every score of every row, as ``Scores.rows`` names them.

    Parameters
    ----------
    forecast : IntegerForecast or (lower, upper)
        Ends belong to one level: the first of ``levels``.
    yards : array_like, shape (n_rows,)
    levels : tuple of float
    """
    whole = isinstance(forecast, IntegerForecast)
    columns: dict[str, ArrayLike] = {}
    for level in levels if whole else levels[:1]:
        (name,) = percent([level])
        at = ends(forecast, level=level)
        columns[f"coverage_{name}"] = coverage(at, yards, level=level)
        columns[f"mid_coverage_{name}"] = coverage(at, yards, level=level, mid=True)
        if isinstance(forecast, IntegerForecast):
            columns[f"exact_coverage_{name}"] = exact_coverage(forecast, yards, level=level)
            columns[f"expected_mid_coverage_{name}"] = expected_mid_coverage(forecast, level=level)
        columns[f"width_{name}"] = at[1] - at[0]
        columns[f"interval_score_{name}"] = interval_score(at, yards, level=level)
    if isinstance(forecast, IntegerForecast):
        columns["one_sigma"], columns["one_sigma_expected"] = one_sigma_coverage(forecast, yards)
        columns["crps"] = crps(forecast, yards)
        columns["log_score"], columns["floored"] = log_score(forecast, yards)
        columns["absolute_error"] = absolute_error(forecast, yards)
        columns["squared_error"] = squared_error(forecast, yards)
    return pd.DataFrame(columns)


def summary(
    forecast: IntegerForecast | Ends,
    rows: pd.DataFrame,
    *,
    levels: tuple[float, ...] = LEVELS,
    clusters: str = "game_id",
) -> Scores:
    """Score forecasts of rows.

    Parameters
    ----------
    forecast : IntegerForecast or (lower, upper)
    rows : DataFrame, in the same order
        ``yards`` (null where unknown: not scored) and the clusters' column.
    levels : tuple of float
    clusters : str, default "game_id"

    Raises
    ------
    ValidationError
        If there are not as many forecasts as rows.
    """
    scored = row_scores(forecast, rows["yards"], levels=levels).set_index(rows.index)
    shown = [name for name in scored.columns if "expected" not in name]
    table = pd.DataFrame([_measure(name, scored, rows[clusters].to_numpy()) for name in shown])
    floored = int(scored["floored"].sum()) if "floored" in scored else 0
    return Scores(scored, table, floored)


def _measure(name: str, scored: pd.DataFrame, games: ArrayLike) -> dict[str, object]:
    # The width of a row that has no outcome yet is known, but belongs to no score.
    known = scored.notna().all(axis=1).to_numpy()
    found = clustered_mean(scored.loc[known, name], np.asarray(games)[known])
    if name == "squared_error":
        name, found = "rmse", _root(found)
    return {
        "measure": name, "unit": _unit(name), "value": found.value, "low": found.low, "high": found.high,
        "target": _target(name, scored), "rows": found.n, "games": found.clusters,
    }  # fmt: skip


def _root(found: Estimate) -> Estimate:
    """Return the root of a mean square; its interval's ends are the roots of the ends, none below zero."""
    value, low, high = (float(np.sqrt(max(x, 0.0))) if x == x else x for x in (found.value, found.low, found.high))
    error = found.standard_error / (2.0 * value) if value else float("nan")
    return Estimate(value, error, low, high, found.n, found.clusters)


def _unit(name: str) -> str:
    if name.startswith(_SHARES):
        return "share"
    return "nats" if name == "log_score" else "yards"


def _target(name: str, scored: pd.DataFrame) -> float:
    expected = "one_sigma_expected" if name == "one_sigma" else f"expected_{name}"
    if expected in scored:
        return float(scored.loc[scored[name].notna(), expected].mean())
    if name.startswith(("coverage_", "mid_coverage_", "exact_coverage_")):
        return float(name.rpartition("_")[2]) / 100.0
    return float("nan")

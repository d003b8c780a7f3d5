"""The study of sharpness: how accurate openers and closes are, what the close adds, and where the market is weakest."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.decision.clustered import clustered_ratio
from workbench.errors import MissingArtifactError
from workbench.intervals import Estimate, clustered_mean, holm
from workbench.market.cells import shrunk_cells, two_sided_p
from workbench.market.sharpness import line_accuracy
from workbench.schema import THREE_WAY
from workbench.stages.studies.context import StudyRun
from workbench.stages.studies.epl_prices import epl_view
from workbench.stages.studies.sharpness_rows import SPREAD_WIN, sharpness_rows

#: Markets in the order shown; ``win`` is the spread read as a win probability.
MARKET_ORDER: Final = ("spread", "total", SPREAD_WIN, "moneyline", THREE_WAY)
#: What games are parted by, and where the words come from.
DIMENSIONS: Final = ("season", "part", "weekday", "size")
#: A cell of fewer games, or weeks, says too little to stand in a list of the weakest.
MINIMUM_GAMES: Final = 60
MINIMUM_WEEKS: Final = 5
#: A source of fewer games is left out of the tables.
_SOURCE_GAMES: Final = 100
_ALPHA: Final = 0.05
_POINTS: Final = ("spread", "total")
_KIND: Final = ["market", "measure", "dimension"]


@dataclass(frozen=True, slots=True)
class SharpnessStudy:
    """What the study leaves and its notebook explains.

    Attributes
    ----------
    accuracy : DataFrame
        One row a market, source and end: ``market, source, end`` (open, close), ``main, pair, cross_source, games,
        first, last`` and ``rmse, mae, bias, variance_share, loss, side`` each with ``_low, _high, _se``; the first four
        in points and of spreads and totals only, ``loss`` their squared errors, Brier, or ranked probability score,
        ``side`` the bias of `sided`. Rows with ``pair`` are of the games on which a source has both ends.
    gains : DataFrame
        One row a market and source with both ends: ``market, source, main, cross_source, games, first, last, moved``
        (share that moved), ``p_value``, and ``move`` (mean size), ``gain`` (of the close, in the unit of the loss),
        ``cut`` (gain over the opener's loss), each with ``_low, _high, _se``.
    cells : DataFrame
        One row a market, measure, dimension and cell of the headline sources: ``market, measure`` (``bias`` of the
        close: `sided`; ``gain`` of the close over the opener), ``dimension, cell, games, value, low, high, se, null,
        p_value, p_holm, shrunk, shrunk_low, shrunk_high``.
    dimensions : DataFrame
        ``market, measure, dimension, cells, spread, q_p_value, q_holm``: whether cells differ at all.
    seasons : DataFrame
        ``market, season, end, games, rmse, low, high``: root mean squared errors by season, in points.
    notes : tuple of str
    """

    accuracy: pd.DataFrame
    gains: pd.DataFrame
    cells: pd.DataFrame
    dimensions: pd.DataFrame
    seasons: pd.DataFrame
    notes: tuple[str, ...]


def study_sharpness(run: StudyRun, *, seasons: Sequence[int] = (), smoke: bool = False) -> SharpnessStudy:
    """Measure the lines of the league, and of the Premier League where its file is given.

    Parameters
    ----------
    run : StudyRun
    seasons : sequence of int
        Empty: all.
    smoke : bool
        Only the headline source of each market.

    Raises
    ------
    MissingArtifactError
        If no game of the seasons has a close and a result.
    SourceError
        If the file of the Premier League gives no match.
    """
    method = run.settings.policy.overround_method
    views = [view for view in (run.everything, epl_view(run.path("epl"))) if view is not None]
    rows = pd.concat([sharpness_rows(view, method=method) for view in views], ignore_index=True)
    rows = rows[rows["season"].isin(list(seasons))] if seasons else rows
    if rows.empty:
        raise MissingArtifactError("No game has a fresh close and a result: there is no line to measure.")
    return measured(rows, smoke=smoke, notes=_notes(given=len(views) > 1))


def measured(rows: pd.DataFrame, *, smoke: bool = False, notes: Sequence[str] = ()) -> SharpnessStudy:
    """Return everything measured of rows in the columns of `sharpness_rows`."""
    closes, pairs = headline_closes(rows), headline_pairs(rows)
    by_source = pd.DataFrame() if smoke else _of_enough(rows)
    accuracy = [*_accuracies(closes, main=True, pair=False), *_accuracies(pairs, main=True, pair=True)]
    gains = list(_gains(pairs, main=True))
    if len(by_source):
        accuracy += _accuracies(by_source[~by_source["cross_source"]], main=False, pair=False, each=True)
        gains += _gains(by_source[by_source["open"].notna()], main=False, each=True)
    cells = pd.concat([_cells(closes, measure="bias"), _cells(pairs, measure="gain")], ignore_index=True)
    cells["p_holm"] = holm(cells["p_value"])
    kinds = [
        dict(zip(_KIND, name, strict=True)) | _heterogeneity(part) for name, part in cells.groupby(_KIND, sort=False)
    ]
    dimensions = pd.DataFrame(kinds, columns=[*_KIND, "cells", "spread", "q_p_value"])
    dimensions["q_holm"] = holm(dimensions["q_p_value"])
    return SharpnessStudy(
        accuracy=pd.DataFrame(accuracy), gains=pd.DataFrame(gains), cells=_with_shrunk(cells), dimensions=dimensions,
        seasons=_season_errors(closes, pairs), notes=tuple(notes),
    )  # fmt: skip


def headline_closes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one close a game and market: of the source that has most games of the market."""
    own = rows[~rows["cross_source"]]
    count = own.groupby(["market", "source"])["game_id"].transform("size")
    largest = own.assign(count=count).sort_values(["count", "source"], ascending=[False, True], kind="stable")
    chief = largest.drop_duplicates("market").set_index("market")["source"]
    return own[own["source"] == own["market"].map(chief)].reset_index(drop=True)


def headline_pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one opener with the close of its own source a game and market, of the source that has most of them.

    A game that the largest source lacks takes the next one's; an opener whose close is another book's never counts.
    """
    both = rows[rows["open"].notna() & ~rows["cross_source"]]
    count = both.groupby(["market", "source"])["game_id"].transform("size")
    ordered = both.assign(count=count).sort_values(["count", "source"], ascending=[False, True], kind="stable")
    return ordered.drop_duplicates(["market", "game_id"]).drop(columns="count").reset_index(drop=True)


def _of_enough(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of sources with enough games; a win read off the spread is no market of a source."""
    count = rows.groupby(["market", "source"])["game_id"].transform("size")
    return rows[(count >= _SOURCE_GAMES) & (rows["market"] != SPREAD_WIN)]


def _grouped(rows: pd.DataFrame, *, each: bool) -> Iterator[tuple[dict[str, Any], pd.DataFrame]]:
    """Yield each market, or each of its sources, in the order shown."""
    for market in [name for name in MARKET_ORDER if name in set(rows["market"])]:
        of_it = rows[rows["market"] == market]
        parts = of_it.groupby("source", sort=True) if each else [(_sources(of_it), of_it)]
        for source, part in parts:
            if part["week"].nunique() > 1:
                yield {
                    "market": market, "source": str(source), "cross_source": bool(part["cross_source"].any()),
                    "games": len(part), "first": int(part["season"].min()), "last": int(part["season"].max()),
                }, part  # fmt: skip


def sided(rows: pd.DataFrame, *, end: str) -> "pd.Series[float]":
    """Return how far each game fell on the side of home, over or favourite, in chance of winning, of what was said.

    Of a line: a half where the outcome is above it, minus a half below, null on it: what is bet on is the middle of a
    line's games, and totals have a longer tail above than below, so that their mean error says little of it. Of a
    probability: what happened less what it said.
    """
    error = rows[f"error_{end}"]
    half = np.sign(error).replace(0.0, np.nan) / 2.0
    return error.where(~rows["market"].isin(_POINTS), half)


def _sources(rows: pd.DataFrame) -> str:
    return ", ".join(str(name) for name in rows["source"].value_counts().index)


def _accuracies(rows: pd.DataFrame, *, main: bool, pair: bool, each: bool = False) -> Iterator[dict[str, Any]]:
    for named, part in _grouped(rows, each=each):
        for end in ("open", "close") if pair else ("close",):
            side = sided(part, end=end).dropna()
            found: dict[str, Estimate] = {
                "loss": clustered_mean(part[f"loss_{end}"], part["week"]),
                "side": clustered_mean(side, part.loc[side.index, "week"]),
            }
            if named["market"] in _POINTS:
                lines = line_accuracy(part[end], part["outcome"], part["week"])
                found |= {n: getattr(lines, n) for n in ("rmse", "mae", "bias", "variance_share")}
            yield named | {"end": end, "main": main, "pair": pair} | _flat(found)


def _gains(rows: pd.DataFrame, *, main: bool, each: bool = False) -> Iterator[dict[str, Any]]:
    for named, part in _grouped(rows, each=each):
        gain = clustered_mean(part["loss_open"] - part["loss_close"], part["week"])
        move = (part["close"] - part["open"]).abs()
        cut = clustered_ratio(part["loss_open"] - part["loss_close"], part["loss_open"], part["week"])
        shown = {"move": clustered_mean(move, part["week"]), "gain": gain, "cut": cut}
        yield named | {"main": main, "moved": float((move > 0).mean()), "p_value": two_sided_p(gain)} | _flat(shown)


def _flat(found: dict[str, Estimate]) -> dict[str, float]:
    flat: dict[str, float] = {}
    for name, estimate in found.items():
        flat |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
        flat[f"{name}_se"] = estimate.standard_error
    return flat


def _cells(rows: pd.DataFrame, *, measure: str) -> pd.DataFrame:
    """Return each cell's bias, tested against none, or gain of the close, tested against that of the whole market."""
    value = sided(rows, end="close") if measure == "bias" else rows["loss_open"] - rows["loss_close"]
    found = []
    for market in [name for name in MARKET_ORDER if name in set(rows["market"])]:
        here = rows.assign(value=value)[(rows["market"] == market) & value.notna()]
        null = 0.0 if measure == "bias" else float(here["value"].mean())
        # A win read off the spread is the spread once more: its cells would only be counted twice.
        for dimension in DIMENSIONS if market != SPREAD_WIN else ():
            for cell, part in here.groupby(dimension, sort=True):
                if len(part) >= MINIMUM_GAMES and part["week"].nunique() >= MINIMUM_WEEKS:
                    estimate = clustered_mean(part["value"], part["week"])
                    found.append(
                        {
                            "market": market, "measure": measure, "dimension": dimension, "cell": str(cell),
                            "games": len(part), "value": estimate.value, "low": estimate.low, "high": estimate.high,
                            "se": estimate.standard_error, "null": null, "p_value": two_sided_p(estimate, null=null),
                        }
                    )  # fmt: skip
    columns = "market measure dimension cell games value low high se null p_value"
    cells = pd.DataFrame(found, columns=columns.split())
    # A kind with one cell is the market once more.
    return cells[cells.groupby(["market", "dimension"])["cell"].transform("size") > 1]


def _heterogeneity(cells: pd.DataFrame) -> dict[str, float]:
    read = shrunk_cells(cells["value"], cells["se"])
    return {"cells": len(cells), "spread": read.spread, "q_p_value": read.q_p_value}


def _with_shrunk(cells: pd.DataFrame) -> pd.DataFrame:
    """Return cells with their shrunken values: pulled to the other cells of the same dimension."""
    read = {name: shrunk_cells(part["value"], part["se"]) for name, part in cells.groupby(_KIND, sort=False)}
    parts = [
        part.assign(shrunk=read[name].value, shrunk_low=read[name].low, shrunk_high=read[name].high)
        for name, part in cells.groupby(_KIND, sort=False)
    ]
    return pd.concat(parts, ignore_index=True) if parts else cells.assign(shrunk=[], shrunk_low=[], shrunk_high=[])


def _season_errors(closes: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for market in _POINTS:
        for end, frame in (("close", closes), ("open", pairs)):
            for season, part in frame[frame["market"] == market].groupby("season"):
                if len(part) >= MINIMUM_GAMES and part["week"].nunique() >= MINIMUM_WEEKS:
                    found = line_accuracy(part[end], part["outcome"], part["week"]).rmse
                    rows.append(
                        {"market": market, "season": season, "end": end, "games": len(part), "rmse": found.value,
                         "low": found.low, "high": found.high}
                    )  # fmt: skip
    return pd.DataFrame(rows, columns=["market", "season", "end", "games", "rmse", "low", "high"])


def weakest(study: SharpnessStudy, measure: str, *, most: int = 12) -> pd.DataFrame:
    """Return the cells furthest from what they are tested against, in standard errors, the furthest first.

    A gain is weak where it is large: there the opener left most to be found; so only cells above the market's are kept.
    """
    cells = study.cells[(study.cells["measure"] == measure) & study.cells["p_value"].notna()]
    cells = cells[cells["value"] > cells["null"]] if measure == "gain" else cells
    return cells.sort_values("p_value", kind="stable").head(most).reset_index(drop=True)


def surviving(study: SharpnessStudy, measure: str) -> pd.DataFrame:
    """Return the cells whose p-value survives Holm's adjustment over every cell looked at."""
    found = study.cells[(study.cells["measure"] == measure) & (study.cells["p_holm"] < _ALPHA)]
    return found.sort_values("p_value", kind="stable").reset_index(drop=True)


def _notes(*, given: bool) -> list[str]:
    notes = [
        "An opener is compared with the close of its own source; what is called an opener differs by source, so the "
        "source stands beside each number. An opener beside another book's close is marked and in no headline.",
        "Openers before 2023 have no time stamp; some may be later than they are called.",
        "Assumed prices do not matter here: lines are measured, and moneylines only where priced.",
    ]
    if not given:
        notes.append("No matches of the Premier League were given: set the parameter epl to have three outcomes.")
    return notes

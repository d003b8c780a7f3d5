"""Key numbers, and what lines say of means, from the games a view already knows."""

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

from workbench.clock import AsOf
from workbench.features.fair_lines import FairLines, LineScales
from workbench.market.keynumbers import KeyNumbers, Lattice, fair_means, key_numbers
from workbench.market.prices import on_half_points

_QUOTE_COLUMNS = ("game_id", "season", "market", "source", "kind", "recorded_at", "line")
#: Lines whose means are learned; beyond them a line keeps the last one's distance to its mean.
_MARGIN_LINES: Final = np.arange(-20.0, 20.5, 0.5)
_TOTAL_LINES: Final = np.arange(28.0, 64.5, 0.5)


def known_key_numbers(view: AsOf, *, season: int, first_season: int = 0) -> KeyNumbers:
    """Learn the key numbers from the seasons before one: constant through it, and free of its results.

    Parameters
    ----------
    view : AsOf
    season : int
        Only strictly earlier seasons are read.
    first_season : int, default 0
        Earlier seasons are not read.
    """
    results = view.table("results")
    results = results[(results["season"] < season) & (results["season"] >= first_season)]
    seasons = sorted({int(s) for s in results["season"]})
    lines = last_lines(view, seasons=seasons)
    played = results.merge(lines, on="game_id", how="left", validate="one_to_one")
    home, away = (played[name].to_numpy(dtype="float64") for name in ("home_score", "away_score"))
    return key_numbers(
        home - away,
        home + away,
        expected_margins=played["spread"].to_numpy(dtype="float64"),
        expected_totals=played["total"].to_numpy(dtype="float64"),
    )


def known_scales(view: AsOf, *, season: int) -> LineScales:
    """Learn what spreads and totals say of means from the seasons before one.

    Prices are not asked: over 2010-2024 a line alone told the mean better than the line with its price.
    """
    numbers = known_key_numbers(view, season=season)
    return LineScales(_fair_lines(numbers.margin, _MARGIN_LINES), _fair_lines(numbers.total, _TOTAL_LINES))


def walked_scales(view: AsOf, *, seasons: Iterable[int]) -> dict[int, LineScales]:
    """Learn for each season what lines say of means from the seasons before it."""
    return {season: known_scales(view, season=season) for season in seasons}


def _fair_lines(lattice: Lattice, lines: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> FairLines:
    return FairLines(tuple(lines.tolist()), tuple(fair_means(lattice, lines).tolist()))


def last_lines(view: AsOf, *, seasons: list[int]) -> pd.DataFrame:
    """Return the last spread and total any book showed on each game: columns game_id, spread, total."""
    quotes = view.table("quotes", columns=_QUOTE_COLUMNS, seasons=seasons)
    quotes = quotes[quotes["market"].isin(["spread", "total"]) & quotes["line"].notna()]
    quotes = quotes[on_half_points(quotes["line"].to_numpy(dtype="float64"))]
    ordered = quotes.sort_values(["game_id", "market", "recorded_at", "source", "kind"], kind="stable")
    last = ordered.drop_duplicates(["game_id", "market"], keep="last")
    wide = last.pivot(index="game_id", columns="market", values="line").reindex(columns=["spread", "total"])
    return wide.reset_index().rename_axis(columns=None)

"""``open_last_*``: an opener and a last line a game, mostly without stamps."""

import pandas as pd

from workbench.data.lines.history import RAW_QUOTE, side_quotes
from workbench.data.nflverse.source import spans
from workbench.data.sides import SWAPPED_TOTALS_UNTIL, with_true_sides
from workbench.data.source import Degradation

#: Where this share of a season's openers equals the last line, the file repeats the last line as an opener.
REPEATED = 0.95
#: Lines taken over from the schedule, with its prices of over and under.
LEGACY = "legacy"


def open_last_quotes(games: pd.DataFrame) -> pd.DataFrame:
    """Return opening and last quotes; unstamped ones have no ``recorded_at`` yet and are ``instant_assumed``.

    Stamped last lines are live states; unstamped ones are the close. Legacy totals have over and under as the schedule
    has them, swapped until 2019 (``SWAPPED_TOTALS_UNTIL``), and are turned here.
    """
    games = _with_true_totals(games)
    opens = side_quotes(games[~repeats_last(games)], side="open").assign(kind="open")
    last = side_quotes(games, side="last")
    last = last.assign(kind=last["stamp"].isna().map({True: "close", False: "live"}))
    both = pd.concat([opens, last], ignore_index=True)
    return both.assign(recorded_at=both["stamp"], seen_at=both["stamp"], instant_assumed=both["stamp"].isna())[
        RAW_QUOTE
    ]


def _with_true_totals(games: pd.DataFrame) -> pd.DataFrame:
    for side in ("open", "last"):
        source = f"total_line_{side}_source"
        if source in games.columns:
            swapped = games["season"].le(SWAPPED_TOTALS_UNTIL) & games[source].eq(LEGACY)
            games = with_true_sides(games, over=f"over_price_{side}", under=f"under_price_{side}", swapped=swapped)
    return games


def repeats_last(games: pd.DataFrame) -> "pd.Series[bool]":
    """Return whether each game's season has openers that only repeat the last line."""
    same = games["home_spread_open"].eq(games["home_spread_last"])
    return same.groupby(games["season"]).transform("mean") >= REPEATED


def degraded_openers(games: pd.DataFrame) -> list[Degradation]:
    """Name the seasons without real openers."""
    seasons = games.loc[repeats_last(games), "season"].unique().tolist()
    if not seasons:
        return []
    return [Degradation(f"openers {spans(seasons)}", "the file's opener only repeats its last line: left out")]

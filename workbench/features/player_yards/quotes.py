"""The line and the total a player's team was quoted at by the cutoff, whatever source quoted last.

Before 2007 the files' openers repeat the last line and are dated kick-off, so that no line was known; totals have
openers in 2011-2021 and from 2023 on alone. Where none was known, the feature is null.
"""

from typing import Final

import pandas as pd

from workbench.features.player_yards.states import as_of
from workbench.schema import Market

#: Of two sources that quoted at one instant, the later in this order counts.
SOURCES: Final = ("books_open", "sbr", "manual", "fanduel", "draftkings", "consensus", "legacy")


def known_lines(asked: pd.DataFrame, quotes: pd.DataFrame, *, market: Market) -> "pd.Series[float]":
    """Return the last line known at each row's cutoff: home_line or total points; null where none was.

    Parameters
    ----------
    asked : DataFrame
        ``game_id, cutoff_utc``.
    quotes : DataFrame
        Rows of ``schema.QUOTES``; may be empty.
    market : {"spread", "total"}
    """
    own = quotes.reindex(columns=["game_id", "market", "source", "line", "known_at"])
    own = own[own["market"].eq(market) & own["line"].notna()]
    rank = own["source"].map({source: i for i, source in enumerate(SOURCES)}).fillna(-1.0)
    own = own.assign(rank=rank).sort_values(["known_at", "rank"], kind="stable")
    found = as_of(asked, own, by={"game_id": "game_id"}, at="cutoff_utc", columns=["line"])
    return found["line"].astype("float64")

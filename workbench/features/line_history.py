"""One opening and one closing line a game out of many quotes, for learning from games already played.

This is training material, not the quote a bet is decided on (that one is chosen by the policy's order of books).
"""

import pandas as pd

from workbench.schema import Market

#: Before 2023 only the legacy file has real openers; after it, the books' own.
OPENER_SOURCES = ("legacy", "draftkings", "consensus", "fanduel", "sbr")
CLOSE_SOURCES = ("legacy", "consensus", "schedule_close", "draftkings", "sbr")


def opening_lines(quotes: pd.DataFrame, *, market: Market = "spread") -> pd.DataFrame:
    """Return the opener of each game: the first book of ``OPENER_SOURCES`` that has one.

    Returns
    -------
    DataFrame
        ``game_id, line, source``; games without an opener are left out.
    """
    opens = quotes[(quotes["market"] == market) & (quotes["kind"] == "open") & quotes["line"].notna()]
    return _preferred(opens.sort_values("recorded_at", kind="stable"), OPENER_SOURCES)


def closing_lines(quotes: pd.DataFrame, *, market: Market = "spread") -> pd.DataFrame:
    """Return the last line of each game, as ``opening_lines``; a book's live states end in its last one."""
    ends = quotes[(quotes["market"] == market) & quotes["kind"].isin(["close", "live"]) & quotes["line"].notna()]
    return _preferred(ends.sort_values("recorded_at", ascending=False, kind="stable"), CLOSE_SOURCES)


def _preferred(quotes: pd.DataFrame, order: tuple[str, ...]) -> pd.DataFrame:
    rank = quotes["source"].map({source: i for i, source in enumerate(order)}).fillna(len(order))
    chosen = quotes.assign(rank=rank).sort_values("rank", kind="stable").drop_duplicates("game_id")
    return chosen[["game_id", "line", "source"]].reset_index(drop=True)

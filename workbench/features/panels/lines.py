"""One opening and one closing line a game, from one source at both ends wherever there is one.

A line move is a statement about one source: an opener of one book less another book's close mixes the move with the
gap between books (0.15 points in the mean between the two closing columns alone). So the opener chooses the source, the
same source gives the close, and where it cannot, the close comes from elsewhere and the move is null.

Real openers only: the source ``legacy`` has them from 2007 on (before, its file repeats the last line, and the border
leaves those out); totals have openers from ``sbr`` (2011-2021) and from stamped histories (2024) alone. The unstamped
``books_open`` is not used: its own source never closes, so that no move could be had from it.
"""

from typing import Final

import pandas as pd

from workbench.schema import Market

#: Whose opener, in this order; a source that also has a fresh close goes before one that has not.
OPEN_SOURCES: Final = ("legacy", "draftkings", "consensus", "fanduel", "manual", "sbr")
#: Whose close where no opener's source has a fresh one.
CLOSE_SOURCES: Final = ("legacy", "schedule_close", "consensus", "draftkings", "fanduel", "manual", "sbr")
#: A state recorded earlier than this before kick-off is no close (DESIGN section 4).
FRESH: Final = pd.Timedelta(hours=3)

_NAMES: Final = ("line", "source", "recorded_at", "instant_assumed")


def panel_lines(quotes: pd.DataFrame, games: pd.DataFrame, *, market: Market) -> pd.DataFrame:
    """Return the opening and closing line of each game in one market.

    Parameters
    ----------
    quotes : DataFrame
        Rows of ``schema.QUOTES``.
    games : DataFrame
        ``game_id, kickoff_utc``.
    market : {"spread", "total"}

    Returns
    -------
    DataFrame, one row a game that has either line
        ``game_id``; ``open_line, close_line`` (points; home_line or total), ``open_source, close_source``,
        ``open_recorded_at, close_recorded_at`` (UTC), ``open_instant_assumed`` (null where there is no opener) and
        ``move`` (close less open, null unless one source gave both).
    """
    own = _own_quotes(quotes, games=games, market=market)
    opens, closes = _openers(own), _closes(own)
    pairs = opens.merge(closes, on=["game_id", "source"], how="outer", suffixes=("_open", "_close"))
    whole = pairs["line_open"].notna() & pairs["line_close"].notna()
    paired = _first(pairs[whole], order=OPEN_SOURCES).set_index("game_id")
    opening = _sided(paired, "open").combine_first(_alone(opens, order=OPEN_SOURCES, end="open"))
    closing = _sided(paired, "close").combine_first(_alone(closes, order=CLOSE_SOURCES, end="close"))
    both = opening.join(closing, how="outer")
    move = (both["close_line"] - both["open_line"]).where(both["open_source"].eq(both["close_source"]))
    return _typed(both.assign(move=move)).reset_index()


def _own_quotes(quotes: pd.DataFrame, *, games: pd.DataFrame, market: Market) -> pd.DataFrame:
    wanted = quotes["market"].eq(market) & quotes["line"].notna() & quotes["source"].isin(CLOSE_SOURCES)
    columns = ["game_id", "source", "kind", "line", "recorded_at", "instant_assumed"]
    return quotes.loc[wanted, columns].merge(games[["game_id", "kickoff_utc"]], on="game_id")


def _openers(own: pd.DataFrame) -> pd.DataFrame:
    """Return each source's first opener a game."""
    rows = own[own["kind"].eq("open")].sort_values("recorded_at", kind="stable")
    return rows.drop_duplicates(["game_id", "source"])[["game_id", *_NAMES]]


def _closes(own: pd.DataFrame) -> pd.DataFrame:
    """Return each source's last fresh line a game before its kick-off; a closing column stands at kick-off itself."""
    ends = own[own["kind"].isin(["close", "live"])]
    fresh = ends["recorded_at"].between(ends["kickoff_utc"] - FRESH, ends["kickoff_utc"])
    rows = ends[fresh].sort_values("recorded_at", kind="stable")
    return rows.drop_duplicates(["game_id", "source"], keep="last")[["game_id", *_NAMES]]


def _first(rows: pd.DataFrame, *, order: tuple[str, ...]) -> pd.DataFrame:
    """Return, for each game, the row of the source that stands first in the order; others are left out."""
    rank = rows["source"].map({source: i for i, source in enumerate(order)})
    chosen = rows.assign(rank=rank)[rank.notna()].sort_values("rank", kind="stable")
    return chosen.drop_duplicates("game_id").drop(columns="rank")


def _alone(rows: pd.DataFrame, *, order: tuple[str, ...], end: str) -> pd.DataFrame:
    chosen = _first(rows, order=order).set_index("game_id")
    return chosen.rename(columns={name: f"{end}_{name}" for name in _NAMES})


def _sided(paired: pd.DataFrame, end: str) -> pd.DataFrame:
    names = {f"{name}_{end}": f"{end}_{name}" for name in _NAMES if name != "source"}
    return paired[list(names)].rename(columns=names).assign(**{f"{end}_source": paired["source"]})


def _typed(both: pd.DataFrame) -> pd.DataFrame:
    types = {
        "open_line": "float64",
        "close_line": "float64",
        "open_source": "str",
        "close_source": "str",
        "open_recorded_at": "datetime64[us, UTC]",
        "close_recorded_at": "datetime64[us, UTC]",
        "open_instant_assumed": "boolean",
        "move": "float64",
    }
    return both[list(types)].astype(types)

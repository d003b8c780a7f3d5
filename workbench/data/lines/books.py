"""``books_*``: several books' lines a game, one row a side, without stamps.

The file's ``open`` is a real opener only from 2023 on: before, it repeats the consensus. A market whose openers do that
all season is left out by :func:`repeated_openers`, whatever the year.
"""

import pandas as pd

from workbench.data.lines.history import RAW_QUOTE
from workbench.data.lines.open_last import REPEATED
from workbench.data.nflverse.source import spans
from workbench.data.source import Degradation

#: Sources of this file are labelled apart: a line without a stamp is never taken for the same book's timed quotes.
PREFIX = "books_"

_KEY = ["game_id", "market", "book", "points"]
_PRICES = ["odds_home", "odds_away"]


def books_quotes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the full-game quotes of the file, the two sides of a market joined.

    Openers are unstamped; every other book's line is the close. In 2024 a copy of the consensus also stands under
    ``open``: it comes last, so that the border keeps the opener and quarantines the copy.
    """
    both = _joined(rows)
    copies = _copies(both)
    both = both[~repeated_openers(both, copies=copies)].assign(copy=copies).sort_values("copy", kind="stable")
    return both.assign(
        source=PREFIX + both["book"].str.removeprefix("book_"),
        kind=both["book"].eq("open").map({True: "open", False: "close"}),
        line=both["points"].where(both["market"].ne("moneyline")).astype("float64"),
        american_home=both["odds_home"].astype("float64"),
        american_away=both["odds_away"].astype("float64"),
        recorded_at=None,
        seen_at=None,
        instant_assumed=True,
    )[RAW_QUOTE]


def _joined(rows: pd.DataFrame) -> pd.DataFrame:
    full = rows[rows["period"].eq("event") & rows["line_type"].isin(["spread", "total", "moneyline"])]
    full = full[full["game_id"].notna()].rename(columns={"line_type": "market"})
    # Sportsbook notation ends here; the away side of a spread already has the sign of home_line.
    turned = full["market"].eq("spread") & full["side"].eq("home")
    full = full.assign(points=full["value"].where(~turned, -full["value"]))
    home, away = full[full["side"].isin(["home", "over"])], full[full["side"].isin(["away", "under"])]
    return home[["season", *_KEY, "odds"]].merge(away[[*_KEY, "odds"]], on=_KEY, suffixes=("_home", "_away"))


def _copies(both: pd.DataFrame) -> "pd.Series[bool]":
    """Return which openers equal the consensus of their game in line and prices."""
    same = ["game_id", "market", "points", *_PRICES]
    consensus = pd.MultiIndex.from_frame(both.loc[both["book"].eq("consensus"), same])
    return both["book"].eq("open") & pd.MultiIndex.from_frame(both[same]).isin(consensus)


def degraded_book_openers(rows: pd.DataFrame) -> list[Degradation]:
    """Name the seasons and markets whose openers are left out."""
    both = _joined(rows)
    left_out = both[repeated_openers(both, copies=_copies(both))]
    return [
        Degradation(
            f"{market} openers of {PREFIX}open {spans(seasons.unique().tolist())}",
            "the file's opener only repeats the consensus: left out",
        )
        for market, seasons in left_out.groupby("market")["season"]
    ]


def repeated_openers(both: pd.DataFrame, *, copies: "pd.Series[bool]") -> "pd.Series[bool]":
    """Return the openers of a season and market where nearly all of them only repeat the consensus."""
    opens = both["book"].eq("open")
    share = copies[opens].groupby([both.loc[opens, "season"], both.loc[opens, "market"]]).transform("mean")
    return opens & (share.reindex(both.index) >= REPEATED)

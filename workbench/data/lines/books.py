"""``books_*``: several books' lines a game, one row a side, without stamps.

The file's ``open`` is a real opener only where it differs from the consensus of the same season often enough; before
2023 it mostly does not, and is left out, named.
"""

import pandas as pd

from workbench.data.lines.history import RAW_QUOTE

#: Sources of this file are labelled apart: a line without a stamp is never taken for the same book's timed quotes.
PREFIX = "books_"


def books_quotes(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the full-game quotes of the file, the two sides of a market joined.

    A market that stands twice under one book (in 2024 a copy of the consensus stands under ``open``) gives two quotes
    of one key: the border keeps the first and quarantines the other. Openers are unstamped; any other line is the close.
    """
    full = rows[rows["period"].eq("event") & rows["line_type"].isin(["spread", "total", "moneyline"])]
    full = full[full["game_id"].notna()].rename(columns={"line_type": "market"})
    # Sportsbook notation ends here; the away side of a spread already has the sign of home_line.
    turned = full["market"].eq("spread") & full["side"].eq("home")
    full = full.assign(points=full["value"].where(~turned, -full["value"]))
    home, away = full[full["side"].isin(["home", "over"])], full[full["side"].isin(["away", "under"])]
    key = ["game_id", "market", "book", "points"]
    both = home[[*key, "odds"]].merge(away[[*key, "odds"]], on=key, suffixes=("_home", "_away"))
    line = both["points"].where(both["market"].ne("moneyline"))
    return both.assign(
        source=PREFIX + both["book"].str.removeprefix("book_"),
        kind=both["book"].eq("open").map({True: "open", False: "close"}),
        line=line.astype("float64"),
        american_home=both["odds_home"].astype("float64"),
        american_away=both["odds_away"].astype("float64"),
        recorded_at=pd.NaT,
        instant_assumed=True,
    )[RAW_QUOTE]

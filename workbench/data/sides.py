"""Over and under: where a source has them swapped, and which prices lean against everybody else's lines."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.data.nflverse.source import spans
from workbench.data.source import Degradation

#: Through this season the schedule's ``over_odds`` is the under's price and ``under_odds`` the over's, and so are the
#: prices of the ``legacy`` lines, which repeat them (line and prices equal in every game until 2022).
#:
#: Where another book's total lies higher, the over should cost more. Correlation of the chance that the prices give the
#: over, as labelled at the source, with how much higher the other total is (lines within 3 points):
#:
#: ========================================  =====================  =========================
#: other source of the same games            until 2019             2020 on
#: ========================================  =====================  =========================
#: sbr, close (2011-2021)                    -.15 to -.44, 9 of 9   +.33, +.41
#: consensus, line (2016-2024)               -.33 to -.45, 4 of 4   +.19 to +.42, 5 of 5
#: consensus, price of the same line         -.33 to -.48, 4 of 4   +.29 to +.69, 5 of 5
#: spreadspoke's public file (2006-2010)     -.09 to -.22, 5 of 5   pooled -.17, 743 games: 4.7 standard errors
#: ========================================  =====================  =========================
#:
#: The consensus and sbr agree with each other all along (+.14 to +.36, 2016-2021), so the label is wrong and not the
#: other sources. No other line of 2006-2010 is among the project's sources; there also the source's own lines of
#: neighbouring weeks judge, -.09 (3.2 standard errors) against -.06 until 2019 and +.07 since. Outcomes cannot tell
#: (.00 with a standard error of .02): prices of totals hardly move from even.
SWAPPED_TOTALS_UNTIL: Final = 2019

#: Games of a season, and standard errors below zero, before prices are said to lean the wrong way: a hundred seasons of
#: sources are looked at, and a swap shows at 3 to 7.
LEAN_GAMES: Final = 40
LEAN_ERRORS: Final = 4.0
#: Lines further apart than this are two lines, not one market seen twice.
SAME_LINE_POINTS: Final = 3.0
#: A source that has the same prices in this share of games is a copy, and no second opinion.
COPY_SHARE: Final = 0.5
_COLUMNS: Final = ["market", "source", "season", "games", "correlation"]


def with_true_sides(frame: pd.DataFrame, *, over: str, under: str, swapped: "pd.Series[bool]") -> pd.DataFrame:
    """Return a wide line file with the prices of over and under changed about where they are swapped.

    Parameters
    ----------
    frame : DataFrame
    over, under : str
        Price columns; one that is absent is missing throughout.
    swapped : Series of bool
        Which rows have each side's price under the other's name.

    Examples
    --------
    >>> games = pd.DataFrame({"season": [2019, 2020], "over": [-104.0, -104.0], "under": [-116.0, -116.0]})
    >>> with_true_sides(games, over="over", under="under", swapped=games["season"] <= 2019)["over"].to_list()
    [-116.0, -104.0]
    """
    if over not in frame.columns and under not in frame.columns:
        return frame
    none = pd.Series(np.nan, index=frame.index)
    first, second = (frame[name] if name in frame.columns else none for name in (over, under))
    return frame.assign(**{over: first.where(~swapped, second), under: second.where(~swapped, first)})


def leaning_prices(quotes: pd.DataFrame) -> pd.DataFrame:
    """Return the seasons in which a source's two prices of a line lean against everybody else's lines.

    Where a book's line is lower than the others', its over should cost more (and its home side, where its home line
    is): price and gap go together. A season in which they clearly go apart has its two sides swapped, at the source or
    by a reader that turned them when the source no longer needed it.

    Parameters
    ----------
    quotes : DataFrame
        Facts: closes are looked at. Assumed prices say nothing, but their lines do.

    Returns
    -------
    DataFrame
        ``market, source, season, games, correlation``: seasons whose correlation lies more than ``LEAN_ERRORS``
        standard errors (Fisher's) below zero. What no other source can judge is not there.
    """
    closes = quotes[quotes["kind"].eq("close")].drop_duplicates(["game_id", "market", "source"], keep="last")
    rows: list[dict[str, Any]] = []
    for market in ("spread", "total"):
        of_it = closes[closes["market"].eq(market)]
        for source in sorted(of_it.loc[~of_it["price_assumed"], "source"].unique()):
            rows += [{"market": market, "source": source, **row} for row in _leans(of_it, source=source)]
    return pd.DataFrame(rows, columns=_COLUMNS)


def swapped_sides(quotes: pd.DataFrame) -> list[Degradation]:
    """Name the sources whose prices lean the wrong way: nothing is turned on this, but nobody should bet on it."""
    return [
        Degradation(
            f"{market} prices of {source} {spans(rows['season'].tolist())}",
            f"the side that other books' lines favour has the longer price (correlation down to "
            f"{rows['correlation'].min():.2f}): swapped at the source, or mended there and turned here all the same?",
        )
        for (market, source), rows in leaning_prices(quotes).groupby(["market", "source"])
    ]


def _leans(of_it: pd.DataFrame, *, source: str) -> Iterator[dict[str, Any]]:
    own = of_it[of_it["source"].eq(source) & ~of_it["price_assumed"]].set_index("game_id")
    others = of_it[of_it["source"].isin(_independent(of_it, own))]
    gap = others.groupby("game_id")["line"].mean().reindex(own.index) - own["line"]
    chance = own["price_away"] / (own["price_home"] + own["price_away"])
    usable = gap.notna() & (gap.abs() <= SAME_LINE_POINTS)
    for season, games in own[usable].groupby("season"):
        x, y = chance[games.index], gap[games.index]
        if len(games) < LEAN_GAMES or not (x.std() > 0 and y.std() > 0):
            continue
        correlation = float(np.corrcoef(x, y)[0, 1])
        if np.arctanh(correlation) * np.sqrt(len(games) - 3) < -LEAN_ERRORS:
            yield {"season": season, "games": len(games), "correlation": correlation}


def _independent(of_it: pd.DataFrame, own: pd.DataFrame) -> list[str]:
    """Return the other sources, without those that mostly repeat this one's prices."""
    both = of_it.merge(own[["price_home", "price_away"]], left_on="game_id", right_index=True, suffixes=("", "_own"))
    same = both["price_home"].eq(both["price_home_own"]) & both["price_away"].eq(both["price_away_own"])
    share = same.groupby(both["source"]).mean()
    return [str(name) for name in share.index[share < COPY_SHARE]]

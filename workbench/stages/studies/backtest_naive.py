"""What a bettor without a model would have had: every underdog, every under, at the prices the model saw.

Openers lean: favourites and overs open a little high. A model that mostly takes underdogs and unders is paid for that
lean too, and only what it has beyond it is its own.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.backtest.season import SeasonWalk
from workbench.clock import AsOf
from workbench.decision.clustered import weeks_of
from workbench.decision.quotes import closing_quotes
from workbench.intervals import Estimate, clustered_mean
from workbench.schema import SIDE_SIGN


@dataclass(frozen=True, slots=True)
class NaiveSide:
    """One kind of side taken in every game.

    Attributes
    ----------
    name : str
        ``underdog`` or ``under``.
    market : str
        ``spread`` or ``total``.
    clv : Estimate
        Mean closing line value in points, at fresh closes of the same book, clustered by week.
    share : float
        Of the model's bets in that market, those on such sides.
    """

    name: str
    market: str
    clv: Estimate
    share: float


def naive_sides(view: AsOf, walk: SeasonWalk, *, maximum_age_hours: float) -> tuple[NaiveSide, ...]:
    """Return the closing line value of every underdog and of every under that the model could have bet.

    Parameters
    ----------
    view : AsOf
        That knows the closes.
    walk : SeasonWalk
    maximum_age_hours : float
        Of a close that counts as fresh.
    """
    lines = walk.prices[walk.prices["market"].isin(["spread", "total"])]
    if lines.empty:
        return ()
    closed = _with_closes(view, lines, maximum_age_hours=maximum_age_hours)
    bets = walk.bets[walk.bets["market"].isin(["spread", "total"])]
    found = (
        _side(name, closed[_is(name, closed)], bets, market="spread" if name == "underdog" else "total")
        for name in ("underdog", "under")
    )
    return tuple(side for side in found if side.clv.n)


def _with_closes(view: AsOf, lines: pd.DataFrame, *, maximum_age_hours: float) -> pd.DataFrame:
    seasons = sorted({int(s) for s in lines["season"]})
    quotes, games = (view.table(name, seasons=seasons) for name in ("quotes", "games"))
    quotes = quotes[quotes["market"].isin(["spread", "total"]) & quotes["source"].isin(set(lines["source"]))]
    closes = closing_quotes(quotes, games, at=view.instant, maximum_age_hours=maximum_age_hours)
    fresh = closes.loc[~closes["close_stale"], ["game_id", "market", "source", "line"]]
    joined = lines.merge(fresh.rename(columns={"line": "close_line"}), on=["game_id", "market", "source"])
    sign = np.array([SIDE_SIGN[side] for side in joined["side"]], dtype=np.float64)
    return joined.assign(clv_points=sign * (joined["close_line"] - joined["line"]))


def _is(name: str, rows: pd.DataFrame) -> "pd.Series[bool]":
    if name == "under":
        return rows["side"] == "under"
    away, home = (rows["side"] == "away") & (rows["line"] > 0), (rows["side"] == "home") & (rows["line"] < 0)
    return (rows["market"] == "spread") & (away | home)


def _side(name: str, rows: pd.DataFrame, bets: pd.DataFrame, *, market: str) -> NaiveSide:
    ours = bets[bets["market"] == market]
    share = float(_is(name, ours).mean()) if len(ours) else float("nan")
    return NaiveSide(name, market, clustered_mean(rows["clv_points"], weeks_of(rows)), share)

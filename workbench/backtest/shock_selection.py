"""A set of about so many shock bets, rebuilt by a rule: the earlier report named a count and a win rate, and no rule.

The rule: in-season shocks of five kinds, one bet a game and side, ranked by expected severity; the cut on severity is
the one that leaves the count nearest to the one reported. It is a reconstruction, not the earlier set.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.backtest.shock_scores import settled

#: What the earlier report claimed of 2020-2024: bets, and those that won (to the nearest bet: 56.8 % is of no whole
#: number of 147), whose Wilson interval is 48.4 to 64.2 %.
CLAIMED_BETS: Final = 147
CLAIMED_WINS: Final = 83
CLAIMED_RATE: Final = 0.568
KINDS: Final = ("quarterback out", "star out", "coach replaced", "star traded", "weather")
#: Which way each type is bet: +1 on the affected team, -1 against it (weather: under). A new coach is bet on, as the
#: earlier report claimed.
_WAYS: Final = {
    "quarterback_exit": -1, "injury": -1, "coaching_change": 1, "trade_in": 1, "trade_out": -1, "wind": -1,
    "precipitation": -1,
}  # fmt: skip
_CUTS: Final = np.round(np.arange(0.0, 1.005, 0.01), 2)


@dataclass(frozen=True, slots=True)
class Selection:
    """The set rebuilt.

    Attributes
    ----------
    events : DataFrame
        One row a bet: ``event_id, kind, season, week, game_id, market, side, severity``.
    cut : float
        Expected severity of those taken, at least.
    counts : DataFrame
        ``cut, bets``: how many every cut would have left.
    """

    events: pd.DataFrame
    cut: float
    counts: pd.DataFrame


def rebuilt_set(
    events: pd.DataFrame, games: pd.DataFrame, *, seasons: Sequence[int], count: int = CLAIMED_BETS
) -> Selection:
    """Return the shock bets that a cut on severity leaves, as near as can be to a count.

    Parameters
    ----------
    events : DataFrame
        An event table.
    games : DataFrame
        Played games: ``game_id, home_team, away_team``.
    seasons : sequence of int
    count : int
    """
    every = _candidates(events[events["season"].isin(list(seasons))], games)
    counts = pd.DataFrame({"cut": _CUTS, "bets": [int(every["severity"].ge(cut).sum()) for cut in _CUTS]})
    gap = (counts["bets"] - count).abs()
    cut = float(counts.loc[gap.eq(gap.min()), "cut"].max())
    return Selection(every[every["severity"].ge(cut)].reset_index(drop=True), cut, counts)


def selection_bets(events: pd.DataFrame, games: pd.DataFrame, results: pd.DataFrame, *, end: str) -> pd.DataFrame:
    """Return the set's bets settled at one end's lines, ``open`` or ``close``; games without that line are left out."""
    lines = games[["game_id", "kickoff_utc", "game_type", f"{end}_line", f"{end}_total"]]
    bets = events.merge(lines, on="game_id", validate="m:1")
    line = bets[f"{end}_line"].where(bets["market"].eq("spread"), bets[f"{end}_total"])
    return settled(bets.assign(line=line)[line.notna()].reset_index(drop=True), results)


def _candidates(events: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Return every bet of the five kinds, the severest event of each game and side."""
    kinds = _kinds(events)
    sides = games[["game_id", "home_team"]]
    rows = events.assign(kind=kinds)[kinds.ne("")].merge(sides, on="game_id", validate="m:1")
    way = rows["type"].map(_WAYS).astype("int64")
    home = rows["team"].eq(rows["home_team"]).fillna(False)
    spread = np.where(home.eq(way.eq(1)), "home", "away")
    weather = rows["kind"].eq("weather")
    told = rows.assign(
        market=np.where(weather, "total", "spread"),
        side=np.where(weather, "under", spread),
        severity=rows["expected_severity"].astype("float64"),
    )
    order = told.sort_values(["severity", "event_id"], ascending=[False, True], kind="stable")
    columns = ["event_id", "kind", "season", "week", "game_id", "market", "side", "severity"]
    one = order.dropna(subset=["severity"]).drop_duplicates(["game_id", "market", "side"])[columns]
    return one.astype({"season": "int64", "week": "int64"})


def _kinds(events: pd.DataFrame) -> "pd.Series[str]":
    """Return which of the kinds each event is, empty where none.

    In a season without reports no cause of a quarterback's absence is known: every change for a lesser man counts.
    """
    kind, detail = events["type"], events["detail"].fillna("")
    hurt = kind.eq("quarterback_exit") & events["cause"].eq("injury")
    reported = set(events.loc[hurt, "season"])
    changed = hurt | (kind.eq("quarterback_exit") & events["cause"].eq("unknown") & ~events["season"].isin(reported))
    windy = kind.eq("wind") & detail.eq("oracle: strong")
    found = {
        "quarterback out": changed & events["dose"].lt(0).fillna(False),
        "star out": kind.eq("injury") & events["cause"].eq("injury") & detail.str.startswith("starter"),
        "coach replaced": kind.eq("coaching_change") & detail.eq("mid_season"),
        "star traded": kind.isin(["trade_in", "trade_out"]) & detail.eq("star"),
        "weather": windy | kind.eq("precipitation"),
    }
    out = pd.Series("", index=events.index)
    for name, mine in found.items():
        out = out.mask(mine.astype(bool), name)
    return out

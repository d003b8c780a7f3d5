"""Who is in: players with an attempt in their team's previous four games, and what became of each.

Members are those known to be by the cutoff: an attempt counts once its stat line is known, within the team's previous
four games by the order of play, over the end of a season too. Active on game day is a fact of the game day in both
views (a bet on an inactive player is void, whenever it was made); in a game not yet played it is expected from what is
known.
"""

from typing import Final

import numpy as np
import pandas as pd

from workbench.features.player_yards.availability import own_rosters
from workbench.features.player_yards.performances import Zeros

#: The team's previous games in which an attempt makes a member.
WINDOW_GAMES: Final = 4

KEPT: Final = "kept"
UPCOMING: Final = "upcoming"
#: Why a member has no row, in the order the reasons are looked at.
REASONS: Final[dict[str, str]] = {
    "undecidable": "the game starts before its week's decision, or within the hour",
    "moved": "a stat line for another team that week",
    "pending": "the game's attempts were not out yet, or never recorded",
    "inactive": "not active on game day, by the week's roster",
    "void": "active without an offensive snap: void, as a bet would be",
    "unknown": "no stat line, and no snaps were counted: zero or absent cannot be told",
    "not_expected": "upcoming, and not expected to be active",
}


def candidates(played: pd.DataFrame, *, sides: pd.DataFrame, positions: tuple[str, ...]) -> pd.DataFrame:
    """Return one row a member and game, with what is known of the game before it.

    Parameters
    ----------
    played : DataFrame
        From :func:`performances`.
    sides : DataFrame
        From :func:`team_games`.
    positions : tuple of str

    Returns
    -------
    DataFrame
        Columns of ``sides`` with ``player_id, player_name, position`` as of his last attempt in the window.
    """
    tries = played[played["volume"].gt(0) & played["position"].isin(positions)]
    tries = tries[["team", "player_id", "player_name", "position", "number", "known_at"]]
    ahead = [tries.assign(number=tries["number"] + step) for step in range(1, WINDOW_GAMES + 1)]
    rows = pd.concat(ahead, ignore_index=True).merge(sides, on=["team", "number"])
    rows = rows[rows["known_at"] <= rows["cutoff_utc"]]
    # The nearest attempt comes first: of one name and position a week, the latest.
    rows = rows.drop_duplicates(["team", "number", "player_id"]).drop(columns="known_at")
    return rows.sort_values(["kickoff_utc", "game_id", "team", "player_id"], kind="stable", ignore_index=True)


def outcomes(
    members: pd.DataFrame, played: pd.DataFrame, *, known: pd.DataFrame, rosters: pd.DataFrame, zeros: Zeros
) -> pd.DataFrame:
    """Return the members with ``yards``, ``volume`` and ``verdict``: kept, upcoming, or a key of ``REASONS``.

    Parameters
    ----------
    members : DataFrame
        From :func:`candidates`, with ``expected`` (bool): not known at the cutoff to miss the game.
    played : DataFrame
        From :func:`performances`.
    known : DataFrame
        One row a team and game: ``team, game_id, finished`` (its result is known), ``told`` (its stats are),
        ``counted`` (its snaps are), ``next`` (it is the team's first game still to be played).
    rosters : DataFrame
        Rows of ``schema.ROSTERS``.
    zeros : {"snaps", "stat_rows"}
    """
    keys = ["game_id", "team", "player_id"]
    rows = members.merge(played[[*keys, "yards", "volume"]], on=keys, how="left").merge(known, on=keys[:2], how="left")
    ahead = ~rows["told"] & ~rows["finished"]
    soon = ~ahead | rows["next"]  # what stands before a later game is not known yet
    rows, ahead = rows[soon], ahead[soon]
    own = own_rosters(rows, rosters)
    conditions = {
        "undecidable": ~rows["decidable"],
        "not_expected": ahead & ~rows["expected"],
        UPCOMING: ahead,
        "pending": ~rows["told"],
        "moved": _elsewhere(rows, played),
        "inactive": own["named"] & ~own["dressed"],
        KEPT: rows["yards"].notna(),
        "void": rows["counted"] & (zeros == "snaps"),
    }
    verdict = np.select(list(conditions.values()), list(conditions), default="unknown")
    return rows.drop(columns=["finished", "told", "counted", "next"]).assign(verdict=verdict)


def _elsewhere(rows: pd.DataFrame, played: pd.DataFrame) -> "pd.Series[bool]":
    """Whether the player has a performance for another team in the week of the game."""
    weeks = played[["season", "week", "player_id"]].drop_duplicates()
    there = pd.MultiIndex.from_frame(rows[["season", "week", "player_id"]]).isin(pd.MultiIndex.from_frame(weeks))
    return pd.Series(there, index=rows.index) & rows["yards"].isna()


def known_games(sides: pd.DataFrame, *, told: pd.DataFrame, results: pd.DataFrame, snaps: pd.DataFrame) -> pd.DataFrame:
    """Return for each team and game what is known of it: ``team, game_id, finished, told, counted, next``.

    Parameters
    ----------
    sides : DataFrame
        From :func:`team_games`.
    told : DataFrame
        From :func:`team_totals`: the games with stats.
    results, snaps : DataFrame
        With ``game_id``; either may be empty.
    """
    out = sides[["team", "game_id", "number"]].copy()
    pairs = pd.MultiIndex.from_frame(out[["team", "game_id"]])
    out["told"] = pairs.isin(pd.MultiIndex.from_frame(told[["team", "game_id"]]))
    out["finished"] = out["game_id"].isin(results["game_id"])
    out["counted"] = out["game_id"].isin(snaps["game_id"].unique())
    last = out["number"].where(out["told"] | out["finished"], -1).groupby(out["team"]).transform("max")
    out["next"] = out["number"].eq(last + 1)
    return out.drop(columns="number")

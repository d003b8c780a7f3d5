"""Players' yards against what was to be expected, as games: home less away, or both.

A runner's and a receiver's yards are held against his own projection. Passing is held against the team's last games: a
backup's own projection is low because he is a backup, so against it every change of quarterback would look like a gain.
"""

from typing import Final

import pandas as pd

#: What is asked about, and whose yards it is.
YARDS: Final[dict[str, str]] = {
    "passing": "a team's passing yards",
    "rushing": "a running back's rushing yards",
    "receiving": "a receiver's receiving yards",
}
_POSITIONS: Final = {"rushing": ("RB",), "receiving": ("WR", "TE")}
#: Games of a team that say what passing yards to expect, and how many there must be.
_RECENT, _FEWEST = 8, 3


def with_yards(games: pd.DataFrame, players: pd.DataFrame) -> pd.DataFrame:
    """Return the games with ``<kind>_yards_gap`` and ``<kind>_yards_both`` for each kind of yards.

    A side's number is the mean over its runners or receivers of yards less projection, or its passing yards less their
    mean over its last eight games; the gap is home less away, the other the mean of both sides. Null where a side has
    nothing to be held against.

    Parameters
    ----------
    games : DataFrame
        The game panel.
    players : DataFrame
        The player-week panel: ``game_id, season, week, team, position, passing_yards, yards_vs_projection``.
    """
    columns = {}
    for kind in YARDS:
        means = _passing(players) if kind == "passing" else _against_projection(players, _POSITIONS[kind])
        home, away = (
            means.reindex(pd.MultiIndex.from_frame(games[["game_id", f"{side}_team"]])).to_numpy()
            for side in ("home", "away")
        )
        columns[f"{kind}_yards_gap"] = home - away
        columns[f"{kind}_yards_both"] = (home + away) / 2
    return games.assign(**columns)


def _against_projection(players: pd.DataFrame, positions: tuple[str, ...]) -> "pd.Series[float]":
    mine = players[players["position"].isin(positions)].dropna(subset=["yards_vs_projection"])
    return mine.groupby(["game_id", "team"])["yards_vs_projection"].mean()


def _passing(players: pd.DataFrame) -> "pd.Series[float]":
    thrown = players.groupby(["season", "week", "team", "game_id"])["passing_yards"].sum().reset_index()
    ordered = thrown.sort_values(["season", "week"], kind="stable")
    earlier = ordered.groupby("team")["passing_yards"].transform(
        lambda yards: yards.shift().rolling(_RECENT, min_periods=_FEWEST).mean()
    )
    held = ordered.assign(gap=ordered["passing_yards"] - earlier).dropna(subset=["gap"])
    return pd.Series(held["gap"].to_numpy(), index=pd.MultiIndex.from_frame(held[["game_id", "team"]]))

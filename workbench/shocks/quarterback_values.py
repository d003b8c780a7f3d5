"""What a quarterback was worth before a week, in points a game, from strictly earlier games only.

Expected points added by passing and running a play, carried as a decaying sum and shrunk to what newcomers of earlier
seasons were worth, times a game's usual plays. The league's mean cancels in the gap between two quarterbacks. It is the
offence's value with him in it: receivers and line are in it too, which shrinking only dampens.
"""

from typing import Final

import numpy as np
import pandas as pd

from workbench.shocks.team_games import Tables, table_of

#: Passes, sacks and runs of a quarterback who plays the whole game (38.1 in 2002-2024).
USUAL_PLAYS: Final = 38.0
#: Plays at which his own record and the newcomers' level weigh the same: about eight games.
PRIOR_PLAYS: Final = 300.0
#: What a game's weight keeps with each later game of his, and what a season's keeps with the next.
GAME_KEPT: Final = 0.985
SEASON_KEPT: Final = 0.75
#: A newcomer's level is that of quarterbacks with fewer career plays than this before the game.
NEWCOMER_PLAYS: Final = 200.0
#: Where no expected points are given: points per adjusted net yard above the mean passer's, and per rushing yard,
#: from regressing one on the other over the games of 2002-2024 (correlation .90 for passing).
POINTS_PER_ADJUSTED_YARD: Final = 0.0985
MEAN_ADJUSTED_YARDS: Final = 5.57
POINTS_PER_RUSHING_YARD: Final = 0.138
MEAN_RUSHING_YARDS: Final = 4.08

_NUMBERS: Final = ("attempts", "sacks", "carries", "passing_yards", "passing_tds", "interceptions", "sack_yards",
                   "rushing_yards", "passing_epa", "rushing_epa")  # fmt: skip


def quarterback_games(player_weeks: pd.DataFrame) -> pd.DataFrame:
    """Return ``player_id, season, week, plays, points`` of every quarterback's game, in order of time."""
    rows = player_weeks[player_weeks["position"].eq("QB")]
    numbers = rows.reindex(columns=list(_NUMBERS)).astype("float64")
    dropbacks = numbers["attempts"].fillna(0) + numbers["sacks"].fillna(0)
    out = rows[["player_id", "season", "week"]].assign(
        plays=dropbacks + numbers["carries"].fillna(0),
        points=_passing(numbers, dropbacks=dropbacks) + _rushing(numbers),
    )
    out = out.groupby(["player_id", "season", "week"], as_index=False)[["plays", "points"]].sum()
    return out[out["plays"].gt(0)].sort_values(["season", "week", "player_id"]).reset_index(drop=True)


def _passing(numbers: pd.DataFrame, *, dropbacks: "pd.Series[float]") -> "pd.Series[float]":
    adjusted = (
        numbers["passing_yards"].fillna(0) + 20 * numbers["passing_tds"].fillna(0)
        - 45 * numbers["interceptions"].fillna(0) - numbers["sack_yards"].abs().fillna(0)
    )  # fmt: skip
    proxy = POINTS_PER_ADJUSTED_YARD * (adjusted - MEAN_ADJUSTED_YARDS * dropbacks)
    return numbers["passing_epa"].fillna(proxy)


def _rushing(numbers: pd.DataFrame) -> "pd.Series[float]":
    carries = numbers["carries"].fillna(0)
    return numbers["rushing_epa"].fillna(
        POINTS_PER_RUSHING_YARD * (numbers["rushing_yards"].fillna(0) - MEAN_RUSHING_YARDS * carries)
    )


def newcomer_levels(games: pd.DataFrame) -> "pd.Series[float]":
    """Return points a play of newcomers, by season, from earlier seasons only.

    The first season of all has none before it: its level is null.
    """
    career = games.groupby("player_id")["plays"].cumsum() - games["plays"]
    new = games[career.lt(NEWCOMER_PLAYS) & games["season"].gt(games["season"].min())]
    seasons = pd.Index(sorted({*games["season"], games["season"].max() + 1}), name="season")
    sums = new.groupby("season")[["points", "plays"]].sum().reindex(seasons, fill_value=0.0).cumsum().shift()
    # In the second season no career before the first is known, so nobody of the first is told from a newcomer.
    first = games[games["season"].eq(games["season"].min())]
    whole = first["points"].sum() / first["plays"].sum()
    level = sums["points"].div(sums["plays"].where(sums["plays"].gt(0)))
    return level.fillna(pd.Series(whole, index=seasons[1:2]))


def quarterback_values(asked: pd.DataFrame, tables: Tables) -> "pd.Series[float]":
    """Return what quarterbacks were worth before a week.

    Parameters
    ----------
    asked : DataFrame
        ``player_id, season, week``; a missing player has a missing value.
    tables : mapping of str to DataFrame
        ``player_weeks`` is read.

    Returns
    -------
    Series of float64, aligned with ``asked``
        Points a game, against the league's mean play; null where no season before is known.
    """
    out = pd.Series(np.nan, index=asked.index)
    stats = table_of(tables, "player_weeks")
    if stats.empty or asked.empty:
        return out
    games = quarterback_games(stats)
    level = asked["season"].map(newcomer_levels(games))
    record = _records(games)
    key = asked["season"].astype("int64") * 100 + asked["week"].astype("int64")
    left = pd.DataFrame({"at": key, "player_id": asked["player_id"].astype("object"), "row": np.arange(len(asked))})
    left = left[left["player_id"].notna()].sort_values("at", kind="stable")
    right = record.astype({"player_id": "object"}).sort_values("at", kind="stable")
    found = pd.merge_asof(left, right, on="at", by="player_id", allow_exact_matches=False).set_index("row")
    season = (found["at"] // 100).astype("float64")
    faded = SEASON_KEPT ** (season - found["season"]).clip(lower=0).fillna(0)
    plays, points = found["plays"].fillna(0) * faded, found["points"].fillna(0) * faded
    prior = level.iloc[found.index].set_axis(found.index)
    value = USUAL_PLAYS * (points + PRIOR_PLAYS * prior) / (plays + PRIOR_PLAYS)
    return value.reindex(range(len(asked))).set_axis(asked.index)


def _records(games: pd.DataFrame) -> pd.DataFrame:
    """Return the decayed sums after each game: ``player_id, season, at, plays, points``."""
    plays, points = games["plays"].to_numpy(), games["points"].to_numpy()
    sums = np.zeros((len(games), 2))
    for rows in games.groupby("player_id").indices.values():
        season = games["season"].to_numpy()[rows]
        total, before = np.zeros(2), season[0]
        for row, year in zip(rows, season, strict=True):
            total = total * GAME_KEPT * SEASON_KEPT ** (year - before) + (plays[row], points[row])
            sums[row], before = total, year
    at = games["season"] * 100 + games["week"]
    return games[["player_id", "season"]].assign(at=at.astype("int64"), plays=sums[:, 0], points=sums[:, 1])

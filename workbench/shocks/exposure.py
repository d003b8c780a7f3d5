"""From events to the games they touch: one row an event and affected game."""

from typing import Final

import pandas as pd

from workbench.shocks.events import ABSORBING, BOTH_TEAMS
from workbench.shocks.team_games import team_games

COLUMNS: Final = (
    "event_id", "type", "cause", "detail", "game_id", "season", "week", "team", "sign", "horizon", "dose",
    "expected_severity", "anticipation", "censored",
)  # fmt: skip
#: Over with their first game, whatever follows from them.
ONE_GAME: Final = (
    "quarterback_return", "injury_return", "suspension_return", "bye", "short_rest", "long_rest", "venue_change",
    "dome_team_outdoors",
)  # fmt: skip


def exposures(events: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Return the games each event touches.

    Absorbing types last to the season's end; of several of one type (and detail) within a team-season only the first
    has rows, and from the game of the second on they are ``censored``. Returns and shocks of the schedule touch one
    game; anything else its games up to ``last_week``, or the first alone where that is unknown.

    Parameters
    ----------
    events : DataFrame
        An event table.
    games : DataFrame
        The ``games`` facts.

    Returns
    -------
    DataFrame, one row an event and affected game
        ``event_id, type, cause, detail, game_id, season, week, team`` (null: both), ``sign`` (+1 home, -1 away, 0
        both), ``horizon`` (games since the first affected, which is 0), ``dose, expected_severity,
        anticipation, censored``.
    """
    both = events["type"].isin(BOTH_TEAMS)
    shared = events[both].assign(sign=0, horizon=0, censored=False)
    out = pd.concat([shared[list(COLUMNS)], _of_teams(events[~both], games)[list(COLUMNS)]], ignore_index=True)
    types = {"sign": "int64", "horizon": "int64", "season": "int64", "week": "int64", "censored": "bool"}
    return out.astype(types)


def _of_teams(events: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    absorbing = events["type"].isin(ABSORBING)
    same = ["type", "detail", "season", "team"]
    ordered = events.assign(detail=events["detail"].fillna("")).sort_values(
        ["season", "week", "event_id"], kind="stable"
    )
    # Several men traded in one week are one treatment of the team: the first stands for it and the rest do not censor.
    second = ordered.drop_duplicates([*same, "week"]).groupby(same)["week"].nth(1)
    keys = ordered.loc[second.index, same].assign(second_week=second.to_numpy())
    first = ordered.drop_duplicates(same).index
    kept = ordered[~absorbing | ordered.index.isin(first)].merge(keys, on=same, how="left")
    end = kept["last_week"].mask(kept["type"].isin(ONE_GAME), kept["week"]).fillna(kept["week"])
    end = end.mask(kept["type"].isin(ABSORBING), 99)
    mine = team_games(games)[["season", "team", "week", "game_id", "is_home"]]
    starts = kept.assign(first=kept["week"], end=end).drop(columns=["week", "game_id"])
    rows = starts.merge(mine, on=["season", "team"])
    rows = rows[rows["week"].ge(rows["first"]) & rows["week"].le(rows["end"])].sort_values(
        ["event_id", "week"], kind="stable"
    )
    return rows.assign(
        detail=rows["detail"].mask(rows["detail"].eq("")),
        sign=rows["is_home"].map({True: 1, False: -1}),
        horizon=rows.groupby("event_id").cumcount(),
        censored=(rows["type"].isin(ABSORBING) & rows["week"].ge(rows["second_week"])).fillna(False),
    )

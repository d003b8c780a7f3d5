"""Facts by player and week: stat lines, injury reports, rosters.

These files name a team and a week, not a game: the team's kick-off of that week dates them, and where the team did not
play, the week's last kick-off does (the latest plausible instant).
"""

import pandas as pd

from workbench.clock import stats_known_at
from workbench.data.columns import Names, renamed
from workbench.data.teams import with_franchise_codes
from workbench.schema import INJURIES, PLAYER_WEEKS, ROSTERS, FactTable

_STAT_NAMES: Names = {
    "team": ("team", "recent_team"),
    "opponent": ("opponent_team", "opponent"),
    "player_name": ("player_display_name", "player_name"),
    "interceptions": ("passing_interceptions", "interceptions"),
    "sacks": ("sacks_suffered", "sacks"),
    "sack_yards": ("sack_yards_lost", "sack_yards"),
}
#: nflverse counts lost fumbles by how they came about; the schema's column is their sum.
_FUMBLES_LOST = ("sack_fumbles_lost", "rushing_fumbles_lost", "receiving_fumbles_lost")
_INJURY_NAMES: Names = {"player_id": ("gsis_id", "player_id"), "player_name": ("full_name", "player_name")}
_ROSTER_NAMES: Names = {
    "player_id": ("gsis_id", "player_id"),
    "player_name": ("full_name", "player_name"),
    "status_code": ("status_description_abbr",),
}


def team_kickoffs(games: pd.DataFrame) -> pd.DataFrame:
    """Return each team's kick-off of each week.

    Parameters
    ----------
    games : DataFrame
        ``season, week, home_team, away_team, kickoff_utc``.

    Returns
    -------
    DataFrame
        ``season, week, team, kickoff_utc``; of two games in one week the later.
    """
    sides = [
        games[["season", "week", side, "kickoff_utc"]].rename(columns={side: "team"})
        for side in ("home_team", "away_team")
    ]
    return pd.concat(sides).groupby(["season", "week", "team"])["kickoff_utc"].max().reset_index()


def player_weeks(raw: pd.DataFrame, *, games: pd.DataFrame) -> pd.DataFrame:
    """Return the stat lines of one season: known on the Tuesday after the game, 06:00 ET."""
    out = _by_team(raw, table=PLAYER_WEEKS, names=_STAT_NAMES)
    lost = [name for name in _FUMBLES_LOST if name in raw.columns]
    if "fumbles_lost" not in out.columns and lost:
        out["fumbles_lost"] = raw[lost].sum(axis=1, min_count=1)
    if "sack_yards" in out.columns:
        out["sack_yards"] = out["sack_yards"].abs()  # releases differ in whether a loss carries a minus
    return out.assign(known_at=stats_known_at(_kickoffs(out, games=games)))


def injuries(raw: pd.DataFrame, *, games: pd.DataFrame) -> pd.DataFrame:
    """Return the injury reports of one season: known when modified, else at kick-off."""
    out = _by_team(raw, table=INJURIES, names=_INJURY_NAMES)
    kickoff = _kickoffs(out, games=games)
    if "date_modified" not in raw.columns:
        return out.assign(known_at=kickoff)
    modified = pd.to_datetime(raw["date_modified"], utc=True, errors="coerce").dt.as_unit("us")
    return out.assign(known_at=modified.fillna(kickoff))


def rosters(raw: pd.DataFrame, *, games: pd.DataFrame) -> pd.DataFrame:
    """Return the weekly rosters of one season: known at the kick-off of the team's game."""
    out = _by_team(raw, table=ROSTERS, names=_ROSTER_NAMES)
    return out.assign(known_at=_kickoffs(out, games=games))


def _by_team(raw: pd.DataFrame, *, table: FactTable, names: Names) -> pd.DataFrame:
    return with_franchise_codes(renamed(raw, table=table, names=names), columns=("team", "opponent"))


def _kickoffs(facts: pd.DataFrame, *, games: pd.DataFrame) -> "pd.Series[pd.Timestamp]":
    """Return the kick-off that dates each row; missing where the league did not play that week."""
    teams = team_kickoffs(games)
    own = facts[["season", "week", "team"]].merge(teams, on=["season", "week", "team"], how="left")["kickoff_utc"]
    last = teams.groupby(["season", "week"])["kickoff_utc"].max().reset_index()
    week = facts[["season", "week"]].merge(last, on=["season", "week"], how="left")["kickoff_utc"]
    return own.fillna(week).set_axis(facts.index)

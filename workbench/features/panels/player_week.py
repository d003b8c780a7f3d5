"""The player-week panel: yards of each player-game beside what his earlier games led to expect."""

from collections.abc import Mapping
from typing import Final

import pandas as pd

from workbench.features.panels.projections import MAIN_YARDS, projected_yards
from workbench.features.panels.snap_shares import snap_shares

#: The columns of the panel, in order, and their types.
PLAYER_COLUMNS: Final[dict[str, str]] = {
    **dict.fromkeys(("player_id", "player_name", "position", "team", "opponent"), "str"),
    **{"is_home": "bool", "season": "int64", "week": "int64", "game_id": "str"},
    **dict.fromkeys(("passing_yards", "rushing_yards", "receiving_yards"), "float64"),
    **dict.fromkeys(("yards", "projection_yards", "yards_vs_projection", "snap_share"), "float64"),
    **{"earlier_games": "int64"},
}
_KINDS: Final = ("passing_yards", "rushing_yards", "receiving_yards")


def player_week_panel(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row a game of each quarterback, running back, receiver and tight end who recorded a stat.

    Selection: the stat file lists only who recorded a stat. A player who was inactive, or played and was never thrown
    to, has no row and not a zero; so effects on yards are effects for those who still touched the ball.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        ``player_weeks`` and ``games`` make the rows; ``snaps`` and ``rosters`` the snap share, null without them.

    Returns
    -------
    DataFrame, by season, week, game, team and player
        Columns and types of ``PLAYER_COLUMNS``. ``yards`` are the position's main yards: passing for QB, rushing for
        RB, receiving for WR and TE. ``projection_yards`` and ``earlier_games`` (rows of the player before this week)
        come from strictly earlier weeks; a first season has no projection.
    """
    weeks, games = tables.get("player_weeks"), tables.get("games")
    if weeks is None or games is None or weeks.empty or games.empty:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in PLAYER_COLUMNS.items()})
    lines = _lines(weeks, games=games)
    lines["yards"] = _main_yards(lines)
    lines["projection_yards"] = projected_yards(lines)
    lines["yards_vs_projection"] = lines["yards"] - lines["projection_yards"]
    lines["snap_share"] = snap_shares(lines, tables)
    lines["earlier_games"] = lines.groupby("player_id").cumcount()
    return lines[list(PLAYER_COLUMNS)].astype(PLAYER_COLUMNS)


def _lines(weeks: pd.DataFrame, *, games: pd.DataFrame) -> pd.DataFrame:
    """Return the stat lines with their games."""
    columns = ["player_id", "player_name", "position", "team", "season", "week", *_KINDS]
    rows = weeks.reindex(columns=columns)
    rows = rows[rows["position"].isin(MAIN_YARDS)]
    joined = rows.merge(_team_games(games), on=["season", "week", "team"], validate="m:1")
    order = ["season", "week", "game_id", "team", "player_id"]
    return joined.sort_values(order, kind="stable", ignore_index=True)


def _team_games(games: pd.DataFrame) -> pd.DataFrame:
    keys = games[["season", "week", "game_id"]]
    home = keys.assign(team=games["home_team"], opponent=games["away_team"], is_home=True)
    away = keys.assign(team=games["away_team"], opponent=games["home_team"], is_home=False)
    return pd.concat([home, away], ignore_index=True)


def _main_yards(lines: pd.DataFrame) -> "pd.Series[float]":
    yards = pd.Series(float("nan"), index=lines.index)
    for position, column in MAIN_YARDS.items():
        yards = yards.where(lines["position"].ne(position), lines[column])
    return yards

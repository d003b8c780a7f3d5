"""The team-week panel: every game twice, each time from one team's side."""

from typing import Final

import pandas as pd

from workbench.features.panels.game import SIDE_COLUMNS

#: Columns of the game that change sign with the side.
_SIGNED: Final = ("margin", "margin_vs_open", "margin_vs_close", "line_move", "open_line", "close_line")
#: Columns of the game that both sides share.
_SHARED: Final = (
    "game_id", "season", "week", "game_type", "era", "kickoff_utc", "neutral", "division_game", "total", "open_total",
    "close_total", "total_vs_open", "total_vs_close", "total_move", "open_source", "close_source",
    "open_instant_assumed", "temperature_f", "wind_mph", "precipitation_inches", "roof", "surface", "stadium",
)  # fmt: skip


def team_week_panel(games: pd.DataFrame) -> pd.DataFrame:
    """Return two rows a game, each from one team's side.

    Parameters
    ----------
    games : DataFrame
        From ``game_panel``.

    Returns
    -------
    DataFrame, 2 x n_games rows by team, season and week
        ``team, opponent, team_season`` (such as ``KC-2023``), ``is_home`` (the schedule's home team, also at a
        neutral site), ``margin, margin_vs_open, margin_vs_close, line_move, open_line`` and ``line`` (the close) in
        the team's own sign: positive when it won, is favoured or the line moved its way; every side column of the
        game panel once as it stands and once with ``opponent_`` before it; and what both sides share. The rows of a
        game mirror each other: they carry one game's information, not two.
    """
    sides = [_side(games, own=own, other=other) for own, other in (("home", "away"), ("away", "home"))]
    both = pd.concat(sides, ignore_index=True)
    return both.sort_values(["team", "season", "week", "kickoff_utc"], kind="stable", ignore_index=True)


def _side(games: pd.DataFrame, *, own: str, other: str) -> pd.DataFrame:
    sign = 1.0 if own == "home" else -1.0
    rows = games[list(_SHARED)].copy()
    rows.insert(1, "team", games[f"{own}_team"])
    rows.insert(2, "opponent", games[f"{other}_team"])
    rows.insert(3, "team_season", games[f"{own}_team"] + "-" + games["season"].astype("str"))
    rows.insert(4, "is_home", own == "home")
    for name in _SIGNED:
        # Adding zero turns the minus zero of a tie or a pick'em into a plain one.
        rows[name] = sign * games[name] + 0.0
    for name in SIDE_COLUMNS:
        rows[name], rows[f"opponent_{name}"] = games[f"{own}_{name}"], games[f"{other}_{name}"]
    return rows.rename(columns={"close_line": "line"})

"""What each side had behind it before a game: strictly earlier weeks, never the game itself.

Every column is the state after the side's last earlier game, carried forward. Should a team play twice in one week,
both games see what was there before the week.
"""

from typing import Final

import pandas as pd

#: Games whose residuals make ``last4_residual``.
RESIDUAL_GAMES: Final = 4

HISTORY: Final = ("win_rate", "games_played", "last4_residual")


def game_sides(games: pd.DataFrame) -> pd.DataFrame:
    """Return two rows a game, a side each, by season, week and kick-off.

    Parameters
    ----------
    games : DataFrame
        ``game_id, season, week, kickoff_utc, home_team, away_team, margin, margin_vs_close``.

    Returns
    -------
    DataFrame
        ``game_id, season, week, kickoff_utc, side, team, margin, margin_vs_close``, the last two from the side's view.
    """
    keys = ["game_id", "season", "week", "kickoff_utc"]
    own = ["margin", "margin_vs_close"]
    home = games[[*keys, *own]].assign(side="home", team=games["home_team"])
    away = games[keys].assign(side="away", team=games["away_team"], **{name: -games[name] for name in own})
    both = pd.concat([home, away], ignore_index=True)
    return both.sort_values(["season", "week", "kickoff_utc", "game_id", "side"], kind="stable", ignore_index=True)


def side_history(games: pd.DataFrame) -> pd.DataFrame:
    """Return each side's record before each game.

    Parameters
    ----------
    games : DataFrame
        As :func:`game_sides`; played games only.

    Returns
    -------
    DataFrame, one row a game
        ``game_id`` and, with ``home_`` and ``away_`` before them: ``games_played`` (this season, before the game),
        ``win_rate`` (of those games, a tie half a win; null before the first), ``last4_residual`` (mean of the last
        four own-side ``margin_vs_close``, points; they may reach back into the season before, not further, and where
        there are not four of them it is null).
    """
    sides = game_sides(games)
    after = sides.assign(**_season_record(sides)).join(_recent_residual(sides))
    before = _as_of_week(after)
    wide = before.pivot(index="game_id", columns="side", values=list(HISTORY))
    wide.columns = pd.Index([f"{column[1]}_{column[0]}" for column in wide.columns.to_list()])
    names = [f"{side}_{name}" for name in HISTORY for side in ("home", "away")]
    return wide.reindex(columns=names).astype("float64").reset_index()


def _season_record(sides: pd.DataFrame) -> dict[str, "pd.Series[float]"]:
    """Return games and win rate of the season with each game counted in."""
    own = [sides["season"], sides["team"]]
    wins = (sides["margin"].gt(0) + 0.5 * sides["margin"].eq(0)).groupby(own).cumsum()
    games = sides["margin"].notna().groupby(own).cumsum()
    return {"games_played": games.astype("float64"), "win_rate": wins / games}


def _recent_residual(sides: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of the last four residuals, each game's own counted in, and the season of the oldest of them."""
    known = sides[sides["margin_vs_close"].notna()]
    mean = known.groupby("team")["margin_vs_close"].rolling(RESIDUAL_GAMES).mean().droplevel(0)
    oldest = known.groupby("team")["season"].shift(RESIDUAL_GAMES - 1).astype("float64")
    recent = pd.DataFrame({"last4_residual": mean, "oldest": oldest}).reindex(sides.index)
    return recent.groupby(sides["team"]).ffill()


def _as_of_week(after: pd.DataFrame) -> pd.DataFrame:
    """Move every column to the next game of its team; a second game of one week sees what the first saw."""
    before = after.groupby("team")[[*HISTORY, "oldest", "season"]].shift(1)
    same_season = before["season"].eq(after["season"])
    shifted = pd.DataFrame(
        {
            "games_played": before["games_played"].where(same_season, 0.0),
            "win_rate": before["win_rate"].where(same_season),
            "last4_residual": before["last4_residual"].where(before["oldest"] >= after["season"] - 1),
        }
    )
    week = [after["team"], after["season"], after["week"]]
    first = ~after.duplicated(["team", "season", "week"])
    held = shifted.where(first).groupby(week).transform("first")
    return after[["game_id", "side"]].join(held)

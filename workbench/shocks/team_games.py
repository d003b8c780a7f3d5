"""Every team's games in order: the frame that all schedule shocks are read from."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench.clock import EASTERN
from workbench.shocks.events import typed_events

Tables = Mapping[str, pd.DataFrame]

#: What a season's two sides of a game have in common.
_SHARED = ("game_id", "season", "week", "game_type", "kickoff_utc", "neutral", "known_at", "roof", "stadium")


def table_of(tables: Tables, name: str) -> pd.DataFrame:
    """Return a fact table, empty and without columns where there is none."""
    found = tables.get(name)
    return pd.DataFrame() if found is None else found


def team_games(games: pd.DataFrame) -> pd.DataFrame:
    """Return two rows a game, ordered by team, season and kick-off.

    Parameters
    ----------
    games : DataFrame
        The ``games`` facts.

    Returns
    -------
    DataFrame, shape (2 n_games, .)
        The game's columns and ``team, opponent, is_home, day`` (Eastern date), ``days`` (since the team's last game of
        the season, null for its first), ``last_week`` and ``last_game_id`` (of that game).
    """
    shared = games.reindex(columns=list(_SHARED))
    sides = [
        shared.assign(team=games[own], opponent=games[other], is_home=own == "home_team")
        for own, other in (("home_team", "away_team"), ("away_team", "home_team"))
    ]
    rows = pd.concat(sides, ignore_index=True).sort_values(["team", "season", "kickoff_utc"], kind="stable")
    rows = rows.reset_index(drop=True)
    rows["day"] = rows["kickoff_utc"].dt.tz_convert(EASTERN).dt.tz_localize(None).dt.normalize()
    season = rows.groupby(["team", "season"], sort=False)
    rows["days"] = (rows["day"] - season["day"].shift()).dt.days.astype("Int64")
    rows["last_week"] = season["week"].shift().astype("Int64")
    rows["last_game_id"] = season["game_id"].shift()
    return rows


def known_by_kick_off(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with ``known_at`` at kick-off, the latest plausible instant, where nothing dates them.

    Parameters
    ----------
    rows : DataFrame
        With ``known_at, kickoff_utc`` and ``note``, which then says so.
    """
    known = pd.to_datetime(rows["known_at"], utc=True).dt.as_unit("us")
    said = rows["note"].str.removesuffix(".") + "; no report dates it: known at kick-off at the latest."
    return rows.assign(known_at=known.fillna(rows["kickoff_utc"]), note=rows["note"].mask(known.isna(), said))


def as_events(rows: pd.DataFrame, **same: Any) -> pd.DataFrame:
    """Return rows as events of one type, each with its id.

    Parameters
    ----------
    rows : DataFrame
        Columns of the event table, those at hand.
    **same : object
        Columns that hold one value, ``type`` among them.
    """
    events = typed_events(rows.assign(**same) if len(rows) else pd.DataFrame(columns=list(rows.columns)))
    player = ("_" + events["player_id"].astype("str")).where(events["player_id"].notna(), "")
    week = events["season"].astype("str") + "_" + events["week"].astype("str").str.zfill(2)
    ids = events["type"] + "_" + (week + "_" + events["team"]).fillna(events["game_id"]) + player
    return events.assign(event_id=ids.str.replace(" ", "-").astype("str"))

"""Feeds that should be newer by now: each table against the games that are over, or about to start."""

from collections.abc import Mapping

import pandas as pd

from workbench.clock import RESULT_LAG, stats_known_at, utc
from workbench.data.source import Degradation
from workbench.schema import FACT_TABLES

#: A score may come this long after its game counts as known before the feed is called stale.
PATIENCE = pd.Timedelta(hours=24)
#: A game this close should have a quote no older than ``PATIENCE``.
QUOTED_AHEAD = pd.Timedelta(days=6)
#: Tables that hold rows of every finished game, from the Tuesday after it.
BY_GAME = ("plays", "charting", "pressures", "snaps")


def stale_feeds(facts: Mapping[str, pd.DataFrame], *, as_of: pd.Timestamp) -> list[Degradation]:
    """Name the feeds whose newest rows are older than the season's games demand.

    Parameters
    ----------
    facts : mapping of str to DataFrame
        Fact tables by name.
    as_of : Timestamp
        With its time zone: the instant of the run.

    Returns
    -------
    list of Degradation
        Only tables that hold the season at all: one that does not is already named as missing.
    """
    now = utc(as_of)
    games = facts["games"]
    started = games[games["kickoff_utc"] <= now]
    if started.empty:
        return _stale_quotes(facts, games=games, now=now)
    season = games[games["season"].eq(started["season"].max())]
    return [
        *_stale_results(facts, games=season, now=now),
        *_stale_by_game(facts, games=season, now=now),
        *_stale_by_week(facts, games=season, now=now),
        *_stale_quotes(facts, games=season, now=now),
    ]


def _late(feature: str, missing: pd.DataFrame) -> list[Degradation]:
    if missing.empty:
        return []
    weeks = ", ".join(str(week) for week in sorted(missing["week"].unique()))
    return [Degradation(f"{feature}, week {weeks}", f"{len(missing)} finished games are not in the feed yet")]


def _stale_results(facts: Mapping[str, pd.DataFrame], *, games: pd.DataFrame, now: pd.Timestamp) -> list[Degradation]:
    over = games[games["kickoff_utc"] + RESULT_LAG + PATIENCE <= now]
    known = facts["results"]["game_id"] if "results" in facts else pd.Series(dtype="str")
    return _late("results", over[~over["game_id"].isin(known)])


def _stale_by_game(facts: Mapping[str, pd.DataFrame], *, games: pd.DataFrame, now: pd.Timestamp) -> list[Degradation]:
    over = games[stats_known_at(games["kickoff_utc"]) + PATIENCE <= now]
    found = []
    for name in BY_GAME:
        rows = facts.get(name)
        if rows is not None and rows["season"].isin(games["season"]).any():
            found += _late(name, over[~over["game_id"].isin(rows["game_id"])])
    return found


def _stale_by_week(facts: Mapping[str, pd.DataFrame], *, games: pd.DataFrame, now: pd.Timestamp) -> list[Degradation]:
    over = games[stats_known_at(games["kickoff_utc"]) + PATIENCE <= now]
    found = []
    for name in ("player_weeks", "injuries", "rosters"):
        rows = facts.get(name)
        own = rows[rows["season"].isin(games["season"])] if rows is not None else pd.DataFrame()
        if len(own):
            found += _late(FACT_TABLES[name].name, over[~over["week"].isin(own["week"])])
    return found


def _stale_quotes(facts: Mapping[str, pd.DataFrame], *, games: pd.DataFrame, now: pd.Timestamp) -> list[Degradation]:
    coming = games[games["kickoff_utc"].between(now, now + QUOTED_AHEAD, inclusive="right")]
    quotes = facts["quotes"] if "quotes" in facts else pd.DataFrame({"game_id": [], "recorded_at": []})
    fresh = quotes[(quotes["recorded_at"] <= now) & (quotes["recorded_at"] > now - PATIENCE)] if len(quotes) else quotes
    unquoted = coming[~coming["game_id"].isin(fresh["game_id"])]
    if unquoted.empty:
        return []
    reason = f"{len(unquoted)} of {len(coming)} coming games have no quote of the last 24 h"
    return [Degradation("fresh quotes", reason)]

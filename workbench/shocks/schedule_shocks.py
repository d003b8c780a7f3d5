"""Prime time and division games; with rest and venue, every shock that the schedule alone tells of."""

from typing import Final

import pandas as pd

from workbench.clock import EASTERN
from workbench.shocks.events import empty_events
from workbench.shocks.rest import REDRAWN, rest_events
from workbench.shocks.team_games import Tables, as_events, table_of
from workbench.shocks.venue import venue_events

#: A game is in prime time if it kicks off at this Eastern hour or later, on any day of the week.
PRIME_HOUR: Final = 19
#: Kick-off times are known from here.
FIRST_TIMED_SEASON: Final = 2000
_NIGHTS: Final = {0: "monday_night", 3: "thursday_night", 5: "saturday_night", 6: "sunday_night"}


def schedule_events(tables: Tables) -> pd.DataFrame:
    """Return every shock of the schedule: rest, venue, prime time, division games.

    Known at the schedule's release, but for a home game moved, known at its kick-off at the latest. A game flexed into
    prime time cannot be told from one planned there.
    """
    parts = [rest_events(tables), venue_events(tables), prime_time_events(tables), division_events(tables)]
    return pd.concat(parts, ignore_index=True)


def prime_time_events(tables: Tables) -> pd.DataFrame:
    """Return the games that kick off at 19:00 Eastern or later, from 2000 on; detail names the night.

    In Europe, where that would be past midnight, nobody plays then.
    """
    games = table_of(tables, "games")
    if games.empty:
        return empty_events()
    local = games["kickoff_utc"].dt.tz_convert(EASTERN)
    prime = local.dt.hour.ge(PRIME_HOUR) & games["season"].ge(FIRST_TIMED_SEASON)
    rows, when = games[prime], local[prime]
    events = rows.assign(
        detail=when.dt.day_of_week.map(_NIGHTS).fillna("other_night"),
        note=rows["away_team"]
        + " at "
        + rows["home_team"]
        + " kicked off "
        + when.dt.strftime("%A %H:%M")
        + " Eastern.",
    )
    return _of_both(events, kind="prime_time")


def division_events(tables: Tables) -> pd.DataFrame:
    """Return the games between teams of one division; detail says regular season or play-offs."""
    games = table_of(tables, "games")
    if games.empty or "division_game" not in games.columns:
        return empty_events()
    rows = games[games["division_game"].fillna(False).astype(bool)]
    events = rows.assign(
        detail=rows["game_type"].eq("REG").map({True: "regular season", False: "play-offs"}),
        note=rows["away_team"] + " and " + rows["home_team"] + " share a division.",
    )
    return _of_both(events, kind="division_game")


def _of_both(rows: pd.DataFrame, *, kind: str) -> pd.DataFrame:
    redrawn = rows["season"].isin(REDRAWN) & (kind == "prime_time") & rows["game_type"].eq("REG")
    quality = redrawn.map({True: "assumed", False: "derived"})
    events = rows.assign(quality=quality, source_rows=rows["game_id"], last_week=rows["week"])
    return as_events(
        events, type=kind, cause="schedule", dose=1.0, dose_unit="games", expected_severity=1.0, realised_games=1,
        source_table="games", anticipation="unknown",
    )  # fmt: skip

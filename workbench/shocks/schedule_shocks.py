"""Prime time and division games; with rest and venue, every shock that the schedule alone tells of."""

from typing import Final

import pandas as pd

from workbench.clock import EASTERN
from workbench.shocks.events import empty_events
from workbench.shocks.rest import REDRAWN, rest_events
from workbench.shocks.team_games import Tables, as_events, table_of
from workbench.shocks.venue import EUROPE, venue_events

#: A game is in prime time if it kicks off at this Eastern hour or later, on any day of the week.
PRIME_HOUR: Final = 19
#: In America nobody kicks off before this Eastern hour; an earlier one is half a day off.
FIRST_HOUR: Final = 11
HALF_A_DAY: Final = pd.Timedelta(hours=12)
#: Kick-off times are known from here.
FIRST_TIMED_SEASON: Final = 2000
_NIGHTS: Final = {0: "monday_night", 3: "thursday_night", 5: "saturday_night", 6: "sunday_night"}


def schedule_events(tables: Tables) -> pd.DataFrame:
    """Return every shock of the schedule: rest, venue, prime time, division games.

    Known at the schedule's release. A game flexed into prime time after it cannot be told from one planned there.
    """
    parts = [rest_events(tables), venue_events(tables), prime_time_events(tables), division_events(tables)]
    return pd.concat(parts, ignore_index=True)


def prime_time_events(tables: Tables) -> pd.DataFrame:
    """Return the games that kick off at 19:00 Eastern or later, from 2000 on; detail names the night.

    Games in Europe are left out whatever their hour: some morning kick-offs stand in the schedule twelve hours late.
    At home nobody kicks off before noon: such an hour (09:00 for most Monday nights up to 2005) is read twelve hours
    later, and the event is of quality ``disputed``.
    """
    games = table_of(tables, "games")
    if games.empty:
        return empty_events()
    local = games["kickoff_utc"].dt.tz_convert(EASTERN)
    stadium = games["stadium"] if "stadium" in games.columns else pd.Series(None, index=games.index, dtype="str")
    morning = local.dt.hour.lt(FIRST_HOUR) & ~stadium.isin(EUROPE) & ~games["neutral"]
    local = local.mask(morning, local + HALF_A_DAY)
    prime = local.dt.hour.ge(PRIME_HOUR) & games["season"].ge(FIRST_TIMED_SEASON) & ~stadium.isin(EUROPE)
    rows, when = games[prime], local[prime]
    events = rows.assign(
        misread=morning[prime],
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
    misread = rows["misread"] if "misread" in rows.columns else pd.Series(False, index=rows.index)
    quality = redrawn.map({True: "assumed", False: "derived"}).mask(misread, "disputed")
    events = rows.assign(quality=quality, source_rows=rows["game_id"], last_week=rows["week"])
    return as_events(
        events, type=kind, cause="schedule", dose=1.0, dose_unit="games", expected_severity=1.0, realised_games=1,
        source_table="games", anticipation="unknown",
    )  # fmt: skip

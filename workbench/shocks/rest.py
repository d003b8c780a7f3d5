"""Byes, short weeks and long ones, from the dates of the games.

A *bye* is a regular-season week that a team sat out; the week off before a play-off game is not one (the better team
earns it), nor is the fortnight before the final. Days are Eastern dates, so that an unknown hour does no harm.
"""

from typing import Final

import pandas as pd

from workbench.shocks.events import empty_events
from workbench.shocks.team_games import Tables, as_events, table_of, team_games

USUAL_DAYS: Final = 7
SHORT_DAYS: Final = 6  # fewer is short
LONG_DAYS: Final = 8  # more, without a bye, is long
#: The longest rest that a plan without a bye makes: Thursday to Tuesday week; beyond it a game was put off.
PLANNED_DAYS: Final = 12
#: A game that was never finished leaves a gap that is no bye: (season, first week after it, team).
CANCELLED: Final = ((2022, 18, "BUF"), (2022, 18, "CIN"))
#: The schedule was redrawn week by week: its release in May did not hold.
REDRAWN: Final = (2020,)


def rest_events(tables: Tables) -> pd.DataFrame:
    """Return byes, short and long rest as events.

    Known at the schedule's release, except where a game was put off: then null. ``dose`` is in days below or beyond
    seven; seasons whose schedule was redrawn are ``assumed``.
    """
    games = table_of(tables, "games")
    if games.empty:
        return empty_events()
    rows = team_games(games)
    rows = rows[rows["days"].notna()]
    gap = rows["week"].sub(rows["last_week"]).ge(2)
    cancelled = pd.Series(
        [key in CANCELLED for key in zip(rows["season"], rows["week"], rows["team"], strict=True)], index=rows.index
    )
    regular = rows["game_type"].eq("REG")
    bye = gap & regular & ~cancelled
    final = rows["game_type"].eq("SB") | (gap & ~regular)
    long = rows["days"].gt(LONG_DAYS) & ~bye & ~final
    parts = [
        _events(rows[bye], kind="bye"),
        _events(rows[rows["days"].lt(SHORT_DAYS)], kind="short_rest"),
        _events(rows[long], kind="long_rest"),
    ]
    return pd.concat(parts, ignore_index=True)


def _events(rows: pd.DataFrame, *, kind: str) -> pd.DataFrame:
    days = rows["days"].astype("Float64")
    beyond = (days - USUAL_DAYS).abs()
    put_off = days.gt(PLANNED_DAYS) if kind == "long_rest" else pd.Series(False, index=rows.index)
    redrawn = rows["season"].isin(REDRAWN) & rows["game_type"].eq("REG")
    severity = {"bye": beyond * 0 + 1, "short_rest": beyond / 3, "long_rest": beyond / USUAL_DAYS}[kind]
    events = rows.assign(
        detail=put_off.map({True: "put off", False: None}),
        known_at=rows["known_at"].mask(put_off.astype(bool)),
        dose=beyond,
        expected_severity=severity.clip(upper=1),
        last_week=rows["week"],
        source_rows=rows["last_game_id"] + ";" + rows["game_id"],
        quality=redrawn.map({True: "assumed", False: "derived"}).mask(put_off.astype(bool), "disputed"),
        note=rows["team"] + " rested " + days.astype("Int64").astype("str") + " days after week "
        + rows["last_week"].astype("str") + ".",
    )  # fmt: skip
    unit = "days below seven" if kind == "short_rest" else "days beyond seven"
    return as_events(
        events,
        type=kind,
        cause="schedule",
        dose_unit=unit,
        realised_games=1,
        source_table="games",
        anticipation="unknown",
    )

"""The shock-event table: its types, columns and what they mean, written once.

One row an event. A shock to one team carries ``team``; one that hits both (weather, prime time, rivalry) leaves it null
and holds for its game. An event's exit and its return are two events.
"""

from typing import Final, Literal

import pandas as pd

ShockType = Literal[
    "quarterback_exit",  # the quarterback who started last (or opened the season as the starter) does not start
    "quarterback_return",  # he starts again
    "injury",  # another player, ruled out by report or reserve list
    "injury_return",
    "coaching_change",  # detail: mid_season or off_season
    "trade_in",  # a player of at least a quarter of snaps arrives; detail: star or regular
    "trade_out",
    "move",  # arrives by another way than a trade, or under a trade's threshold
    "suspension",
    "suspension_return",
    "bye",  # the first game after a week off
    "short_rest",  # fewer days of rest than six
    "long_rest",  # more than eight days without a bye
    "prime_time",  # both teams
    "division_game",  # both teams
    "wind",  # both teams
    "precipitation",  # both teams
    "cold",  # both teams
    "dome_team_outdoors",  # a team that plays at home under a roof, in the open
    "venue_change",  # away from home for a home game: neutral, abroad, or moved
]
Anticipation = Literal["before_open", "open_to_close", "unknown"]
Quality = Literal["sourced", "derived", "assumed", "disputed"]

#: Shocks that hit both teams: no team, the game is the unit.
BOTH_TEAMS: Final = ("prime_time", "division_game", "wind", "precipitation", "cold")
#: Absorbing within a team-season: once it has happened it stays (the clock is reset each season).
ABSORBING: Final = ("coaching_change", "trade_in", "trade_out")

#: Column -> pandas dtype. Missing is missing: null, never a guess.
COLUMNS: Final[dict[str, str]] = {
    "event_id": "str",  # type, season, week, team or game, player: unique and stable
    "type": "str",
    "cause": "str",  # injury, benching, rest, fired, resigned, interim ...; unknown where not derivable
    "detail": "str",  # what the type's comment says; null where nothing
    "season": "Int64",
    "week": "Int64",  # of the first game affected
    "game_id": "str",  # the first game affected
    "team": "str",  # franchise code; null where both teams are hit
    "player_id": "str",  # gsis id; coach's name for coaching changes
    "player_name": "str",
    "position": "str",
    "replaced_by": "str",  # quarterbacks and coaches: id or name of who takes over
    "known_at": "datetime64[us, UTC]",  # of starters and venues: kick-off where nothing dates it; else null
    "anticipation": "str",
    "expected_severity": "Float64",  # 0 to 1 from what was known at known_at; weather: oracle, see detail
    "dose": "Float64",  # the size in the type's own unit (dose_unit): value gap in points, mph above calm, days ...
    "dose_unit": "str",
    "realised_games": "Int64",  # games missed or affected, descriptive only
    "realised_severity": "str",  # 1, 2-4 or 5+ games; null while it lasts or where it means nothing
    "last_week": "Int64",  # last week affected, as far as known
    "source_table": "str",
    "source_rows": "str",  # the natural keys it rests on, ';' between them
    "quality": "str",
    "note": "str",  # one sentence for who checks by eye
}


def empty_events() -> pd.DataFrame:
    """Return an event table without rows, typed."""
    return typed_events(pd.DataFrame({name: [] for name in COLUMNS}))


def typed_events(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows as an event table: all columns in order, typed; those not given are null."""
    whole = rows.reindex(columns=list(COLUMNS))
    return whole.astype({name: dtype for name, dtype in COLUMNS.items()}).reset_index(drop=True)

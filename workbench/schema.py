"""The tables that cross floors: their columns, units and keys, written once.

Every fact row carries ``known_at`` (UTC): the instant from which a decision may see it, by the one rule its table
states (DESIGN section 4). Optional columns may be absent or null: missing is missing, never zero.
Dtypes: ``i`` int64, ``f`` float64, ``b`` boolean, ``s`` string, ``t`` timestamp (UTC, microseconds).
"""

from dataclasses import dataclass
from typing import Literal

Dtype = Literal["i", "f", "b", "s", "t"]

#: Raised whenever stored facts would mean something else under the same columns: readers refuse another number,
#: so that nothing is decided before they were ingested anew. 2: over and under of totals until 2019 are turned.
FACTS_RELEASE = 2


@dataclass(frozen=True, slots=True)
class FactTable:
    """One fact table.

    Attributes
    ----------
    name : str
    key : tuple of str
        The natural key: two rows with the same key are duplicates.
    columns : dict of str to Dtype
        Columns that must be there (``known_at`` included).
    optional : dict of str to Dtype
        Columns that may be missing or null; features that need them degrade and say so.
    known_rule : str
        The rule that dates a row, shown on the ingest page.
    """

    name: str
    key: tuple[str, ...]
    columns: dict[str, Dtype]
    optional: dict[str, Dtype]
    known_rule: str


def _typed(dtype: Dtype, names: str) -> dict[str, Dtype]:
    return dict.fromkeys(names.split(), dtype)


_GAME: dict[str, Dtype] = {"game_id": "s", "season": "i", "week": "i"}
_TEAM_PLAYER_WEEK: dict[str, Dtype] = {"season": "i", "week": "i", "team": "s", "player_id": "s"}
_KNOWN: dict[str, Dtype] = {"known_at": "t"}

GAMES = FactTable(
    name="games",
    key=("game_id",),
    columns=_GAME
    | {
        "game_type": "s",  # REG, or a playoff round: WC DIV CON SB
        "kickoff_utc": "t",
        "home_team": "s",  # one code a franchise (STL and LA are LA; SD and LAC are LAC; OAK and LV are LV)
        "away_team": "s",
        "neutral": "b",  # no home field
    }
    | _KNOWN,
    optional={
        "division_game": "b",
        "home_rest_days": "i",
        "away_rest_days": "i",
        "roof": "s",
        "surface": "s",
        "stadium": "s",
    },
    known_rule="the schedule's release: 15 May; play-offs: Tuesday 06:00 ET of their week",
)
RESULTS = FactTable(
    name="results",
    key=("game_id",),
    columns=_GAME | {"home_score": "i", "away_score": "i", "overtime": "b"} | _KNOWN,
    optional={},
    known_rule="kick-off + 4 h",
)
STARTERS = FactTable(
    name="starters",  # who PLAYED: never known before kick-off
    key=("game_id", "team"),
    columns=_GAME | {"team": "s"} | _KNOWN,
    optional={"quarterback_id": "s", "quarterback_name": "s", "coach": "s"},
    known_rule="kick-off",
)
CONDITIONS = FactTable(
    name="conditions",
    key=("game_id",),
    columns=_GAME | _KNOWN,
    optional={"temperature_f": "f", "wind_mph": "f", "referee": "s"},
    known_rule="kick-off",
)
QUOTES = FactTable(
    name="quotes",
    key=("game_id", "market", "source", "recorded_at"),
    columns=_GAME
    | {
        "market": "s",  # spread, total, moneyline or 1x2
        "source": "s",  # the book: consensus, draftkings, fanduel, legacy, schedule_close ...
        "kind": "s",  # open, live or close
        "recorded_at": "t",  # when the state was recorded
        "price_assumed": "b",  # a missing price is -110
        "instant_assumed": "b",  # the source gave no time stamp
    }
    | _KNOWN,
    optional={
        "line": "f",  # home_line (positive: home favoured) or total points; null for moneylines and 1x2
        "price_home": "f",  # decimal, above 1; the over for totals
        "price_away": "f",  # decimal, above 1; the under for totals
        "price_draw": "f",  # decimal, above 1; 1x2 only
    },
    known_rule="when recorded; an opener without a stamp: Tuesday 06:00 ET of its week; a closing column: kick-off",
)
PLAYS = FactTable(
    name="plays",
    key=("game_id", "play_id"),
    columns=_GAME
    | {
        "play_id": "i",
        "posteam": "s",
        "defteam": "s",
        "play_type": "s",
        "down": "f",
        "ydstogo": "f",
        "yardline_100": "f",
        "score_differential": "f",
        "game_seconds_remaining": "f",
    }
    | _KNOWN,
    optional={
        # nflverse names kept; any of these may be missing from a mirror
        **_typed(
            "f",
            "pass_attempt rush_attempt qb_scramble qb_dropback qb_hit sack epa success yards_gained touchdown "
            "interception fumble penalty shotgun no_huddle xpass wp was_pressure fixed_drive posteam_score "
            "posteam_score_post defteam_score defteam_score_post air_yards complete_pass",
        ),
        **_typed(
            "s",
            "home_team away_team passer_player_id passer_player_name rusher_player_id rusher_player_name "
            "receiver_player_id receiver_player_name fixed_drive_result",
        ),
    },
    known_rule="Tuesday 06:00 ET after the game",
)
CHARTING = FactTable(
    name="charting",
    key=("game_id", "play_id"),
    columns=_GAME | {"play_id": "i"} | _KNOWN,
    optional={**_typed("b", "shotgun no_huddle play_action motion"), **_typed("f", "blitzers pass_rushers")},
    known_rule="Tuesday 06:00 ET after the game",
)
PRESSURES = FactTable(
    name="pressures",  # by game and passer: the game-level proxy
    key=("game_id", "team", "player_name"),
    columns=_GAME | {"team": "s", "player_name": "s"} | _KNOWN,
    optional=_typed("f", "times_pressured times_blitzed times_hurried times_hit times_sacked"),
    known_rule="Tuesday 06:00 ET after the game",
)
PLAYER_WEEKS = FactTable(
    name="player_weeks",  # only players who recorded a stat
    key=("season", "week", "player_id"),
    columns=_TEAM_PLAYER_WEEK | _KNOWN,
    optional={
        **_typed("s", "player_name position opponent"),
        **_typed(
            "f",
            "completions attempts passing_yards passing_tds interceptions sacks sack_yards passing_epa carries "
            "rushing_yards rushing_tds rushing_epa receptions targets receiving_yards receiving_tds receiving_epa "
            "fumbles_lost",
        ),
    },
    known_rule="Tuesday 06:00 ET after the game",
)
INJURIES = FactTable(
    name="injuries",
    key=("season", "week", "team", "player_id", "known_at"),
    columns=_TEAM_PLAYER_WEEK | _KNOWN,
    optional=_typed("s", "player_name position report_status practice_status report_primary_injury"),
    known_rule="date_modified; missing: kick-off",
)
ROSTERS = FactTable(
    name="rosters",
    key=("season", "week", "team", "player_id"),
    columns=_TEAM_PLAYER_WEEK | _KNOWN,
    optional=_typed("s", "player_name position status status_code pfr_id"),
    known_rule="kick-off of the team's game that week",
)
SNAPS = FactTable(
    name="snaps",
    key=("game_id", "team", "player_name"),
    columns=_GAME | {"team": "s", "player_name": "s"} | _KNOWN,
    optional={**_typed("s", "position pfr_id"), **_typed("f", "offense_snaps offense_share defense_share")},
    known_rule="Tuesday 06:00 ET after the game",
)
WEATHER = FactTable(
    name="weather",  # hourly observations at the nearest station: seen afterwards, an oracle at bet time
    key=("game_id", "observed_at"),
    columns=_GAME | {"observed_at": "t"} | _KNOWN,
    optional={**_typed("f", "temperature_f wind_mph precipitation_inches distance_miles"), "condition": "s"},
    known_rule="kick-off, or the hour observed where that is later",
)

FACT_TABLES: dict[str, FactTable] = {
    t.name: t
    for t in (
        GAMES, RESULTS, STARTERS, CONDITIONS, QUOTES, PLAYS, CHARTING, PRESSURES, PLAYER_WEEKS, INJURIES, ROSTERS,
        SNAPS, WEATHER,
    )
}  # fmt: skip

#: The markets of football played with an oval ball: what a policy bets unless it says otherwise.
MARKETS = ("spread", "total", "moneyline")
#: Home win, draw or away win: a draw is an outcome of its own, not a push.
THREE_WAY = "1x2"
#: Every market a quote may be of.
QUOTED_MARKETS = (*MARKETS, THREE_WAY)
#: Markets without a line: who wins.
LINELESS = ("moneyline", THREE_WAY)
Market = Literal["spread", "total", "moneyline", "1x2"]
#: The side of a bet; s = +1 for home and over, -1 for away and under, 0 for the draw.
Side = Literal["home", "draw", "away", "over", "under"]
SIDE_SIGN: dict[str, int] = {"home": 1, "over": 1, "away": -1, "under": -1, "draw": 0}

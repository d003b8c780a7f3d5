"""What a row must hold to pass the border: ranges, sets and cross-checks, with the words of each refusal."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from workbench.schema import QUOTED_MARKETS, THREE_WAY

#: The play-offs' names beside REG.
GAME_TYPES = ("REG", "WC", "DIV", "CON", "SB")
KINDS = ("open", "live", "close")

#: Required columns that may be missing in a row: a kick-off or the end of a quarter has no offence and no down.
NULLABLE: dict[str, tuple[str, ...]] = {
    "plays": (
        "posteam", "defteam", "play_type", "down", "ydstogo", "yardline_100", "score_differential",
        "game_seconds_remaining",
    ),
}  # fmt: skip

#: Columns that name a team, by table; checked against the league's teams.
TEAM_COLUMNS: dict[str, tuple[str, ...]] = {
    "games": ("home_team", "away_team"),
    "plays": ("posteam", "defteam"),
} | dict.fromkeys(("starters", "pressures", "player_weeks", "injuries", "rosters", "snaps"), ("team",))

#: Of two rows with one key that disagree, which is kept: a later injury report corrects the earlier one.
KEPT_OF_CONFLICT: dict[str, str] = {"injuries": "last"}


@dataclass(frozen=True, slots=True)
class Between:
    """A column's values lie between two bounds, both included."""

    table: str
    column: str
    low: float
    high: float
    likely: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A column holds one of a few words."""

    table: str
    column: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RowRule:
    """A rule over several columns.

    Attributes
    ----------
    table, name, column : str
        ``column`` is the one whose value is shown.
    holds : callable
        From the table's frame to one boolean a row.
    reason : str
        With ``{value}``.
    """

    table: str
    name: str
    column: str
    holds: Callable[[pd.DataFrame], "pd.Series[bool]"]
    reason: str


BETWEEN: tuple[Between, ...] = (
    Between("games", "home_rest_days", 0, 400, "A wrong date?"),
    Between("games", "away_rest_days", 0, 400, "A wrong date?"),
    Between("results", "home_score", 0, 100, "Another column's number?"),
    Between("results", "away_score", 0, 100, "Another column's number?"),
    Between("conditions", "temperature_f", -60, 130, "Another unit?"),
    Between("conditions", "wind_mph", 0, 100, "Another unit?"),
    Between("plays", "down", 1, 4, "Another column's number?"),
    Between("plays", "yardline_100", 0, 100, "Another column's number?"),
    Between("plays", "game_seconds_remaining", 0, 3600, "Another unit?"),
    Between("snaps", "offense_share", 0, 1, "A percentage?"),
    Between("snaps", "defense_share", 0, 1, "A percentage?"),
    Between("weather", "temperature_f", -60, 130, "Another unit?"),
    Between("weather", "wind_mph", 0, 100, "Another unit?"),
    # Above the wettest hour a league game has seen; in millimetres the file would stop many rows, not one.
    Between("weather", "precipitation_inches", 0, 4, "Another unit, or a day's sum in an hour?"),
    Between("pressures", "times_pressured", 0, 100, "A percentage?"),
)
ONE_OF: tuple[OneOf, ...] = (
    OneOf("games", "game_type", GAME_TYPES),
    OneOf("quotes", "market", QUOTED_MARKETS),
    OneOf("quotes", "kind", KINDS),
)


def on_half_points(line: "pd.Series[float]") -> "pd.Series[bool]":
    """Return which lines a book could have offered: multiples of half a point; a missing line passes.

    Examples
    --------
    >>> on_half_points(pd.Series([3.5, -7.0, 13.847])).to_list()
    [True, True, False]
    """
    return line.isna() | (line * 2).eq((line * 2).round())


def _within(market: str, *, low: float, high: float) -> Callable[[pd.DataFrame], "pd.Series[bool]"]:
    def holds(quotes: pd.DataFrame) -> "pd.Series[bool]":
        return quotes["market"].ne(market) | quotes["line"].isna() | quotes["line"].between(low, high)

    return holds


def _margin_of_the_book(quotes: pd.DataFrame) -> "pd.Series[bool]":
    """Return which prices a book could have offered: implied chances summing to between 0.97 and 1.3."""
    implied = 1 / quotes["price_home"] + 1 / quotes["price_away"]
    if "price_draw" in quotes:
        implied = implied + (1 / quotes["price_draw"]).where(quotes["market"].eq(THREE_WAY), 0.0)
    return implied.isna() | implied.between(0.97, 1.3)


ROW_RULES: tuple[RowRule, ...] = (
    RowRule(
        "games", "two_teams", "away_team", lambda g: g["home_team"].ne(g["away_team"]),
        "A game needs two teams, got {value} on both sides. A wrong code?",
    ),
    RowRule(
        "quotes", "half_point_grid", "line", lambda q: on_half_points(q["line"]),
        "Lines must lie on the half-point grid, got {value}. An average of several books?",
    ),
    RowRule(
        "quotes", "spread_range", "line", _within("spread", low=-35, high=35),
        "A spread must lie between -35 and 35 points, got {value}. A total in its place?",
    ),
    RowRule(
        "quotes", "total_range", "line", _within("total", low=20, high=90),
        "A total must lie between 20 and 90 points, got {value}. A spread in its place?",
    ),
    RowRule(
        "quotes", "overround", "price_home", _margin_of_the_book,
        "The prices must imply chances summing to 0.97-1.3, got {value} beside others. A price of another line?",
    ),
    RowRule(
        "quotes", "known_when_recorded", "known_at", lambda q: q["known_at"] >= q["recorded_at"],
        "A quote cannot be known before it was recorded, got {value}. Swapped columns?",
    ),
)  # fmt: skip

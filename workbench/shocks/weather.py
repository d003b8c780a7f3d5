"""Wind, cold and rain in the open, as observed: an oracle, for nobody who bets before kick-off has the reading.

An event begins where there is something to feel, and its dose says how much: wind above the calm of 8 mph (detail
names those of 15 mph and more), freezing cold, a hundredth of an inch of rain between an hour before kick-off and three
hours after.
"""

from typing import Final

import pandas as pd

from workbench.shocks.events import empty_events
from workbench.shocks.team_games import Tables, as_events, table_of

OPEN_ROOFS: Final = ("outdoors", "open")
CALM_MPH: Final = 8.0
STRONG_MPH: Final = 15.0
FREEZING_F: Final = 32.0
#: The gauge's grain: less is a trace.
WET_INCHES: Final = 0.01
HOURS_BEFORE: Final = pd.Timedelta(hours=1)
HOURS_AFTER: Final = pd.Timedelta(hours=3)
#: Fewer hours with a reading leave it open whether it rained.
LEAST_HOURS: Final = 3
#: A farther station is of quality ``assumed``.
NEAR_MILES: Final = 10.0
#: What counts as the worst there is: expected_severity 1.
_WORST: Final = {"wind": 20.0, "cold": 33.0, "precipitation": 0.5}
_UNITS: Final = {"wind": "mph above 8", "cold": "degrees F below 33", "precipitation": "inches"}


def weather_events(tables: Tables) -> pd.DataFrame:
    """Return wind, cold and precipitation of the games played in the open as events."""
    games = table_of(tables, "games")
    if games.empty or "roof" not in games.columns:
        return empty_events()
    in_the_open = games[games["roof"].isin(OPEN_ROOFS)]
    parts = [_readings(in_the_open, table_of(tables, "conditions")), _rain(in_the_open, table_of(tables, "weather"))]
    return pd.concat(parts, ignore_index=True)


def _readings(games: pd.DataFrame, conditions: pd.DataFrame) -> pd.DataFrame:
    if conditions.empty:
        return empty_events()
    rows = games.merge(conditions[["game_id", "wind_mph", "temperature_f"]], on="game_id")
    windy = rows[rows["wind_mph"].gt(CALM_MPH)]
    wind = windy.assign(
        dose=windy["wind_mph"] - CALM_MPH,
        detail=windy["wind_mph"].ge(STRONG_MPH).map({True: "oracle: strong", False: "oracle: breeze"}),
        note="Wind of " + _words(windy["wind_mph"], "{:.0f}") + " mph, roof " + windy["roof"] + ".",
    )
    freezing = rows[rows["temperature_f"].le(FREEZING_F)]
    cold = freezing.assign(
        dose=FREEZING_F + 1 - freezing["temperature_f"],
        detail="oracle",
        note=_words(freezing["temperature_f"], "{:.0f}") + " degrees F, roof " + freezing["roof"] + ".",
    )
    parts = [_events(part, kind=kind, table="conditions") for kind, part in (("wind", wind), ("cold", cold))]
    return pd.concat(parts, ignore_index=True)


def rain_at_games(games: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """Return what fell on each game with enough readings.

    Returns
    -------
    DataFrame, one row a game
        The game's columns and ``inches`` (sum over the hours), ``hours``, ``miles`` (to the station), ``coldest_f``.
    """
    hours = weather.merge(games[["game_id", "kickoff_utc"]], on="game_id")
    since = hours["observed_at"] - hours["kickoff_utc"]
    hours = hours[since.ge(-HOURS_BEFORE) & since.le(HOURS_AFTER) & hours["precipitation_inches"].notna()]
    fell = hours.groupby("game_id").agg(
        inches=("precipitation_inches", "sum"), hours=("observed_at", "nunique"),
        miles=("distance_miles", "max"), coldest_f=("temperature_f", "min"),
    )  # fmt: skip
    return games.merge(fell[fell["hours"].ge(LEAST_HOURS)].reset_index(), on="game_id")


def _rain(games: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    if weather.empty:
        return empty_events()
    rows = rain_at_games(games, weather)
    wet = rows[rows["inches"].ge(WET_INCHES)]
    snow = wet["coldest_f"].le(FREEZING_F)
    rain = wet.assign(
        dose=wet["inches"],
        detail=snow.map({True: "oracle: snow or sleet", False: "oracle: rain"}),
        note=_words(wet["inches"], "{:.2f}") + " inches in " + wet["hours"].astype("str") + " hours.",
        quality=wet["miles"].le(NEAR_MILES).map({True: "derived", False: "assumed"}),
    )
    return _events(rain, kind="precipitation", table="weather")


def _events(rows: pd.DataFrame, *, kind: str, table: str) -> pd.DataFrame:
    quality = rows["quality"] if "quality" in rows.columns else pd.Series("derived", index=rows.index)
    events = rows.assign(
        known_at=rows["kickoff_utc"], source_rows=rows["game_id"], last_week=rows["week"], quality=quality,
        expected_severity=(rows["dose"] / _WORST[kind]).clip(upper=1.0),
    )  # fmt: skip
    return as_events(
        events, type=kind, cause="weather", dose_unit=_UNITS[kind], realised_games=1, source_table=table,
        anticipation="unknown",
    )  # fmt: skip


def _words(numbers: "pd.Series[float]", shape: str) -> "pd.Series[str]":
    return pd.Series([shape.format(number) for number in numbers], index=numbers.index, dtype="str")

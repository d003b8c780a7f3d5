"""The true expected score of a game, part by part, and the engine's settings that produce it."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import EASTERN
from workbench.data.demo.board import Matchups
from workbench.data.demo.calendar import games_of
from workbench.data.demo.keys import WEATHER, stream
from workbench.data.demo.names import CLUBS
from workbench.data.demo.shocks import Shocks
from workbench.data.demo.squads import Squads
from workbench.data.demo.strengths import Strengths
from workbench.data.demo.truth import PlantedTruth

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class World:
    """What is true of the league before a ball is kicked."""

    seed: int
    planted: PlantedTruth
    squads: Squads
    strengths: Strengths
    shocks: Shocks


#: Least squares of a team's points on the engine's settings over 40,000 games (a game's points have sd 8.8 about it,
#: margins 12.8, totals 12.1; no bend seen in six bins of the fitted margin): intercept, own pass and run quality, the
#: opponent's, own pass lean (probability), own poise (probability).
RESPONSE: Final = {
    "base": 22.233, "own_pass": 0.661, "own_run": 0.2315, "other_pass": -0.160, "other_run": -0.046,
    "lean": 11.4, "poise": -4.3,
}  # fmt: skip
#: Share of a team's strength (its quarterback apart) that its runs carry, in quality units a point.
RUN_SHARE: Final = 0.9
PRECIPITATION_RATE: Final = 0.16


def weather(seed: int, fixtures: pd.DataFrame) -> pd.DataFrame:
    """Return temp (F), wind (mph) and precipitation of each game; nan and no precipitation under a roof."""
    rows = []
    for game in games_of(fixtures):
        rng = stream(seed, WEATHER, game.season, game.week, game.home)
        roofed = CLUBS[game.home].roof == "dome" and not game.neutral
        temp, wind, rain = (x[0] for x in _skies(rng, home=game.home, week=game.week, count=1))
        rows.append((np.nan, np.nan, False) if roofed else (temp, wind, rain))
    return pd.DataFrame(rows, columns=["temp", "wind", "precipitation"], index=fixtures.index)


def _skies(rng: np.random.Generator, *, home: int, week: int, count: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    club = CLUBS[home]
    temp = np.round(club.climate_f - 2.9 * (week - 1) + 7.0 * rng.standard_normal(count))
    wind = np.round(max(club.breeze_mph, 7.0) * rng.gamma(2.2, 1.0 / 2.2, count))
    return temp, wind, rng.random(count) < PRECIPITATION_RATE


@cache
def _usual_skies(home: int, week: int) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    return _skies(stream(0, WEATHER), home=home, week=week, count=400)


def usual_weather_points(fixtures: pd.DataFrame, *, planted: PlantedTruth) -> Floats:
    """Return what the weather of each game's place and week usually does to the total, in points, shape (n,).

    The mean over 400 fixed skies: what a market knows before a forecast can be trusted.
    """
    keys = [None if CLUBS[g.home].roof == "dome" and not g.neutral else (g.home, g.week) for g in games_of(fixtures)]
    means = {}
    for key in {k for k in keys if k is not None}:
        temp, wind, wet = _usual_skies(*key)
        means[key] = float(_weather_points(temp=temp, wind=wind, wet=wet, planted=planted).mean())
    return np.array([0.0 if key is None else means[key] for key in keys])


def rest_days(fixtures: pd.DataFrame) -> pd.DataFrame:
    """Return home_rest and away_rest in days since the team's last game of the season; 7 before the first."""
    days = fixtures["kickoff_utc"].dt.tz_convert(EASTERN).dt.normalize().dt.tz_localize(None)
    sides = [
        pd.DataFrame({"season": fixtures["season"], "team": fixtures[s], "day": days, "side": s, "row": fixtures.index})
        for s in ("home", "away")
    ]
    long = pd.concat(sides).sort_values(["season", "team", "day"])
    long["rest"] = long.groupby(["season", "team"])["day"].diff().dt.days.fillna(7).astype("int64")
    wide = long.pivot(index="row", columns="side", values="rest").reindex(fixtures.index)
    return pd.DataFrame({"home_rest": wide["home"], "away_rest": wide["away"]})


def expectations(world: World, fixtures: pd.DataFrame) -> pd.DataFrame:
    """Return each game's true parts in points.

    Columns: attack, defence, quarterback, shock and rest of either side (``home_``, ``away_``), home_field,
    weather_total, quarterback_usual of either side (the starter's), expected_home, expected_away, expected_margin,
    expected_total, and the weather.
    """
    planted = world.planted
    season = fixtures["season"].map({s: i for i, s in enumerate(world.squads.seasons)}).to_numpy(np.int64)
    week = fixtures["week"].to_numpy(np.int64) - 1
    parts: dict[str, NDArray[np.generic]] = {}
    for side in ("home", "away"):
        at = (season, week, fixtures[side].to_numpy(np.int64))
        plays = world.shocks.quarterback[at]
        parts[f"{side}_attack"] = world.strengths.attack[at]
        parts[f"{side}_defence"] = world.strengths.defence[at]
        parts[f"{side}_quarterback"] = world.squads.value[season, at[2], plays]
        parts[f"{side}_quarterback_usual"] = world.squads.value[season, at[2], 0]
        parts[f"{side}_attack_shock"] = world.shocks.attack[at]
        parts[f"{side}_defence_shock"] = world.shocks.defence[at]
        parts[f"{side}_rest"] = _rest_points(fixtures[f"{side}_rest"].to_numpy(np.int64), planted=planted)
    frame = pd.DataFrame(parts, index=fixtures.index).astype("float64")
    frame["home_field"] = np.where(fixtures["neutral"], 0.0, planted.home_field_points)
    sky = weather(world.seed, fixtures)
    frame["weather_total"] = _weather_points(
        temp=sky["temp"].to_numpy(np.float64),
        wind=sky["wind"].to_numpy(np.float64),
        wet=sky["precipitation"].to_numpy(np.bool_),
        planted=planted,
    )
    frame["expected_home"] = _points(frame, side="home", other="away", planted=planted)
    frame["expected_away"] = _points(frame, side="away", other="home", planted=planted)
    frame["expected_margin"] = frame["expected_home"] - frame["expected_away"]
    frame["expected_total"] = frame["expected_home"] + frame["expected_away"]
    return frame.join(sky)


def _rest_points(days: NDArray[np.int64], *, planted: PlantedTruth) -> Floats:
    return np.where(days >= 13, planted.bye_points, np.where(days <= 6, planted.short_week_points, 0.0))


def _weather_points(*, temp: Floats, wind: Floats, wet: NDArray[np.bool_], planted: PlantedTruth) -> Floats:
    """Return what the sky adds to the total, in points; none under a roof (nan)."""
    over = np.maximum(np.nan_to_num(wind, nan=0.0) - planted.wind_calm_mph, 0.0)
    cold = np.nan_to_num(temp, nan=70.0) <= 32.0
    points: Floats = (
        planted.wind_total_points_per_mph * over
        + planted.precipitation_total_points * wet
        + planted.cold_total_points * cold
    )
    return points


def _points(frame: pd.DataFrame, *, side: str, other: str, planted: PlantedTruth) -> pd.Series:
    sign = 1.0 if side == "home" else -1.0
    return (
        planted.mean_total_points / 2.0
        + sign * frame["home_field"] / 2.0
        + frame[f"{side}_attack"] + frame[f"{side}_quarterback"] + frame[f"{side}_attack_shock"]
        - frame[f"{other}_defence"] - frame[f"{other}_defence_shock"]
        + (frame[f"{side}_rest"] - frame[f"{other}_rest"]) / 2.0
        + frame["weather_total"] / 2.0
    )  # fmt: skip


def matchups(world: World, fixtures: pd.DataFrame, *, expected: pd.DataFrame) -> Matchups:
    """Return the engine's settings under which each game's expected scores are the stated ones.

    The runs carry ``RUN_SHARE`` of what a team is without its quarterback; the passes carry the rest, which is solved
    from the linear ``RESPONSE`` of points to settings (two equations a game).
    """
    season = fixtures["season"].map({s: i for i, s in enumerate(world.squads.seasons)}).to_numpy(np.int64)
    teams = fixtures[["home", "away"]].to_numpy(np.int64)
    week = fixtures["week"].to_numpy(np.int64) - 1
    lean = world.strengths.pass_lean[season[:, None], teams]
    plays = world.shocks.quarterback[season[:, None], week[:, None], teams]
    poise = world.squads.poise[season[:, None], teams, plays]
    points = expected[["expected_home", "expected_away"]].to_numpy(np.float64)
    passer = expected[["home_quarterback", "away_quarterback"]].to_numpy(np.float64)
    run = RUN_SHARE * (points - passer - world.planted.mean_total_points / 2.0)
    r = RESPONSE
    rest = (
        points - r["base"] - r["own_run"] * run - r["other_run"] * run[:, ::-1] - r["lean"] * lean - r["poise"] * poise
    )
    through_pass = (r["own_pass"] * rest - r["other_pass"] * rest[:, ::-1]) / (
        r["own_pass"] ** 2 - r["other_pass"] ** 2
    )
    return Matchups(
        pass_quality=through_pass,
        run_quality=run,
        pass_lean=lean,
        poise=poise,
        playoff=(fixtures["game_type"] != "REG").to_numpy(np.bool_),
    )

"""The true expected score of a game, part by part, and the engine's settings that produce it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import EASTERN
from workbench.data.demo.board import Matchups
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


#: Least squares of a team's points on the engine's settings over 30,000 games (residual sd 9.2, R2 of the means .99):
#: intercept, own pass and run quality, the opponent's, own pass lean (probability), own poise (probability).
RESPONSE: Final = {
    "base": 21.92, "own_pass": 0.700, "own_run": 0.242, "other_pass": -0.188, "other_run": -0.057,
    "lean": 12.2, "poise": -3.0,
}  # fmt: skip
#: Share of a team's strength (its quarterback apart) that its runs carry, in quality units a point.
RUN_SHARE: Final = 0.9


def weather(seed: int, fixtures: pd.DataFrame) -> pd.DataFrame:
    """Return temp (F), wind (mph) and precipitation of each game; nan and no precipitation under a roof."""
    rows = []
    for game in fixtures.itertuples(index=False):
        rng = stream(seed, WEATHER, game.season, game.week, game.home)
        club = CLUBS[game.home]
        warmth, gust, rain = rng.standard_normal(), rng.gamma(2.2, 1.0 / 2.2), rng.random()
        roofed = club.roof == "dome" and not game.neutral
        temp = club.climate_f - 2.9 * (game.week - 1) + 7.0 * warmth
        wind = max(club.breeze_mph, 7.0) * gust
        rows.append((np.nan, np.nan, False) if roofed else (round(temp), round(wind), rain < 0.16))
    return pd.DataFrame(rows, columns=["temp", "wind", "precipitation"], index=fixtures.index)


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
    frame["weather_total"] = _weather_points(sky, planted=planted)
    frame["expected_home"] = _points(frame, side="home", other="away", planted=planted)
    frame["expected_away"] = _points(frame, side="away", other="home", planted=planted)
    frame["expected_margin"] = frame["expected_home"] - frame["expected_away"]
    frame["expected_total"] = frame["expected_home"] + frame["expected_away"]
    return frame.join(sky)


def _rest_points(days: NDArray[np.int64], *, planted: PlantedTruth) -> Floats:
    return np.where(days >= 13, planted.bye_points, np.where(days <= 6, planted.short_week_points, 0.0))


def _weather_points(sky: pd.DataFrame, *, planted: PlantedTruth) -> Floats:
    over = np.maximum(sky["wind"].fillna(0.0).to_numpy(np.float64) - planted.wind_calm_mph, 0.0)
    cold = sky["temp"].fillna(70.0).to_numpy(np.float64) <= 32.0
    wet = sky["precipitation"].to_numpy(np.bool_)
    return (
        planted.wind_total_points_per_mph * over
        + planted.precipitation_total_points * wet
        + planted.cold_total_points * cold
    )


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
    rest = points - r["base"] - r["own_run"] * run - r["other_run"] * run[:, ::-1] - r["lean"] * lean - r["poise"] * poise
    through_pass = (r["own_pass"] * rest - r["other_pass"] * rest[:, ::-1]) / (r["own_pass"] ** 2 - r["other_pass"] ** 2)
    return Matchups(
        pass_quality=through_pass,
        run_quality=run,
        pass_lean=lean,
        poise=poise,
        playoff=(fixtures["game_type"] != "REG").to_numpy(np.bool_),
    )



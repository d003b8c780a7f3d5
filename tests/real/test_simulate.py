"""Simulated against real: the games of 2019-2024, each season drawn by a model of earlier seasons only.

Drives of 2016-2018 come from the nfl_drives plays, later ones from play-by-play. Expected margins and totals: untilted
as the model hits them, tilted to the close exactly. Limits are the issue's: margin sd within 4 %, mass on |3| and |7|
within 1.5 points, randomized PIT in 20 bins not rejected at 1 % (the median of 21 randomizations). Sampling alone moves
them by 1.7 %, .9 and .7 points (one sd).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench.features.drives import derive_drives
from workbench.simulate.drives import game_seeds, simulate_scores
from workbench.simulate.loop import Scores
from workbench.simulate.masses import margin_masses, randomized_pit, total_masses
from workbench.simulate.model import fit_drive_model
from workbench.simulate.tilt import tilted_weights
from workbench.simulate.validate import ValidationTable, uniformity, validate_draws

pytestmark = pytest.mark.real

SEASONS = range(2019, 2025)
N_DRAWS = 250
PLAY_COLUMNS = [
    "game_id", "season", "week", "play_id", "posteam", "defteam", "home_team", "away_team", "play_type", "down",
    "ydstogo", "yardline_100", "score_differential", "game_seconds_remaining", "yards_gained", "touchdown",
    "interception", "fumble", "posteam_score", "posteam_score_post", "defteam_score", "defteam_score_post",
]  # fmt: skip


def _games(folder: Path) -> pd.DataFrame:
    games = pd.read_parquet(folder / "nflverse" / "schedules" / "games.parquet").dropna(subset=["home_score"])
    return games.rename(columns={"spread_line": "margin_mean", "total_line": "total_mean"})


def _early_drives(folder: Path, games: pd.DataFrame) -> pd.DataFrame:
    """Drives of 2016-2018 from plays without punts, kneels and tries of fourth down: how they ended is inferred."""
    plays = pd.read_parquet(folder / "nfl_drives" / "pbp_actions_2016_2022.parquet")
    plays = plays[(plays["season"] < 2019) & plays["down"].gt(0) & (plays["action"] != "extra_point")]
    plays = plays.sort_values(["game_id", "row_id"]).merge(games[["game_id", "home_team", "home_score", "away_score"]])
    plays["posteam"] = plays["posteam"].replace({"SD": "LAC", "STL": "LA", "OAK": "LV"})
    restart = plays.groupby("game_id")["game_seconds_remaining"].diff().gt(300).groupby(plays["game_id"]).cumsum()
    plays["period"] = np.where(restart > 0, 5, np.where(plays["game_seconds_remaining"] < 1800, 3, 1))
    grouped = plays.groupby(["game_id", "drive"], sort=False)
    last = grouped[["action", "down", "yards_gained", "ydstogo"]].last().add_prefix("last_").reset_index(drop=True)
    drives = pd.concat([grouped.first().reset_index(), last], axis=1).rename(
        columns={"yards_to_goal": "start_yardline_100", "game_seconds_remaining": "start_seconds_remaining"}
    )
    drives["is_home"] = drives["posteam"] == drives["home_team"]
    home = drives["posteam_score"].where(drives["is_home"], drives["defteam_score"])
    away = drives["defteam_score"].where(drives["is_home"], drives["posteam_score"])
    gained = home.groupby(drives["game_id"]).shift(-1).fillna(drives["home_score"]) - home
    lost = away.groupby(drives["game_id"]).shift(-1).fillna(drives["away_score"]) - away
    drives["points_for"] = gained.where(drives["is_home"], lost)
    drives["points_against"] = lost.where(drives["is_home"], gained)
    drives["outcome"] = _inferred(drives)
    known = drives["points_for"].isin([0, 2, 3, 6, 7, 8]) & drives["points_against"].isin([0, 2, 6, 7, 8])
    return drives[known.groupby(drives["game_id"]).transform("all")]


def _inferred(drives: pd.DataFrame) -> np.ndarray:
    ends = drives.groupby("game_id")["period"].shift(-1).ne(drives["period"])
    failed = drives["last_yards_gained"] < drives["last_ydstogo"]
    rules = [
        (drives["points_for"] >= 6, "touchdown"), (drives["points_for"] == 3, "field_goal"),
        (drives["points_against"] >= 6, "opponent_touchdown"), (drives["points_against"] == 2, "safety"),
        (drives["last_action"] == "field_goal", "missed_field_goal"),
        (drives["last_action"].ne("field_goal") & drives["last_down"].eq(3) & failed, "punt"), (ends, "end_of_half"),
        (drives["last_down"] == 4, "downs"),
    ]  # fmt: skip
    return np.select([rule for rule, _ in rules], [name for _, name in rules], default="turnover")


@pytest.fixture(scope="module")
def walked(real_data: Path) -> tuple[Scores, np.ndarray, pd.DataFrame]:
    """Draws of every game of 2019-2024, weights that tilt them to the close, and the games."""
    games = _games(real_data)
    drives = [_early_drives(real_data, games)]
    home, away, overtime, weights, played = [], [], [], [], []
    for season in SEASONS:
        past = pd.concat(drives, ignore_index=True)
        model = fit_drive_model(past, expectations=games[games["season"].isin(past["season"].unique())])
        assert max(model.seasons) < season
        week = games[games["season"] == season]
        scores = simulate_scores(
            model, margin_mean=week["margin_mean"], total_mean=week["total_mean"], season=season,
            seeds=game_seeds(week["game_id"], seed=1), playoff=(week["game_type"] != "REG").to_numpy(), n_draws=N_DRAWS,
        )  # fmt: skip
        tilt = tilted_weights(scores, margin_mean=week["margin_mean"], total_mean=week["total_mean"])
        assert tilt.effective_draws.min() > 0.8 * N_DRAWS
        home.append(scores.home)
        away.append(scores.away)
        overtime.append(scores.overtime)
        weights.append(tilt.weights)
        played.append(week)
        if season != SEASONS[-1]:
            path = real_data / "nflverse" / "pbp" / f"play_by_play_{season}.parquet"
            plays = pd.read_parquet(path, columns=PLAY_COLUMNS)
            drives.append(derive_drives(plays))
    results = pd.concat(played, ignore_index=True)
    results["cluster"] = results["season"] * 100 + results["week"]
    scores = Scores(np.concatenate(home), np.concatenate(away), np.concatenate(overtime), 0)
    return scores, np.concatenate(weights), results


@pytest.fixture(scope="module")
def table(walked) -> ValidationTable:
    """Tilted to the close."""
    scores, weights, results = walked
    return _validated(scores, weights, results)


def _validated(scores: Scores, weights: np.ndarray, results: pd.DataFrame) -> ValidationTable:
    # The baseline's sds: residuals about the close, 2010-2018.
    return validate_draws(scores, weights, results, margin_sd=13.4, total_sd=13.3, rng=np.random.default_rng(1))


def _measure(table: ValidationTable, name: str) -> pd.Series:
    return table.measures.set_index("measure").loc[name]


def test_every_game_of_six_seasons_is_judged(table):
    print("\n" + table.measures.round(4).to_string() + "\n" + table.calibration.round(4).to_string())
    print(table.scores.round(4).to_string())
    assert table.n_games == 1675


@pytest.mark.parametrize("name", ["margin sd, games pooled", "margin sd about its mean"])
def test_the_spread_of_margins_is_within_four_percent(table, name):
    row = _measure(table, name)
    assert row["simulated"] == pytest.approx(row["real"], rel=0.04)


@pytest.mark.parametrize("margin", [3, 7])
def test_key_numbers_are_within_a_point_and_a_half(table, margin):
    row = _measure(table, f"|margin| = {margin}")
    assert row["simulated"] == pytest.approx(row["real"], abs=0.015)


@pytest.mark.parametrize(("market", "masses_of", "sign"), [("margin", margin_masses, -1), ("total", total_masses, 1)])
def test_transforms_are_not_rejected_at_one_percent(walked, market, masses_of, sign):
    scores, weights, results = walked
    real = (results["home_score"] + sign * results["away_score"]).to_numpy(dtype=np.int64)
    masses, rng = masses_of(scores, weights), np.random.default_rng(7)
    p_values = [uniformity(randomized_pit(masses, real, rng=rng))["p_value"] for _ in range(21)]
    print(f"\n{market}: p {np.median(p_values):.3f}, from {min(p_values):.3f} to {max(p_values):.3f}")
    assert np.median(p_values) > 0.01


def test_margins_are_forecast_better_than_by_a_rounded_normal_curve(table):
    row = table.scores.set_index(["market", "score"]).loc[("margin", "log score")]
    assert row["low"] > 0.0


def test_untilted_draws_have_the_spread_too(walked):
    scores, weights, results = walked
    untilted = _validated(scores, np.full_like(weights, 1.0 / N_DRAWS), results)
    print("\n" + untilted.measures.round(4).to_string() + "\n" + untilted.calibration.round(4).to_string())
    row = _measure(untilted, "margin sd, games pooled")
    assert row["simulated"] == pytest.approx(row["real"], rel=0.05)

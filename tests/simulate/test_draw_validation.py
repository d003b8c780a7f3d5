"""Judging draws.

Tolerances: exact arithmetic to 1e-12; planted calibration is judged at p > .001 with a fixed seed.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.intervals import wilson
from workbench.simulate.drives import game_seeds, simulate_scores
from workbench.simulate.loop import Scores
from workbench.simulate.masses import margin_masses, randomized_pit, total_masses
from workbench.simulate.validate import rounded_normal, smoothed, uniformity, validate_draws

N_GAMES, N_DRAWS = 200, 1500


@pytest.fixture(scope="module")
def planted(toy_model) -> tuple[Scores, np.ndarray, pd.DataFrame]:
    """Games whose result is one more draw of the simulator itself."""
    rng = np.random.default_rng(5)
    drawn = simulate_scores(
        toy_model, margin_mean=rng.normal(0, 6, N_GAMES), total_mean=rng.normal(44, 4, N_GAMES),
        seeds=game_seeds(map(str, range(N_GAMES)), seed=3), season=2024, playoff=False, n_draws=N_DRAWS + 1,
    )  # fmt: skip
    scores = Scores(drawn.home[:, 1:], drawn.away[:, 1:], drawn.overtime[:, 1:], 0)
    results = pd.DataFrame(
        {"home_score": drawn.home[:, 0], "away_score": drawn.away[:, 0], "overtime": drawn.overtime[:, 0],
         "cluster": np.arange(N_GAMES) // 16}
    )  # fmt: skip
    return scores, np.full(scores.home.shape, 1 / N_DRAWS), results


def _validated(planted, **changes):
    scores, weights, results = planted
    return validate_draws(
        scores, weights, results.assign(**changes), margin_sd=13.0, total_sd=13.0, rng=np.random.default_rng(6)
    )


def test_transforms_are_uniform_where_the_games_come_from_the_simulator(planted):
    table = _validated(planted)
    drawn = table.calibration[table.calibration["forecaster"] == "drive model"]
    assert (drawn["p_value"] > 0.001).all()
    assert table.n_games == N_GAMES


def test_transforms_are_not_uniform_where_home_teams_score_a_touchdown_more(planted):
    table = _validated(planted, home_score=planted[2]["home_score"] + 7)
    assert table.calibration.loc[table.calibration["market"] == "margin", "p_value"].max() < 0.001


def test_simulated_measures_lie_in_the_intervals_of_the_planted_games(planted):
    inside = _validated(planted).measures["inside"]
    # About one in twenty lies outside by chance.
    assert inside.mean() >= 0.8


def test_draws_on_key_numbers_beat_the_normal_curve_where_games_end_on_them():
    # Margins of 3 and 7 either way, and nothing else, in draws and games alike.
    rng = np.random.default_rng(9)
    home = rng.choice([13, 17, 23, 27], size=(60, 401)).astype(np.int16)
    away = np.full_like(home, 20)
    both = rng.choice([-10, 0, 10], size=home.shape).astype(np.int16)
    home, away = home + both, away + both
    scores = Scores(home[:, 1:], away[:, 1:], np.zeros((60, 400), dtype=bool), 0)
    results = pd.DataFrame({"home_score": home[:, 0], "away_score": away[:, 0], "cluster": np.arange(60) // 10})
    table = validate_draws(scores, np.full((60, 400), 1 / 400), results, margin_sd=5.4, total_sd=5.4, rng=rng)
    gain = table.scores.set_index(["market", "score"]).loc[("margin", "log score")]
    # A quarter on each margin against a normal density of about .05 there: log(.25 / .05) = 1.6.
    assert gain["difference"] == pytest.approx(1.6, abs=0.3)
    assert gain["low"] > 0.0


def test_the_baseline_is_a_distribution_with_the_asked_spread(planted):
    scores, weights, _ = planted
    masses = margin_masses(scores, weights)
    normal = rounded_normal(masses, 13.0)
    np.testing.assert_allclose(normal.mass.sum(axis=1), 1.0)
    # Rounding to whole points adds 1/12 to the variance.
    np.testing.assert_allclose(normal.sd, np.sqrt(169 + 1 / 12), atol=0.01)
    np.testing.assert_allclose(normal.mean, masses.mean, atol=1e-3)


def test_masses_are_the_weights_of_their_draws(scores_of):
    scores = scores_of([[24, 20, 23]], [[21, 20, 20]])
    masses = margin_masses(scores, np.array([[0.5, 0.2, 0.3]]))
    assert masses.at(np.array([3]))[0] == pytest.approx(0.8)
    assert masses.below(np.array([3]))[0] == pytest.approx(0.2)
    assert masses.mean[0] == pytest.approx(2.4)
    assert total_masses(scores).at(np.array([45]))[0] == pytest.approx(1 / 3)


def test_the_randomized_transform_lies_between_its_bounds(scores_of):
    masses = margin_masses(scores_of([[24, 20, 23, 27]], [[21, 20, 20, 20]]))
    pit = randomized_pit(masses, np.array([3]), rng=np.random.default_rng(0))
    assert 0.25 <= pit[0] <= 0.75


def test_a_share_of_15_in_100_has_the_published_interval():
    # Wilson's interval for 15 of 100: .093 to .233 (Brown, Cai & DasGupta 2001, doi:10.1214/ss/1009213286, formula 4).
    assert wilson(15, 100) == pytest.approx((0.0931, 0.2328), abs=2e-4)


def test_uniformity_of_one_full_bin_is_as_worked_by_hand():
    # All 40 transforms in one of 20 bins: (40 - 2)^2 / 2 + 19 * 2 = 760.
    assert uniformity(np.full(40, 0.01))["chi_square"] == pytest.approx(760.0)


def test_smoothing_fills_gaps_and_keeps_key_numbers(planted):
    scores, weights, _ = planted
    masses = margin_masses(scores, weights)
    filled = smoothed(masses, n_draws=100)
    np.testing.assert_allclose(filled.mass.sum(axis=1), 1.0)
    middle = np.abs(masses.points) <= 20
    assert (filled.mass[:, middle] > 0).all()
    three = np.abs(masses.points) == 3
    assert filled.mass[:, three].sum(axis=1).mean() == pytest.approx(masses.mass[:, three].sum(axis=1).mean(), rel=0.1)

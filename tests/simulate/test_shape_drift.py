"""The draws' shape: touched only when a sequential test says so.

Tolerances: the false-alarm guarantee is on the mean run length, checked on 100 simulated seasons; moments are hit by
Newton to 1e-6.
"""

import numpy as np
import pandas as pd
import pytest

from workbench.simulate.loop import Scores
from workbench.simulate.shape import Shape, drift_verdict, shape_residuals, shaped_weights, updated_shape

GAMES_A_WEEK = 15


def _residuals(rng: np.random.Generator, *, weeks: int, spread: float = 1.0) -> pd.DataFrame:
    from scipy.special import ndtr

    n = weeks * GAMES_A_WEEK
    z = rng.standard_normal((2, n)) * spread
    return pd.DataFrame(
        {
            "season": 2024, "week": np.repeat(np.arange(weeks) + 1, GAMES_A_WEEK), "margin_z": z[0], "total_z": z[1],
            "margin_tail": 0.1, "total_tail": 0.1, "margin_pit": ndtr(z[0]), "total_pit": ndtr(z[1]),
        }
    )  # fmt: skip


def _scores(n_draws: int = 3000) -> Scores:
    rng = np.random.default_rng(8)
    points = rng.choice([0, 3, 6, 7, 10, 13, 14, 17, 20, 21, 24, 27, 31, 34], size=(2, 1, n_draws)).astype(np.int16)
    return Scores(points[0], points[1], np.zeros((1, n_draws), dtype=bool), 0)


def test_one_game_s_bet_is_as_worked_by_hand():
    # Transforms of one half leave z = 0: each bet pays 1 / sd, and one unit was staked.
    one = pd.DataFrame({"season": [2024], "week": [1], "margin_pit": [0.5], "total_pit": [0.5]})
    expected = np.mean([1 / sd for sd in (0.75, 0.85, 0.92, 1.08, 1.17, 1.3)])
    assert drift_verdict(one).evidence == pytest.approx(expected)


def test_false_alarms_are_as_rare_as_stated():
    # With at least 100 weeks between false alarms on average, a season of 22 weeks alarms in at most 22 % of runs.
    rng = np.random.default_rng(1)
    alarms = [drift_verdict(_residuals(rng, weeks=22)).drift for _ in range(100)]
    assert np.mean(alarms) <= 0.22


def test_draws_a_quarter_too_narrow_are_found_within_a_season():
    rng = np.random.default_rng(2)
    found = [drift_verdict(_residuals(rng, weeks=18, spread=1.25)).drift for _ in range(20)]
    assert np.mean(found) > 0.9


def test_without_drift_the_shape_stays_as_it_is():
    shape, verdict = updated_shape(Shape(margin_spread=1.05), _residuals(np.random.default_rng(3), weeks=8))
    assert not verdict.drift
    assert shape == Shape(margin_spread=1.05)
    assert "No drift" in verdict.sentence


def test_with_drift_the_shape_is_refitted_on_the_last_weeks():
    rng = np.random.default_rng(4)
    shape, verdict = updated_shape(Shape(), _residuals(rng, weeks=16, spread=1.4))
    assert verdict.drift
    assert "wider" in verdict.sentence
    # Six weeks hold 90 games beside 90 pseudo-games of spread one: sqrt((1.4^2 + 1) / 2) = 1.22.
    assert shape.margin_spread == pytest.approx(1.22, abs=0.12)
    assert shape.total_tail > 1.0


def test_the_unit_shape_changes_nothing():
    np.testing.assert_array_equal(shaped_weights(_scores(), Shape()), 1 / 3000)


def test_weights_give_the_draws_the_asked_spread_and_leave_means_and_lattice():
    scores = _scores()
    shape = Shape(margin_spread=1.08, margin_tail=1.2, total_spread=0.95, total_tail=0.9)
    weights = shaped_weights(scores, shape)
    for values, spread in ((scores.margin[0], 1.08), (scores.total[0], 0.95)):
        mean = weights[0] @ values
        assert mean == pytest.approx(values.mean(), abs=1e-6)
        assert np.sqrt(weights[0] @ np.square(values - mean)) == pytest.approx(spread * values.std(), abs=1e-6)
    assert (weights > 0).all()


def test_residuals_standardise_by_the_draws_own_spread(scores_of):
    scores = scores_of([[24, 20, 17, 13]], [[20, 20, 20, 20]])
    frame = shape_residuals(
        scores,
        np.full((1, 4), 0.25),
        home_score=np.array([30]),
        away_score=np.array([20]),
        rng=np.random.default_rng(0),
    )
    margins = np.array([4, 0, -3, -7])
    assert frame["margin_z"][0] == pytest.approx((10 - margins.mean()) / margins.std())
    assert frame["margin_pit"][0] == 1.0

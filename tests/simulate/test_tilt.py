"""Reweighting draws to a mean.

Tolerances: Newton stops at 1e-9 points, so targets are hit to 1e-8; hand-worked weights are rounded to 1e-9.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import MarketError
from workbench.simulate.loop import Scores
from workbench.simulate.tilt import tilted_weights


def _drawn(seed: int, n_games: int = 3, n_draws: int = 400) -> Scores:
    rng = np.random.default_rng(seed)
    points = rng.choice([0, 3, 6, 7, 10, 13, 14, 17, 20, 21, 24, 27, 31], size=(2, n_games, n_draws)).astype(np.int16)
    return Scores(points[0], points[1], np.zeros((n_games, n_draws), dtype=bool), 0)


def test_a_three_point_distribution_is_tilted_as_worked_by_hand(scores_of):
    # Margins 3, 0, -3 and a target of 1: 3 (x - 1/x) = x + 1 + 1/x, so 2 x^2 - x - 4 = 0.
    x = (1 + np.sqrt(33)) / 4
    tilt = tilted_weights(scores_of([[3, 0, 0]], [[0, 0, 3]]), margin_mean=[1.0])
    np.testing.assert_allclose(tilt.weights[0], np.array([x, 1, 1 / x]) / (x + 1 + 1 / x), atol=1e-9)
    assert tilt.slopes[0, 0] == pytest.approx(np.log(x) / 3, abs=1e-9)
    assert tilt.slopes[0, 1] == 0.0


def test_a_target_that_is_the_mean_leaves_equal_weights(scores_of):
    tilt = tilted_weights(scores_of([[10, 3, 7, 20]], [[7, 6, 0, 17]]), margin_mean=[2.5], total_mean=[17.5])
    np.testing.assert_allclose(tilt.weights, 0.25)
    assert tilt.effective_draws[0] == pytest.approx(4.0)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), margin=st.floats(-12, 12), total=st.floats(18, 42))
def test_newton_hits_any_reachable_target(seed: int, margin: float, total: float):
    scores = _drawn(seed)
    tilt = tilted_weights(scores, margin_mean=np.full(3, margin), total_mean=np.full(3, total))
    np.testing.assert_allclose((tilt.weights * scores.margin).sum(axis=1), margin, atol=1e-8)
    np.testing.assert_allclose((tilt.weights * scores.total).sum(axis=1), total, atol=1e-8)
    np.testing.assert_allclose(tilt.weights.sum(axis=1), 1.0)
    assert (tilt.weights > 0).all()
    assert (tilt.effective_draws <= 400 + 1e-6).all()


def test_a_missing_target_leaves_that_mean_free():
    scores = _drawn(7)
    tilt = tilted_weights(scores, margin_mean=[2.0, np.nan, 2.0])
    np.testing.assert_allclose(tilt.weights[1], 1 / 400)
    assert tilt.slopes[0, 1] == 0.0


def test_base_weights_are_where_the_tilt_starts():
    scores = _drawn(3, n_games=1)
    base = np.zeros((1, 400))
    base[0, :200] = 1 / 200
    tilt = tilted_weights(scores, margin_mean=[1.0], base=base)
    assert tilt.weights[0, 200:].sum() == 0.0
    assert (tilt.weights * scores.margin).sum() == pytest.approx(1.0, abs=1e-8)


def test_games_are_tilted_one_by_one_whatever_their_company():
    scores = _drawn(11, n_games=70)
    together = tilted_weights(scores, margin_mean=np.linspace(-5, 5, 70)).weights
    alone = tilted_weights(
        Scores(scores.home[69:], scores.away[69:], scores.overtime[69:], 0), margin_mean=[5.0]
    ).weights
    np.testing.assert_allclose(together[69:], alone, atol=1e-12)


@pytest.mark.parametrize(("margin", "total"), [(40.0, 40.0), (0.0, 99.0), (20.0, 21.0)])
def test_a_target_outside_what_the_draws_span_is_refused(scores_of, margin: float, total: float):
    # The last one lies inside both ranges but outside the triangle that the three draws span.
    scores = scores_of([[21, 0, 21]], [[0, 21, 21]])
    with pytest.raises(MarketError, match="must lie within what the draws span"):
        tilted_weights(scores, margin_mean=[margin], total_mean=[total])


def test_key_numbers_survive_a_half_point():
    scores = _drawn(5, n_games=1, n_draws=4000)
    before = (np.abs(scores.margin) == 3).mean()
    tilt = tilted_weights(scores, margin_mean=scores.margin.mean(axis=1) + 0.5)
    after = (tilt.weights * (np.abs(scores.margin) == 3)).sum()
    # Shifting the margins by half a point would leave nothing on 3; tilting moves it by less than a tenth.
    assert after == pytest.approx(before, rel=0.1)

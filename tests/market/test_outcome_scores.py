"""Scores of n outcomes and the calibration slope.

Tolerances: 1e-12 where worked by hand; a maximum of likelihood to 1e-5 of a bounded search's; planted slopes to four
standard errors.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from workbench.errors import ValidationError
from workbench.market.outcome_scores import (
    calibration_slope,
    outcome_brier,
    outcome_log_loss,
    ranked_probability_score,
)


def drawn_games(n: int, *, outcomes: int, power: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Prices' probabilities, and outcomes drawn from them raised to a power."""
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(outcomes, 3.0), size=n)
    truth = p**power / (p**power).sum(axis=1, keepdims=True)
    return p, (rng.random((n, 1)) > np.cumsum(truth, axis=1)).sum(axis=1)


class TestScores:
    def test_by_hand(self):
        p = [[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]]
        assert outcome_log_loss(p, [0, 2]) == pytest.approx([-np.log(0.5), -np.log(0.6)], abs=1e-12)
        # .25 + .09 + .04 and .04 + .04 + .16
        assert outcome_brier(p, [0, 2]) == pytest.approx([0.38, 0.24], abs=1e-12)
        # cumulative .5 - 1, .8 - 1: (.25 + .04) / 2; and .2, .4: (.04 + .16) / 2
        assert ranked_probability_score(p, [0, 2]) == pytest.approx([0.145, 0.10], abs=1e-12)

    def test_of_two_outcomes_brier_is_the_usual_one(self):
        assert outcome_brier([[0.7, 0.3], [0.7, 0.3]], [0, 1]) == pytest.approx([0.09, 0.49], abs=1e-12)

    def test_the_published_ranked_probability_scores(self):
        # Constantinou & Fenton (2012), doi:10.1515/1559-0410.1418, their five matches, forecasters alpha and beta
        rows = [
            ([1.00, 0.00, 0.00], 0, 0.0000), ([0.90, 0.10, 0.00], 0, 0.0050),
            ([0.80, 0.10, 0.10], 0, 0.0250), ([0.50, 0.25, 0.25], 0, 0.1562),
            ([0.35, 0.30, 0.35], 1, 0.1225), ([0.60, 0.30, 0.10], 1, 0.1850),
            ([0.60, 0.25, 0.15], 0, 0.0913), ([0.60, 0.15, 0.25], 0, 0.1113),
            ([0.57, 0.33, 0.10], 0, 0.0975), ([0.60, 0.20, 0.20], 0, 0.1000),
        ]  # fmt: skip
        p, won, published = zip(*rows, strict=True)
        assert ranked_probability_score(p, won) == pytest.approx(published, abs=5.1e-5)  # printed to four decimals

    @pytest.mark.parametrize("score", [outcome_log_loss, outcome_brier, ranked_probability_score])
    def test_a_probability_that_is_not_known_is_refused(self, score):
        with pytest.raises(ValidationError, match="must be known"):
            score([[np.nan, 0.5]], [0])
        with pytest.raises(ValidationError, match="needs its outcome"):
            score([[0.5, 0.5]], [0, 1])


class TestSlope:
    @pytest.mark.parametrize("outcomes", [2, 3])
    @pytest.mark.parametrize("power", [0.7, 1.0, 1.3])
    def test_finds_the_power_that_was_planted(self, outcomes, power):
        p, won = drawn_games(6000, outcomes=outcomes, power=power)
        found = calibration_slope(p, won, np.arange(len(won)))
        assert abs(found.value - power) < 4 * found.standard_error
        assert found.standard_error < 0.05

    def test_is_the_maximum_of_the_likelihood(self):
        p, won = drawn_games(300, outcomes=3, power=1.1, seed=4)

        def loss(slope: float) -> float:
            stretched = p**slope
            return float(outcome_log_loss(stretched / stretched.sum(axis=1, keepdims=True), won).sum())

        best = minimize_scalar(loss, bounds=(0.1, 4.0), method="bounded", options={"xatol": 1e-9}).x
        assert calibration_slope(p, won, np.arange(300)).value == pytest.approx(best, abs=1e-5)

    def test_of_two_outcomes_is_a_logistic_regression_through_the_origin(self):
        p, won = drawn_games(400, outcomes=2, power=1.2, seed=5)
        x, y = logit(p[:, 0]), (won == 0).astype(float)
        slope = calibration_slope(p, won, np.arange(400)).value
        assert (x * (y - expit(slope * x))).sum() == pytest.approx(0.0, abs=1e-6)  # its score vanishes there

    @given(seed=st.integers(0, 10_000))
    @settings(max_examples=15, deadline=None)
    def test_does_not_depend_on_the_order_of_outcomes(self, seed):
        p, won = drawn_games(80, outcomes=3, power=1.0, seed=seed)
        turned = calibration_slope(p[:, ::-1], 2 - won, np.arange(80))
        assert turned.value == pytest.approx(calibration_slope(p, won, np.arange(80)).value, abs=1e-9)

    def test_games_that_come_twice_in_a_week_are_no_more_evidence(self):
        p, won = drawn_games(200, outcomes=2, power=1.0, seed=6)
        weeks = np.arange(200)
        once = calibration_slope(p, won, weeks)
        twice = calibration_slope(np.tile(p, (2, 1)), np.tile(won, 2), np.tile(weeks, 2))
        assert twice.value == pytest.approx(once.value, abs=1e-9)
        assert twice.standard_error == pytest.approx(once.standard_error, rel=1e-9)

    def test_is_not_known_where_every_price_is_the_same(self):
        assert np.isnan(calibration_slope([[0.5, 0.5]] * 4, [0, 1, 0, 1], [1, 1, 2, 2]).value)

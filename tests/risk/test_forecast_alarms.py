"""Alarms on forecasts and on results.

Tolerances: simulated rates within five Monte-Carlo standard errors of exact ones; integrals to 1e-4.
"""

import numpy as np
import pytest
from scipy.stats import binom, norm

from workbench.errors import ValidationError
from workbench.risk import forecast_alarms as kernel


@pytest.fixture
def rng():
    return np.random.default_rng(4)


class TestLosingRecord:
    def test_of_fifty_bets_is_binomial(self, rng):
        won = rng.random((4_000, 1, 50)) < 0.54
        share = kernel.losing_record(won).mean()
        exact = binom.cdf(23, 50, 0.54)
        assert exact == pytest.approx(0.16, abs=0.005)  # FACTS
        assert abs(share - exact) < 5 * np.sqrt(exact * (1 - exact) / 4_000)

    def test_looks_at_the_last_bets_only_and_not_before_there_are_enough(self):
        won = np.array([[[False] * 4, [True] * 4, [True] * 4]])
        assert kernel.losing_record(won, n_bets=8).tolist() == [[False, False, False]]
        assert kernel.losing_record(won, n_bets=6, threshold=0.7).tolist() == [[False, True, False]]
        assert np.isnan(kernel.rolling_share(won, n_bets=8)[0, 0])


class TestBrierAlarm:
    def test_compares_the_weeks_mean_with_the_multiple(self):
        # mean of 0.16 and 0.36 is 0.26, just above 1.2 x 0.2166
        assert kernel.brier_alarm([[0.6, 0.6]], [[1.0, 0.0]], baseline=0.2166, ratio=1.2).tolist() == [True]
        assert kernel.brier_alarm([[0.6, 0.6]], [[1.0, 0.0]], baseline=0.2167, ratio=1.2).tolist() == [False]

    def test_distorted_forecasts_score_worse_than_the_truth_they_were_made_from(self, rng):
        p = rng.uniform(0.05, 0.95, (200, 18, 15))
        y = (rng.random(p.shape) < p).astype(float)
        true = kernel.weekly_brier(p, y).mean()
        for how in ({"slope": 2.0}, {"shift": 0.5}, {"noise": 1.0}):
            assert kernel.weekly_brier(kernel.distorted(p, **how, rng=rng), y).mean() > true + 0.005
        assert np.allclose(kernel.distorted(p, rng=rng), p)


class TestRetrainingTrigger:
    def test_waits_for_enough_matches_and_looks_back_so_far(self):
        gaps = np.array([[[0.1] * 5, [0.1] * 5, [-0.1] * 5, [-0.1] * 5]])
        assert kernel.worse_than_market(gaps, margin=0.05, minimum=10).tolist() == [[False, True, False, False]]
        short = kernel.worse_than_market(gaps, margin=0.05, minimum=5, window=5)
        assert short.tolist() == [[True, True, False, False]]

    def test_exactly_at_the_margin_is_not_worse(self):
        assert not kernel.worse_than_market(np.full((1, 10, 5), 0.01), margin=0.01).any()


class TestFilter:
    def test_worth_is_the_integral_over_edges_that_pass(self, rng):
        passing, worth = kernel.filter_values([0.02], real_share=0.5, disagreement_points=2.0, outcome_points=13.86)
        edge = np.abs(rng.normal(0, 2.0, 400_000))
        claimed = kernel.ASSUMED_PRICE * norm.cdf(edge / 13.86) - 1
        true = kernel.ASSUMED_PRICE * norm.cdf(0.5 * edge / 13.86) - 1
        through = claimed >= 0.02
        assert passing[0] == pytest.approx(through.mean(), abs=0.004)
        assert worth[0] == pytest.approx(true[through].mean(), abs=3e-4)

    def test_a_real_edge_is_worth_at_least_what_it_claims_to_be_filtered_at(self):
        filters = np.array([0.0, 0.02, 0.05, 0.1])
        _, worth = kernel.filter_values(filters, real_share=1.0, disagreement_points=2.0, outcome_points=13.86)
        assert (worth >= filters).all()
        assert (np.diff(worth) > 0).all()

    def test_the_break_even_claim_is_worth_nothing_when_real_in_part(self):
        claim = kernel.break_even_filter(real_share=0.5, outcome_points=13.86)
        edge = 13.86 * norm.ppf((claim + 1) / kernel.ASSUMED_PRICE)
        assert kernel.ASSUMED_PRICE * norm.cdf(0.5 * edge / 13.86) == pytest.approx(1.0)
        assert kernel.break_even_filter(real_share=0.0, outcome_points=13.0) == float("inf")

    def test_refuses_a_spread_of_nothing(self):
        with pytest.raises(ValidationError, match="must be positive"):
            kernel.filter_values([0.0], real_share=1.0, disagreement_points=0.0, outcome_points=13.0)

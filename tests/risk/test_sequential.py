"""Evidence that may be looked at every week.

Tolerances: a rate bounded by theory is allowed five Monte-Carlo standard errors above its bound; means of wealth are
checked exactly by enumeration.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ValidationError
from workbench.risk.operating import simulated_clv
from workbench.risk.sequential import (
    bounded_evidence,
    crossed,
    forecast_evidence,
    sign_evidence,
    skill_evidence,
    win_evidence,
)


def above(rate: float, n: int) -> float:
    return rate + 5 * np.sqrt(rate * (1 - rate) / n)


class TestWealthIsFairWhereTheHypothesisHolds:
    """Ville's inequality needs no more than this, and enumeration shows it to the last digit."""

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.floats(0, 12), min_size=1, max_size=5), st.sampled_from([-1.0, 0.0, 0.3]))
    def test_over_all_signs_of_any_moves(self, sizes, about):
        signs = np.array(list(itertools.product((-1, 1), repeat=len(sizes))))
        clv = about + signs * np.array(sizes)
        for below in (False, True):
            wealth = np.exp(sign_evidence(clv[..., None], about=about, below=below))
            assert np.allclose(wealth.mean(axis=0), 1.0)

    def test_over_one_coin_for_all_bets_of_a_week(self):
        week = np.array([[[1.0, 2.0, 0.5]], [[-1.0, -2.0, -0.5]]])
        assert np.exp(sign_evidence(week)).mean() == pytest.approx(1.0)
        assert np.exp(sign_evidence(week, shared=False)).mean() > 1.05  # which is why weeks are taken whole

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.floats(0.02, 0.98), min_size=1, max_size=5))
    def test_over_all_outcomes_of_any_forecast(self, chances):
        p = np.array(chances)
        outcomes = np.array(list(itertools.product((0.0, 1.0), repeat=len(p))))
        weight = np.prod(np.where(outcomes > 0.5, p, 1 - p), axis=1)
        rival = np.clip(p + 0.1, 0, 0.99)
        wealth = np.exp(
            forecast_evidence(
                np.broadcast_to(p, outcomes.shape)[:, None], outcomes[:, None],
                rivals=[np.broadcast_to(rival, outcomes.shape)[:, None]],
            )
        )  # fmt: skip
        assert weight @ wealth[:, -1] == pytest.approx(1.0)

    def test_over_wins_at_the_rate(self):
        outcomes = np.array(list(itertools.product((0.0, 1.0), repeat=6)))
        weight = np.prod(np.where(outcomes > 0.5, 0.54, 0.46), axis=1)
        assert weight @ np.exp(win_evidence(outcomes[..., None], rate=0.54))[:, -1] == pytest.approx(1.0)

    def test_over_bounded_values_of_that_mean(self):
        assert np.mean(np.exp(bounded_evidence([[[0.7]], [[-0.5]]], about=0.1, bound=1.0))) == pytest.approx(1.0)


class TestErrorRates:
    @pytest.fixture
    def rng(self):
        return np.random.default_rng(8)

    @pytest.mark.parametrize("shared", [0.0, 0.5, 0.95])
    def test_no_skill_hardly_ever_opens_however_bets_hang_together(self, rng, shared):
        clv = simulated_clv(
            [0, 0.5, 1, 1, 2, 7], bets_a_week=8, true_clv=0.0, rng=rng, seasons=2_000, truth="side", shared=shared
        )
        assert crossed(sign_evidence(clv), rate=0.05)[:, -1].mean() <= above(0.05, 2_000)

    def test_heavy_tails_do_not_fool_it(self, rng):
        clv = rng.standard_t(1.2, size=(2_000, 18, 8))
        assert crossed(sign_evidence(clv), rate=0.05)[:, -1].mean() <= above(0.05, 2_000)

    def test_skill_is_found_and_its_lack_too(self, rng):
        moves = rng.normal(0, 1.8, 4_000)
        skilled, none = (simulated_clv(moves, bets_a_week=8, true_clv=x, rng=rng, seasons=1_000) for x in (0.8, -0.3))
        assert crossed(sign_evidence(skilled), rate=0.05)[:, -1].mean() > 0.9
        assert crossed(sign_evidence(none, about=0.3, below=True), rate=0.05)[:, -1].mean() > 0.7

    def test_a_right_forecaster_is_left_alone_and_an_overconfident_one_is_not(self, rng):
        p = rng.uniform(0.1, 0.9, (1_000, 18, 15))
        y = (rng.random(p.shape) < p).astype(float)
        sure = 1 / (1 + (1 / p - 1) ** 2)
        assert crossed(forecast_evidence(p, y), rate=0.05)[:, -1].mean() <= above(0.05, 1_000)
        assert crossed(forecast_evidence(sure, y), rate=0.05)[:, -1].mean() > 0.9

    def test_a_constant_forecast_is_right_of_itself_but_not_beside_the_market(self, rng):
        p = rng.uniform(0.1, 0.9, (400, 18, 15))
        y = (rng.random(p.shape) < p).astype(float)
        flat = np.full_like(p, 0.5)
        assert crossed(forecast_evidence(flat, y), rate=0.05)[:, -1].mean() < 0.1
        assert crossed(forecast_evidence(flat, y, rivals=[p]), rate=0.05)[:, -1].mean() > 0.95


class TestMissingBetsBetNothing:
    def test_of_closing_line_value(self):
        full, gaps = [[1.0, 2.0], [0.5, -1.0]], [[1.0, np.nan, 2.0], [0.5, -1.0, np.nan]]
        for shared in (True, False):
            assert np.allclose(sign_evidence(full, shared=shared), sign_evidence(gaps, shared=shared))

    def test_of_wins_and_forecasts(self):
        assert win_evidence([[np.nan]], rate=0.5, alternatives=(0.4,))[0] == 0.0
        assert forecast_evidence([[0.7]], [[np.nan]])[0] == 0.0
        assert bounded_evidence([[np.nan]], about=0.0, bound=1.0)[0] == 0.0


class TestVerdict:
    def test_crossing_stands_even_if_evidence_falls_again(self):
        assert crossed(np.log([1.0, 25.0, 2.0]), rate=0.05).tolist() == [False, True, True]

    def test_says_skill_no_skill_or_neither(self):
        weeks = np.repeat(np.arange(12), 6)
        rng = np.random.default_rng(3)
        for mean, said in ((1.2, "skill"), (-1.0, "no skill"), (0.15, "undecided")):
            found = skill_evidence(mean + rng.normal(0, 1.0, len(weeks)), weeks)
            assert found.verdict == said, found
            assert (found.weeks, found.bets, found.needed) == (12, 72, 20.0)
            assert said in found.sentence

    def test_ignores_order_within_a_week_and_bets_without_a_close(self):
        points, weeks = np.array([1.0, -0.5, 2.0, np.nan]), np.array([1, 1, 2, 2])
        other = skill_evidence(points[[1, 0, 3, 2]], weeks[[1, 0, 3, 2]])
        assert skill_evidence(points, weeks) == other
        assert other.bets == 3

    def test_of_nothing_is_undecided(self):
        assert skill_evidence([], []).verdict == "undecided"

    def test_refuses_what_does_not_fit(self):
        with pytest.raises(ValidationError, match="needs its week"):
            skill_evidence([1.0], [1, 2])
        with pytest.raises(ValidationError, match=r"between 0 and the rate 0.5"):
            win_evidence([[1.0]], rate=0.5, alternatives=(0.6,))
        with pytest.raises(ValidationError, match=r"within 0 and 1.00"):
            bounded_evidence([[0.0]], about=0.0, bound=1.0, bets=(1.0,))
        with pytest.raises(ValidationError, match=r"must not lie below -1.0, got -3"):
            bounded_evidence([[-3.0]], about=0.0, bound=1.0)

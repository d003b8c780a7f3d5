"""What thresholds do where the truth is known.

Tolerances: simulated rates are compared within five Monte-Carlo standard errors of exact or published ones; published
rates are rounded to two decimals and were made on other moves of the same spread, which adds 0.02 for the gate and up
to 0.05 for the kill switch (on real moves eight and sixteen bets are within 0.01; five are not: 0.85).
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.errors import ValidationError
from workbench.risk import operating as kernel
from workbench.risk.gates import clv_gate

PUBLISHED = 0.02


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture
def moves(rng):
    """Moves with the spread FACTS states for spreads: sd 1.79."""
    return rng.normal(0, 1.79, 6_000)


def run_in(p: float, *, weeks: int, run: int) -> float:
    """The exact chance that weeks, each bad with chance p, hold a run of bad ones."""
    state, hit = np.eye(run)[0], 0.0
    for _ in range(weeks):
        hit += state[-1] * p
        state = np.array([state.sum() * (1 - p), *(state[:-1] * p)])
    return hit


class TestSummary:
    def test_counts_weeks_and_seasons_worked_by_hand(self):
        fired = np.array([[0, 1, 0, 1], [0, 0, 0, 0], [1, 1, 1, 1], [0, 0, 0, 1]], dtype=bool)
        found = kernel.operating(fired)
        assert found.weekly_rate == (0.5 + 0 + 1 + 0.25) / 4
        assert found.season_rate == 0.75
        assert found.by_week == (0.25, 0.5, 0.5, 0.75)
        assert found.median_week == 2.0
        assert found.weekly_error == pytest.approx(np.std([0.5, 0, 1, 0.25], ddof=1) / 2)

    def test_says_never_where_under_half_ever_fire(self):
        assert np.isnan(kernel.operating(np.array([[True], [False], [False]])).median_week)

    def test_a_rate_of_none_still_has_an_error(self):
        low, high = kernel.operating(np.zeros((100, 3), dtype=bool)).interval()
        assert low == 0.0 < high < 0.05


class TestSimulatedValue:
    @pytest.mark.parametrize("truth", ["shift", "side"])
    @pytest.mark.parametrize("level", [-0.3, 0.0, 0.3, 0.6])
    @pytest.mark.parametrize("shared", [0.0, 0.3])
    def test_has_the_mean_it_was_asked_for(self, moves, rng, truth, level, shared):
        drawn = kernel.simulated_clv(
            moves, bets_a_week=8, true_clv=level, rng=rng, seasons=1_500, truth=truth, shared=shared
        )
        weekly = drawn.mean(axis=2)
        assert abs(drawn.mean() - level) < 5 * weekly.std() / np.sqrt(weekly.size)

    def test_of_a_side_picker_is_a_move_either_way(self, rng):
        drawn = kernel.simulated_clv([0.0, 1.0, 2.5], bets_a_week=4, true_clv=0.4, rng=rng, seasons=50, truth="side")
        assert set(np.abs(drawn).ravel()) <= {0.0, 1.0, 2.5}

    def test_shared_luck_makes_weeks_more_variable_and_nothing_else(self, moves, rng):
        alone, shared = (
            kernel.simulated_clv(moves, bets_a_week=8, true_clv=0.0, rng=rng, seasons=2_000, truth="side", shared=s)
            for s in (0.0, 0.22)
        )
        ratio = shared.mean(axis=2).var() / alone.mean(axis=2).var()
        # Signs of normals correlated by r agree by 2/pi asin r; sizes are independent.
        expected = 1 + 7 * 2 / np.pi * np.arcsin(0.22) * np.abs(moves).mean() ** 2 / np.square(moves).mean()
        assert ratio == pytest.approx(expected, rel=0.06)
        assert shared.var() == pytest.approx(alone.var(), rel=0.05)

    def test_refuses_what_cannot_be(self, rng):
        with pytest.raises(ValidationError, match=r"out of reach: the mean move is 1.00"):
            kernel.skill_tilt([1.0, 1.0], 1.0)
        with pytest.raises(ValidationError, match="none is known"):
            kernel.simulated_clv([], bets_a_week=1, true_clv=0.0, rng=rng)
        with pytest.raises(ValidationError, match=r"below 1, got 1.0"):
            kernel.simulated_clv([1.0], bets_a_week=1, true_clv=0.0, rng=rng, shared=1.0)


class TestRules:
    def test_the_gate_is_the_gate_of_the_decision(self, moves, rng):
        clv = kernel.simulated_clv(moves, bets_a_week=6, true_clv=0.3, rng=rng, seasons=40, weeks=6)
        opened = kernel.gate_opens(clv)
        by_hand = [[clv_gate(s[w - 1 : w + 1].ravel()).passed if w else False for w in range(6)] for s in clv]
        assert opened.tolist() == by_hand
        assert opened.any()
        assert not opened.all()

    def test_too_few_bets_keep_it_shut(self):
        assert not kernel.gate_opens(np.full((3, 4, 4), 9.0)).any()

    def test_a_losing_run_ends_where_the_second_bad_week_does(self):
        weekly = np.array([[1.0, 0.0, -1.0, -1.0, 2.0]])[..., None]
        assert kernel.losing_run(weekly).tolist() == [[False, False, True, True, False]]

    def test_the_alert_looks_at_the_weeks_there_are(self):
        weekly = np.array([[-1.0, 2.0, -0.5, -0.4, -0.3, -3.0]])[..., None]
        assert kernel.negative_alert(weekly).tolist() == [[True, False, False, False, False, True]]

    @settings(max_examples=25, deadline=None)
    @given(st.integers(1, 5), st.integers(0, 10_000))
    def test_a_longer_run_never_fires_more(self, run, seed):
        clv = np.random.default_rng(seed).normal(size=(20, 10, 3))
        shorter, longer = (kernel.losing_run(clv, run=n).any(axis=1) for n in (run, run + 1))
        assert not (longer & ~shorter).any()

    @settings(max_examples=40, deadline=None)
    @given(st.lists(st.integers(-8, 8), min_size=1, max_size=60), st.sampled_from([0.01, 0.05, 0.2, 0.5]))
    def test_a_calibrated_threshold_never_passes_more_than_its_rate(self, halves, rate):
        values = np.array(halves) / 2
        threshold = kernel.threshold_at(values, rate=rate)
        assert np.mean(values >= threshold) <= rate + 1e-12
        lower = values[values < threshold]
        if len(lower):  # and the next lower value would
            assert np.mean(values >= lower.max()) > rate


class TestPublishedRates:
    """FACTS: gate 30 / 23 / 16 % at 10 / 20 / 32 bets; killed .81 / .76 / .58 at 5 / 8 / 16 bets a week."""

    @pytest.mark.parametrize(("bets", "published"), [(10, 0.30), (20, 0.23), (32, 0.16)])
    def test_of_the_gate(self, moves, rng, bets, published):
        clv = kernel.simulated_clv(moves, bets_a_week=bets, true_clv=0.0, rng=rng, weeks=1)
        assert kernel.gate_opens(clv, look_back=1).mean() == pytest.approx(published, abs=PUBLISHED)

    @pytest.mark.parametrize(("bets", "published", "near"), [(5, 0.81, 0.05), (8, 0.76, 0.02), (16, 0.58, 0.04)])
    def test_of_the_kill_switch_the_smallest_least_well(self, moves, rng, bets, published, near):
        clv = kernel.simulated_clv(moves, bets_a_week=bets, true_clv=0.3, rng=rng, seasons=8_000)
        found = kernel.operating(kernel.losing_run(clv))
        assert found.season_rate == pytest.approx(published, abs=near)
        exact = run_in(float((clv.mean(axis=2) <= 1e-9).mean()), weeks=18, run=2)
        assert abs(found.season_rate - exact) < 5 * found.season_error + 0.005

    def test_of_normal_weeks_is_the_recursion(self):
        # sd 1.79, eight bets: a week is bad with chance .318
        assert run_in(norm.cdf(-0.3 * np.sqrt(8) / 1.79), weeks=18, run=2) == pytest.approx(0.769, abs=5e-4)

    def test_of_comparing_two_forecasters(self):
        assert kernel.sample_to_see(0.5, sd=8.352, paired=False) == pytest.approx(4_380, abs=2)
        assert kernel.sample_to_see(0.5, sd=2.381, paired=True) == 178

    def test_the_sample_has_the_power_it_promises(self, rng):
        n = kernel.sample_to_see(0.5, sd=2.381, paired=True)
        gaps = rng.normal(0.5, 2.381, size=(4_000, n))
        z = np.abs(gaps.mean(axis=1)) / (gaps.std(axis=1, ddof=1) / np.sqrt(n))
        assert np.mean(z > 1.96) == pytest.approx(0.80, abs=5 * np.sqrt(0.16 / 4_000))


def test_calibrated_rules_err_in_the_stated_share_of_fresh_seasons(moves, rng):
    quiet, skilled = (
        kernel.simulated_clv(moves, bets_a_week=8, true_clv=level, rng=rng, seasons=10_000) for level in (0.0, 0.3)
    )
    threshold = kernel.gate_threshold(quiet[:5_000], rate=0.05, ever=True)
    ever = kernel.gate_opens(quiet[5_000:], threshold=threshold).any(axis=1).mean()
    assert ever < 0.05 + 5 * np.sqrt(0.05 * 0.95 / 5_000)
    run = kernel.calibrated_run(skilled[:5_000], rate=0.05)
    assert kernel.losing_run(skilled[5_000:], run=run).any(axis=1).mean() < 0.065
    assert kernel.losing_run(skilled[5_000:], run=run - 1).any(axis=1).mean() > 0.05

"""Pre-trend tests and honest sensitivity: worked by hand with one period on each side, then coverage under violations.

Tolerances: 1e-6 for closed forms; coverage bounds state their binomial chance where used.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.causal.panels.fixed_length import folded_quantile, shortest_half_length
from workbench.causal.panels.honest import honest_sensitivity, path_around, relative_interval, smooth_interval
from workbench.causal.panels.pre_trends import joint_pre_trends
from workbench.errors import ValidationError

EXACT = 1e-6
Z = norm.ppf(0.975)
#: Effect 0.4 before, 2.0 after, standard errors 0.3 and 0.4, uncorrelated.
ONE_EACH = path_around([-2, 0], [0.4, 2.0], np.diag([0.09, 0.16]))


class TestOnePeriodEachSideByHand:
    def test_relative_magnitudes(self):
        # theta lies within 2 -+ mbar 0.4; the ends are linear forms with variance 0.16 + mbar^2 0.09.
        for mbar in (0.0, 0.5, 2.0):
            reach = mbar * 0.4 + Z * np.sqrt(0.16 + mbar**2 * 0.09)
            assert relative_interval(ONE_EACH, mbar=mbar) == pytest.approx((2 - reach, 2 + reach), abs=EXACT)

    def test_a_straight_line_is_taken_on(self):
        # The line from 0.4 through 0 goes on to -0.4: the effect is 2 + 0.4 with variance 0.16 + 0.09.
        assert smooth_interval(ONE_EACH, m=0.0) == pytest.approx((2.4 - Z * 0.5, 2.4 + Z * 0.5), abs=EXACT)

    def test_a_bend_widens_by_its_bias(self):
        low, high = smooth_interval(ONE_EACH, m=1.0)
        assert (low + high) / 2 == pytest.approx(2.4, abs=EXACT)
        assert (high - low) / 2 == pytest.approx(0.5 * folded_quantile(1.0 / 0.5), abs=EXACT)

    def test_breakdown_values(self):
        found = honest_sensitivity(ONE_EACH)
        # Zero enters where 2 = 0.4 m + z sqrt(0.16 + 0.09 m^2), and where half the length reaches 2.4.
        assert 0.4 * found.relative_breakdown + Z * np.sqrt(0.16 + 0.09 * found.relative_breakdown**2) == pytest.approx(
            2.0, abs=1e-3
        )
        assert 0.5 * folded_quantile(found.smooth_breakdown / 0.5) == pytest.approx(2.4, abs=1e-3)

    def test_an_effect_not_told_from_zero_breaks_down_at_once(self):
        found = honest_sensitivity(path_around([-2, 0], [0.4, 0.1], np.diag([0.09, 0.16])))
        assert (found.relative_breakdown, found.smooth_breakdown) == (0, 0)


@given(bias=st.floats(0, 40))
@settings(max_examples=30, deadline=None)
def test_the_folded_quantile_holds_95_percent(bias):
    c = folded_quantile(bias)
    assert norm.cdf(c - bias) - norm.cdf(-c - bias) == pytest.approx(0.95, abs=1e-9)


def longer(rng, n_before=4, n_after=3):
    root = rng.normal(size=(12, n_before + n_after)) * 0.3
    horizons = [*range(-1 - n_before, -1), *range(n_after)]
    return horizons, root.T @ root / 3


@given(seed=st.integers(0, 500), m=st.floats(0.0, 2.0))
@settings(max_examples=15, deadline=None)
def test_weights_cancel_any_line_and_no_other_weights_are_shorter(seed, m):
    rng = np.random.default_rng(seed)
    horizons, covariance = longer(rng)
    path = path_around(horizons, np.zeros(7), covariance)
    weights, half = shortest_half_length(path.before, path.after, target=path.target, covariance=path.covariance, m=m)
    steps = np.concatenate([path.before, path.after])
    assert weights @ steps == pytest.approx(0, abs=1e-9)
    assert weights[4:] == pytest.approx(path.target)
    for _ in range(10):  # other weights that cancel the line, with their own worst bias
        other = weights.copy()
        nudge = rng.normal(size=4) * 0.05
        other[:4] += nudge - path.before * (nudge @ path.before) / (path.before @ path.before)
        assert half_length(other, steps, path.covariance, m) >= half - 2e-3 * half


def half_length(weights, steps, covariance, m):
    """The half-length with the worst bend found by brute force over corners of the box of bends."""
    inside = range(int(steps.min()) + 1, int(steps.max()))
    bends = [np.maximum(c - steps, 0) if c <= 0 else np.maximum(steps - c, 0) for c in inside]
    bias = m * sum(abs(weights @ bend) for bend in bends)
    spread = np.sqrt(weights @ covariance @ weights)
    return spread * folded_quantile(bias / spread)


class TestMoreIsWider:
    def test_for_both_restrictions(self):
        horizons, covariance = longer(np.random.default_rng(1))
        path = path_around(horizons, np.linspace(0.1, 1, 7), covariance)
        for interval, name in ((relative_interval, "mbar"), (smooth_interval, "m")):
            widths = [np.diff(interval(path, **{name: v}))[0] for v in (0.0, 0.3, 1.0, 3.0)]
            assert widths == sorted(widths)


class TestCoverage:
    """Drawn paths whose trends differ as far as the restriction allows; 400 draws, under 368 at 95 % is one in 300."""

    def test_smooth_intervals_hold_the_effect_under_the_worst_bend(self):
        rng = np.random.default_rng(2)
        horizons, covariance = longer(rng)
        steps = np.array(horizons) + 1.0
        m, truth = 0.3, 1.0
        path = path_around(horizons, np.zeros(7), covariance)
        weights, half = shortest_half_length(
            path.before, path.after, target=path.target, covariance=path.covariance, m=m
        )
        trend = 0.7 * steps + worst_bends(weights, path, steps, m)
        means = trend + np.where(steps >= 1, truth, 0)
        inside = 0
        for draw in rng.multivariate_normal(means, covariance, size=400):
            centre = weights @ path_around(horizons, draw, covariance).effect
            inside += abs(centre - truth) <= half
        assert 368 <= inside <= 396  # and the interval is not idle: the worst case is met nearly exactly

    def test_relative_intervals_hold_the_effect_under_breaks_as_large_as_the_worst_before(self):
        rng = np.random.default_rng(3)
        horizons, covariance = longer(rng)
        trend = np.array([1.1, 0.8, 0.2, -0.4, 0.6, 1.2, 1.8])  # the step 0.6 before, then 0.6 a period throughout
        means = trend + np.array([0, 0, 0, 0, 1.0, 1.0, 1.0])
        inside = 0
        for draw in rng.multivariate_normal(means, covariance, size=400):
            low, high = relative_interval(path_around(horizons, draw, covariance), mbar=1.0)
            inside += low <= 1.0 <= high
        assert inside >= 368


def worst_bends(weights, path, steps, m):
    """The trend of bends, each m in size, that biases these weights most, in the order of the horizons."""
    own = np.concatenate([path.before, path.after])
    total = np.zeros(len(steps))
    for c in range(int(own.min()) + 1, int(own.max())):
        bend = np.maximum(c - own, 0) if c <= 0 else np.maximum(own - c, 0)
        shown = np.maximum(c - steps, 0) if c <= 0 else np.maximum(steps - c, 0)
        total += m * np.sign(weights @ bend) * shown
    return total


class TestPaths:
    def test_stop_at_a_gap(self):
        path = path_around([-5, -3, -2, 0, 1, 3], np.arange(6.0), np.eye(6))
        assert path.before.tolist() == [-1, -2]
        assert path.after.tolist() == [1, 2]
        assert path.effect.tolist() == [2, 1, 3, 4]

    def test_need_both_sides(self):
        with pytest.raises(ValidationError, match="on both sides, got horizons"):
            path_around([0, 1], [1.0, 1.0], np.eye(2))

    def test_refuse_a_target_beyond_a_gap(self):
        with pytest.raises(ValidationError, match="must follow the reference"):
            path_around([-2, 0, 2], np.zeros(3), np.eye(3), target=[2])

    def test_with_anticipation_the_reference_lies_further_back(self):
        path = path_around([-4, -3, -1, 0], np.arange(4.0), np.eye(4), reference=-2)
        assert path.before.tolist() == [-1, -2]
        assert path.target.tolist() == [0, 1]


class TestPreTrends:
    def test_of_two_independent_effects_are_worked_by_hand(self):
        found = joint_pre_trends([0.6, 1.0], np.diag([0.09, 0.25]), steps=[-1, -2], clusters=42)
        # Wald 4 + 4 over 2, times (42 - 2) / 41
        assert found.statistic == pytest.approx(8 / 2 * 40 / 41)
        assert (found.tested, found.largest) == (2, 1.0)

    def test_the_detectable_slope_is_found_four_times_in_five(self):
        rng = np.random.default_rng(5)
        _, covariance = longer(rng)
        covariance = covariance[:4, :4]
        steps = np.arange(-4, 0)
        slope = joint_pre_trends(np.zeros(4), covariance, steps=steps, clusters=100_000).detectable_slope
        draws = rng.multivariate_normal(slope * steps, covariance, size=400)
        power = np.mean([joint_pre_trends(d, covariance, steps=steps, clusters=100_000).p_value < 0.05 for d in draws])
        assert power == pytest.approx(0.8, abs=0.07)  # Monte-Carlo error 0.02

    def test_without_periods_before_nothing_is_tested_and_it_is_said(self):
        found = joint_pre_trends([], np.zeros((0, 0)), steps=[], clusters=50)
        assert np.isnan(found.p_value)
        assert "cannot be tested" in found.sentence
        assert (
            "too many for 3 clusters"
            in joint_pre_trends(np.ones(4), np.eye(4), steps=-np.arange(4), clusters=3).sentence
        )

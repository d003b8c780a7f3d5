"""Adaptive levels and weights: by hand, against MAPIE, for adversaries, and under a planted shift.

Tolerances: levels are sums of few numbers, equal to 1e-9; the long-run bound is exact, with 1e-9 for rounding; coverage
of 4,000 test rows under weights has a standard error of about .01 (1,500 calibration rows), held to three.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bayes.conformal.laws import SUPPORT, normal_forecast, rows
from workbench.bayes.conformal.adaptive import (
    adaptive_intervals,
    coverage_bound,
    horizon_step,
    intervals_at,
    step_for_bound,
)
from workbench.bayes.conformal.split import split_conformal
from workbench.bayes.conformal.weights import effective_rows, likelihood_ratio_weights, recency_weights
from workbench.bayes.scores.coverage import coverage
from workbench.errors import ValidationError


def _same(n):
    return normal_forecast(np.full(n, 30.0), np.full(n, 10.0))


def test_the_level_moves_as_worked_by_hand():
    # Week 1: 1 of 4 missed, .1 + .2 (.1 - .25) = .07; week 2: none of 2 missed, .07 + .2 x .1 = .09.
    found = adaptive_intervals(_same(7), [30, 30, 30, 150, 30, 31, 30], weeks=[1, 1, 1, 1, 2, 2, 3], step=0.2)
    assert found.weeks["miss_rate_used"].tolist() == pytest.approx([0.1, 0.07, 0.09])
    assert found.weeks["missed"].tolist() == [0.25, 0.0, 0.0]


def test_with_one_row_an_update_the_level_is_mapies():
    from mapie.regression import TimeSeriesRegressor
    from sklearn.linear_model import LinearRegression

    rng = np.random.default_rng(31)
    # Outcomes at the middle or far out, so that what is missed does not hang on the width.
    yards = np.where(rng.random(30) < 0.12, 195.0, 30.0)
    ours = adaptive_intervals(_same(30), yards, weeks=np.arange(30), step=0.005)
    x = rng.normal(size=(300, 1))
    model = TimeSeriesRegressor(LinearRegression(), method="aci", cv="split")
    model.fit(x, 30.0 + rng.normal(0, 10, 300))
    model.predict(x[:1], confidence_level=[0.9])
    model.adapt_conformal_inference(np.zeros((29, 1)), yards[:29], gamma=0.005, confidence_level=[0.9])
    theirs = next(iter(model.current_alpha.values()))
    assert ours.weeks["missed"].sum() >= 2
    assert ours.weeks["miss_rate_used"].iloc[-1] == pytest.approx(float(theirs), abs=1e-9)


@given(st.lists(st.sampled_from([-60.0, 0.0, 22.0, 30.0, 46.0, 47.0, 90.0, 200.0]), min_size=1, max_size=60),
       st.floats(0.02, 1.0), st.integers(1, 5))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_no_adversary_moves_long_run_coverage_beyond_the_bound(yards, step, per_week):
    weeks = np.arange(len(yards)) // per_week
    found = adaptive_intervals(_same(len(yards)), yards, weeks=weeks, step=step)
    updates = weeks.max() + 1
    assert found.bound == pytest.approx(coverage_bound(step, updates))
    assert abs(found.weeks["missed"].mean() - 0.1) <= found.bound + 1e-9


def test_an_adversary_that_sees_the_interval_is_bounded_too():
    # Always just outside the last interval: the level falls until the interval is the whole support.
    yards, step = [], 0.24
    for _ in range(60):
        path = adaptive_intervals(_same(len(yards) + 1), [*yards, np.nan], weeks=np.arange(len(yards) + 1), step=step)
        yards.append(min(path.intervals.upper[-1] + 1.0, SUPPORT.last))
    path = adaptive_intervals(_same(60), yards, weeks=np.arange(60), step=step)
    assert abs(path.weeks["missed"].mean() - 0.1) <= coverage_bound(step, 60) + 1e-9


def test_a_week_is_forecast_before_any_of_its_games_is_known():
    forecast, yards = rows(60, np.random.default_rng(32))
    weeks = np.repeat(np.arange(6), 10)
    changed = yards.copy()
    changed[weeks >= 3] = 200.0
    one, other = (adaptive_intervals(forecast, y, weeks=weeks) for y in (yards, changed))
    np.testing.assert_array_equal(one.intervals.lower[weeks <= 3], other.intervals.lower[weeks <= 3])
    assert (one.intervals.lower[weeks > 3] != other.intervals.lower[weeks > 3]).any()


def test_a_week_that_is_not_played_yet_moves_nothing():
    found = adaptive_intervals(_same(4), [30, 30, np.nan, np.nan], weeks=[1, 1, 2, 3], step=0.2)
    assert found.weeks["miss_rate_used"].tolist() == pytest.approx([0.1, 0.12, 0.12])
    assert math.isnan(found.weeks["missed"].iloc[1])


def test_published_bounds_are_met():
    # FACTS: 272 games, a step of .05 bounds the error by .07, one of .01 by .33.
    assert round(coverage_bound(0.05, 272), 2) == 0.07
    assert round(coverage_bound(0.01, 272), 2) == 0.33
    assert coverage_bound(step_for_bound(0.1, 21), 21) == pytest.approx(0.1)
    with pytest.raises(ValidationError, match="1/21"):
        step_for_bound(0.04, 21)


def test_the_step_of_the_horizon_has_the_least_regret():
    def regret(step):
        return 1 / (2 * step) + step * 21 * 0.9**2 / 2

    best = horizon_step(21)
    assert regret(best) < min(regret(0.9 * best), regret(1.1 * best))
    with pytest.raises(ValidationError):
        horizon_step(0)


def test_levels_outside_their_range_are_the_support_and_the_median():
    everything, nothing = (intervals_at(_same(2), rate) for rate in (-0.1, 1.2))
    assert everything.lower.tolist() == [SUPPORT.first] * 2
    assert (nothing.upper - nothing.lower).max() <= 1


def test_a_half_life_halves():
    np.testing.assert_allclose(recency_weights([0, 4, 12], half_life=4), [1, 0.5, 0.125])
    assert recency_weights([7.0], half_life=np.inf) == 1.0
    with pytest.raises(ValidationError, match="future"):
        recency_weights([-1], half_life=4)
    assert effective_rows([2.0, 2.0]) == 2.0
    assert effective_rows([]) == 0.0


def test_weights_of_a_shift_restore_coverage_that_equal_weights_lose():
    # Errors grow with the feature, and the test rows have more of it: the mean moves from 0 to 1.
    rng = np.random.default_rng(33)
    x, z = rng.normal(0, 1, 1500), rng.normal(1, 1, 4000)
    yards, came = (np.rint(rng.normal(30, 4 * np.exp(0.6 * f))).clip(*SUPPORT) for f in (x, z))
    calibration, test = _same(1500), _same(4000)
    old, new = likelihood_ratio_weights(x[:, None], z[:, None])
    level = split_conformal(calibration, yards, forecast=test)
    weighted = split_conformal(calibration, yards, forecast=test, weights=old, test_weight=new)
    plain, mended = (coverage(tuple(found), came, level=0.9, mid=True).mean() for found in (level, weighted))
    assert plain < 0.85
    assert mended == pytest.approx(0.9, abs=0.03)
    # The law of the ratio is exp(x - 1/2).
    assert np.corrcoef(np.log(old), x)[0, 1] > 0.98


def test_no_shift_gives_weights_near_one_and_missing_features_are_carried():
    rng = np.random.default_rng(34)
    x, z = rng.normal(size=(800, 3)), rng.normal(size=(800, 3))
    x[::2, 1], z[::2, 1], x[:, 2], z[:, 2] = np.nan, np.nan, 4.0, 4.0
    old, _ = likelihood_ratio_weights(x, z)
    assert effective_rows(old) > 0.95 * 800
    with pytest.raises(ValidationError, match="same features"):
        likelihood_ratio_weights(x, z[:, :2])

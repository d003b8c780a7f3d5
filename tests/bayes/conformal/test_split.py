"""Split conformal and conformalized quantiles: against MAPIE, by property, and on planted errors.

Tolerances: MAPIE works on the same residuals, so ends agree to 1e-9. Coverage of 6,000 test rows after 2,000
calibration rows has a standard error of .0077 (both counted), held to three of them.
"""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bayes.conformal.laws import SUPPORT, normal_forecast, rows
from workbench.bayes.conformal.adaptive import intervals_at
from workbench.bayes.conformal.comparable import comparable_intervals
from workbench.bayes.conformal.intervals import continuous_quantile, mid_intervals, whole_intervals
from workbench.bayes.conformal.pit import pit_map
from workbench.bayes.conformal.split import conformalized_quantiles, split_conformal
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.scores.coverage import coverage
from workbench.errors import ValidationError

THREE_ERRORS = 0.023


class Column:
    """A fitted estimator that returns a column of its input: how MAPIE is given forecasts."""

    def __init__(self, column: int = 0) -> None:
        self.column = column
        self.is_fitted_ = True
        self.n_features_in_ = 3

    def fit(self, x, y):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def __sklearn_tags__(self):
        from sklearn.linear_model import LinearRegression

        return LinearRegression().__sklearn_tags__()

    def get_params(self, deep=True):
        return {"column": self.column}

    def predict(self, x):
        return np.asarray(x)[:, self.column]


def _mid(found, yards):
    return coverage(tuple(found), yards, level=0.9, mid=True).mean()


def test_split_conformal_equals_mapie():
    from mapie.regression import SplitConformalRegressor

    calibration, yards = rows(137, np.random.default_rng(1))
    test, _ = rows(20, np.random.default_rng(2))
    ours = split_conformal(calibration, yards, forecast=test, coverage=0.9, aim="closed")
    theirs = SplitConformalRegressor(Column(), confidence_level=0.9).conformalize(calibration.median[:, None], yards)
    _, ends = theirs.predict_interval(test.median[:, None])
    inside = (ends[:, 0, 0] > SUPPORT.first) & (ends[:, 1, 0] < SUPPORT.last)
    assert inside.all()
    np.testing.assert_allclose(ours.lower, ends[:, 0, 0], atol=1e-9)
    np.testing.assert_allclose(ours.upper, ends[:, 1, 0], atol=1e-9)


@pytest.mark.parametrize("sides", ["together", "apart"])
def test_conformalized_quantiles_equal_mapie(sides):
    from mapie.regression import ConformalizedQuantileRegressor

    calibration, yards = rows(257, np.random.default_rng(4), wrong=0.6)
    test, _ = rows(20, np.random.default_rng(5), wrong=0.6)
    ours = conformalized_quantiles(calibration, yards, forecast=test, aim="closed", sides=sides)

    def columns(forecast):
        return np.column_stack([forecast.quantile(p) for p in (0.05, 0.95, 0.5)]).astype(float)

    theirs = ConformalizedQuantileRegressor([Column(0), Column(1), Column(2)], confidence_level=0.9, prefit=True)
    theirs.conformalize(columns(calibration), yards)
    _, ends = theirs.predict_interval(columns(test), symmetric_correction=sides == "together")
    np.testing.assert_allclose(ours.lower, ends[:, 0, 0], atol=1e-9)
    np.testing.assert_allclose(ours.upper, ends[:, 1, 0], atol=1e-9)


@pytest.mark.parametrize("wrong", [0.2, 1.0, 3.0])
@pytest.mark.parametrize("sides", ["together", "apart"])
def test_any_width_of_forecast_is_brought_to_the_coverage_asked_for(wrong, sides):
    rng = np.random.default_rng(7)
    (calibration, yards), (test, came) = rows(2000, rng, wrong=wrong), rows(6000, rng, wrong=wrong)
    mid = conformalized_quantiles(calibration, yards, forecast=test, sides=sides)
    assert _mid(mid, came) == pytest.approx(0.9, abs=THREE_ERRORS)
    closed = conformalized_quantiles(calibration, yards, forecast=test, sides=sides, aim="closed")
    assert coverage(tuple(closed), came, level=0.9).mean() >= 0.9 - THREE_ERRORS


def test_small_samples_cover_at_least_what_is_promised_on_average():
    # 800 repetitions of 20 rows and one: the standard error of a share of .9 is .0106.
    held = []
    for seed in range(800):
        forecast, yards = rows(21, np.random.default_rng(seed), wrong=0.5)
        calibration, test = forecast.rows(np.arange(20)), forecast.rows([20])
        found = conformalized_quantiles(calibration, yards[:20], forecast=test, aim="closed", sides="together")
        held.append(found.lower[0] <= yards[20] <= found.upper[0])
    assert np.mean(held) >= 0.9 - 3 * 0.0106


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_a_wider_target_gives_intervals_that_hold_the_narrower_ones(seed):
    rng = np.random.default_rng(seed)
    (calibration, yards), (test, _) = rows(120, rng, wrong=0.7), rows(15, rng, wrong=0.7)
    mended = pit_map(calibration, yards).recalibrated(test)
    levels = (0.5, 0.8, 0.9, 0.95)
    split = [split_conformal(calibration, yards, forecast=test, coverage=c) for c in levels]
    for found in (split, [mid_intervals(mended, c) for c in levels], [intervals_at(mended, 1 - c) for c in levels]):
        for narrow, wide in pairwise(found):
            assert (wide.lower <= narrow.lower).all()
            assert (wide.upper >= narrow.upper).all()


@given(st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_the_order_of_calibration_rows_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    (calibration, yards), (test, _) = rows(80, rng), rows(10, rng)
    order = rng.permutation(80)
    for made in (split_conformal, conformalized_quantiles):
        one = made(calibration, yards, forecast=test)
        other = made(calibration.rows(order), yards[order], forecast=test)
        np.testing.assert_array_equal(one.lower, other.lower)
        np.testing.assert_array_equal(one.upper, other.upper)


def test_too_few_rows_give_the_whole_support_and_say_so():
    rng = np.random.default_rng(9)
    (calibration, yards), (test, _) = rows(5, rng), rows(3, rng)
    found = split_conformal(calibration, yards, forecast=test)
    assert (found.lower == SUPPORT.first).all()
    assert (found.upper == SUPPORT.last).all()
    assert "too few for 90.0%, which needs 9" in found.notes[0]


def test_rows_that_were_not_played_are_left_out():
    rng = np.random.default_rng(10)
    (calibration, yards), (test, _) = rows(60, rng), rows(5, rng)
    gone = yards.copy()
    gone[:10] = np.nan
    one = conformalized_quantiles(calibration, gone, forecast=test)
    other = conformalized_quantiles(calibration.rows(np.arange(10, 60)), yards[10:], forecast=test)
    np.testing.assert_array_equal(one.lower, other.lower)


def test_recent_rows_carry_the_interval_when_they_weigh_more():
    rng = np.random.default_rng(12)
    (old, calm), (new, wild), (test, came) = rows(500, rng), rows(500, rng, wrong=0.4), rows(4000, rng, wrong=0.4)
    both = IntegerForecast(SUPPORT, np.vstack([old.cdf, new.cdf]))
    yards = np.concatenate([calm, wild])
    weights = np.repeat([0.02, 1.0], 500)
    level = _mid(conformalized_quantiles(both, yards, forecast=test), came)
    weighted = _mid(conformalized_quantiles(both, yards, forecast=test, weights=weights), came)
    assert level < 0.87 < weighted


def test_widths_of_one_truth_compare_whatever_the_forecast_claims():
    rng = np.random.default_rng(14)
    means, sds = rng.uniform(10, 60, 4000), rng.uniform(8, 25, 4000)
    yards = np.rint(rng.normal(means, sds))
    cal, new = np.arange(2000), np.arange(2000, 4000)

    def width(forecast):
        found = comparable_intervals(forecast.rows(cal), yards[cal], forecast=forecast.rows(new))
        assert _mid(found, yards[new]) == pytest.approx(0.9, abs=0.03)
        return found.width.mean()

    sharp = width(normal_forecast(means, sds))
    assert sharp == pytest.approx(2 * 1.645 * sds.mean(), rel=0.05)
    # Claims three times too wide or blind to who is uncertain cost width; the first is pulled in, the second is not.
    assert sharp < width(normal_forecast(means, np.full(4000, 16.0)))
    assert sharp < width(normal_forecast(np.full(4000, 35.0), np.full(4000, 16.0)))


def test_an_end_moves_off_a_large_atom():
    # Thirty in a hundred are 0 and none below: an end at 0 misses fifteen, one at -1 none.
    forecast = IntegerForecast(Support(-3, 4), np.array([[0, 0, 0, 0.3, 0.5, 0.8, 0.95, 1.0]]))
    assert mid_intervals(forecast, 0.9).lower.tolist() == [-1]
    assert forecast.interval(0.9)[0].tolist() == [0]


def test_quantiles_between_the_yards_round_to_the_quantiles():
    forecast, _ = rows(200, np.random.default_rng(15))
    for level in (0.05, 0.31, 0.5, 0.95):
        np.testing.assert_array_equal(np.rint(continuous_quantile(forecast, level)), forecast.quantile(level))


def test_crossed_ends_meet_and_missing_ends_are_refused():
    found = whole_intervals(np.array([9.0]), np.array([4.0]), SUPPORT)
    assert found.lower == found.upper
    with pytest.raises(ValidationError, match="known"):
        whole_intervals(np.array([np.nan]), np.array([4.0]), SUPPORT)


def test_rows_that_do_not_fit_are_refused():
    forecast, yards = rows(20, np.random.default_rng(16))
    with pytest.raises(ValidationError, match="20 rows"):
        split_conformal(forecast, yards[:5], forecast=forecast)
    other = normal_forecast(np.array([5.0]), np.array([3.0]), Support(-5, 30))
    with pytest.raises(ValidationError, match="share a support"):
        split_conformal(forecast, yards, forecast=other)

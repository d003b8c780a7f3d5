"""The map of probabilities, kernel densities of residuals, and which of them mends a forecast.

Tolerances: a season of 2,000 rows knows a probability to .011 at worst (one standard error), so maps are held to .03; a
numerical inverse is held to 1e-6 yards; interpolated cumulative probabilities to 1e-5.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.bayes.conformal.laws import SUPPORT, normal_forecast, rows
from workbench.bayes.conformal.hybrid import hybrid_forecast, residual_density, silverman
from workbench.bayes.conformal.pit import pit_map
from workbench.bayes.conformal.recalibrated import recalibrated, residual_forecast
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.scores.coverage import coverage
from workbench.errors import ValidationError

LEVELS = (0.5, 0.8, 0.9, 0.95)


def _mid(forecast, yards, level):
    return coverage(forecast, yards, level=level, mid=True).mean()


def test_the_map_of_a_calibrated_forecast_with_a_large_atom_is_the_diagonal():
    # Six in ten are 0: the mid-transform would put all of them at 0.3, the spread one does not.
    law = np.array([0.6, 0.7, 0.8, 0.9, 1.0])
    forecast = IntegerForecast(Support(0, 4), np.tile(law, (1000, 1)))
    yards = np.repeat(np.arange(5), [600, 100, 100, 100, 100])
    found = pit_map(forecast, yards, prior_rows=1e-9)
    np.testing.assert_allclose(found.observed, found.forecast, atol=1e-9)
    np.testing.assert_allclose(found.recalibrated(forecast).cdf, forecast.cdf, atol=1e-9)


def test_the_map_is_worked_by_hand():
    # One row of three, fair die: a 6 is worth probabilities from 5/6 to 1, so at .9 it counts (.9 - 5/6) x 6 = .4.
    die = IntegerForecast(Support(1, 6), np.tile(np.arange(1, 7) / 6, (3, 1)))
    found = pit_map(die, [1, 1, 6], prior_rows=1.0)
    place = found.forecast.index(0.9)
    assert found.observed[place] == pytest.approx((1 + 1 + 0.4 + 0.9) / 4)


@pytest.mark.parametrize("wrong", [0.7, 1.6])
def test_every_level_is_mended(wrong):
    rng = np.random.default_rng(21)
    (calibration, yards), (test, came) = rows(2000, rng, wrong=wrong), rows(6000, rng, wrong=wrong)
    found = recalibrated(calibration, yards, forecast=test)
    assert found.way == "pit"
    for level in LEVELS:
        assert abs(_mid(test, came, level) - level) > 0.02
        assert _mid(found.forecast, came, level) == pytest.approx(level, abs=0.03)


def test_a_forecast_of_the_mean_is_mended_by_its_errors_in_yards():
    # Too narrow by ten: 13 % coverage at 90 %; its probabilities say "never" of most of what comes.
    rng = np.random.default_rng(22)
    (calibration, yards), (test, came) = rows(2000, rng, wrong=0.1), rows(4000, rng, wrong=0.1)
    assert _mid(test, came, 0.9) < 0.26
    found = recalibrated(calibration, yards, forecast=test)
    assert found.way == "residuals"
    assert "said never" in found.note
    for level in LEVELS:
        assert _mid(found.forecast, came, level) == pytest.approx(level, abs=0.03)


def test_errors_in_yards_grow_with_the_mean():
    rng = np.random.default_rng(23)
    means = rng.uniform(5, 80, 4000)
    yards = np.rint(rng.normal(means, 0.4 * means)).clip(*SUPPORT)
    narrow = normal_forecast(means, np.full(4000, 2.0))
    mended = residual_forecast(narrow.rows(np.arange(2000)), yards[:2000], forecast=narrow.rows(np.arange(2000, 4000)))
    low = means[2000:] < 30
    for part in (low, ~low):
        assert _mid(mended.rows(part), yards[2000:][part], 0.9) == pytest.approx(0.9, abs=0.035)
    assert mended.sd[low].mean() < 0.5 * mended.sd[~low].mean()


@given(st.integers(0, 10_000), st.floats(0.3, 3.0))
@settings(max_examples=15, deadline=None)
def test_a_mended_forecast_is_a_law_whatever_came_and_in_any_order(seed, wrong):
    rng = np.random.default_rng(seed)
    (calibration, yards), (test, _) = rows(60, rng, wrong=wrong), rows(8, rng, wrong=wrong)
    order = rng.permutation(60)
    for way in ("pit", "residuals"):
        one = recalibrated(calibration, yards, forecast=test, way=way).forecast
        assert np.diff(one.cdf, axis=1).min() >= 0
        np.testing.assert_allclose(one.cdf[:, -1], 1.0)
        other = recalibrated(calibration.rows(order), yards[order], forecast=test, way=way).forecast
        np.testing.assert_allclose(one.cdf, other.cdf, atol=1e-7)


def test_too_few_rows_mend_nothing_and_say_so():
    forecast, yards = rows(18, np.random.default_rng(24), wrong=0.2)
    found = recalibrated(forecast, yards, forecast=forecast)
    assert found.way == "none"
    assert found.forecast is forecast
    assert "19 are needed" in found.note


def test_one_season_of_a_single_player_that_never_varies_still_has_an_answer():
    means = np.full(40, 12.0)
    forecast = normal_forecast(means, np.full(40, 0.3))
    found = recalibrated(forecast, np.full(40, 30.0), forecast=forecast, way="auto")
    assert found.way == "residuals"
    assert abs(found.forecast.median - 30).max() <= 1


def test_a_density_of_two_points_is_inverted_by_hand():
    two = residual_density([-10.0, 10.0], bandwidth=2.0)
    # Half of the mass is a normal about each point, so .95 is the .9 quantile of the right one; sd alone says 16.8.
    assert two.quantile(0.95) == pytest.approx(10 + 2 * stats.norm.ppf(0.9), abs=1e-6)
    assert two.quantile(0.25) == pytest.approx(-10 + 2 * stats.norm.ppf(0.5), abs=1e-5)
    assert two.cdf(10.0) == pytest.approx(0.75, abs=1e-9)


def test_the_density_equals_scipy():
    residuals = np.random.default_rng(25).gamma(2.0, 10.0, 300) - 20
    scipy = stats.gaussian_kde(residuals)
    ours = residual_density(residuals, bandwidth=float(np.sqrt(scipy.covariance[0, 0])))
    for at in (-15.0, 0.0, 33.3):
        assert ours.cdf(at) == pytest.approx(scipy.integrate_box_1d(-np.inf, at), abs=1e-9)
    for level in (0.05, 0.5, 0.95):
        assert scipy.integrate_box_1d(-np.inf, float(ours.quantile(level))) == pytest.approx(level, abs=1e-9)


def test_silvermans_bandwidth_is_worked_by_hand():
    # 0, 1, 2, 3, 4: sd 1.581, IQR / 1.34 = 1.493; 0.9 x 1.493 x 5^(-1/5) = 0.974.
    assert silverman(np.arange(5.0)) == pytest.approx(0.9 * 2 / 1.34 * 5**-0.2)


def test_many_residuals_are_tabulated_without_visible_error():
    residuals = np.random.default_rng(26).standard_t(4, 1500) * 20
    density = residual_density(residuals)
    points = np.linspace(-150, 150, 2000)
    table = density.cdf(np.tile(points, 2))[:2000]
    np.testing.assert_allclose(table, density.cdf(points), atol=1e-5)


def test_the_hybrid_keeps_the_mean_and_the_shape():
    rng = np.random.default_rng(27)
    residuals = rng.gamma(2.0, 12.0, 3000) - 24
    found = hybrid_forecast(np.array([20.0, 60.0]), residual_density(residuals), support=SUPPORT)
    np.testing.assert_allclose(found.mean, [20.0, 60.0], atol=1.0)
    np.testing.assert_array_equal(np.diff(found.quantile(0.95)), [40])
    assert found.quantile(0.95)[0] == pytest.approx(20 + np.quantile(residuals, 0.95), abs=3)


def test_a_density_of_nothing_and_a_missing_mean_are_refused():
    with pytest.raises(ValidationError, match="two known residuals"):
        residual_density([1.0, np.nan])
    with pytest.raises(ValidationError, match="all the same"):
        residual_density([1.0, 1.0, 1.0])
    with pytest.raises(ValidationError, match="finite mean"):
        hybrid_forecast([np.nan], residual_density([1.0, 2.0]), support=SUPPORT)

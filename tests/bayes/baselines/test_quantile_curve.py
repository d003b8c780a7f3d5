"""Quantiles become distributions over whole yards.

Tolerances: 1e-6 is the nudge that keeps equal quantiles in order; .02 in a mass is what 23 levels leave of a normal.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from workbench.bayes.baselines.boosted import LEVELS
from workbench.bayes.baselines.quantile_curve import forecast_from_quantiles
from workbench.bayes.forecast import Support
from workbench.errors import ValidationError

NUDGE = 1e-6
SUPPORT = Support(-30, 330)


def test_between_levels_the_curve_is_linear_and_beyond_them_exponential() -> None:
    found = forecast_from_quantiles([[0.5, 10.5, 20.5, 30.5]], levels=[0.1, 0.2, 0.8, 0.9], support=SUPPORT)
    assert found.at([15])[0] == pytest.approx(0.5, abs=NUDGE)
    assert found.at([10])[0] == pytest.approx(0.2, abs=NUDGE)
    # The mass halves every ten yards outwards, as it does between the last two levels.
    assert found.at([-10])[0] == pytest.approx(0.05, abs=NUDGE)
    assert found.at([40])[0] == pytest.approx(0.95, abs=NUDGE)


def test_an_atom_is_a_steep_stretch_and_comes_out_whole() -> None:
    # Of jittered yards with P(Y = 0) = .4 and P(Y < 0) = .1 these are the exact quantiles.
    levels = [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.9]
    found = forecast_from_quantiles([[-2.5, -0.5, -0.25, 0, 0.25, 0.5, 40.5]], levels=levels, support=SUPPORT)
    assert found.mass[0, 30] == pytest.approx(0.4, abs=NUDGE)


def test_crossing_quantiles_are_sorted() -> None:
    mixed = forecast_from_quantiles([[20.0, 5.0, 10.0]], levels=[0.25, 0.5, 0.75], support=SUPPORT)
    sorted_ = forecast_from_quantiles([[5.0, 10.0, 20.0]], levels=[0.25, 0.5, 0.75], support=SUPPORT)
    assert (mixed.cdf == sorted_.cdf).all()


def test_the_quantiles_of_a_normal_give_the_normal_back() -> None:
    quantiles = norm(60, 25).ppf(LEVELS)[None, :]
    found = forecast_from_quantiles(quantiles, levels=LEVELS, support=SUPPORT)
    assert np.abs(found.cdf[0] - norm(60, 25).cdf(SUPPORT.yards + 0.5)).max() < 0.02


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(-200, 500), min_size=5, max_size=5), min_size=1, max_size=4))
def test_any_quantiles_make_distributions_whose_quantiles_rise(quantiles: list[list[float]]) -> None:
    found = forecast_from_quantiles(quantiles, levels=[0.025, 0.05, 0.5, 0.95, 0.975], support=SUPPORT)
    assert (np.diff(found.cdf, axis=1) >= 0).all()
    assert (found.cdf[:, -1] == 1.0).all()
    assert (found.cdf >= 0).all()
    ends = np.array([found.quantile(level) for level in (0.05, 0.25, 0.5, 0.75, 0.95)])
    assert (np.diff(ends, axis=0) >= 0).all()


def test_no_rows_give_no_forecasts() -> None:
    assert len(forecast_from_quantiles(np.empty((0, 2)), levels=[0.1, 0.9], support=SUPPORT)) == 0


@pytest.mark.parametrize("levels", [[0.5], [0.9, 0.1], [5.0, 95.0], [0.0, 1.0]])
def test_levels_that_are_none_are_refused(levels: list[float]) -> None:
    with pytest.raises(ValidationError, match="Levels"):
        forecast_from_quantiles(np.zeros((1, len(levels))), levels=levels, support=SUPPORT)


def test_quantiles_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValidationError, match="numbers"):
        forecast_from_quantiles([[np.nan, 1.0]], levels=[0.1, 0.9], support=SUPPORT)

"""Drawdown, Sharpe ratio, runs and sample sizes.

Hand-worked values: 1e-9. Lo's table: three printed decimals. Coverage of 2,000 trials of a 95 % interval has a standard
error of half a point: held to 93.5-96.5 %.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ValidationError
from workbench.risk.returns import bets_needed, drawdowns, longest_run, maximum_drawdown, sharpe_ratio

WEALTH = st.lists(st.floats(0.1, 10.0), min_size=1, max_size=30)


def test_a_drawdown_by_hand() -> None:
    # 120 -> 90 loses a quarter; 130 -> 100 loses less; 90 comes back at 120 two steps later
    found = maximum_drawdown([100.0, 120.0, 90.0, 110.0, 120.0, 130.0, 100.0])
    assert (found.share, found.peak, found.trough, found.recovered) == (pytest.approx(0.25, abs=1e-9), 1, 2, 4)
    assert maximum_drawdown([100.0, 120.0, 90.0]).recovered is None
    assert maximum_drawdown([1.0, 2.0, 3.0]).share == 0.0


@settings(max_examples=40, deadline=None)
@given(wealth=WEALTH, scale=st.floats(0.01, 100.0))
def test_a_drawdown_is_a_share_that_no_unit_changes(wealth: list[float], scale: float) -> None:
    found, scaled = maximum_drawdown(wealth), maximum_drawdown([scale * w for w in wealth])
    assert 0.0 <= found.share < 1.0
    assert scaled.share == pytest.approx(found.share, abs=1e-9)
    every = max(1 - wealth[j] / wealth[i] for i in range(len(wealth)) for j in range(i, len(wealth)))
    assert found.share == pytest.approx(max(every, 0.0), abs=1e-9)
    assert drawdowns(wealth).max() == pytest.approx(found.share, abs=1e-12)


def test_wealth_that_begins_at_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="Are these returns"):
        maximum_drawdown([-0.02, 0.01])


@pytest.mark.parametrize(
    ("ratio", "periods", "error"), [(0.5, 12, 0.306), (0.5, 60, 0.137), (1.0, 24, 0.250), (2.0, 36, 0.289)]
)
def test_the_sharpe_ratios_error_is_the_one_los_table_prints(ratio: float, periods: int, error: float) -> None:
    # Lo (2002), table 1: asymptotic standard errors of independent returns
    scores = np.linspace(-1.0, 1.0, periods)
    returns = ratio + (scores - scores.mean()) / scores.std(ddof=1)
    found = sharpe_ratio(returns, periods_a_year=1.0)
    assert found.period == pytest.approx(ratio, abs=1e-9)
    assert (found.period_high - found.period) / 1.959964 == pytest.approx(error, abs=5e-4)


def test_a_years_ratio_is_a_weeks_times_the_root_of_its_weeks() -> None:
    found = sharpe_ratio([0.02, -0.01, 0.03, 0.0], periods_a_year=21.0)
    assert found.annual == pytest.approx(found.period * math.sqrt(21), abs=1e-12)
    assert found.annual_low == pytest.approx(found.period_low * math.sqrt(21), abs=1e-12)
    flat = sharpe_ratio([0.01, 0.01, 0.01], periods_a_year=21.0)
    assert np.isnan(flat.period)
    assert flat.periods == 3


def test_the_sharpe_interval_covers_a_planted_ratio() -> None:
    rng = np.random.default_rng(5)
    found = [sharpe_ratio(rng.normal(0.02, 0.1, 60), periods_a_year=20) for _ in range(2000)]
    covered = np.mean([s.period_low <= 0.2 <= s.period_high for s in found])
    assert 0.935 <= covered <= 0.965


def test_the_longest_run_by_hand() -> None:
    assert longest_run([True, True, False, True, True, True, False, True]) == longest_run([0, 0, 0, 1, 1, 1])
    assert (longest_run([False]).length, longest_run([]).first) == (0, -1)


def test_a_known_return_needs_the_bets_a_power_calculation_gives() -> None:
    # (1.959964 + 0.841621) ** 2 = 7.8489; x (0.95 / 0.05) ** 2 = 361
    assert bets_needed(0.05, standard_deviation=0.95) == pytest.approx(7.8489 * 361, rel=1e-4)
    assert bets_needed(0.1, standard_deviation=0.95) == pytest.approx(bets_needed(0.05, standard_deviation=0.95) / 4)
    assert bets_needed(-0.01, standard_deviation=0.95) == math.inf
    assert math.isnan(bets_needed(float("nan"), standard_deviation=1.0))


def test_that_many_bets_tell_it_four_times_in_five() -> None:
    n = round(bets_needed(0.2, standard_deviation=1.0))
    rng = np.random.default_rng(8)
    draws = rng.normal(0.2, 1.0, size=(2000, n))
    told = np.abs(draws.mean(axis=1)) > 1.959964 / math.sqrt(n)
    assert 0.77 <= told.mean() <= 0.83  # 0.9 points of standard error about four fifths

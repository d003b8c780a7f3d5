"""Intervals that figures draw. Tolerances: 5e-5 where a source prints four decimals; 1e-12 for the same arithmetic."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.report.intervals import mean_interval, share_interval

PRINTED = 5e-5
ARITHMETIC = 1e-12


def test_the_share_interval_equals_newcombes_published_wilson_values() -> None:
    # Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3
    low, high = share_interval([81, 15, 0, 1], [263, 148, 20, 29])
    assert low == pytest.approx([0.2553, 0.0624, 0.0000, 0.0061], abs=PRINTED)
    assert high == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=PRINTED)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 500), st.data())
def test_a_share_lies_within_its_interval(n: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, n))
    low, high = share_interval([hits], [n])
    assert 0 <= low[0] <= hits / n + ARITHMETIC
    assert hits / n - ARITHMETIC <= high[0] <= 1


def test_no_trials_give_no_interval() -> None:
    low, high = share_interval([0], [0])
    assert np.isnan(low[0])
    assert np.isnan(high[0])


def test_unclustered_values_get_students_interval() -> None:
    values = np.array([0.3, -0.8, 1.4, 0.1, 0.9])
    low, high = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
    assert mean_interval(values) == pytest.approx((values.mean(), low, high), abs=ARITHMETIC)


def test_clusters_of_equal_values_count_once() -> None:
    once = mean_interval([0.2, 1.0, -0.4])
    thrice = mean_interval(np.repeat([0.2, 1.0, -0.4], 3), clusters=np.repeat([1, 2, 3], 3))
    assert thrice == pytest.approx(once, abs=ARITHMETIC)


def test_one_week_says_nothing_of_weeks() -> None:
    mean, low, high = mean_interval([1.0, 2.0], clusters=[7, 7])
    assert mean == 1.5
    assert np.isnan(low)
    assert np.isnan(high)


def test_the_clustered_interval_covers_a_planted_mean() -> None:
    rng = np.random.default_rng(2)
    weeks = np.repeat(np.arange(12), 8)
    covered = 0
    for _ in range(400):
        values = 0.3 + rng.normal(0, 0.6, 12)[weeks] + rng.normal(0, 1.0, weeks.size)
        _, low, high = mean_interval(values, clusters=weeks)
        covered += low <= 0.3 <= high
    # 400 draws at .95 have a standard error of .011; three of them.
    assert abs(covered / 400 - 0.95) < 0.033

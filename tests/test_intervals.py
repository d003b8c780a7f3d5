"""Intervals that every floor uses.

Tolerances: 5e-5 where a source prints four decimals; 1e-12 for the same arithmetic; 400 draws of a 95 % interval have a
standard error of 1.1 points, three of them.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.errors import ValidationError
from workbench.intervals import clustered_mean, share_interval, wilson

PRINTED = 5e-5
ARITHMETIC = 1e-12
COVERAGE = 0.033


def test_wilson_equals_newcombes_published_values():
    # Newcombe (1998), doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3
    low, high = share_interval([81, 15, 0, 1], [263, 148, 20, 29])
    assert low == pytest.approx([0.2553, 0.0624, 0.0000, 0.0061], abs=PRINTED)
    assert high == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=PRINTED)


def test_a_wider_level_gives_a_wider_interval_of_a_share():
    # z = 2.575829, z^2 = 6.634897: half = z x sqrt(.0025 + z^2 / 40000) / (1 + z^2 / 100) = .124720, about one half
    assert wilson(50, 100, level=0.99) == pytest.approx((0.5 - 0.124720, 0.5 + 0.124720), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 500), st.floats(0, 1))
def test_a_share_lies_within_its_interval(n, part):
    hits = round(2 * n * part) / 2  # half successes, as mid-coverage has them
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1


def test_no_trials_give_no_interval():
    assert np.isnan(wilson(0, 0)).all()


def test_unclustered_values_get_students_interval():
    values = np.array([0.3, -0.8, 1.4, 0.1, 0.9])
    low, high = stats.t.interval(0.9, 4, loc=values.mean(), scale=stats.sem(values))
    found = clustered_mean(values, level=0.9)
    assert (found.value, found.low, found.high) == pytest.approx((values.mean(), low, high), abs=ARITHMETIC)


def test_clusters_of_equal_values_count_once():
    once = clustered_mean([0.2, 1.0, -0.4])
    thrice = clustered_mean(np.repeat([0.2, 1.0, -0.4], 3), np.repeat(["x", "a", "k"], 3))
    assert thrice.standard_error == pytest.approx(once.standard_error, abs=ARITHMETIC)
    assert (thrice.n, thrice.clusters) == (9, 3)


def test_one_cluster_says_nothing_of_clusters_and_no_value_nothing_at_all():
    alone, none = clustered_mean([1.0, 2.0], [7, 7]), clustered_mean([], [])
    assert (alone.value, alone.clusters, none.n) == (1.5, 1, 0)
    assert np.isnan([alone.standard_error, alone.low, alone.high, none.value, none.low]).all()


def test_a_missing_value_or_cluster_is_refused():
    with pytest.raises(ValidationError, match="1 missing"):
        clustered_mean([1.0, np.nan])
    with pytest.raises(ValidationError, match="its cluster"):
        clustered_mean([1.0, 2.0], [1])


def test_the_clustered_interval_covers_a_planted_mean():
    rng = np.random.default_rng(2)
    weeks = np.repeat(np.arange(12), 8)
    found = [
        clustered_mean(0.3 + rng.normal(0, 0.6, 12)[weeks] + rng.normal(0, 1.0, weeks.size), weeks) for _ in range(400)
    ]
    assert np.mean([f.low <= 0.3 <= f.high for f in found]) == pytest.approx(0.95, abs=COVERAGE)

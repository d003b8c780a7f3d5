"""Many groups read together.

Tolerances: worked values to 1e-9; planted spreads to a third of themselves; shares of repetitions to three binomial
standard errors.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ValidationError
from workbench.intervals import Estimate, clustered_mean, holm
from workbench.market.cells import shrunk_cells, two_sided_p


class TestHolm:
    def test_the_published_example(self):
        # R's p.adjust documentation and Holm's rule: p (n - rank + 1), never falling
        adjusted = holm([0.01, 0.02, 0.03, 0.04, 0.05])
        assert adjusted == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09], abs=1e-12)

    def test_what_is_not_known_is_no_test(self):
        adjusted = holm([0.02, np.nan, 0.5])
        assert adjusted[[0, 2]] == pytest.approx([0.04, 0.5])
        assert np.isnan(adjusted[1])
        assert len(holm([])) == 0

    @given(p=st.lists(st.floats(0, 1), min_size=1, max_size=12))
    @settings(max_examples=40, deadline=None)
    def test_never_below_the_p_value_never_above_bonferroni_and_in_its_order(self, p):
        adjusted = holm(p)
        assert np.all(adjusted >= np.array(p) - 1e-15)
        assert np.all(adjusted <= np.minimum(len(p) * np.array(p), 1.0) + 1e-12)
        assert np.all(np.diff(adjusted[np.argsort(p, kind="stable")]) >= 0)

    def test_twenty_groups_without_any_difference_raise_an_alarm_once_in_twenty(self):
        rng = np.random.default_rng(2)
        alarms = [holm(rng.random(20)).min() < 0.05 for _ in range(400)]
        assert abs(np.mean(alarms) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 400)


class TestShrunk:
    def test_by_hand(self):
        # two groups at 0 and 4 with error 1: Q = 8 on one degree of freedom; (16 / 2) / (1 + t) = 1 at t = 7
        found = shrunk_cells([0.0, 4.0], [1.0, 1.0])
        assert found.spread == pytest.approx(np.sqrt(7.0), abs=1e-9)
        assert found.centre == pytest.approx(2.0)
        assert found.value == pytest.approx([0.25, 3.75], abs=1e-9)  # an eighth of the way to the centre
        assert found.q_p_value == pytest.approx(0.004677735, abs=1e-8)  # chi-squared 8 on one degree of freedom

    def test_groups_that_chance_explains_are_all_the_same(self):
        found = shrunk_cells([1.0, 1.5, 0.5, np.nan], [1.0, 1.0, 1.0, 1.0])
        assert found.spread == 0.0
        assert found.value[:3] == pytest.approx([1.0, 1.0, 1.0])
        assert np.isnan(found.value[3])

    def test_a_planted_spread_is_found_and_its_intervals_cover(self):
        rng = np.random.default_rng(3)
        errors = rng.uniform(0.5, 1.5, 400)
        truth = rng.normal(2.0, 1.0, 400)
        found = shrunk_cells(truth + errors * rng.standard_normal(400), errors)
        assert found.spread == pytest.approx(1.0, abs=0.33)
        assert found.centre == pytest.approx(2.0, abs=0.25)
        inside = np.mean((found.low <= truth) & (truth <= found.high))
        assert abs(inside - 0.95) < 3 * np.sqrt(0.05 * 0.95 / 400)

    @given(y=st.lists(st.floats(-5, 5), min_size=2, max_size=8), scale=st.floats(0.2, 3.0), shift=st.floats(-10, 10))
    @settings(max_examples=40, deadline=None)
    def test_lies_between_the_group_and_the_centre_and_moves_with_the_data(self, y, scale, shift):
        found = shrunk_cells(y, np.full(len(y), scale))
        low, high = np.minimum(y, found.centre), np.maximum(y, found.centre)
        assert np.all((found.value >= low - 1e-9) & (found.value <= high + 1e-9))
        moved = shrunk_cells(np.array(y) + shift, np.full(len(y), scale))
        assert moved.value == pytest.approx(found.value + shift, abs=1e-6)

    def test_one_group_is_refused(self):
        with pytest.raises(ValidationError, match="from two on, got 1"):
            shrunk_cells([1.0, 2.0], [0.5, 0.0])


def test_the_p_value_is_that_of_the_interval():
    found = clustered_mean([1.0, 2.0, 0.5, 1.5], [1, 2, 3, 4])
    assert two_sided_p(found, null=found.low) == pytest.approx(0.05, abs=1e-9)
    unknown = float("nan")
    assert np.isnan(two_sided_p(Estimate(1.0, unknown, unknown, unknown, n=3, clusters=1)))

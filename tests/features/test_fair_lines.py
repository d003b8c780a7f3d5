"""What lines say of means. Interpolation both ways over at most 80 steps errs by rounding only: held to 1e-9."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ValidationError
from workbench.features.fair_lines import AS_MEANS, FairLines

FAIR = FairLines(lines=(-3.0, 0.0, 2.5, 3.0, 3.5, 7.0), means=(-3.0, 0.0, 1.5, 3.0, 4.5, 8.0))


def test_a_line_between_two_is_read_between_their_means() -> None:
    assert FAIR.means_of([2.75, 3.25]).tolist() == [2.25, 3.75]
    assert FAIR.lines_of([2.25, 3.75]).tolist() == [2.75, 3.25]


def test_beyond_the_last_line_the_distance_is_kept() -> None:
    assert FAIR.means_of([-10.0, 10.0]).tolist() == [-10.0, 11.0]
    assert FAIR.lines_of([11.0]).tolist() == [10.0]


def test_what_is_missing_stays_missing() -> None:
    assert np.isnan(FAIR.means_of([np.nan])).all()
    assert np.isnan(FAIR.lines_of([np.nan])).all()


@settings(max_examples=60)
@given(st.lists(st.floats(-40.0, 40.0), min_size=1, max_size=8))
def test_there_and_back_is_the_same_line_and_order_is_kept(lines: list[float]) -> None:
    there = FAIR.means_of(lines)
    np.testing.assert_allclose(FAIR.lines_of(there), lines, atol=1e-9)
    assert (np.diff(FAIR.means_of(np.sort(lines))) >= 0.0).all()


def test_lines_taken_for_means_are_left_as_they_are() -> None:
    assert AS_MEANS.margin.means_of([-7.5, 0.0, 14.0]).tolist() == [-7.5, 0.0, 14.0]
    assert AS_MEANS.total.lines_of([44.5]).tolist() == [44.5]


@pytest.mark.parametrize(
    ("lines", "means", "why"),
    [
        ((1.0, 2.0), (1.0,), "a mean each"),
        ((), (), "a mean each"),
        ((2.0, 1.0), (1.0, 2.0), "must rise"),
        ((1.0, 2.0), (2.0, 2.0), "must rise"),
    ],
)
def test_what_cannot_be_read_both_ways_is_refused(lines: tuple[float, ...], means: tuple[float, ...], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        FairLines(lines, means)

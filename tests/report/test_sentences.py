"""Words for numbers. Exact comparisons: text has no tolerance."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import LeakageError
from workbench.report import sentences


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, pd.NaT])
def test_missing_is_written_as_missing_never_as_zero(nothing: object) -> None:
    assert sentences.number(nothing) == sentences.percent(nothing) == "–"  # type: ignore[arg-type]
    assert sentences.handicap(nothing, home="KC", away="DEN") == sentences.american(nothing) == "–"  # type: ignore[arg-type]
    assert sentences.interval(nothing, 1.0) == "–"  # type: ignore[arg-type]


@settings(max_examples=50, deadline=None)
@given(st.floats(-1e6, 1e6), st.integers(0, 4))
def test_a_written_number_reads_back_within_half_its_last_digit(value: float, digits: int) -> None:
    read = float(sentences.number(value, digits=digits).replace(",", "").replace("−", "-"))
    assert abs(read - value) <= 0.5 * 10**-digits * (1 + 1e-9)


@settings(max_examples=50, deadline=None)
@given(st.floats(-50, 50), st.floats(1e-4, 40))
def test_digits_never_exceed_what_the_interval_supports(centre: float, half: float) -> None:
    digits = sentences.supported_digits(centre - half, centre + half)
    assert 10**-digits <= max(half, 1.0) * 1.01
    assert digits == 0 or 10**-digits >= half / 31  # one more digit than the half-width's leading one, at most


def test_a_favourite_gives_points_as_sportsbooks_print_it() -> None:
    assert sentences.handicap(-6.5, home="DEN", away="KC") == "KC −6.5"
    assert sentences.american(21 / 11) == "−110"


def test_an_instant_without_its_time_zone_is_refused() -> None:
    with pytest.raises(LeakageError, match="time zone"):
        sentences.instant("2024-11-06 12:00")


def test_a_difference_without_an_interval_gets_no_verdict() -> None:
    assert sentences.compared(math.nan, math.nan, below="ahead of", above="behind") == "too early to compare with"
    assert sentences.against_zero(None, None) == "too early to tell from zero"

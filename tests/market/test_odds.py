"""Prices in two notations. Conversions are closed forms: held to 1e-12, rounding of doubles."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import MarketError
from workbench.market.odds import STANDARD_PRICE, american_from_decimal, decimal_from_american, expected_value


def test_minus_110_is_1_909_and_breaks_even_at_52_4_percent() -> None:
    # FACTS: break-even against the spread at -110 is 52.4 %
    assert decimal_from_american(-110) == pytest.approx(STANDARD_PRICE, abs=1e-12)
    assert expected_value(0.524, 0.476, price=STANDARD_PRICE) == pytest.approx(0.0, abs=1e-3)
    assert expected_value(110 / 210, 100 / 210, price=STANDARD_PRICE) == pytest.approx(0.0, abs=1e-12)


@given(st.floats(min_value=1.01, max_value=50.0))
@settings(max_examples=30, deadline=None)
def test_a_price_survives_the_way_to_american_and_back(price: float) -> None:
    assert decimal_from_american(american_from_decimal(price)) == pytest.approx(price, rel=1e-12)


@pytest.mark.parametrize("american", [-99.0, 0.0, 1.91, 50.0])
def test_what_no_american_price_can_be_is_refused(american: float) -> None:
    with pytest.raises(MarketError, match="Decimal odds"):
        decimal_from_american([100, american])


def test_american_odds_where_decimal_belong_are_refused() -> None:
    with pytest.raises(MarketError, match=r"must be above 1, got -110\.0\. American odds"):
        american_from_decimal([1.9, -110.0])


def test_a_missing_price_stays_missing() -> None:
    assert np.isnan(decimal_from_american([np.nan, -110])).tolist() == [True, False]

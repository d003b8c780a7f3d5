"""American into decimal, missing into -110, and what is no price at all."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.data.prices import ASSUMED_PRICE, checked_american, checked_decimal, decimal_from_american, offered

#: Decimal prices are exact ratios; only the last bits of a float may differ.
RELATIVE = 1e-12


def quote(**values: object) -> pd.DataFrame:
    row = {
        "game_id": "g", "market": "spread", "source": "book", "recorded_at": "t", "line": 3.0, "file": "f",
        "american_home": None, "american_away": None, "price_home": None, "price_away": None,
    }  # fmt: skip
    prices = dict.fromkeys(("line", "american_home", "american_away", "price_home", "price_away"), "float64")
    return pd.DataFrame([row | values]).astype(prices)


@pytest.mark.parametrize(
    ("american", "decimal"), [(-110, 1 + 10 / 11), (100, 2.0), (-100, 2.0), (250, 3.5), (-200, 1.5)]
)
def test_prices_worked_by_hand(american: float, decimal: float) -> None:
    assert decimal_from_american(pd.Series([american])).iloc[0] == pytest.approx(decimal, rel=RELATIVE)


@given(st.integers(100, 5000), st.booleans())
def test_a_unit_staked_wins_what_american_odds_promise(size: int, favourite: bool) -> None:
    american = -size if favourite else size
    profit = decimal_from_american(pd.Series([float(american)])).iloc[0] - 1
    assert profit == pytest.approx(100 / size if favourite else size / 100, rel=RELATIVE)


def test_a_decimal_price_among_american_odds_is_quarantined_with_the_likely_cause() -> None:
    checked = checked_american(quote(american_home=1.91, american_away=-110.0))
    assert checked.kept.empty
    row = checked.quarantine.iloc[0]
    assert row["reason"] == "American odds must be 100 or more in size, got 1.91. Decimal odds?"
    assert (row["rule"], row["column"], row["value"], row["source"]) == ("american_odds", "american_home", "1.91", "f")


@pytest.mark.parametrize(
    ("price", "words"),
    [
        (-110.0, "Decimal odds must be above 1, got -110.0. American odds?"),
        (1.0, "Decimal odds must be above 1, got 1.0. American odds?"),
        (150.0, "Decimal odds must be below 100, got 150.0. American odds?"),
    ],
)
def test_american_odds_among_decimal_prices_are_quarantined_with_the_likely_cause(price: float, words: str) -> None:
    checked = checked_decimal(quote(price_home=1.91, price_away=price))
    assert checked.kept.empty
    assert checked.quarantine["reason"].to_list() == [words]


def test_two_wrong_prices_make_one_quarantined_row() -> None:
    assert len(checked_american(quote(american_home=1.9, american_away=1.9)).quarantine) == 1
    assert len(checked_decimal(quote(price_home=-110, price_away=-110)).quarantine) == 1


def test_a_missing_price_of_a_line_is_minus_110_and_flagged() -> None:
    kept = offered(quote(price_home=1.95)).iloc[0]
    assert (kept["price_home"], kept["price_away"], kept["price_assumed"]) == (1.95, ASSUMED_PRICE, True)
    assert not offered(quote(price_home=1.95, price_away=1.87)).iloc[0]["price_assumed"]


def test_a_moneyline_without_both_prices_and_a_spread_without_a_line_are_no_offers() -> None:
    assert offered(quote(market="moneyline", line=None, price_home=1.5)).empty
    assert offered(quote(line=None, price_home=1.9, price_away=1.9)).empty
    assert len(offered(quote(market="moneyline", line=None, price_home=1.5, price_away=2.6))) == 1

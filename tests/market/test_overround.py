"""Overround removal. Solved by bisection to the last bit: held to 1e-9; published values to their digits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import MarketError
from workbench.market.overround import OverroundMethod, fair_probabilities, overround

METHODS: tuple[OverroundMethod, ...] = ("proportional", "additive", "power", "shin")
two_prices = st.tuples(st.floats(0.1, 0.9), st.floats(0.0, 0.08)).map(
    lambda p: [1.0 / (p[0] * (1 + p[1])), 1.0 / ((1 - p[0]) * (1 + p[1]))]
)


def test_shin_gives_the_published_probabilities() -> None:
    # the example in the documentation of the shin package 0.2 (github.com/mberk/shin), to its last digits
    found = fair_probabilities([2.6, 2.4, 4.3], method="shin")
    assert found == pytest.approx([0.37299406033208965, 0.4047794109200184, 0.2222265287474275], abs=1e-9)


def test_the_closing_moneyline_of_minus_150_plus_130_by_hand() -> None:
    prices = [1.0 + 100 / 150, 2.3]  # inverse prices .6 and .434783
    assert overround(prices) == pytest.approx(0.034783, abs=1e-6)
    assert fair_probabilities(prices, method="proportional") == pytest.approx([0.579832, 0.420168], abs=1e-6)
    assert fair_probabilities(prices, method="additive") == pytest.approx([0.582609, 0.417391], abs=1e-6)


@pytest.mark.parametrize("method", METHODS)
@given(prices=two_prices)
@settings(max_examples=40, deadline=None)
def test_probabilities_sum_to_one_and_keep_the_favourite(method: OverroundMethod, prices: list[float]) -> None:
    found = fair_probabilities(prices, method=method)
    assert found.sum() == pytest.approx(1.0, abs=1e-9)
    assert np.all((found > 0) & (found <= 1.0 / np.array(prices) + 1e-9))
    if abs(prices[0] - prices[1]) > 1e-6:
        assert (found[0] > found[1]) == (prices[0] < prices[1])


@given(prices=two_prices)
@settings(max_examples=40, deadline=None)
def test_with_two_outcomes_shin_is_the_additive_method(prices: list[float]) -> None:
    # Jullien & Salanié (1994)
    shin, additive = (fair_probabilities(prices, method=method) for method in ("shin", "additive"))
    assert shin == pytest.approx(additive, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_a_book_without_margin_is_left_as_it_is(method: OverroundMethod) -> None:
    assert fair_probabilities([4.0, 4.0 / 3.0], method=method) == pytest.approx([0.25, 0.75], abs=1e-9)


@pytest.mark.parametrize("method", ["power", "shin"])
def test_the_truth_is_recovered_when_the_margin_was_put_on_by_the_same_rule(method: OverroundMethod) -> None:
    truth = np.array([0.1, 0.3, 0.6])
    if method == "power":
        inverse = truth**0.95
    else:
        z = 0.02  # Shin's prices: sqrt(z p + (1 - z) p^2), summed
        inverse = np.sqrt(z * truth + (1 - z) * truth**2)
        inverse *= inverse.sum()
    assert fair_probabilities(1.0 / inverse, method=method) == pytest.approx(truth, abs=1e-9)


def test_markets_are_stripped_row_by_row_and_a_missing_price_stays_missing() -> None:
    found = fair_probabilities([[1.91, 1.91], [np.nan, 2.0]])
    assert found[0] == pytest.approx([0.5, 0.5], abs=1e-9)
    assert np.isnan(found[1]).all()


def test_prices_of_two_books_that_carry_no_margin_are_refused() -> None:
    with pytest.raises(MarketError, match=r"sum to at least 1, got 0\.9524"):
        fair_probabilities([2.1, 2.1])


def test_the_additive_method_refuses_a_longshot_it_would_make_impossible() -> None:
    with pytest.raises(MarketError, match="Use power"):
        fair_probabilities([1.1, 6.0, 100.0], method="additive")

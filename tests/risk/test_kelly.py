"""Kelly stakes. SLSQP stops at 1e-12 in growth, which leaves shares within 1e-4 of the optimum."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.risk.kelly import kelly_fraction, simultaneous_kelly

CLOSE = 1e-4


def growth(shares: np.ndarray, returns: np.ndarray, weights: np.ndarray) -> float:
    return float(weights @ np.log1p(returns @ shares))


def test_the_textbook_bet_sixty_percent_at_evens_is_a_fifth() -> None:
    # Kelly (1956): p - q
    assert kelly_fraction(0.6, 0.4, price=2.0) == pytest.approx(0.2, abs=1e-12)


def test_a_push_returns_the_stake_and_raises_the_share() -> None:
    # .5 win, .1 push, .4 lose at 1.91: (.5 x .91 - .4) / (.91 x .9) by hand
    assert kelly_fraction(0.5, 0.4, price=1.91) == pytest.approx(0.055 / 0.819, abs=1e-12)


@given(win=st.floats(0.05, 0.9), push=st.floats(0.0, 0.1), price=st.floats(1.2, 6.0))
@settings(max_examples=40, deadline=None)
def test_one_bet_on_draws_is_the_closed_form(win: float, push: float, price: float) -> None:
    lose = 1.0 - win - push if win + push < 0.98 else 0.02
    push = 1.0 - win - lose
    found = simultaneous_kelly([[price - 1.0], [0.0], [-1.0]], [win, push, lose])
    assert found[0] == pytest.approx(min(float(kelly_fraction(win, lose, price=price)), 0.99), abs=1e-3)


def test_two_correlated_bets_match_a_brute_force_grid() -> None:
    rng = np.random.default_rng(11)
    common = rng.normal(size=4000)
    won = [common + rng.normal(size=4000) > -0.15, common + rng.normal(size=4000) > -0.10]
    returns = np.stack([np.where(w, 0.91, -1.0) for w in won], axis=1)
    weights = np.full(4000, 1 / 4000)
    found = simultaneous_kelly(returns, weights)
    grid = np.arange(0.0, 0.3, 0.005)
    best = max(itertools.product(grid, grid), key=lambda pair: growth(np.array(pair), returns, weights))
    assert np.abs(found - np.array(best)).max() <= 0.005
    assert growth(found, returns, weights) >= growth(np.array(best), returns, weights) - 1e-12
    alone = [simultaneous_kelly(returns[:, [bet]], weights)[0] for bet in range(2)]
    assert found.sum() < sum(alone)  # bets that win together are one bet, partly


def test_independent_bets_keep_almost_their_own_shares() -> None:
    outcomes = np.array(list(itertools.product([0.91, -1.0], repeat=2)))
    chance = np.array([0.55 * 0.55, 0.55 * 0.45, 0.45 * 0.55, 0.45 * 0.45])
    found = simultaneous_kelly(outcomes, chance)
    assert found[0] == pytest.approx(found[1], abs=CLOSE)
    assert found[0] == pytest.approx(float(kelly_fraction(0.55, 0.45, price=1.91)), rel=0.02)


def test_a_bet_that_loses_on_average_gets_nothing() -> None:
    returns = np.array([[0.91, 0.91], [0.91, -1.0], [-1.0, 0.91], [-1.0, -1.0]])
    found = simultaneous_kelly(returns, [0.3, 0.3, 0.2, 0.2])
    assert found[0] > 0.0
    assert found[1] == 0.0


def test_the_order_of_draws_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    returns = rng.choice([0.91, 0.0, -1.0], size=(500, 3), p=[0.54, 0.02, 0.44])
    order = rng.permutation(500)
    weights = np.full(500, 1 / 500)
    assert simultaneous_kelly(returns, weights) == pytest.approx(
        simultaneous_kelly(returns[order], weights[order]), abs=1e-9
    )


def test_a_sure_thing_still_leaves_a_reserve() -> None:
    assert simultaneous_kelly([[1.0], [1.0]], [0.5, 0.5])[0] <= 0.99 + 1e-9

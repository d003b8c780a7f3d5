"""Closing line value.

The hand-worked lattice is {0, 1, 2, 3} with equal weights: a tilt x gives 1 : x : x^2 : x^3, so that the chance of 2 or
more is x^2 / (1 + x^2). Bisected to 1e-15: held to 1e-9.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.market.clv import ClosingLineValue, MarketState, closing_line_value
from workbench.market.keynumbers import Lattice, smooth_key_numbers

FOUR = Lattice(support=np.arange(4.0), base=np.full(4, 0.25), centre=1.5, n_games=0)
MARGIN = smooth_key_numbers().margin


def state(line: float, plus: float = 2.0, minus: float = 2.0) -> MarketState:
    return MarketState(line=np.array([line]), price_plus=np.array([plus]), price_minus=np.array([minus]))


def value(bet: MarketState, close: MarketState, *, sign: float, lattice: Lattice = FOUR) -> ClosingLineValue:
    return closing_line_value(bet, close, sign=np.array([sign]), lattice=lattice)


def test_a_price_that_shortens_at_the_same_line_by_hand() -> None:
    # no-vig .6 at the close: x^2 / (1 + x^2) = .6; EV of a winner at 2.00 rises from 0 to .6 - .4
    clv = value(state(1.5), state(1.5, plus=1 / 0.6, minus=1 / 0.4), sign=1)
    assert clv.points[0] == 0.0
    assert clv.prob[0] == pytest.approx(0.1, abs=1e-9)
    assert clv.ev[0] == pytest.approx(0.2, abs=1e-9)
    assert clv.ev_at_close[0] == pytest.approx(0.2, abs=1e-9)


def test_a_line_that_moves_against_us_by_hand() -> None:
    # evens at 0.5: x + x^2 + x^3 = 1, x = 0.543689 (the tribonacci constant's inverse); at 1.5 that is .228155
    clv = value(state(1.5), state(0.5), sign=1)
    x = 0.5436890126920764
    assert clv.points[0] == -1.0
    assert clv.prob[0] == pytest.approx(x**2 / (1 + x**2) - 0.5, abs=1e-9)
    assert clv.ev[0] == pytest.approx(2 * (x**2 / (1 + x**2) - 0.5), abs=1e-9)


def test_a_push_is_left_out_of_the_chance_but_not_of_the_value_by_hand() -> None:
    # at line 1 of 1 : x : x^2 : x^3 one pushes; the bet was made at evens: (x^2 + x^3) / (1 + x^2 + x^3) = .5
    clv = value(state(1.0), state(1.5), sign=1)
    # evens at 1.5: x = 1, so our line 1 wins 2 in 4, pushes 1, loses 1
    assert clv.prob[0] == pytest.approx(2 / 3 - 0.5, abs=1e-9)
    assert clv.ev_at_close[0] == pytest.approx(0.25, abs=1e-9)


def test_the_home_quarterback_is_out_and_the_away_side_was_the_bet() -> None:
    # DESIGN 4: market home_line 4.5, fair -1.7: the bet is AWAY. The market then moves to 1.0, 3.5 points our way
    clv = value(state(4.5, 1.909, 1.909), state(1.0, 1.909, 1.909), sign=-1, lattice=MARGIN)
    assert clv.points[0] == 3.5
    # a normal curve of sd 13.2 moved by 3.5 points: about 3.5 x .0302 = .105 of probability
    assert clv.prob[0] == pytest.approx(0.105, abs=0.005)
    assert clv.ev_at_close[0] == pytest.approx(1.909 * (0.5 + clv.prob[0]) - 1, abs=0.005)


@given(
    line=st.integers(-30, 30).map(lambda half: half / 2),
    chance=st.floats(0.1, 0.9),
    margin=st.floats(0.0, 0.08),
    sign=st.sampled_from([1.0, -1.0]),
)
@settings(max_examples=15, deadline=None)
def test_no_move_is_zero_in_all_three_units(line: float, chance: float, margin: float, sign: float) -> None:
    same = state(line, 1 / (chance * (1 + margin)), 1 / ((1 - chance) * (1 + margin)))
    clv = value(same, same, sign=sign, lattice=MARGIN)
    assert (clv.points[0], clv.prob[0], clv.ev[0]) == (0.0, 0.0, 0.0)


@given(bet=st.integers(-20, 20), close=st.integers(-20, 20))
@settings(max_examples=15, deadline=None)
def test_what_one_side_gains_the_other_loses(bet: int, close: int) -> None:
    home, away = (value(state(bet / 2), state(close / 2), sign=s, lattice=MARGIN) for s in (1.0, -1.0))
    assert home.points[0] == -away.points[0]
    assert home.prob[0] == pytest.approx(-away.prob[0], abs=1e-9)
    assert np.sign(home.points[0]) == np.sign(np.round(home.prob[0], 9))


def test_without_a_close_nothing_is_claimed() -> None:
    clv = value(state(3.0), state(np.nan, np.nan, np.nan), sign=1, lattice=MARGIN)
    assert all(np.isnan(unit[0]) for unit in (clv.points, clv.prob, clv.ev, clv.ev_at_close))

"""Closing line value: what the market's move between bet and close was worth, in three units.

Both ends are read the same way: no-vig prices, through the key numbers, at OUR line. No move is 0 in all three units.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.market.keynumbers import Lattice, market_chances, tilts_for_market
from workbench.market.odds import expected_value
from workbench.market.overround import OverroundMethod, fair_probabilities

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MarketState:
    """Quotes of one market, one a bet; moneylines have line 0.

    Attributes
    ----------
    line, price_plus, price_minus : ndarray, shape (n_bets,)
        home_line or total; decimal prices of home or over, and of away or under. Null where there is no quote.
    """

    line: _Floats
    price_plus: _Floats
    price_minus: _Floats


@dataclass(frozen=True, slots=True)
class ClosingLineValue:
    """CLV of bets, each field of shape (n_bets,), null where an end is missing.

    Attributes
    ----------
    points : ndarray
        ``s * (close - bet)`` in home_line or total.
    prob : ndarray
        Rise of the bet's no-vig chance of winning, pushes aside.
    ev : ndarray
        Rise of its expected value at the price taken.
    ev_at_close : ndarray
        Its expected value at the close, at the price taken.
    """

    points: _Floats
    prob: _Floats
    ev: _Floats
    ev_at_close: _Floats


def no_vig(state: MarketState, *, method: OverroundMethod = "power") -> _Floats:
    """Return the no-vig probability of the plus side, pushes aside, shape (n_bets,)."""
    prices = np.stack([state.price_plus, state.price_minus], axis=-1)
    return fair_probabilities(prices, method=method)[..., 0]


def closing_line_value(
    bet: MarketState, close: MarketState, *, sign: _Floats, lattice: Lattice, method: OverroundMethod = "power"
) -> ClosingLineValue:
    """Return the closing line value of bets on one market.

    Parameters
    ----------
    bet, close : MarketState
        The quote bet into and the closing quote.
    sign : ndarray, shape (n_bets,)
        +1 for home and over, -1 for away and under.
    lattice : Lattice
        The key numbers of the margin (spreads, moneylines) or of the total.
    """
    price = np.where(sign > 0, bet.price_plus, bet.price_minus)
    at_bet = _chances_at(bet, bet.line, sign=sign, lattice=lattice, method=method)
    at_close = _chances_at(close, bet.line, sign=sign, lattice=lattice, method=method)
    ev_at_bet, ev_at_close = (expected_value(win, lose, price=price) for win, lose, _ in (at_bet, at_close))
    return ClosingLineValue(
        points=sign * (close.line - bet.line),
        prob=at_close[2] - at_bet[2],
        ev=ev_at_close - ev_at_bet,
        ev_at_close=ev_at_close,
    )


def _chances_at(
    state: MarketState, line: _Floats, *, sign: _Floats, lattice: Lattice, method: OverroundMethod
) -> tuple[_Floats, _Floats, _Floats]:
    """Return what a market state says of bets at another line: win, lose, and win given no push."""
    tilts = tilts_for_market(lattice, state.line, decided=no_vig(state, method=method))
    seen = market_chances(lattice, tilts, line=line, sign=sign)
    return seen.win, seen.lose, seen.decided

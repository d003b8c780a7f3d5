"""What a bet pays, and its fair price, from draws with weights or from a lattice of probabilities.

A bet on side ``s`` (+1 home and over, -1 away and under) at ``line`` looks at ``value``: the margin for spreads and
moneylines (whose line is 0), the total for totals. It wins where ``s * (value - line) > 0``, pushes on equality.
Quarter lines settle as two halves, a quarter point either side.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chances:
    """Probabilities of one bet each; on quarter lines the expected shares of the stake.

    Attributes
    ----------
    win, push, lose : ndarray, shape (n_bets,)
        Summing to one.
    """

    win: _Floats
    push: _Floats
    lose: _Floats

    @property
    def decided(self) -> _Floats:
        """Probability of winning given that the bet does not push, shape (n_bets,); null where it always does."""
        at_stake = self.win + self.lose
        return np.divide(self.win, at_stake, out=np.full_like(at_stake, np.nan), where=at_stake > 0)

    @property
    def fair_price(self) -> _Floats:
        """Decimal price at which the bet is worth nothing, shape (n_bets,); null where it cannot win."""
        return 1.0 + np.divide(self.lose, self.win, out=np.full_like(self.win, np.nan), where=self.win > 0)


def stake_shares(values: ArrayLike, line: ArrayLike, *, sign: ArrayLike) -> _Floats:
    """Return the share of the stake that wins (positive) or loses (negative).

    Parameters
    ----------
    values, line, sign : array_like, broadcast together

    Returns
    -------
    ndarray
        1 win, 0.5 half win, 0 push, -0.5 half loss, -1 loss.

    Examples
    --------
    Home -3.25 (home_line 3.25) when the home team wins by 3, 4 and 2: half a loss, a win, a loss.

    >>> stake_shares([3, 4, 2], 3.25, sign=1)
    array([-0.5,  1. , -1. ])
    """
    lines = np.asarray(line, dtype=np.float64)
    half_step = np.where(np.mod(lines * 4.0, 2.0) == 1.0, 0.25, 0.0)
    distance = np.asarray(values, dtype=np.float64) - lines
    shares: _Floats = 0.5 * (np.sign(distance - half_step) + np.sign(distance + half_step))
    return shares * np.asarray(sign, dtype=np.float64)


def profits(shares: ArrayLike, *, price: ArrayLike) -> _Floats:
    """Return the profit of one unit staked, given the share of it that won or lost.

    Examples
    --------
    >>> profits([1, 0.5, 0, -0.5, -1], price=1.9)
    array([ 0.9 ,  0.45,  0.  , -0.5 , -1.  ])
    """
    share = np.asarray(shares, dtype=np.float64)
    return np.where(share > 0, share * (np.asarray(price, dtype=np.float64) - 1.0), share)


def chances(values: ArrayLike, weights: ArrayLike, *, line: ArrayLike, sign: ArrayLike) -> Chances:
    """Return what each bet's chances are under weighted values.

    Parameters
    ----------
    values : array_like, shape (n_bets, n_values) or (n_values,)
        Draws of margin or total, or the support of a lattice.
    weights : array_like, shape (n_bets, n_values) or (n_values,)
        Summing to one along the last axis.
    line, sign : array_like, shape (n_bets,)

    Examples
    --------
    >>> fair = chances([2, 3, 4, 7], [0.2, 0.3, 0.2, 0.3], line=[3.0, 3.0], sign=[1, -1])
    >>> fair.win, fair.push, fair.lose
    (array([0.5, 0.2]), array([0.3, 0.3]), array([0.2, 0.5]))
    """
    lines, signs = np.atleast_1d(np.asarray(line, dtype=np.float64)), np.atleast_1d(np.asarray(sign, dtype=np.float64))
    shares = stake_shares(np.atleast_2d(np.asarray(values)), lines[:, None], sign=signs[:, None])
    weight = np.atleast_2d(np.asarray(weights, dtype=np.float64))
    win = (weight * np.maximum(shares, 0.0)).sum(axis=-1)
    lose = (weight * np.maximum(-shares, 0.0)).sum(axis=-1)
    return Chances(win=win, push=np.clip(1.0 - win - lose, 0.0, 1.0), lose=lose)


def on_half_points(line: ArrayLike) -> NDArray[np.bool_]:
    """Whether a line is one a book would offer: a multiple of half a point (13.847 is an average of books).

    Examples
    --------
    >>> on_half_points([3.0, -2.5, 13.847])
    array([ True,  True, False])
    """
    doubled = np.asarray(line, dtype=np.float64) * 2.0
    return np.asarray(doubled == np.round(doubled))

"""Kelly stakes: one bet in closed form, the bets of one game together on their shared draws."""

from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize

_Floats = NDArray[np.float64]
#: A portfolio keeps at least this share of the bankroll, so that no draw takes the logarithm of zero.
_RESERVE = 0.01
#: Fractions below this are the optimizer's zero.
_NEGLIGIBLE = 1e-6


def kelly_fraction(win: ArrayLike, lose: ArrayLike, *, price: ArrayLike) -> _Floats:
    """Return the growth-optimal share of the bankroll for single bets that may push; never below zero.

    Parameters
    ----------
    win, lose : array_like, shape (n,)
        Probabilities; what is left is a push.
    price : array_like, shape (n,)
        Decimal, above 1.

    References
    ----------
    .. [1] Kelly (1956), doi:10.1002/j.1538-7305.1956.tb03809.x: ``(p b - q) / (b (p + q))``

    Examples
    --------
    >>> kelly_fraction([0.6, 0.4], [0.4, 0.6], price=2.0).round(3)
    array([0.2, 0. ])
    """
    won, lost = np.asarray(win, dtype=np.float64), np.asarray(lose, dtype=np.float64)
    gain = np.asarray(price, dtype=np.float64) - 1.0
    at_stake = gain * (won + lost)
    edge = won * gain - lost
    return np.maximum(np.divide(edge, at_stake, out=np.zeros_like(edge), where=at_stake > 0), 0.0)


def simultaneous_kelly(returns: ArrayLike, weights: ArrayLike) -> _Floats:
    """Return the growth-optimal shares of bets settled together on the same draws.

    Parameters
    ----------
    returns : array_like, shape (n_draws, n_bets)
        Profit of one unit staked on each bet in each draw, at least -1.
    weights : array_like, shape (n_draws,)
        Summing to one.

    Returns
    -------
    ndarray, shape (n_bets,)
        Shares of the bankroll, none below zero, 0.99 at most together.

    Notes
    -----
    Draws that pay the same are pooled first, which makes the problem tiny and the answer independent of their order.

    Examples
    --------
    >>> simultaneous_kelly([[1.0], [-1.0]], [0.6, 0.4]).round(3)
    array([0.2])
    """
    outcomes, chance = _pooled(np.asarray(returns, dtype=np.float64), np.asarray(weights, dtype=np.float64))
    n_bets = outcomes.shape[1]
    if n_bets == 0:
        return np.zeros(0)
    solution = minimize(
        partial(_loss_of_growth, outcomes=outcomes, chance=chance),
        np.full(n_bets, 0.01 / n_bets),
        jac=partial(_slope, outcomes=outcomes, chance=chance),
        bounds=[(0.0, 1.0 - _RESERVE)] * n_bets,
        constraints={"type": "ineq", "fun": _room, "jac": _room_slope},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 200},
    )
    shares: _Floats = np.clip(solution.x, 0.0, 1.0 - _RESERVE)
    return np.where(shares < _NEGLIGIBLE, 0.0, shares)


def _pooled(returns: _Floats, weights: _Floats) -> tuple[_Floats, _Floats]:
    """Add up the weights of draws that pay the same; a bet has at most five payoffs, so few remain."""
    code = np.zeros(len(returns), dtype=np.int64)
    for bet in range(returns.shape[1]):
        payoffs, rank = np.unique(returns[:, bet], return_inverse=True)
        code = code * len(payoffs) + rank
    _, first, group = np.unique(code, return_index=True, return_inverse=True)
    chance: _Floats = np.bincount(group, weights=weights, minlength=len(first)).astype(np.float64)
    return returns[first], chance


def _loss_of_growth(shares: _Floats, *, outcomes: _Floats, chance: _Floats) -> float:
    return -float(chance @ np.log(np.maximum(1.0 + outcomes @ shares, _RESERVE / 10.0)))


def _slope(shares: _Floats, *, outcomes: _Floats, chance: _Floats) -> _Floats:
    wealth = np.maximum(1.0 + outcomes @ shares, _RESERVE / 10.0)
    slope: _Floats = -((chance / wealth) @ outcomes)
    return slope


def _room(shares: _Floats) -> float:
    return float(1.0 - _RESERVE - shares.sum())


def _room_slope(shares: _Floats) -> _Floats:
    return -np.ones_like(shares)

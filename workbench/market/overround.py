"""Strip the bookmaker's margin from the prices of one market.

Six names, five methods. With inverse prices ``r`` that sum to more than one, the probabilities ``p`` are

========================  =====================================  ==============================================
``proportional``          ``p = r / sum(r)``                     also called multiplicative or basic
``additive``              ``p = r - (sum(r) - 1) / n``           Buchdahl's margin weights proportional to odds
``power``                 ``p = r ** k``                         Buchdahl's "logarithmic function" [1]_
``shin``                  insiders' share ``z`` of the stakes    two outcomes: additive
``odds_ratio``            ``p / (1 - p) = r / (1 - r) / c``      Cheung (2015)
``logarithmic``           ``logit p = logit r - log c``          odds ratio by its logarithm
========================  =====================================  ==============================================

with ``k``, ``z`` or ``c`` such that they sum to one. "Logarithmic" names two things in use: Buchdahl's function, which
is the power method [1]_ [2]_, and a constant taken off every log odds [3]_, which is the odds-ratio method. The second
is meant here, so that ``power`` and ``logarithmic`` differ. A factor on the log odds in place of a constant
(``logit p = k logit r``) is no method: two outcomes sum to one only at ``k = 0``, half each.

References
----------
.. [1] Buchdahl (2015), Using the wisdom of the crowd to find value in a football match betting market,
   football-data.co.uk/The_Wisdom_of_the_Crowd_updated.pdf
.. [2] Lindstrøm (2023), implied 0.5: convert between bookmaker odds and probabilities, R package, vignette
.. [3] Eastwood, penaltyblog, ``penaltyblog.implied``
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import MarketError
from workbench.market.odds import checked_decimal

OverroundMethod = Literal["proportional", "additive", "power", "shin", "odds_ratio", "logarithmic"]

_Floats = NDArray[np.float64]
#: Halvings of a bracket below 64 wide: leaves less than the spacing of doubles.
_HALVINGS = 60
#: How far from one a solution may sum: beyond it the margin is more than the method can take out.
_SOLVED = 1e-6
#: A book that sums to one but for rounding carries no margin and needs none taken out.
_ROUNDING = 1e-9


def overround(decimal_odds: ArrayLike) -> _Floats:
    """Return the bookmaker's margin: the inverse prices' sum less one.

    Parameters
    ----------
    decimal_odds : array_like, shape (..., n_outcomes)

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> float(overround([1.5, 2.75]).round(4))
    0.0303
    """
    total: _Floats = (1.0 / checked_decimal(decimal_odds)).sum(axis=-1)
    return np.asarray(total - 1.0)


def fair_probabilities(decimal_odds: ArrayLike, *, method: OverroundMethod = "power") -> _Floats:
    """Strip the bookmaker's margin from each market's prices.

    Parameters
    ----------
    decimal_odds : array_like, shape (..., n_outcomes)
        Decimal prices of exclusive, exhaustive outcomes, each above 1; markets along the leading axes.
    method : {"proportional", "additive", "power", "shin", "odds_ratio", "logarithmic"}, default "power"
        How the margin is spread over the outcomes. With two outcomes Shin's model is the additive one [2]_;
        ``logarithmic`` is ``odds_ratio`` [3]_ by its other name.

    Returns
    -------
    ndarray, shape (..., n_outcomes)
        Probabilities in the order given, summing to one. A market with a null price is null.

    Raises
    ------
    MarketError
        If a price is 1 or below, the inverse prices sum to less than one (a margin below zero), the additive method
        leaves nothing for a longshot, or the margin is more than the method can take out.

    References
    ----------
    .. [1] Clarke, Kovalchik & Ingram (2017), doi:10.11648/j.ajss.20170506.12
    .. [2] Jullien & Salanié (1994), doi:10.2307/2235458; Shin (1993), doi:10.2307/2234526
    .. [3] Cheung (2015), Fixed-odds betting and traditional odds,
       sportstradingnetwork.com/article/fixed-odds-betting-traditional-odds

    Examples
    --------
    >>> fair_probabilities([1.50, 2.75]).round(3)
    array([0.654, 0.346])
    """
    inverse = 1.0 / checked_decimal(decimal_odds)
    booksum = inverse.sum(axis=-1, keepdims=True)
    if np.any(booksum < 1.0 - _ROUNDING):
        raise MarketError(
            f"Inverse prices must sum to at least 1, got {np.nanmin(booksum):.4f}. Prices of different books?"
        )
    return _METHODS[method](inverse)


def _proportional(inverse: _Floats) -> _Floats:
    shares: _Floats = inverse / inverse.sum(axis=-1, keepdims=True)
    return shares


def _additive(inverse: _Floats) -> _Floats:
    excess = (inverse.sum(axis=-1, keepdims=True) - 1.0) / inverse.shape[-1]
    shares: _Floats = inverse - excess
    if np.any(shares <= 0):
        raise MarketError(
            f"The additive method leaves a probability of {np.nanmin(shares):.4f} for the longest price. Use power."
        )
    return shares


def _power(inverse: _Floats) -> _Floats:
    """Raise inverse prices to the one power that makes them sum to one."""
    exponent = _bisect(lambda k: (inverse**k).sum(axis=-1, keepdims=True) - 1.0, like=inverse, low=1.0, high=64.0)
    return _solved(inverse**exponent)


def _shin(inverse: _Floats) -> _Floats:
    """Solve for Shin's share of insiders ``z`` [2]_ of `fair_probabilities`."""
    booksum = inverse.sum(axis=-1, keepdims=True)

    def shares(z: _Floats) -> _Floats:
        root: _Floats = np.sqrt(z**2 + 4.0 * (1.0 - z) * inverse**2 / booksum)
        return (root - z) / (2.0 * (1.0 - z))

    z = _bisect(lambda z: shares(z).sum(axis=-1, keepdims=True) - 1.0, like=inverse, low=0.0, high=0.999)
    return _solved(shares(z))


def _odds_ratio(inverse: _Floats) -> _Floats:
    """Divide every outcome's odds by the one constant that makes probabilities sum to one [3]_ of `fair_probabilities`.

    Its logarithm is what is solved for, so this is the logarithmic method too: taken off every log odds.
    """

    def shares(constant: _Floats) -> _Floats:
        kept: _Floats = inverse / (inverse + np.exp(constant) * (1.0 - inverse))
        return kept

    constant = _bisect(lambda c: shares(c).sum(axis=-1, keepdims=True) - 1.0, like=inverse, low=0.0, high=64.0)
    return _solved(shares(constant))


def _solved(shares: _Floats) -> _Floats:
    """Return shares that sum to one but for rounding, made to sum to one."""
    total = shares.sum(axis=-1)
    if np.any(np.abs(total - 1.0) > _SOLVED):
        worst = float(np.nanmax(total))
        raise MarketError(f"The margin cannot be taken out: probabilities still sum to {worst:.4f}. A price near 1?")
    return _proportional(shares)


def _bisect(falling: Callable[[_Floats], _Floats], *, like: _Floats, low: float, high: float) -> _Floats:
    """Return the root of a function that falls in its argument, one a market."""
    lower = np.full((*like.shape[:-1], 1), low)
    upper = np.full_like(lower, high)
    for _ in range(_HALVINGS):
        middle = (lower + upper) / 2.0
        above = falling(middle) > 0.0
        lower, upper = np.where(above, middle, lower), np.where(above, upper, middle)
    root: _Floats = (lower + upper) / 2.0
    return root


_METHODS: dict[OverroundMethod, Callable[[_Floats], _Floats]] = {
    "proportional": _proportional,
    "additive": _additive,
    "power": _power,
    "shin": _shin,
    "odds_ratio": _odds_ratio,
    "logarithmic": _odds_ratio,
}

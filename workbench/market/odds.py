"""Notations of a price: decimal inside, American where a person or a source writes it."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import MarketError

#: The price a spread or total side is taken to have where its source left it out (-110), flagged ``price_assumed``.
STANDARD_PRICE = 1.0 + 100.0 / 110.0


def decimal_from_american(american_odds: ArrayLike) -> NDArray[np.float64]:
    """Turn American prices into decimal ones.

    Parameters
    ----------
    american_odds : array_like
        At most -100 or at least +100; null stays null.

    Returns
    -------
    ndarray of float64, same shape
        What one unit staked returns in all, above 1.

    Raises
    ------
    MarketError
        If a price lies strictly between -100 and +100, where American notation has none.

    Examples
    --------
    >>> decimal_from_american([-110, 100, 250]).round(4)
    array([1.9091, 2.    , 3.5   ])
    """
    american = np.asarray(american_odds, dtype=np.float64)
    wrong = american[np.abs(american) < 100]
    if wrong.size:
        raise MarketError(f"American odds are at most -100 or at least +100, got {wrong.flat[0]}. Decimal odds?")
    with np.errstate(divide="ignore"):
        return np.where(american > 0, 1.0 + american / 100.0, 1.0 - 100.0 / american)


def american_from_decimal(decimal_odds: ArrayLike) -> NDArray[np.float64]:
    """Turn decimal prices into American ones (evens is +100).

    Raises
    ------
    MarketError
        If a price is 1 or below.

    Examples
    --------
    >>> american_from_decimal([1.5, 2.0, 3.5])
    array([-200.,  100.,  250.])
    """
    decimal = checked_decimal(decimal_odds)
    gain = decimal - 1.0
    return np.where(decimal >= 2.0, 100.0 * gain, -100.0 / gain)


def checked_decimal(decimal_odds: ArrayLike) -> NDArray[np.float64]:
    """Return decimal prices as floats; null stays null.

    Raises
    ------
    MarketError
        If a price is 1 or below: it could not pay, and American notation is the usual cause.
    """
    decimal = np.asarray(decimal_odds, dtype=np.float64)
    wrong = decimal[decimal <= 1.0]
    if wrong.size:
        raise MarketError(f"Decimal odds must be above 1, got {wrong.flat[0]}. American odds?")
    return decimal


def expected_value(win: ArrayLike, lose: ArrayLike, *, price: ArrayLike) -> NDArray[np.float64]:
    """Return the expected profit of one unit staked: ``win * (price - 1) - lose``.

    Examples
    --------
    >>> float(expected_value(0.55, 0.45, price=2.0).round(6))
    0.1
    """
    gain = np.asarray(price, dtype=np.float64) - 1.0
    return np.asarray(win, dtype=np.float64) * gain - np.asarray(lose, dtype=np.float64)

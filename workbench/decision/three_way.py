"""Home win, draw or away win: a market of three exclusive outcomes, its prices, its chances and its closing value.

A row of a slip has the price of its own side and, as ``price_other``, the price of backing the two others together:
``1 / (1 / a + 1 / b)``. It is what makes a book's margin ``1 / price + 1 / price_other - 1`` as in every market; of a
long shot it can lie below 1, for the others together then cannot pay. Probabilities are always taken from all three.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.market.overround import OverroundMethod, fair_probabilities
from workbench.schema import THREE_WAY

_Floats = NDArray[np.float64]
#: In the order of the prices' columns; ordered outcomes, as the ranked probability score wants them.
SIDES = ("home", "draw", "away")
PRICE_COLUMNS = ("price_home", "price_draw", "price_away")


def is_three_way(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows are of a market of home, draw and away."""
    return np.asarray(rows["market"] == THREE_WAY, dtype=bool)


def three_way_sides(offers: pd.DataFrame) -> pd.DataFrame:
    """Return one row a side of quotes with `PRICE_COLUMNS`: side, price, and that of the two others together."""
    inverse = 1.0 / offers[list(PRICE_COLUMNS)].to_numpy(dtype=np.float64)
    book = inverse.sum(axis=1)
    parts = [
        offers.assign(side=side, price=1.0 / inverse[:, place], price_other=1.0 / (book - inverse[:, place]))
        for place, side in enumerate(SIDES)
    ]
    exact = [part.assign(price=part[name]) for part, name in zip(parts, PRICE_COLUMNS, strict=True)]
    return pd.concat(exact, ignore_index=True)


def side_fair(rows: pd.DataFrame, *, method: OverroundMethod) -> _Floats:
    """Return the no-vig probability of each row's own side from all three prices, shape (n_rows,); null without them.

    Parameters
    ----------
    rows : DataFrame
        ``side`` and `PRICE_COLUMNS`.
    method : {"proportional", "additive", "power", "shin", ...}
    """
    prices = rows[list(PRICE_COLUMNS)].to_numpy(dtype=np.float64)
    return fair_probabilities(prices, method=method)[np.arange(len(rows)), side_places(rows)]


def side_places(rows: pd.DataFrame) -> NDArray[np.intp]:
    """Return the place of each row's side in `SIDES`."""
    return np.array([SIDES.index(side) for side in rows["side"]], dtype=np.intp)


def side_shares(margins: _Floats, sign: _Floats | float) -> _Floats:
    """Return 1 where the outcome is the bet's side, else -1: there is no push.

    Examples
    --------
    Backing the draw (sign 0) when home wins by 2, on a draw, and when away wins by 1.

    >>> side_shares(np.array([2.0, 0.0, -1.0]), np.array([0.0, 0.0, 0.0]))
    array([-1.,  1., -1.])
    """
    return np.where(np.sign(margins) == sign, 1.0, -1.0)


def side_chances(margins: NDArray[np.int16], weights: _Floats, sign: _Floats) -> _Floats:
    """Return the weighted share of draws in which each bet wins, shape (n_bets,).

    Parameters
    ----------
    margins, weights : ndarray, shape (n_bets, n_draws)
    sign : ndarray, shape (n_bets,)
    """
    won: _Floats = (weights * (np.sign(margins) == sign[:, None])).sum(axis=1)
    return won


def closing_values(bets: pd.DataFrame, closes: pd.DataFrame, *, method: OverroundMethod) -> pd.DataFrame:
    """Return what the close says of bets on this market: ``prob``, ``ev``, ``ev_at_close``, null without a close.

    Parameters
    ----------
    bets : DataFrame
        Rows with market, game_id, side, price, ``market_win`` (no-vig at the decision, from its three prices) and
        ``close_source``.
    closes : DataFrame
        From `workbench.decision.quotes.closing_quotes`.

    Returns
    -------
    DataFrame
        In the order and with the index of ``bets``.
    """
    three = closes[is_three_way(closes)].rename(columns={"source": "close_source"})
    keys = ["game_id", "market", "close_source"]
    joined = bets[[*keys, "side"]].merge(three[[*keys, *PRICE_COLUMNS]], on=keys, how="left", validate="many_to_one")
    at_close = side_fair(joined, method=method)
    price = bets["price"].to_numpy(dtype=np.float64)
    moved = at_close - bets["market_win"].to_numpy(dtype=np.float64)
    values = {"prob": moved, "ev": moved * price, "ev_at_close": at_close * price - 1.0}
    return pd.DataFrame(values, index=bets.index)

"""How sure the model is that a bet is worth something: what the draws and the forecast's own error leave of doubt."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr

from workbench.decision.model import ModelDraws
from workbench.decision.pricing import draw_profits, draw_rows

_Floats = NDArray[np.float64]


def confidences(sides: pd.DataFrame, draws: ModelDraws) -> _Floats:
    """Return the probability that each row's bet has a true expected value above 0.

    The model's expected value has two errors, both taken as normal. The draws are finite, unless their chances are
    exact: with weights w and profits p its variance is ``sum(w**2 (p - EV)**2)``. And the mean they were drawn about is
    a forecast: a point more of margin (of total, for totals) moves EV by ``cov(p, margin) / var(margin)``, which is the
    slope of EV when draws are tilted to another mean, times the forecast's own error.

    Parameters
    ----------
    sides : DataFrame
        Rows of `workbench.decision.pricing.sides_of`, with ``price``.
    draws : ModelDraws

    Returns
    -------
    ndarray, shape (n_rows,)
        Null where the forecast's error is not known. The prior is flat and knows nothing of having picked the widest of
        many edges, so among chosen bets it says too much: a filter, not a forecast.
    """
    sure = np.full(len(sides), np.nan)
    rows = draw_rows(sides, draws)
    for row in np.unique(rows):
        mine = np.flatnonzero(rows == row)
        total = np.array(sides["market"].iloc[mine] == "total", dtype=bool)
        returns, weights = draw_profits(sides.iloc[mine], draws, row=int(row)), draws.weights[row]
        home, away = draws.home[row].astype(np.float64), draws.away[row].astype(np.float64)
        for bets, values, stated in (
            (~total, home - away, draws.margin_error),
            (total, home + away, draws.total_error),
        ):
            error = 0.0 if stated is None else float(stated[row])
            sure[mine[bets]] = _confidence(returns[:, bets], values, weights=weights, error=error, exact=draws.exact)
    return sure


def _confidence(returns: _Floats, values: _Floats, *, weights: _Floats, error: float, exact: bool) -> _Floats:
    """Return P(EV > 0) of bets on the same draws of margin or total; certain where nothing is in doubt."""
    expected = _mean(returns, weights)
    off = returns - expected
    drawn = 0.0 if exact else _mean(np.square(off), np.square(weights))
    centred = weights * (values - (weights * values).sum())
    spread = float((centred * values).sum())
    slope = _mean(off, centred) / spread if spread > 0 else np.zeros(len(expected))
    doubt = np.sqrt(drawn + np.square(slope * error))
    certain = np.where(expected > 0, np.inf, -np.inf)
    out: _Floats = ndtr(np.divide(expected, doubt, out=certain, where=doubt != 0))
    return out


def _mean(values: _Floats, weights: _Floats) -> _Floats:
    """Return weighted sums over draws; not a matrix product, whose last bit hangs on how many threads make it."""
    sums: _Floats = np.einsum("d,db->b", weights, values)
    return sums

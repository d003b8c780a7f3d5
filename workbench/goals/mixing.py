"""Two forecasts of one event made into one: a logarithmic pool, its weight learned from what happened."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
_SMALLEST = 1e-9
#: Matches a weight is learned from at least; below that the market is taken at its word.
MINIMUM_MATCHES = 200


def pooled(model: Floats, market: Floats, *, weight: float) -> Floats:
    """Return ``model ** weight * market ** (1 - weight)``, normalised, shape (n, n_outcomes).

    Parameters
    ----------
    model, market : ndarray, shape (n, n_outcomes)
        Probabilities.
    weight : float
        The model's: 0 is the market, 1 the model.

    Examples
    --------
    >>> pooled(np.array([[0.5, 0.3, 0.2]]), np.array([[0.4, 0.3, 0.3]]), weight=0.5).round(4)
    array([[0.4507, 0.3024, 0.2469]])
    """
    log = weight * np.log(np.maximum(model, _SMALLEST)) + (1.0 - weight) * np.log(np.maximum(market, _SMALLEST))
    chance = np.exp(log - log.max(axis=1, keepdims=True))
    whole: Floats = chance / chance.sum(axis=1, keepdims=True)
    return whole


def model_weight(model: Floats, market: Floats, outcome: NDArray[np.int64]) -> float:
    """Return the model's weight between 0 and 1 that made past outcomes likeliest; 0 where there are too few.

    Parameters
    ----------
    model, market : ndarray, shape (n, n_outcomes)
    outcome : ndarray of int, shape (n,)
        The column that happened.

    Raises
    ------
    ValidationError
        If shapes disagree.
    """
    if model.shape != market.shape or len(outcome) != len(model):
        raise ValidationError(f"Forecasts and outcomes must match, got {model.shape}, {market.shape}, {len(outcome)}.")
    if len(outcome) < MINIMUM_MATCHES:
        return 0.0
    rows = np.arange(len(outcome))

    def loss(weight: float) -> float:
        return -float(np.log(pooled(model, market, weight=weight)[rows, outcome]).mean())

    found = minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-4})
    return min((0.0, 1.0, float(found.x)), key=loss)

"""Proper scores of forecasts on whole yards, and the errors of their middles; one number a row."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.bayes.forecast import IntegerForecast
from workbench.bayes.scores.coverage import transform_ends

Floats = NDArray[np.float64]
#: Where a forecast gives what happened less than this, it is scored as if it gave this, and the row is counted: one in
#: a million. Without a floor one impossible game makes every mean minus infinity; a higher one forgives thin tails.
MASS_FLOOR: Final = 1e-6


def crps(forecast: IntegerForecast, yards: ArrayLike) -> Floats:
    """Return the continuous ranked probability score of each row in yards, lower is better.

    Both distribution functions are steps at the integers, so that their squared distance integrates to the sum over
    the integers exactly; of an outcome off the support each yard beyond it adds one.

    Parameters
    ----------
    forecast : IntegerForecast
    yards : array_like, shape (n_rows,)

    Returns
    -------
    ndarray, shape (n_rows,)
        NaN where the outcome is unknown.

    References
    ----------
    .. [1] Gneiting & Raftery (2007), doi:10.1198/016214506000001437

    Examples
    --------
    A coin of 0 and 1 that falls on 1: P(Y <= 0) is .5 where it should be 0.

    >>> from workbench.bayes.forecast import Support
    >>> crps(IntegerForecast(Support(0, 1), np.array([[0.5, 1.0]])), [1]).tolist()
    [0.25]
    """
    y = np.asarray(yards, dtype=np.float64)
    grid, cdf = forecast.support.yards, forecast.cdf
    # (F - 1{y <= k})^2 = F^2 - 1{y <= k} (2 F - 1): two running sums instead of a comparison of the whole grid.
    place = np.clip(np.nan_to_num(y) - grid[0], 0, len(grid)).astype(np.int64)
    tail = np.concatenate([np.cumsum((2.0 * cdf - 1.0)[:, ::-1], axis=1)[:, ::-1], np.zeros((len(cdf), 1))], axis=1)
    inside = np.einsum("ij,ij->i", cdf, cdf) - tail[np.arange(len(cdf)), place]
    beyond = np.maximum(y - 1.0 - grid[-1], 0.0) + np.maximum(grid[0] - y, 0.0)
    return np.where(np.isnan(y), np.nan, inside + beyond)


def log_score(forecast: IntegerForecast, yards: ArrayLike, *, floor: float = MASS_FLOOR) -> tuple[Floats, Floats]:
    """Return the log of the mass each forecast gave what happened, higher is better, and which rows were floored.

    Parameters
    ----------
    forecast : IntegerForecast
    yards : array_like, shape (n_rows,)
    floor : float, default ``MASS_FLOOR``
        The mass that rows with less are scored with.

    Returns
    -------
    score, floored : ndarray, shape (n_rows,)
        ``floored`` is 1 where the floor was used, else 0; both NaN where the outcome is unknown.

    Examples
    --------
    >>> from workbench.bayes.forecast import Support
    >>> coin = IntegerForecast(Support(0, 1), np.array([[0.5, 1.0], [0.5, 1.0]]))
    >>> [part.round(3).tolist() for part in log_score(coin, [1, 7])]
    [[-0.693, -13.816], [0.0, 1.0]]
    """
    before, after = transform_ends(forecast, yards)
    mass = after - before
    floored = np.where(np.isnan(mass), np.nan, (mass < floor).astype(np.float64))
    return np.log(np.maximum(mass, floor)), floored


def absolute_error(forecast: IntegerForecast, yards: ArrayLike) -> Floats:
    """Return the distance of each outcome from the predictive median in yards: its mean is the MAE."""
    return np.abs(np.asarray(yards, dtype=np.float64) - forecast.median)


def squared_error(forecast: IntegerForecast, yards: ArrayLike) -> Floats:
    """Return the squared distance of each outcome from the predictive mean: the root of its mean is the RMSE."""
    return np.square(np.asarray(yards, dtype=np.float64) - forecast.mean)

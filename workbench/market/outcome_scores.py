"""How well prices foretold which of n outcomes came: scores by game, and whether favourites are priced right."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp, stdtrit

from workbench.errors import ValidationError
from workbench.intervals import MINIMUM_CLUSTERS, Estimate

_Floats = NDArray[np.float64]
_Places = NDArray[np.intp]
#: Newton's steps for one slope: from 1 it settles within six.
_STEPS = 30
_SETTLED = 1e-10
_UNKNOWN = float("nan")


def outcome_log_loss(probabilities: ArrayLike, won: ArrayLike) -> _Floats:
    """Return minus the logarithm of the probability of what came, shape (n_games,).

    Parameters
    ----------
    probabilities : array_like, shape (n_games, n_outcomes)
        Positive, summing to one.
    won : array_like of int, shape (n_games,)
        Which outcome came.

    Examples
    --------
    >>> outcome_log_loss([[0.5, 0.25, 0.25]], [1]).round(4)
    array([1.3863])
    """
    p, came = _checked(probabilities, won)
    loss: _Floats = -np.log(p[np.arange(len(p)), came])
    return loss


def outcome_brier(probabilities: ArrayLike, won: ArrayLike) -> _Floats:
    """Return squared errors, shape (n_games,): of two outcomes that of one, of more the sum over all.

    Examples
    --------
    >>> outcome_brier([[0.7, 0.3]], [0]).round(4), outcome_brier([[0.5, 0.3, 0.2]], [0]).round(4)
    (array([0.09]), array([0.38]))
    """
    p, came = _checked(probabilities, won)
    squared: _Floats = ((p - _indicator(p, came)) ** 2).sum(axis=1)
    return squared / 2.0 if p.shape[1] == 2 else squared


def ranked_probability_score(probabilities: ArrayLike, won: ArrayLike) -> _Floats:
    """Return the ranked probability score of ordered outcomes (home, draw, away), shape (n_games,).

    References
    ----------
    .. [1] Constantinou & Fenton (2012), doi:10.1515/1559-0410.1418: their first match, forecaster beta.

    Examples
    --------
    >>> ranked_probability_score([[0.9, 0.1, 0.0]], [0]).round(4)
    array([0.005])
    """
    p, came = _checked(probabilities, won)
    gaps = np.cumsum(p - _indicator(p, came), axis=1)[:, :-1]
    score: _Floats = (gaps**2).mean(axis=1)
    return score


def calibration_slope(
    probabilities: ArrayLike, won: ArrayLike, clusters: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Return the power to which probabilities must be raised, and made to sum to one again, to fit what came best.

    1: as sharp as they should be; above 1: favourites are priced too long and longshots too short (the
    favourite-longshot bias is not all taken out); below 1: the reverse. With two outcomes it is the slope of a logistic
    regression on the log odds through the origin.

    Parameters
    ----------
    probabilities : array_like, shape (n_games, n_outcomes)
    won : array_like of int, shape (n_games,)
    clusters : array_like, shape (n_games,)
        Games of one week share their luck.
    level : float, default 0.95

    Returns
    -------
    Estimate
        By maximum likelihood, with the sandwich standard error of clusters; NaN where every price is the same.

    References
    ----------
    .. [1] Cox (1958), doi:10.1093/biomet/45.3-4.562, for two outcomes; McFadden's conditional logit for more.

    Examples
    --------
    >>> p = [[0.8, 0.2]] * 5
    >>> calibration_slope(p, [0, 0, 0, 0, 1], clusters=[1, 2, 3, 4, 5]).value.__round__(6)
    1.0
    """
    p, came = _checked(probabilities, won)
    x = np.log(p)
    slope = _fitted_slope(x, came)
    names, place = np.unique(np.asarray(clusters), return_inverse=True)
    nothing = Estimate(slope, _UNKNOWN, _UNKNOWN, _UNKNOWN, n=len(p), clusters=len(names))
    if not np.isfinite(slope) or len(names) < MINIMUM_CLUSTERS:
        return nothing
    scores, information = _slope_scores(x, came, slope=slope)
    sums = np.bincount(place, weights=scores)
    error = float(np.sqrt(len(names) / (len(names) - 1) * np.square(sums).sum()) / information)
    reach = float(stdtrit(len(names) - 1, (1 + level) / 2)) * error
    return Estimate(slope, error, slope - reach, slope + reach, n=len(p), clusters=len(names))


def _fitted_slope(x: _Floats, came: _Places) -> float:
    """Return the slope of maximum likelihood: the likelihood is concave, so Newton's steps, halved if wild, find it."""
    if not np.ptp(x, axis=1).max(initial=0.0) > 0:
        return _UNKNOWN
    slope = 1.0
    for _ in range(_STEPS):
        scores, information = _slope_scores(x, came, slope=slope)
        step = float(np.clip(scores.sum() / information, -1.0, 1.0))
        slope += step
        if abs(step) < _SETTLED:
            return slope
    return _UNKNOWN


def _slope_scores(x: _Floats, came: _Places, *, slope: float) -> tuple[_Floats, float]:
    stretched = slope * x
    fitted = np.exp(stretched - logsumexp(stretched, axis=1, keepdims=True))
    mean = (fitted * x).sum(axis=1)
    scores: _Floats = x[np.arange(len(x)), came] - mean
    return scores, float(((fitted * x**2).sum(axis=1) - mean**2).sum())


def _indicator(p: _Floats, came: _Places) -> _Floats:
    return np.asarray(np.arange(p.shape[1]) == came[:, None], dtype=np.float64)


def _checked(probabilities: ArrayLike, won: ArrayLike) -> tuple[_Floats, _Places]:
    p, came = np.asarray(probabilities, dtype=np.float64), np.asarray(won, dtype=np.intp)
    if p.ndim != 2 or came.shape != p.shape[:1]:
        raise ValidationError(f"Every game needs its outcome, got {p.shape} probabilities and {came.shape} outcomes.")
    if not (np.isfinite(p).all() and (p >= 0).all()):
        raise ValidationError("Probabilities must be known and not below zero. Games without a price?")
    return p, came

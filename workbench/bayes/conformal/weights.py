"""Weights of calibration rows under drift: recent rows count more, and so do rows like those asked about."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: Likelihood ratios are cut at this multiple of their median: a few rows must not carry the quantile.
_CUT = 10.0


def recency_weights(weeks_ago: ArrayLike, *, half_life: float) -> Floats:
    """Return 2^(-weeks ago / half-life): fixed beforehand, as coverage of rows that are not exchangeable asks [1]_.

    The coverage lost is at most the sum of the weights' shares times how far each row's distribution is from the test
    row's; down-weighting old rows buys that down and pays with fewer effective rows (``effective_rows``).

    Parameters
    ----------
    weeks_ago : array_like, shape (n,)
        At least 0; the next row has age 0, weight 1.
    half_life : float
        Weeks; infinite weighs all alike.

    Raises
    ------
    ValidationError
        If an age is negative: a row from the future.

    References
    ----------
    .. [1] Barber, Candes, Ramdas & Tibshirani (2023), Theorem 2, doi:10.1214/23-AOS2276

    Examples
    --------
    >>> recency_weights([0, 8, 16], half_life=8)
    array([1.  , 0.5 , 0.25])
    """
    ages = np.asarray(weeks_ago, dtype=np.float64)
    if not (ages >= 0).all() or not half_life > 0:
        raise ValidationError("Ages must be at least 0 weeks and a half-life above 0. Rows from the future?")
    return np.asarray(np.exp2(-ages / half_life))


def likelihood_ratio_weights(calibration: ArrayLike, test: ArrayLike, *, penalty: float = 1.0) -> tuple[Floats, Floats]:
    """Return how much likelier each row's features are among test rows: odds of a classifier that tells them apart.

    Under a shift of the features alone, conformal quantiles with these weights cover as asked [1]_. The classifier is a
    ridge logistic regression on standardized features and on which are missing; outcomes are never looked at.

    Parameters
    ----------
    calibration, test : array_like, shapes (n, n_features) and (n_rows, n_features)
        Features, NaN where missing.
    penalty : float, default 1
        Of the ridge; the larger, the nearer all weights are to one another.

    Returns
    -------
    (ndarray (n,), ndarray (n_rows,))
        Weights of the calibration rows and of the test rows, scaled to a mean of 1 over the former.

    Raises
    ------
    ValidationError
        If either has no rows or their features differ in number.

    References
    ----------
    .. [1] Tibshirani, Barber, Candes & Ramdas (2019), section 2.3, doi:10.48550/arXiv.1904.06019
    """
    from sklearn.linear_model import LogisticRegression

    old, new = (np.asarray(x, dtype=np.float64) for x in (calibration, test))
    if old.ndim != 2 or new.ndim != 2 or old.shape[1:] != new.shape[1:] or not len(old) or not len(new):
        raise ValidationError(f"Both sides need rows of the same features, got {old.shape} and {new.shape}.")
    features = _filled(np.vstack([old, new]), n_old=len(old))
    is_new = np.arange(len(features)) >= len(old)
    model = LogisticRegression(C=1.0 / penalty, max_iter=500).fit(features, is_new)
    odds = np.exp(model.decision_function(features)) * len(old) / len(new)
    odds = np.minimum(odds, _CUT * np.median(odds[: len(old)]))
    odds /= odds[: len(old)].mean()
    return odds[: len(old)], odds[len(old) :]


def effective_rows(weights: ArrayLike) -> float:
    """Return how many rows of equal weight say as much: (sum w)^2 / sum w^2; 0 of none.

    Examples
    --------
    >>> effective_rows([1, 1, 1, 1]), effective_rows([1, 0, 0])
    (4.0, 1.0)
    """
    mass = np.asarray(weights, dtype=np.float64)
    return float(mass.sum() ** 2 / (mass**2).sum()) if (mass**2).sum() > 0 else 0.0


def _filled(features: Floats, *, n_old: int) -> Floats:
    """Return features standardized by the calibration rows, missing ones at their mean and marked by a column."""
    missing = np.isnan(features)
    counts = np.maximum((~missing[:n_old]).sum(axis=0), 1)
    centre = np.where(missing, 0.0, features)[:n_old].sum(axis=0) / counts
    centred = np.where(missing, 0.0, features - centre)
    spread = np.sqrt((centred[:n_old] ** 2).sum(axis=0) / counts)
    scaled = np.clip(centred / np.where(spread > 0, spread, 1.0), -5.0, 5.0)
    marked = missing[:, missing.any(axis=0)].astype(np.float64)
    return np.column_stack([scaled, marked])

"""The finite-sample quantile: what a score of the next row exceeds with the chance asked for, and no more."""

import math
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: Rounding of (n + 1) x coverage and of sums of weights, as a share of the total.
_TIE = 1e-12


def rows_needed(coverage: float) -> int:
    """Return the fewest calibration rows with a finite quantile: the smallest n with (n + 1) coverage <= n.

    Examples
    --------
    >>> rows_needed(0.9), rows_needed(0.95)
    (9, 19)
    """
    _share(coverage)
    return math.ceil(coverage / (1.0 - coverage) - _TIE)


@overload
def conformal_quantile(
    scores: ArrayLike, coverage: float, *, weights: ArrayLike | None = ..., spread: float = ...
) -> float: ...
@overload
def conformal_quantile(
    scores: ArrayLike, coverage: float, *, weights: ArrayLike | None = ..., spread: float = ..., test_weight: float
) -> float: ...
@overload
def conformal_quantile(
    scores: ArrayLike, coverage: float, *, weights: ArrayLike | None = ..., spread: float = ..., test_weight: Floats
) -> Floats: ...
def conformal_quantile(
    scores: ArrayLike,
    coverage: float,
    *,
    weights: ArrayLike | None = None,
    spread: float = 0.0,
    test_weight: float | Floats = 1.0,
) -> float | Floats:
    """Return the smallest score that ``coverage`` of all weight, the next row's included, lies at or below.

    Without weights this is the ceil((n + 1) coverage)-th smallest of n scores: with exchangeable rows the next score is
    at most that with a chance of at least ``coverage`` [1]_, whatever the ties. The next row's own weight stands at
    infinity, so that with too few rows (``rows_needed``) the answer is infinite.

    Parameters
    ----------
    scores : array_like, shape (n,)
        Of calibration rows; the larger the worse. In no order.
    coverage : float
        Between 0 and 1.
    weights : array_like, shape (n,), optional
        At least 0: of time passed [2]_ or of a likelihood ratio [3]_; default 1 each.
    spread : float, default 0
        Scores of whole yards have atoms, and the plain quantile over-covers by up to one. With spread 1 each score is
        a uniform within half a yard of itself (the mean over all randomized tie-breaks), so that the quantile, now
        between the yards, aims at mid-coverage.
    test_weight : float or ndarray, shape (n_rows,), default 1
        The weight of the row asked about.

    Returns
    -------
    float or ndarray, shape (n_rows,)
        ``inf`` where the calibration rows are too few.

    Raises
    ------
    ValidationError
        If a score is missing, a weight negative, or the coverage not between 0 and 1.

    References
    ----------
    .. [1] Lei et al. (2018), doi:10.1080/01621459.2017.1307116
    .. [2] Barber et al. (2023), doi:10.1214/23-AOS2276
    .. [3] Tibshirani et al. (2019), doi:10.48550/arXiv.1904.06019

    Examples
    --------
    Nine scores: the ninth of (9 + 1) x .9; of eight there is none.

    >>> conformal_quantile([3, 1, 4, 1, 5, 9, 2, 6, 5], 0.9), conformal_quantile(range(8), 0.9)
    (9.0, inf)
    """
    _share(coverage)
    values, mass = _checked(scores, weights)
    wanted = coverage * (mass.sum() + np.asarray(test_weight, dtype=np.float64))
    if spread > 0:
        found = _spread_quantile(values, mass, wanted=wanted, spread=spread)
    else:
        order = np.argsort(values, kind="stable")
        below = np.cumsum(mass[order])
        place = np.searchsorted(below, wanted - _TIE * max(below[-1] if len(below) else 0.0, 1.0))
        found = np.append(values[order], np.inf)[place]
    return float(found) if np.ndim(test_weight) == 0 else np.asarray(found)


def _spread_quantile(scores: Floats, mass: Floats, *, wanted: Floats, spread: float) -> Floats:
    """Return where the sum of uniforms about the scores reaches the weight wanted: straight between its corners."""
    corners = np.concatenate([scores - spread / 2.0, scores + spread / 2.0])
    turn = np.concatenate([mass, -mass]) / spread
    order = np.argsort(corners, kind="stable")
    corners, slope = corners[order], np.cumsum(turn[order])
    reached = np.concatenate([[0.0], np.cumsum(slope[:-1] * np.diff(corners))]) if len(corners) else np.zeros(0)
    if not len(corners):
        return np.full_like(wanted, np.inf)
    # Flat stretches hold no mass: the first corner that reaches a height is the smallest score that does.
    first = np.concatenate([[True], np.diff(reached) > _TIE * reached[-1]])
    inside = np.interp(wanted, reached[first], corners[first])
    return np.asarray(np.where(wanted > reached[-1] * (1.0 + _TIE), np.inf, inside))


def _checked(scores: ArrayLike, weights: ArrayLike | None) -> tuple[Floats, Floats]:
    """Return scores and weights, rows of no weight left out."""
    values = np.asarray(scores, dtype=np.float64)
    mass = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    if values.ndim != 1 or mass.shape != values.shape:
        raise ValidationError(f"Scores and weights are one a row, got shapes {values.shape} and {mass.shape}.")
    if np.isnan(values).any():
        raise ValidationError(f"Scores must be known, got {int(np.isnan(values).sum())} missing. Games not played yet?")
    if not (np.isfinite(mass).all() and (mass >= 0).all()):
        raise ValidationError("Weights must be finite and at least 0.")
    return values[mass > 0], mass[mass > 0]


def _share(coverage: float) -> None:
    if not 0.0 < coverage < 1.0:
        raise ValidationError(f"A coverage lies between 0 and 1, got {coverage}. A percentage?")

"""Many small groups read together: how far they differ at all, each pulled to the rest.

The more groups are looked at, the worse the worst one looks. So a group is called weak only where its p-value survives
Holm's adjustment over every group looked at, and the number to expect of it again is the shrunken one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtri, stdtr

from workbench.errors import ValidationError
from workbench.intervals import MINIMUM_CLUSTERS, Estimate

_Floats = NDArray[np.float64]
_HALVINGS = 80
_UNKNOWN = float("nan")


@dataclass(frozen=True, slots=True)
class Shrunk:
    """Groups' means pulled towards their common mean.

    Attributes
    ----------
    centre : float
        The precision-weighted mean of the groups.
    spread : float
        Standard deviation of true means between groups (Paule and Mandel); 0 where chance alone explains them.
    value, low, high : ndarray, shape (n_groups,)
        Posterior mean and interval; NaN where the group has no standard error.
    q_p_value : float
        Cochran's Q: the chance that groups without any true difference scatter this much.
    """

    centre: float
    spread: float
    value: _Floats
    low: _Floats
    high: _Floats
    q_p_value: float


def two_sided_p(estimate: Estimate, *, null: float = 0.0) -> float:
    """Return the chance of a value this far from the null, Student on clusters less one; NaN where it has no error.

    Examples
    --------
    >>> round(two_sided_p(Estimate(2.0, 1.0, 0.0, 4.0, n=22, clusters=11)), 3)
    0.073
    """
    if estimate.clusters < MINIMUM_CLUSTERS or not estimate.standard_error > 0:
        return _UNKNOWN
    return 2.0 * float(stdtr(estimate.clusters - 1, -abs(estimate.value - null) / estimate.standard_error))


def shrunk_cells(values: ArrayLike, standard_errors: ArrayLike, *, level: float = 0.95) -> Shrunk:
    """Pull the means of groups towards one another as far as their scatter asks for.

    Parameters
    ----------
    values, standard_errors : array_like, shape (n_groups,)
        A group without a standard error is left out and stays NaN.
    level : float, default 0.95

    Returns
    -------
    Shrunk
        Normal means, normal between groups; the between-variance by Paule and Mandel, where Q equals its degrees of
        freedom. Intervals add the centre's own error, not that of the spread: with few groups they are a little short.

    Raises
    ------
    ValidationError
        If fewer than two groups have a standard error.

    References
    ----------
    .. [1] Paule & Mandel (1982), doi:10.6028/jres.087.022; DerSimonian & Kacker (2007), doi:10.1016/j.cct.2006.04.004

    Examples
    --------
    >>> same = shrunk_cells([1.0, 1.2, 0.8], [0.5, 0.5, 0.5])
    >>> same.spread, same.value.round(6)
    (0.0, array([1., 1., 1.]))
    """
    y, se = np.asarray(values, dtype=np.float64), np.asarray(standard_errors, dtype=np.float64)
    known = np.isfinite(y) & np.isfinite(se) & (se > 0)
    if known.sum() < 2:
        raise ValidationError(f"Groups are read together from two on, got {int(known.sum())} with a standard error.")
    variance = se[known] ** 2
    between = _between(y[known], variance)
    weights = 1.0 / (variance + between)
    centre = float(weights @ y[known] / weights.sum())
    pull = variance / (variance + between)
    middle = centre + (1.0 - pull) * (y[known] - centre)
    doubt = np.sqrt(variance * (1.0 - pull) + pull**2 / weights.sum())
    reach = float(ndtri((1 + level) / 2)) * doubt
    return Shrunk(
        centre=centre,
        spread=float(np.sqrt(between)),
        value=_placed(middle, known),
        low=_placed(middle - reach, known),
        high=_placed(middle + reach, known),
        q_p_value=float(chdtrc(known.sum() - 1, _q(y[known], variance, 0.0))),
    )


def _placed(values: _Floats, known: NDArray[np.bool_]) -> _Floats:
    column = np.full(known.shape, np.nan)
    column[known] = values
    return column


def _q(y: _Floats, variance: _Floats, between: float) -> float:
    weights = 1.0 / (variance + between)
    centre = weights @ y / weights.sum()
    return float(weights @ (y - centre) ** 2)


def _between(y: _Floats, variance: _Floats) -> float:
    """Return the variance between groups at which Q is what it would be on average; 0 where it is below without any."""
    freedom = len(y) - 1
    if _q(y, variance, 0.0) <= freedom:
        return 0.0
    low, high = 0.0, float(np.ptp(y) ** 2 + variance.max())
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _q(y, variance, middle) > freedom else (low, middle)
    return (low + high) / 2.0

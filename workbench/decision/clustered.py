"""Ratios and straight lines whose errors may be shared within a week, in closed form, beside ``clustered_mean``."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, stdtr, stdtrit

from workbench.errors import ValidationError
from workbench.intervals import MINIMUM_CLUSTERS, Estimate, clustered_mean

_Floats = NDArray[np.float64]
_UNKNOWN = float("nan")


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through points.

    Attributes
    ----------
    slope, intercept : Estimate
    identity_p : float
        Of the two together being 1 and 0 (Wald, chi-squared on two degrees of freedom); NaN where it cannot be told.
    """

    slope: Estimate
    intercept: Estimate
    identity_p: float


def weeks_of(rows: pd.DataFrame) -> NDArray[np.int64]:
    """Return one label a season and week, in order of time.

    Examples
    --------
    >>> weeks_of(pd.DataFrame({"season": [2024, 2024], "week": [1, 10]})).tolist()
    [202401, 202410]
    """
    stamp: NDArray[np.int64] = rows["season"].to_numpy(np.int64) * 100 + rows["week"].to_numpy(np.int64)
    return stamp


def p_value(estimate: Estimate, *, null: float = 0.0) -> float:
    """Return the two-sided probability of a value this far from the null, Student on clusters less one.

    Examples
    --------
    >>> round(p_value(Estimate(2.0, 1.0, 0.0, 4.0, n=22, clusters=11)), 3)
    0.073
    """
    if estimate.clusters < MINIMUM_CLUSTERS:
        return _UNKNOWN
    if not estimate.standard_error > 0:
        return 1.0 if estimate.value == null else 0.0
    return 2.0 * float(stdtr(estimate.clusters - 1, -abs(estimate.value - null) / estimate.standard_error))


def clustered_ratio(
    numerators: ArrayLike, denominators: ArrayLike, clusters: ArrayLike, *, level: float = 0.95
) -> Estimate:
    """Return a ratio of sums, such as profit over stakes, with a linearized interval.

    Parameters
    ----------
    numerators, denominators, clusters : array_like, shape (n,)
    level : float, default 0.95

    Returns
    -------
    Estimate
        NaN where the denominators add up to nothing.

    References
    ----------
    .. [1] Cochran (1977), Sampling Techniques, section 6.4: the residuals ``y - R x`` stand in for the ratio's error.

    Examples
    --------
    >>> round(clustered_ratio([10.0, -5.0], [10.0, 10.0], [1, 2]).value, 2)
    0.25
    """
    above, below = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    labels = np.asarray(clusters)
    if not len(below) or not below.sum() > 0:
        return Estimate(_UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN, n=len(below), clusters=len(np.unique(labels)))
    ratio, size = float(above.sum() / below.sum()), float(below.mean())
    off = clustered_mean(above - ratio * below, labels, level=level)
    reach = (off.high - off.low) / 2 / size
    return Estimate(ratio, off.standard_error / size, ratio - reach, ratio + reach, n=len(below), clusters=off.clusters)


def clustered_line(x: ArrayLike, y: ArrayLike, clusters: ArrayLike, *, level: float = 0.95) -> Line:
    """Return the least-squares line of y on x, errors clustered.

    Parameters
    ----------
    x, y, clusters : array_like, shape (n,)
    level : float, default 0.95

    Raises
    ------
    ValidationError
        If a value is missing.

    References
    ----------
    .. [1] Cameron & Miller (2015), doi:10.3368/jhr.50.2.317; corrected by G / (G - 1) x (n - 1) / (n - 2).

    Examples
    --------
    >>> found = clustered_line([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0], [1, 1, 2, 2])
    >>> round(found.slope.value, 9), round(found.intercept.value, 9)
    (2.0, 1.0)
    """
    across, up = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if not (np.isfinite(across).all() and np.isfinite(up).all()):
        raise ValidationError("A line needs every value of x and y, some are missing. Bets without a close?")
    names, place = np.unique(np.asarray(clusters), return_inverse=True)
    n, many = len(across), len(names)
    if n < 3 or not np.ptp(across) > 0:
        unknown = Estimate(_UNKNOWN, _UNKNOWN, _UNKNOWN, _UNKNOWN, n=n, clusters=many)
        return Line(slope=unknown, intercept=unknown, identity_p=_UNKNOWN)
    design = np.column_stack([across, np.ones(n)])
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ up
    if many < MINIMUM_CLUSTERS:
        ends = [Estimate(float(b), _UNKNOWN, _UNKNOWN, _UNKNOWN, n=n, clusters=many) for b in beta]
        return Line(slope=ends[0], intercept=ends[1], identity_p=_UNKNOWN)
    scores = design * (up - design @ beta)[:, None]
    sums = np.column_stack([np.bincount(place, weights=scores[:, k]) for k in (0, 1)])
    spread = bread @ (sums.T @ sums) @ bread * many / (many - 1) * (n - 1) / (n - 2)
    quantile = float(stdtrit(many - 1, (1 + level) / 2))
    ends = [
        Estimate(float(b), float(e), float(b - quantile * e), float(b + quantile * e), n=n, clusters=many)
        for b, e in zip(beta, np.sqrt(np.diag(spread)), strict=True)
    ]
    return Line(slope=ends[0], intercept=ends[1], identity_p=_wald(beta - np.array([1.0, 0.0]), spread))


def _wald(off: _Floats, spread: _Floats) -> float:
    if np.linalg.matrix_rank(spread) < len(off):
        return _UNKNOWN
    return float(chdtrc(len(off), off @ np.linalg.solve(spread, off)))

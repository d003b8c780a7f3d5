"""The shortest interval of fixed length when a difference in trends may bend by a bounded amount a period."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from workbench.causal.panels.long_panel import Floats


def shortest_half_length(
    before: Floats, after: Floats, *, target: Floats, covariance: Floats, m: float
) -> tuple[Floats, float]:
    """Return the affine estimator's weights on the path and the half-length of its 95 % interval.

    A difference in trends with ``delta = 0`` at the reference is a slope plus its bends. Weights on the effects before
    treatment must cancel the slope (its size is not bounded); what is left of the bends, each at most ``m``, is the
    worst bias. The half-length is the 95 % quantile of |N(bias, sd)|, minimized over the weights; any weights that
    cancel the slope give a valid interval, the optimum only a short one.

    Parameters
    ----------
    before, after : ndarray
        Steps from the reference: -1, -2, ... and 1, 2, ...
    target : ndarray, shape (n_after,)
    covariance : ndarray, shape (n_before + n_after, n_before + n_after)
    m : float

    References
    ----------
    .. [1] Rambachan & Roth (2023), section 3.2, doi:10.1093/restud/rdad018; Armstrong & Kolesár (2018).
    """
    n = len(before)
    slope, bends = _trend_basis(before, after)
    fixed = np.concatenate([np.zeros(n), target])
    # Weights before treatment that cancel the slope: one solution, and the directions that keep it cancelled.
    towards = slope[:n] / float(slope[:n] @ slope[:n])
    start = -float(fixed @ slope) * towards
    keeps = np.linalg.svd(slope[None, :n])[2][1:].T
    scale = float(np.sqrt(max(fixed @ covariance @ fixed, 1e-300)))

    def weights_of(free: Floats) -> Floats:
        return np.concatenate([start + keeps @ free, target])

    if n == 1:
        weights = weights_of(np.zeros(0))
        return weights, _half_length(weights, bends=bends, covariance=covariance, m=m)
    if m == 0:
        root = covariance[:n, :n]
        free = -np.linalg.pinv(keeps.T @ root @ keeps) @ keeps.T @ (root @ start + covariance[:n, n:] @ target)
        weights = weights_of(free)
        return weights, _half_length(weights, bends=bends, covariance=covariance, m=0.0)
    free = _minimized(start, keeps, target, bends=bends, covariance=covariance, m=m, scale=scale)
    weights = weights_of(free)
    return weights, _half_length(weights, bends=bends, covariance=covariance, m=m)


def _trend_basis(before: Floats, after: Floats) -> tuple[Floats, Floats]:
    """Return the path of a unit slope, and of a unit bend at each period, both zero at the reference.

    The slope is that of the step into the first period after the reference; a bend at the reference or before turns
    only what lies before it, a bend after turns only what follows.

    Returns
    -------
    ndarray, shape (n,)
    ndarray, shape (n, n_bends)
    """
    steps = np.concatenate([before, after])
    earliest, latest = int(before.min()), int(after.max())
    inside: Sequence[int] = range(earliest + 1, latest)
    bends = [np.maximum(c - steps, 0.0) if c <= 0 else np.maximum(steps - c, 0.0) for c in inside]
    return steps, np.column_stack(bends) if bends else np.zeros((len(steps), 0))


def folded_quantile(bias: float) -> float:
    """Return the 95 % quantile of |N(bias, 1)|.

    Examples
    --------
    >>> round(folded_quantile(0.0), 3), round(folded_quantile(10.0) - 10.0, 3)
    (1.96, 1.645)
    """
    c = bias + 1.6448536269514722 + 0.315 * math.exp(-4.0 * bias)
    for _ in range(20):  # Newton: the distribution function is smooth and rises throughout
        excess = _phi(c - bias) - _phi(-c - bias) - 0.95
        step = excess / (_density(c - bias) + _density(c + bias))
        c -= step
        if abs(step) < 1e-12:
            break
    return c


def _phi(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def _density(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def _half_length(weights: Floats, *, bends: Floats, covariance: Floats, m: float) -> float:
    spread = math.sqrt(max(float(weights @ covariance @ weights), 0.0))
    bias = m * float(np.abs(weights @ bends).sum())
    return bias if spread == 0 else spread * folded_quantile(bias / spread)


def _minimized(
    start: Floats, keeps: Floats, target: Floats, *, bends: Floats, covariance: Floats, m: float, scale: float
) -> Floats:
    """Return the free directions that make the interval shortest: from smooth to exact absolute values."""

    def length(free: Floats, rounding: float) -> tuple[float, Floats]:
        weights = np.concatenate([start + keeps @ free, target])
        turned = covariance @ weights
        spread = math.sqrt(float(weights @ turned))
        left = weights @ bends
        size = np.sqrt(left**2 + rounding**2)
        ratio = m * float(size.sum()) / spread
        c = folded_quantile(ratio)
        ahead, behind = _density(c - ratio), _density(c + ratio)
        steep = (ahead - behind) / (ahead + behind)
        by_spread = (c - ratio * steep) * turned / spread
        gradient = steep * m * (bends @ (left / size)) + by_spread
        return spread * c / scale, keeps.T @ gradient[: len(start)] / scale

    free: Floats = np.zeros(keeps.shape[1])
    for rounding in (1e-1, 1e-2, 1e-3):
        free = minimize(
            length, free, args=(rounding,), method="BFGS", jac=True, options={"maxiter": 80, "gtol": 1e-6}
        ).x
    return np.asarray(free)

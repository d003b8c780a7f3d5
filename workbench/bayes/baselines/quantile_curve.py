"""From quantiles at some levels to a distribution over whole yards.

Quantiles are those of jittered yards, ``Y + U`` with ``U`` uniform on (-1/2, 1/2): their distribution function is
continuous and equals that of ``Y`` at every half yard, P(Y <= k) = G(k + 1/2). So the atom at zero needs no model of
its own: it is a steep stretch of ``G`` between -1/2 and 1/2.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.bayes.forecast import IntegerForecast, Support
from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: Least scale of a tail in yards: under half a yard it would not reach the next integer.
_LEAST_TAIL: Final = 0.5
#: Keeps equal quantiles in order, so that the curve between them is a step and not undefined.
_TIE_YARDS: Final = 1e-9


def forecast_from_quantiles(quantiles: ArrayLike, *, levels: ArrayLike, support: Support) -> IntegerForecast:
    """Return the forecast whose jittered distribution function runs through quantiles.

    Crossing quantiles are sorted in each row (monotone rearrangement, which brings them no further from the truth
    [1]_). Between the levels the function is linear; beyond the outermost it is exponential through the last two,
    ``G(x) = p0 exp((x - q0) / s)`` with ``s = (q1 - q0) / log(p1 / p0)`` and likewise above, so that no tail ends
    abruptly. What lies beyond the support counts at its ends.

    Parameters
    ----------
    quantiles : array_like, shape (n_rows, n_levels)
        Yards, in any order within a row.
    levels : array_like, shape (n_levels,)
        Rising, between 0 and 1.
    support : Support

    Returns
    -------
    IntegerForecast

    Raises
    ------
    ValidationError
        If levels do not rise between 0 and 1, or quantiles have another shape or are not finite.

    References
    ----------
    .. [1] Chernozhukov, Fernandez-Val & Galichon (2010), doi:10.3982/ECTA7880
    .. [2] Machado & Santos Silva (2005), Quantiles for counts, doi:10.1198/016214505000000330

    Examples
    --------
    >>> curve = forecast_from_quantiles([[-0.5, 1.5, 3.5]], levels=[0.25, 0.5, 0.75], support=Support(0, 3))
    >>> curve.cdf.round(3).tolist()
    [[0.375, 0.5, 0.625, 1.0]]
    """
    share, found = np.asarray(levels, dtype=np.float64), np.asarray(quantiles, dtype=np.float64)
    if len(share) < 2 or np.diff(share).min() <= 0 or min(share[0], 1.0 - share[-1]) <= 0:
        raise ValidationError(f"Levels of quantiles rise between 0 and 1, at least two, got {share.tolist()}. Percent?")
    if found.ndim != 2 or found.shape[1] != len(share) or not np.isfinite(found).all():
        raise ValidationError(f"Quantiles need shape (n_rows, {len(share)}) and numbers, got {found.shape}.")
    knots = np.sort(found, axis=1) + _TIE_YARDS * np.arange(len(share))
    edges: Floats = support.yards.astype(np.float64) + 0.5
    cdf = np.array([np.interp(edges, row, share) for row in knots]).reshape(len(knots), len(edges))
    below, above = edges < knots[:, :1], edges > knots[:, -1:]
    cdf = np.where(below, _tail(knots[:, :1] - edges, knots[:, 1:2] - knots[:, :1], share[0], share[1]), cdf)
    upper = _tail(edges - knots[:, -1:], knots[:, -1:] - knots[:, -2:-1], 1 - share[-1], 1 - share[-2])
    cdf = np.where(above, 1.0 - upper, cdf)
    cdf[:, -1] = 1.0
    return IntegerForecast(support, cdf)


def _tail(beyond: Floats, step: Floats, outer: float, inner: float) -> Floats:
    """Return the mass beyond each edge: ``outer`` at the last quantile, falling as it does from the last but one."""
    scale = np.maximum(step / np.log(inner / outer), _LEAST_TAIL)
    return np.asarray(outer * np.exp(-np.maximum(beyond, 0.0) / scale))

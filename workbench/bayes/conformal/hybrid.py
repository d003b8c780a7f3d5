"""The hybrid: a network's mean with the residuals of another model about it, their density by kernels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator
from scipy.special import ndtr

from workbench.bayes.forecast import IntegerForecast, Support
from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: Points the cumulative probability is tabulated at when residuals are many: its error stays below 1e-5.
_POINTS = 1025
#: Kernel widths beyond the outermost residual at which nothing is left (1e-15).
_REACH = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class ResidualDensity:
    """A kernel density of residuals: a normal of one bandwidth about each.

    Attributes
    ----------
    residuals : ndarray, shape (n,)
        Outcome minus mean, in yards or in units of a scale.
    bandwidth : float
        Standard deviation of a kernel, in the same unit; it adds its square to the variance.
    weights : ndarray, shape (n,)
        Sum to one.
    """

    residuals: Floats
    bandwidth: float
    weights: Floats

    def cdf(self, at: ArrayLike) -> Floats:
        """Return P(residual <= at): the mean of the kernels' own, any shape."""
        points = np.asarray(at, dtype=np.float64)
        if points.size <= _POINTS:
            return self._exact(points.ravel()).reshape(points.shape)
        grid = np.linspace(*self._range, _POINTS)
        curve = PchipInterpolator(grid, self._exact(grid))
        return np.asarray(np.clip(curve(points.clip(grid[0], grid[-1])), 0.0, 1.0))

    def quantile(self, level: ArrayLike) -> Floats:
        """Return where the cumulative probability reaches the level, by bisection of it, any shape.

        Neither sorted draws nor a normal with the same variance: between two clusters of residuals both are wrong.
        """
        wanted = np.asarray(level, dtype=np.float64)
        low, high = (np.full(wanted.size, end) for end in self._range)
        for _ in range(64):
            middle = (low + high) / 2.0
            short = self._exact(middle) < wanted.ravel()
            low, high = np.where(short, middle, low), np.where(short, high, middle)
        return np.asarray(((low + high) / 2.0).reshape(wanted.shape))

    @property
    def _range(self) -> tuple[float, float]:
        reach = _REACH * self.bandwidth
        return float(self.residuals.min() - reach), float(self.residuals.max() + reach)

    def _exact(self, points: Floats) -> Floats:
        parts = np.array_split(points, max(1, points.size * self.residuals.size // 4_000_000))
        sums = [ndtr((part[:, None] - self.residuals) / self.bandwidth) @ self.weights for part in parts]
        return np.concatenate(sums)


def residual_density(
    residuals: ArrayLike, *, bandwidth: float | None = None, weights: ArrayLike | None = None
) -> ResidualDensity:
    """Return the kernel density of residuals.

    Parameters
    ----------
    residuals : array_like, shape (n,)
        Of rows the model was not trained on; missing ones are left out.
    bandwidth : float, optional
        Default Silverman's: 0.9 min(sd, IQR / 1.34) n^(-1/5) [1]_.
    weights : array_like, shape (n,), optional

    Raises
    ------
    ValidationError
        If fewer than two residuals are known, or all are the same and no bandwidth is given.

    References
    ----------
    .. [1] Silverman (1986), Density Estimation, eq. 3.31

    Examples
    --------
    >>> two = residual_density([-10.0, 10.0], bandwidth=2.0)
    >>> two.quantile([0.25, 0.75, 0.95]).round(2)
    array([-10.  ,  10.  ,  12.56])
    """
    values = np.asarray(residuals, dtype=np.float64)
    known = np.isfinite(values)
    mass = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=np.float64)
    values, mass = values[known], mass[known]
    if len(values) < 2 or not mass.sum() > 0:
        raise ValidationError(f"A density needs two known residuals at least, got {len(values)}.")
    width = silverman(values) if bandwidth is None else bandwidth
    if not width > 0:
        raise ValidationError(f"A bandwidth must be above 0, got {width}. Residuals that are all the same?")
    return ResidualDensity(values, float(width), mass / mass.sum())


def silverman(residuals: Floats) -> float:
    """Return Silverman's robust bandwidth; the standard deviation alone where half of the residuals are the same."""
    spread = float(np.std(residuals, ddof=1))
    quarters = float(np.subtract(*np.quantile(residuals, [0.75, 0.25]))) / 1.34
    return float(0.9 * (min(spread, quarters) if quarters > 0 else spread) * len(residuals) ** -0.2)


def hybrid_forecast(
    means: ArrayLike, density: ResidualDensity, *, support: tuple[int, int], scale: ArrayLike = 1.0
) -> IntegerForecast:
    """Return forecasts with these means and this density about them: P(Y <= k) = G((k + 1/2 - mean) / scale).

    Parameters
    ----------
    means : array_like, shape (n_rows,)
        The network's predictive means in yards.
    density : ResidualDensity
        Of another model's residuals (a GLM's), divided by ``scale`` where one is given.
    support : tuple of int
        First and last yard; what lies beyond is given to the ends.
    scale : array_like, shape () or (n_rows,), default 1
        Yards a unit of residual.

    Returns
    -------
    IntegerForecast

    Raises
    ------
    ValidationError
        If a mean is missing or a scale not above 0.
    """
    centre = np.asarray(means, dtype=np.float64)
    unit = np.broadcast_to(np.asarray(scale, dtype=np.float64), centre.shape)
    if not np.isfinite(centre).all() or not (unit > 0).all():
        raise ValidationError("A hybrid needs a finite mean and a scale above 0 for every row.")
    ends = Support(*support)
    cdf = density.cdf((ends.yards + 0.5 - centre[:, None]) / unit[:, None])
    cdf[:, -1] = 1.0
    return IntegerForecast(ends, np.maximum.accumulate(cdf, axis=1))

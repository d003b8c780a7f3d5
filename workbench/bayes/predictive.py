"""From draws of a network's outputs to forecasts on whole yards: of the outcome, and of its mean alone.

The predictive distribution mixes the distribution of every draw: noise and doubt together. The posterior of the mean
holds the doubt only; its intervals are the known failure, kept here to be shown.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.bayes.encode import Encoder
from workbench.bayes.families import FAMILIES
from workbench.bayes.forecast import IntegerForecast, Support

Floats = NDArray[np.float64]
#: Draws that a mixture uses of those given, spread evenly.
DRAWS: Final = 200
#: Probabilities made at once: so few stay in the processor's cache, and 1,400 rows of 200 draws take 1 to 3 seconds.
_CHUNK = 100_000


def predictive(
    outputs: NDArray[np.floating], *, family: str, encoder: Encoder, support: tuple[int, int], draws: int = DRAWS
) -> IntegerForecast:
    """Return the posterior predictive distribution: the mixture over draws, P(Y <= k) = F(k + 0.5).

    Mass outside the support is put on its ends.

    Parameters
    ----------
    outputs : ndarray, shape (n_draws, n_rows, n_parameters)
        Standardized yards.
    family : str
    encoder : Encoder
        Knows what a yard is.
    support : tuple of int
        First and last whole yard.
    draws : int, default 200
        At most so many are mixed, spread evenly: all 400 would move a quantile by two yards at most (tested).
    """
    law, grid = FAMILIES[family], Support(*support)
    points = ((grid.yards + 0.5 - encoder.centre) / encoder.scale).astype(np.float32)
    kept = np.asarray(thinned(outputs, draws), dtype=np.float32)
    cdf = np.empty((kept.shape[1], len(points)))
    step = max(1, _CHUNK // (len(kept) * len(points)))
    for first in range(0, len(cdf), step):
        cdf[first : first + step] = law.cdf(kept[:, first : first + step], points).mean(axis=0, dtype=np.float64)
    return _forecast(grid, cdf)


def mean_only(
    outputs: NDArray[np.floating], *, family: str, encoder: Encoder, support: tuple[int, int]
) -> IntegerForecast:
    """Return the posterior of the MEAN as if it were a forecast: the failure, shown beside ``predictive``.

    Each draw's mean is rounded to the nearest whole yard.
    """
    grid = Support(*support)
    means = FAMILIES[family].mean(np.asarray(outputs, dtype=np.float64)) * encoder.scale + encoder.centre
    place = np.rint(means).astype(np.int64).clip(*support) - grid.first
    width = len(grid.yards)
    cells = (np.arange(place.shape[1]) * width + place).ravel()
    counts = np.bincount(cells, minlength=place.shape[1] * width).reshape(-1, width)
    return _forecast(grid, np.cumsum(counts, axis=1) / len(place))


@dataclass(frozen=True, slots=True, eq=False)
class Variances:
    """The predictive variance of each row in its two parts, squared yards.

    Attributes
    ----------
    aleatoric : ndarray, shape (n_rows,)
        The mean over draws of the variance: what more rows would not remove.
    epistemic : ndarray, shape (n_rows,)
        The variance over draws of the mean: what the network does not know.
    """

    aleatoric: Floats
    epistemic: Floats

    @property
    def epistemic_share(self) -> Floats:
        """The share of the variance that is doubt about the mean, shape (n_rows,)."""
        return self.epistemic / (self.aleatoric + self.epistemic)


def decomposition(outputs: NDArray[np.floating], *, family: str, encoder: Encoder) -> Variances:
    """Return what is noise and what is doubt in the forecast of each row (law of total variance)."""
    law, exact = FAMILIES[family], np.asarray(outputs, dtype=np.float64)
    unit = encoder.scale**2
    return Variances(unit * np.exp(2.0 * law.log_sd(exact)).mean(axis=0), unit * law.mean(exact).var(axis=0))


def thinned(outputs: NDArray[np.floating], draws: int) -> NDArray[np.floating]:
    """Return at most so many draws, spread evenly from first to last."""
    if len(outputs) <= draws:
        return outputs
    return outputs[np.linspace(0, len(outputs) - 1, draws).round().astype(np.int64)]


def _forecast(support: Support, cdf: Floats) -> IntegerForecast:
    """Return a forecast whose mass beyond the last yard lies on it; rounding never lets it fall."""
    rising = np.maximum.accumulate(cdf, axis=1)
    rising[:, -1] = 1.0
    return IntegerForecast(support, rising.clip(0.0, 1.0))

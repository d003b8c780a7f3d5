"""Every level mended at once: forecast probabilities are replaced by how often they came true on calibration rows."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import PchipInterpolator

from workbench.bayes.conformal.split import calibration_rows
from workbench.bayes.forecast import IntegerForecast

Floats = NDArray[np.float64]
#: Where the map is fitted; between them it is monotone and smooth. Closer in the tails, where intervals end.
KNOTS: Final = (0.005, 0.01, 0.025, *(x / 20 for x in range(1, 20)), 0.975, 0.99, 0.995)
#: Weight of "the forecast is right as it is", in rows: a season of 1,400 moves the map nearly as far as it says.
PRIOR_ROWS: Final = 50.0
#: Beyond this, and one minus this, a forecast says "never": no map of probabilities brings such yards back.
_NEVER = 1e-3


@dataclass(frozen=True, slots=True)
class PitMap:
    """What forecast probabilities are worth: a rising function from 0 to 1 onto itself.

    Attributes
    ----------
    forecast, observed : tuple of float
        Probabilities said, and the share of calibration rows at or below them; both begin at 0 and end at 1.
    rows : float
        Calibration rows, as weighted.
    never : float
        Share of calibration rows that fell where the forecast said 1 in 1,000 or less on their side; 0.002 is usual.
    """

    forecast: tuple[float, ...]
    observed: tuple[float, ...]
    rows: float
    never: float

    def __call__(self, probability: ArrayLike) -> Floats:
        """Return the calibrated probabilities, any shape."""
        curve = PchipInterpolator(self.forecast, self.observed)
        return np.asarray(np.clip(curve(np.clip(probability, 0.0, 1.0)), 0.0, 1.0))

    def recalibrated(self, forecast: IntegerForecast) -> IntegerForecast:
        """Return the forecast with every cumulative probability mapped: still rising, still ending at one."""
        return IntegerForecast(forecast.support, np.maximum.accumulate(self(forecast.cdf), axis=1))

    @property
    def distance(self) -> float:
        """The largest gap between what was said and what came: 0 for a calibrated forecast."""
        return float(np.abs(np.subtract(self.forecast, self.observed)).max())


def pit_map(
    calibration: IntegerForecast, yards: ArrayLike, *, weights: ArrayLike | None = None, prior_rows: float = PRIOR_ROWS
) -> PitMap:
    """Fit the map from calibration rows: the distribution of the probability integral transform.

    A whole yard y is worth every probability from P(Y < y) to P(Y <= y) evenly, the mean of all randomized transforms
    [1]_: of a calibrated forecast of any atoms the map is the diagonal, which is not so of the mid-transform. A
    forecast F becomes G(F) with G the distribution of the transforms [2]_, shrunken to the diagonal by ``prior_rows``.

    Parameters
    ----------
    calibration, yards : IntegerForecast and array_like, shape (n,)
        Rows not trained on, and what came; rows of unknown yards are left out.
    weights : array_like, shape (n,), optional
        At least 0.
    prior_rows : float, default 50
        Must be above 0, for without rows the map is the diagonal.

    Returns
    -------
    PitMap

    References
    ----------
    .. [1] Czado, Gneiting & Held (2009), doi:10.1111/j.1541-0420.2009.01191.x
    .. [2] Kuleshov, Fenner & Ermon (2018), doi:10.48550/arXiv.1807.00263

    Examples
    --------
    >>> from workbench.bayes.forecast import Support
    >>> die = IntegerForecast(Support(1, 6), np.tile(np.arange(1, 7) / 6, (6, 1)))
    >>> pit_map(die, range(1, 7)).distance < 1e-12
    True
    """
    known, got, mass = calibration_rows(calibration, yards, forecast=calibration, weights=weights)
    share = np.ones(len(got)) if mass is None else mass
    low, high = known.at(got - 1.0), known.at(got)
    knots = np.array(KNOTS)
    width = (high - low)[:, None]
    part = np.divide(knots - low[:, None], width, out=(knots >= low[:, None]).astype(np.float64), where=width > 1e-12)
    total = float(share.sum())
    observed = (share @ part.clip(0.0, 1.0) + prior_rows * knots) / (total + prior_rows)
    never = float(share @ ((high < _NEVER) | (low > 1.0 - _NEVER)) / total) if total > 0 else 0.0
    return PitMap((0.0, *KNOTS, 1.0), (0.0, *observed.tolist(), 1.0), total, never)

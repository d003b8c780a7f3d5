"""Synthetic forecasts: normal laws on whole yards, and outcomes of any other."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from workbench.bayes.forecast import IntegerForecast, Support

SUPPORT = Support(-60, 200)


def normal_forecast(
    means: NDArray[np.float64], sds: NDArray[np.float64], support: Support = SUPPORT
) -> IntegerForecast:
    """P(Y <= k) of normals rounded to whole yards."""
    cdf = stats.norm.cdf((support.yards + 0.5 - means[:, None]) / sds[:, None])
    cdf[:, -1] = 1.0
    return IntegerForecast(support, cdf)


def outcomes(means: NDArray[np.float64], sds: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw what the law says."""
    return np.clip(np.rint(rng.normal(means, sds)), *SUPPORT).astype(np.float64)


def rows(n: int, rng: np.random.Generator, *, wrong: float = 1.0) -> tuple[IntegerForecast, NDArray[np.float64]]:
    """Forecasts whose standard deviation is ``wrong`` times the truth, and outcomes of the truth."""
    means, sds = rng.uniform(10, 60, n), rng.uniform(8, 25, n)
    return normal_forecast(means, wrong * sds), outcomes(means, sds, rng)

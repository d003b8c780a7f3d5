"""An interval from a test: the effects a test does not reject, when each draw's statistic is a ratio of polynomials.

Wild bootstrap and randomization both impose the null beta0. A draw's numerator is then linear in beta0 and its variance
quadratic, so the draws are made once and every beta0 is tested with the same ones.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.causal.signed_strength import Floats

_LEVEL = 0.05
#: Where the search for an end gives up and calls it infinite, in standard errors.
_FARTHEST = 200.0


@dataclass(frozen=True, slots=True, eq=False)
class NullDraws:
    """Statistics under the null beta0: (level - slope beta0) / sqrt(square0 - 2 square1 beta0 + square2 beta0^2).

    Attributes
    ----------
    level, slope, square0, square1, square2 : ndarray, shape (n_draws,)
    """

    level: Floats
    slope: Floats
    square0: Floats
    square1: Floats
    square2: Floats

    def p_value(self, null: float, *, estimate: float, standard_error: float) -> float:
        """Return the two-sided p-value of the effect being ``null``; the data count as one draw."""
        variance = self.square0 - 2 * null * self.square1 + null**2 * self.square2
        spread = np.sqrt(np.maximum(variance, 1e-12 * (self.square0 + null**2 * self.square2)))
        drawn = np.abs(self.level - null * self.slope) / spread
        observed = abs(estimate - null) / standard_error
        return float((1 + np.count_nonzero(drawn >= observed * (1 - 1e-12))) / (1 + len(drawn)))


def inverted(draws: NullDraws, *, estimate: float, standard_error: float) -> tuple[float, float, float]:
    """Return the ends of the 95 % interval and the p-value of no effect; an end never rejected is infinite."""

    def kept(null: float) -> bool:
        return draws.p_value(null, estimate=estimate, standard_error=standard_error) > _LEVEL

    low, high = (_end(kept, start=estimate, step=side * standard_error) for side in (-1.0, 1.0))
    return low, high, draws.p_value(0.0, estimate=estimate, standard_error=standard_error)


def _end(kept: Callable[[float], bool], *, start: float, step: float) -> float:
    inside, reach = 0.0, 1.0
    while kept(start + reach * step):
        inside, reach = reach, reach * 1.5
        if reach > _FARTHEST:
            return float(np.inf * step)
    outside = reach
    for _ in range(20):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if kept(start + middle * step) else (inside, middle)
    return start + outside * step

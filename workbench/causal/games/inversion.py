"""An interval from a test: the effects a test does not reject, when each draw's statistic is a ratio of polynomials.

Wild bootstrap and randomization both impose the null beta0. A draw's numerator is then linear in beta0 and its variance
quadratic, so the draws are made once and every beta0 is tested with the same ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.causal.games.dyadic import DyadicClusters, column_pairs
from workbench.causal.games.signed_strength import Floats

#: One effect a draw, shape (n_draws,), and each game's part in its error, shape (n_games, n_draws).
Statistic = tuple[Floats, Floats]

_LEVEL = 0.05
#: Where the search for an end gives up and calls it infinite, in standard errors.
_FARTHEST = 200.0


@dataclass(frozen=True, slots=True, eq=False)
class NullDraws:
    """Statistics under the null beta0: (level - slope beta0) / sqrt(a - 2 b beta0 + c beta0^2).

    Attributes
    ----------
    level, slope : ndarray, shape (n_draws,)
    linked, alone : ndarray, shape (3, n_draws)
        a, b, c of the clustered variance, and of the one without clusters, below which the first is not taken.
    """

    level: Floats
    slope: Floats
    linked: Floats
    alone: Floats

    def p_value(self, null: float, *, estimate: float, standard_error: float) -> float:
        """Return the two-sided p-value of the effect being ``null``; the data count as one draw."""
        powers = np.array([1.0, -2 * null, null**2])
        clustered, alone = powers @ self.linked, powers @ self.alone
        spread = np.sqrt(np.maximum(np.maximum(clustered, alone), np.finfo(float).tiny))
        drawn = np.abs(self.level - null * self.slope) / spread
        observed = abs(estimate - null) / standard_error
        return float((1 + np.count_nonzero(drawn >= observed * (1 - 1e-12))) / (1 + len(drawn)))


def scored(clusters: DyadicClusters, *, level: Statistic, slope: Statistic) -> NullDraws:
    """Return draws from each draw's effect and scores, of the outcome (level) and of the treatment (slope)."""
    linked = clusters.squares(level[1], slope[1])
    alone = column_pairs(level[1], slope[1])
    return NullDraws(level[0], slope[0], linked, alone)


def together(parts: Sequence[NullDraws]) -> NullDraws:
    """Return draws made in chunks as one."""
    columns = zip(*((part.level, part.slope, part.linked, part.alone) for part in parts), strict=True)
    return NullDraws(*(np.concatenate(column, axis=-1) for column in columns))


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

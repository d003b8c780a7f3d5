"""What a week's bets may do to a bankroll, and many such weeks: value at risk, shortfall, drawdown, ruin."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

_Floats = NDArray[np.float64]
#: Chances this close to a level reach it: cumulative sums are not exact.
_ROUNDING = 1e-12
#: Profits closer than this share of the bankroll are pooled at their mean when games are added up.
STEP = 1e-5


@dataclass(frozen=True, slots=True)
class Profits:
    """A discrete law of profit, as a share of the bankroll.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Ascending.
    chances : ndarray, shape (n,)
        Summing to one.
    """

    values: _Floats
    chances: _Floats

    @property
    def mean(self) -> float:
        """Expected profit."""
        return float(self.chances @ self.values)

    @property
    def sd(self) -> float:
        """Standard deviation."""
        return math.sqrt(float(self.chances @ np.square(self.values - self.mean)))

    @property
    def growth(self) -> float:
        """Expected logarithm of what the bankroll is multiplied by; minus infinity if all of it may be lost."""
        wealth = 1.0 + self.values[self.chances > 0]
        if (wealth <= 0).any():
            return -math.inf
        return float(self.chances[self.chances > 0] @ np.log(wealth))

    @property
    def chance_of_loss(self) -> float:
        """Probability of a profit below zero."""
        return float(self.chances[self.values < -_ROUNDING].sum())


def pooled_profits(values: ArrayLike, chances: ArrayLike, *, step: float = STEP) -> Profits:
    """Return a law from values with their chances, those within ``step`` pooled at their mean.

    Examples
    --------
    >>> pooled_profits([0.02, -0.02, 0.02], [0.3, 0.4, 0.3]).values
    array([-0.02,  0.02])
    """
    value, chance = np.ravel(np.asarray(values, dtype=np.float64)), np.ravel(np.asarray(chances, dtype=np.float64))
    cell = np.round(value / step).astype(np.int64)
    cell -= cell.min()
    weight = np.bincount(cell, weights=chance)
    there = weight > 0
    means = np.bincount(cell, weights=chance * value)[there] / weight[there]
    return Profits(values=means, chances=weight[there] / weight.sum())


def summed_profits(parts: Iterable[Profits]) -> Profits:
    """Return the law of a sum of independent profits: each game's, added up game by game.

    Exact but for pooling: every value is off by less than `STEP` a game, the mean by nothing.
    """
    total = Profits(np.zeros(1), np.ones(1))
    for part in parts:
        values = total.values[:, None] + part.values
        total = pooled_profits(values, total.chances[:, None] * part.chances)
    return total


def value_at_risk(profits: Profits, *, level: float = 0.95) -> float:
    """Return the loss that is not passed with the given probability, as a share; below zero it is a gain.

    Examples
    --------
    A bet of 2 % at evens that wins 60 %: four in ten weeks lose 2 %.

    >>> value_at_risk(pooled_profits([0.02, -0.02], [0.6, 0.4]))
    0.02
    """
    return -float(profits.values[_tail(profits, level=level)])


def expected_shortfall(profits: Profits, *, level: float = 0.95) -> float:
    """Return the mean loss of the worst weeks, a share ``1 - level`` of them.

    References
    ----------
    .. [1] Acerbi & Tasche (2002), doi:10.1016/S0378-4266(02)00283-2: where a value straddles the level, only the part
       of its chance that lies within counts.
    """
    at, worst = _tail(profits, level=level), 1.0 - level
    below = float(profits.chances[:at].sum())
    sum_below = float(profits.chances[:at] @ profits.values[:at])
    return -(sum_below + float(profits.values[at]) * (worst - below)) / worst


def _tail(profits: Profits, *, level: float) -> int:
    """Return the place of the lower quantile at ``1 - level``."""
    return int(np.searchsorted(np.cumsum(profits.chances), 1.0 - level - _ROUNDING))


@dataclass(frozen=True, slots=True)
class Repeated:
    """Many weeks with the same law of profit, each staked in proportion to what is left.

    Attributes
    ----------
    weeks, paths : int
    ruin_share : float
        Ruin is to stand at or below this share of the first bankroll at the end of any week.
    ruin, ruin_error : float
        Probability, and its Monte-Carlo standard error (with half a path added either way: never zero).
    drawdown, drawdown_error : float
        Mean over paths of the deepest fall from a peak, as a share of it, and its Monte-Carlo standard error.
    drawdown_high : float
        What one path in twenty passes.
    median_wealth : float
        Of the last week, as a share of the first bankroll.
    """

    weeks: int
    paths: int
    ruin_share: float
    ruin: float
    ruin_error: float
    drawdown: float
    drawdown_error: float
    drawdown_high: float
    median_wealth: float


def repeated_weeks(
    profits: Profits, *, weeks: int, paths: int = 10_000, ruin_share: float = 0.5, rng: np.random.Generator
) -> Repeated:
    """Simulate a bankroll over weeks that are alike and independent.

    Parameters
    ----------
    profits : Profits
        Of one week, as a share of the bankroll before it.
    weeks, paths : int
    ruin_share : float, default 0.5
    rng : Generator
    """
    drawn = rng.choice(profits.values, p=profits.chances, size=(paths, weeks))
    wealth = np.cumprod(np.maximum(1.0 + drawn, 0.0), axis=1)
    peak = np.maximum(np.maximum.accumulate(wealth, axis=1), 1.0)
    fall = (1.0 - wealth / peak).max(axis=1)
    ruined = int((wealth.min(axis=1) <= ruin_share + _ROUNDING).sum())
    share = (ruined + 0.5) / (paths + 1)
    return Repeated(
        weeks=weeks,
        paths=paths,
        ruin_share=ruin_share,
        ruin=ruined / paths,
        ruin_error=math.sqrt(share * (1.0 - share) / paths),
        drawdown=float(fall.mean()),
        drawdown_error=float(fall.std()) / math.sqrt(paths),
        drawdown_high=float(np.quantile(fall, 0.95)),
        median_wealth=float(np.median(wealth[:, -1])),
    )

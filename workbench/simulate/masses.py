"""Probability of each whole-number margin and total, from weighted draws."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.simulate.loop import Scores

Floats = NDArray[np.float64]

#: Margins and totals beyond these are counted at the end.
MAX_MARGIN: Final = 80
MAX_TOTAL: Final = 140


class Masses(NamedTuple):
    """Probabilities on whole points.

    Attributes
    ----------
    points : ndarray of int64, shape (n_points,)
    mass : ndarray, shape (n_games, n_points)
        Summing to one a game.
    """

    points: NDArray[np.int64]
    mass: Floats

    @property
    def mean(self) -> Floats:
        """Expected points, shape (n_games,)."""
        mean: Floats = self.mass @ self.points
        return mean

    @property
    def sd(self) -> Floats:
        """Standard deviation, shape (n_games,)."""
        deviation: Floats = np.sqrt(self.mass @ np.square(self.points) - np.square(self.mean))
        return deviation

    def below(self, realised: NDArray[np.int64]) -> Floats:
        """Return the probability of fewer points than realised, shape (n_games,)."""
        probability: Floats = np.where(self.points < realised[:, None], self.mass, 0.0).sum(axis=1)
        return probability

    def at(self, realised: NDArray[np.int64]) -> Floats:
        """Return the probability of exactly the points realised, shape (n_games,)."""
        probability: Floats = np.where(self.points == realised[:, None], self.mass, 0.0).sum(axis=1)
        return probability


def margin_masses(scores: Scores, weights: Floats | None = None) -> Masses:
    """Return the distribution of each game's margin, home minus away."""
    return _masses(scores.margin, weights, low=-MAX_MARGIN, high=MAX_MARGIN)


def total_masses(scores: Scores, weights: Floats | None = None) -> Masses:
    """Return the distribution of each game's total."""
    return _masses(scores.total, weights, low=0, high=MAX_TOTAL)


def _masses(values: NDArray[np.int16], weights: Floats | None, *, low: int, high: int) -> Masses:
    width = high - low + 1
    place = np.clip(values, low, high).astype(np.int64) - low
    equal = np.full(values.shape[1], 1.0 / values.shape[1])
    rows = [
        np.bincount(place[game], weights=equal if weights is None else weights[game], minlength=width)
        for game in range(len(values))
    ]
    return Masses(np.arange(low, high + 1), np.stack(rows))


def randomized_pit(masses: Masses, realised: NDArray[np.int64], *, rng: np.random.Generator) -> Floats:
    """Return the randomized probability integral transform, uniform where the distribution is right.

    References
    ----------
    .. [1] Czado, Gneiting & Held (2009), doi:10.1111/j.1541-0420.2009.01191.x
    """
    return masses.below(realised) + rng.random(len(realised)) * masses.at(realised)

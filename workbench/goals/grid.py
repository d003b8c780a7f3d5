"""Scorelines: the probability of every final score, and of home win, draw and away win."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from workbench.goals.dixon_coles import low_score_factor

Floats = NDArray[np.float64]
#: Goals a side: a mean of 4 leaves 0.1 % above ten and 3e-4 % above 14; what lies beyond is shared out.
MOST_GOALS = 12


def cells(most: int = MOST_GOALS) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    """Return home and away goals of every cell of the grid, each of shape ((most + 1) ** 2,)."""
    goals = np.arange(most + 1, dtype=np.int16)
    return np.repeat(goals, most + 1), np.tile(goals, most + 1)


def scoreline_probabilities(home_mean: Floats, away_mean: Floats, *, rho: float, most: int = MOST_GOALS) -> Floats:
    """Return the probability of every cell, shape (n_matches, n_cells), summing to one a row.

    Examples
    --------
    >>> grid = scoreline_probabilities(np.array([1.5]), np.array([1.0]), rho=0.0)
    >>> float(grid[0, 0].round(4)), grid.shape  # exp(-2.5)
    (0.0821, (1, 169))
    """
    home, away = cells(most)
    ours, theirs = np.asarray(home_mean, dtype=np.float64)[:, None], np.asarray(away_mean, dtype=np.float64)[:, None]
    log_chance = home * np.log(ours) - ours - gammaln(home + 1.0) + away * np.log(theirs) - theirs - gammaln(away + 1.0)
    factor = low_score_factor(home.astype(np.float64), away.astype(np.float64), means=(ours, theirs), rho=rho)
    chance = np.exp(log_chance) * np.maximum(factor, 0.0)
    whole: Floats = chance / chance.sum(axis=1, keepdims=True)
    return whole


def outcome_probabilities(grid: Floats, *, most: int = MOST_GOALS) -> Floats:
    """Return the chances of home win, draw and away win, shape (n_matches, 3).

    Examples
    --------
    >>> outcome_probabilities(scoreline_probabilities(np.array([1.2]), np.array([1.2]), rho=0.0)).round(3)
    array([[0.362, 0.277, 0.362]])
    """
    home, away = cells(most)
    sides = [home > away, home == away, home < away]
    return np.stack([grid[:, side].sum(axis=1) for side in sides], axis=1)


def reweighted(grid: Floats, outcomes: Floats, *, most: int = MOST_GOALS) -> Floats:
    """Return the grid with these chances of home win, draw and away win; scorelines within each keep their ratios.

    Parameters
    ----------
    grid : ndarray, shape (n_matches, n_cells)
    outcomes : ndarray, shape (n_matches, 3)
        Summing to one a row.
    """
    home, away = cells(most)
    column = np.select([home > away, home == away], [0, 1], default=2)
    factor = outcomes / outcome_probabilities(grid, most=most)
    moved: Floats = grid * factor[:, column]
    whole: Floats = moved / moved.sum(axis=1, keepdims=True)
    return whole

"""Team strength that drifts within a season and comes back to the mean between seasons."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.data.demo.keys import STRENGTHS, stream
from workbench.data.demo.names import TEAMS
from workbench.data.demo.squads import WEEKS
from workbench.data.demo.truth import PlantedTruth


@dataclass(frozen=True, slots=True)
class Strengths:
    """True strength without the quarterback, in points over the league's mean, shape (n_seasons, WEEKS, TEAMS).

    ``attack`` is points scored more, ``defence`` is points allowed less; ``pass_lean`` (n_seasons, TEAMS) is the
    dropback rate over expectation.
    """

    attack: NDArray[np.float64]
    defence: NDArray[np.float64]
    pass_lean: NDArray[np.float64]


def build_strengths(seed: int, *, seasons: tuple[int, ...], planted: PlantedTruth) -> Strengths:
    """Return the random walks of all seasons.

    A season starts at ``between_seasons_kept`` of the last one's end plus as much noise as keeps the spread of
    teams stationary; each week adds a step of ``weekly_drift_sd_points``.
    """
    spread = np.array([planted.attack_sd_points, planted.defence_sd_points])[:, None]
    kept = planted.between_seasons_kept
    paths = np.empty((len(seasons), WEEKS, 2, TEAMS))
    lean = np.empty((len(seasons), TEAMS))
    last = np.zeros((2, TEAMS))
    for index, season in enumerate(seasons):
        rng = stream(seed, STRENGTHS, season)
        fresh = spread * rng.standard_normal((2, TEAMS))
        start = fresh if index == 0 else kept * last + np.sqrt(1.0 - kept**2) * fresh
        steps = planted.weekly_drift_sd_points * rng.standard_normal((WEEKS, 2, TEAMS))
        steps[0] = start - start.mean(axis=1, keepdims=True)
        paths[index] = np.cumsum(steps, axis=0)
        lean[index] = 0.035 * rng.standard_normal(TEAMS)
        last = paths[index, -1]
    return Strengths(attack=paths[:, :, 0], defence=paths[:, :, 1], pass_lean=lean)

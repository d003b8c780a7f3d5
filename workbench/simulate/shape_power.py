"""What the test for drift of the shape does by chance, and how soon it sees a spread that has changed."""

import numpy as np
from numpy.typing import NDArray

from workbench.simulate.shape import ALTERNATIVES, WEEKS_BETWEEN_FALSE_ALARMS


def drift_paths(
    *, rng: np.random.Generator, spread: float = 1.0, paths: int = 1_000, weeks: int = 22, games_a_week: int = 13,
    weeks_between_false_alarms: float = WEEKS_BETWEEN_FALSE_ALARMS,
) -> NDArray[np.bool_]:  # fmt: skip
    """Return whether drift has been declared by each week: many runs of ``simulate.shape.drift_verdict`` at once.

    Parameters
    ----------
    rng : Generator
    spread : float, default 1
        True standard deviation of margins in units of the draws'; totals are as drawn.
    paths, weeks, games_a_week : int

    Returns
    -------
    ndarray of bool, shape (paths, weeks)
    """
    sds = np.array(ALTERNATIVES)
    normal = rng.standard_normal((2, paths, weeks, games_a_week))
    normal[0] *= spread
    squares = np.square(normal).sum(axis=-1)[..., None]
    bets = np.exp(-games_a_week * np.log(sds) - 0.5 * squares * (1.0 / sds**2 - 1.0))
    wealth, declared = np.zeros((2, paths, len(sds))), np.zeros((paths, weeks), dtype=np.bool_)
    for week in range(weeks):
        wealth = (wealth + 1.0) * bets[:, :, week]
        declared[:, week] = wealth.mean(axis=(0, 2)) >= weeks_between_false_alarms
    found: NDArray[np.bool_] = np.logical_or.accumulate(declared, axis=1)
    return found

"""What the draw loop looks up, and how probabilities become look-ups."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.simulate import states as s

#: Rows of ``DriveTables.zones`` past the (outcome, zone) ones.
KICKOFF_ROW: Final = s.N_OUTCOMES * s.N_ZONES
LATE_KICKOFF_ROW: Final = KICKOFF_ROW + 1
KEPT_ROW: Final = KICKOFF_ROW + 2
#: Steps of an inverse distribution function: probabilities are kept to 1/1024.
N_STEPS: Final = 1024
#: Overtime possessions: first, reply to a field goal, sudden death, reply to a touchdown.
FIRST, RESPONSE, SUDDEN_DEATH, MATCH = range(4)


@dataclass(frozen=True, slots=True)
class DriveTables:
    """What the draw loop looks up.

    Attributes
    ----------
    outcome : ndarray of float32, shape (n_outcomes, n_cells * n_zones)
        Probabilities of how a drive ends in regulation, cells of score and clock.
    overtime : ndarray of float32, shape (n_outcomes, 4 * n_zones)
        The same for the kinds of overtime possession.
    exponents : ndarray, shape (n_outcomes,)
        How each outcome's odds move with a team's rate: weight ``exp(exponent * rate)``.
    seconds : ndarray of float32, shape (n_phases * 27 * n_outcomes, n_quantiles)
        Equally likely lengths of a drive: seconds, or the share of what is left within 300 s of the end of a half.
    zones : ndarray of int64, flat (rows * 1024)
        Inverse distribution of the next drive's zone by row: outcome and zone, kick-off, late kick-off, kept kick.
    kept : ndarray, shape (4,)
        Probability that a scoring team keeps its kick-off, by 2 x (last five minutes) + (still behind).
    muffed : float
        Probability that a punting team gets the ball back.
    points : ndarray of int64, flat (3 * 61 * 1024)
        Inverse distribution of a try's points by phase and lead before it.
    spread_difference, spread_sum : float
        Standard deviations of a game's rates: the two teams apart, and together.
    """

    outcome: NDArray[np.float32]
    overtime: NDArray[np.float32]
    exponents: NDArray[np.float64]
    seconds: NDArray[np.float32]
    zones: NDArray[np.int64]
    kept: NDArray[np.float64]
    muffed: float
    points: NDArray[np.int64]
    spread_difference: float
    spread_sum: float


def inverse_steps(probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return, for each row of probabilities, which outcome each of 1,024 equal steps of a uniform falls in, flat.

    Examples
    --------
    >>> steps = inverse_steps(np.array([[0.25, 0.75]]))
    >>> steps.shape, int(steps[255]), int(steps[256])
    ((1024,), 0, 1)
    """
    rows = probabilities.reshape(-1, probabilities.shape[-1])
    middle = (np.arange(N_STEPS) + 0.5) / N_STEPS
    reached = middle[None, :, None] >= np.cumsum(rows, axis=-1)[:, None, :-1]
    steps: NDArray[np.int64] = reached.sum(axis=-1).astype(np.int64).ravel()
    return steps

"""The states a drive can start in: outcome names, clock phases, score cells and field zones, as lookup arrays.

A drive's behaviour depends on the clock and the score together, finely so near the end: a team down 3 kicks to tie, a
team down 4 cannot. The lookups below map whole seconds, score differences and yard lines to small integers, so that the
draw loop only indexes arrays.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

#: How a drive ends, in the order of every outcome axis.
OUTCOMES: Final = ("punt", "touchdown", "field_goal", "turnover", "downs", "missed_field_goal", "end_of_half",
                   "opponent_touchdown", "safety")  # fmt: skip
N_OUTCOMES: Final = len(OUTCOMES)
PUNT, TOUCHDOWN, FIELD_GOAL, TURNOVER, DOWNS, MISSED, END, OPPONENT_TOUCHDOWN, SAFETY = range(N_OUTCOMES)

HALF_SECONDS: Final = 1800
#: Score differences beyond this behave alike.
MAX_DIFFERENCE: Final = 30
N_DIFFERENCES: Final = 2 * MAX_DIFFERENCE + 1

# Lower ends of the phases of each half, seconds left in the half, latest phase last.
_FIRST_HALF_PHASES: Final = (900, 600, 300, 180, 90, 40, 0)
_SECOND_HALF_PHASES: Final = (900, 600, 420, 300, 200, 120, 60, 25, 0)
N_FIRST: Final = len(_FIRST_HALF_PHASES)
N_PHASES: Final = N_FIRST + len(_SECOND_HALF_PHASES)
#: Within this many seconds of the end of a half a drive's length is a share of what is left.
SHARE_SECONDS: Final = 300

# Upper ends (inclusive) of the score cells, from the offence's side; the last cell is open.
_EARLY_CELLS: Final = (-9, 8)
_THIRD_QUARTER_CELLS: Final = (-15, -9, -4, 3, 8, 14)
_FOURTH_QUARTER_CELLS: Final = (-17, -12, -9, -8, -7, -4, -3, -1, 0, 2, 3, 6, 7, 8, 11, 16)

#: Upper ends (inclusive) of the field zones: yards from the opponent's goal line at the drive's start.
ZONE_ENDS: Final = (19, 34, 49, 64, 74, 79, 89)
N_ZONES: Final = len(ZONE_ENDS) + 1
#: Where a drive starts after a kick-off taken in the end zone.
TOUCHBACK_ZONE: Final = 5
N_POINT_PHASES: Final = 3
FIELD_GOAL_POINTS: Final = 3


def _phase_lookup() -> NDArray[np.int64]:
    seconds = np.arange(HALF_SECONDS + 1)
    first = np.searchsorted(-np.array(_FIRST_HALF_PHASES), -seconds, side="right")
    second = np.searchsorted(-np.array(_SECOND_HALF_PHASES), -seconds, side="right")
    # A drive that starts exactly on a phase's lower end belongs to the later phase, except at 0:00.
    first = np.minimum(first, N_FIRST - 1)
    second = np.minimum(second, N_PHASES - N_FIRST - 1)
    return np.stack([first, N_FIRST + second])


def _cell_lookup() -> NDArray[np.int64]:
    difference = np.arange(-MAX_DIFFERENCE, MAX_DIFFERENCE + 1)
    cells = np.empty((N_PHASES, N_DIFFERENCES), dtype=np.int64)
    start = 0
    for phase in range(N_PHASES):
        ends = _EARLY_CELLS if phase < N_FIRST else _THIRD_QUARTER_CELLS if phase == N_FIRST else _FOURTH_QUARTER_CELLS
        cells[phase] = start + np.searchsorted(ends, difference)
        start += len(ends) + 1
    return cells


#: Phase of (half, seconds left in the half), shape (2, 1801).
PHASE_OF: Final = _phase_lookup()
#: Cell of (phase, score difference + 30), shape (n_phases, 61).
CELL_OF: Final = _cell_lookup()
N_CELLS: Final = int(CELL_OF.max()) + 1
#: Phase of each cell, shape (n_cells,).
PHASE_OF_CELL: Final = np.array([np.argwhere(np.equal(CELL_OF, cell))[0, 0] for cell in range(N_CELLS)])
#: Group of each phase in which field position acts alike: early, late first half, second half, its end.
GROUP_OF_PHASE: Final = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3])
N_GROUPS: Final = 4


#: Group of field zones in which drives last alike: short, middle, long field.
LENGTH_ZONE: Final = np.array([0, 0, 0, 1, 1, 2, 2, 2])
N_SIDES, N_LENGTH_ZONES = 3, 3
#: Phase of the try, by seconds left in the game: before the fourth quarter, early in it, its last five minutes.
POINT_PHASE_OF: Final = np.searchsorted([-900, -300], -np.arange(2 * HALF_SECONDS + 1)).astype(np.int64)


def length_key(
    phase: NDArray[np.int64], lead: NDArray[np.int64], zone: NDArray[np.int64], outcome: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the row of the length table; ``lead`` is a ``difference_index``."""
    side = np.sign(lead - MAX_DIFFERENCE) + 1
    key: NDArray[np.int64] = ((phase * N_SIDES + side) * N_LENGTH_ZONES + LENGTH_ZONE[zone]) * N_OUTCOMES + outcome
    return key


def difference_index(difference: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the index of a score difference in the lookups.

    Examples
    --------
    >>> difference_index(np.array([-45.0, 0.0, 3.0]))
    array([ 0, 30, 33])
    """
    return (np.clip(difference, -MAX_DIFFERENCE, MAX_DIFFERENCE) + MAX_DIFFERENCE).astype(np.int64)


def zone_of(yardline_100: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the field zone of yards from the opponent's goal line; unknown counts as a touchback.

    Examples
    --------
    >>> zone_of(np.array([10.0, 75.0, 92.0, np.nan]))
    array([0, 5, 7, 5])
    """
    return np.searchsorted(ZONE_ENDS, np.where(np.isnan(yardline_100), 75.0, yardline_100)).astype(np.int64)

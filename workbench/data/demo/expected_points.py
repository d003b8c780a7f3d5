"""The simple value of a situation, and what each play added to it.

A table, not a model: on first and ten the next score is worth 5.9 points at the goal line and 0.067 less a yard; each
later down and each yard to go costs the stated amount. Near enough to published curves for a simulated league.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from workbench.data.demo.engine import Play
from workbench.data.demo.rules import EXTRA_POINT, FIELD_GOAL, KICKOFF, TWO_POINT

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

DOWN_COST: Final = np.array([0.0, 0.0, 0.45, 1.05, 2.30])
TOGO_COST: Final = np.array([0.0, 0.05, 0.075, 0.09, 0.06])
TOGO_USUAL: Final = np.array([0.0, 10.0, 7.5, 6.5, 5.5])
TOUCHDOWN_POINTS: Final = 7.0
MARGIN_SD: Final = 13.0


def expected_points(*, yardline: Codes, down: Codes, togo: Codes) -> Floats:
    """Return the expected next score of the offence, in points.

    Examples
    --------
    >>> expected_points(yardline=np.array([75, 1]), down=np.array([1, 1]), togo=np.array([10, 1])).round(2)
    array([0.88, 5.83])
    """
    short = (down == 1) & (togo < 10)
    distance = TOGO_COST[down] * (togo - TOGO_USUAL[down]) * ~short
    points: Floats = 5.9 - 0.067 * yardline - DOWN_COST[down] - distance
    return points


def play_values(plays: Play) -> Floats:
    """Return each play's expected points added; nan on tries after a touchdown."""
    kickoff = plays.call == KICKOFF
    value = expected_points(
        yardline=np.where(kickoff, 75, plays.yardline),
        down=np.where(kickoff, 1, plays.down),
        togo=np.where(kickoff, 10, plays.togo),
    )
    home = plays.offence == 0
    made_home, made_away = plays.home_after - plays.home_before, plays.away_after - plays.away_before
    net = np.where(home, made_home - made_away, made_away - made_home).astype(np.float64)
    following = np.roll(value, -1) * np.where(np.roll(plays.offence, -1) == plays.offence, 1.0, -1.0)
    continues = (np.roll(plays.game, -1) == plays.game) & (np.roll(plays.half, -1) == plays.half)
    continues[-1:] = False
    after = np.where(continues, following, 0.0)
    after = np.where(net != 0, net + np.where(plays.touchdown, np.sign(net) * (TOUCHDOWN_POINTS - 6.0), 0.0), after)
    tries = np.isin(plays.call, (EXTRA_POINT, TWO_POINT))
    return np.where(tries, np.nan, after - value)


def win_probability(plays: Play) -> Floats:
    """Return the offence's chance to win before the snap: a normal margin with the clock's share of its variance."""
    home = plays.offence == 0
    ahead = np.where(home, 1, -1) * (plays.home_before - plays.away_before)
    kick = np.isin(plays.call, (KICKOFF, EXTRA_POINT, TWO_POINT, FIELD_GOAL))
    value = np.where(kick, 0.9, expected_points(yardline=plays.yardline, down=plays.down, togo=plays.togo))
    left = np.where(plays.half == 3, plays.clock / 2.0, plays.clock)
    sd = MARGIN_SD * np.sqrt(left / 3600.0) + 0.6
    return np.asarray(ndtr((ahead + value * np.minimum(left / 120.0, 1.0)) / sd), dtype=np.float64)

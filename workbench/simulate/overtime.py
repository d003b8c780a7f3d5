"""Overtime rules of each season: how long, who must possess, and whether a game can tie."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

SUDDEN, MODIFIED, BOTH_POSSESS = range(3)


class OvertimeRules(NamedTuple):
    """Rules of each game, shape (n_games,).

    Attributes
    ----------
    kind : ndarray of int64
        0 sudden death, 1 a field goal on the first possession may be answered, 2 both possess.
    seconds : ndarray of int64
        Length of a period.
    can_tie : ndarray of bool
    """

    kind: NDArray[np.int64]
    seconds: NDArray[np.int64]
    can_tie: NDArray[np.bool_]


def overtime_rules(season: ArrayLike, *, playoff: ArrayLike) -> OvertimeRules:
    """Return the rules under which each game would go on when level after four quarters.

    Sudden death to 2011 (play-offs to 2009); then a touchdown ends it, a field goal on the first possession does not;
    both teams possess in play-offs from 2022 and in the regular season from 2025. Fifteen minutes, ten in the regular
    season from 2017. Play-offs go on until somebody wins.

    Examples
    --------
    >>> overtime_rules([2011, 2016, 2024, 2024], playoff=[False, False, False, True])
    OvertimeRules(kind=array([0, 1, 1, 2]), seconds=array([900, 900, 600, 900]),
                  can_tie=array([ True, True, True, False]))
    """
    year, knockout = np.asarray(season, dtype=np.int64), np.asarray(playoff, dtype=bool)
    modified_from = np.where(knockout, 2010, 2012)
    both_from = np.where(knockout, 2022, 2025)
    kind = np.where(year >= both_from, BOTH_POSSESS, np.where(year >= modified_from, MODIFIED, SUDDEN))
    seconds = np.where(knockout | (year < 2017), 900, 600)
    return OvertimeRules(kind.astype(np.int64), seconds.astype(np.int64), ~knockout)

"""What a club that comes up is expected to be worth, before it has played: the past of clubs that came up."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: Pseudo-clubs of average strength: a first season or two must not decide alone.
PRIOR_CLUBS = 3.0
#: Added to goals of a club's season, so that nobody's logarithm is minus infinity.
_HALF_A_GOAL = 0.5


def promoted_prior(scored: Floats, conceded: Floats, *, league_goals: Floats) -> tuple[float, float]:
    """Return the prior means of a promoted club's log attack and log defence.

    The rule: the mean, over clubs promoted in earlier seasons, of the logarithm of goals scored (for defence: of the
    league's goals over those conceded) a match in their first season, against the league's mean of that season, three
    average clubs added.

    Parameters
    ----------
    scored, conceded : ndarray, shape (n_clubs,)
        Goals in each club's first season.
    league_goals : ndarray, shape (n_clubs,)
        What an average club of that season scored in as many matches.

    Examples
    --------
    >>> attack, defence = promoted_prior(np.array([40.0]), np.array([64.0]), league_goals=np.array([51.0]))
    >>> round(attack, 3), round(defence, 3)  # log(40.5 / 51.5) / 4, log(51.5 / 64.5) / 4
    (-0.06, -0.056)
    """
    if not len(scored):
        return 0.0, 0.0
    clubs = len(scored) + PRIOR_CLUBS
    attack = np.log((scored + _HALF_A_GOAL) / (league_goals + _HALF_A_GOAL)).sum() / clubs
    defence = np.log((league_goals + _HALF_A_GOAL) / (conceded + _HALF_A_GOAL)).sum() / clubs
    return float(attack), float(defence)

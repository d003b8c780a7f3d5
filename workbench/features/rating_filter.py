"""The state-space model of team strength: one Kalman filter over offences, defences, quarterbacks and home field.

Points of a side = level + half the home field + offence + quarterback - opponent's defence + noise; expected points
added is a second, scaled reading of the same sum. Sides are read week by week, all games of a week at once, so no
game of a week ever sees another.

References
----------
.. [1] Glickman & Stern (1998), doi:10.1080/01621459.1998.10474084 (state space for football)
.. [2] Harville (1980), doi:10.1080/01621459.1980.10477504 (mixed model, home field)
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from workbench.features.rating_data import Floats, Integers, RatingData

#: Fixed places in the state: league level of points, of EPA, home field, home field without crowds.
LEVEL, EPA_LEVEL, HOME, HOME_NO_CROWD, FIXED = 0, 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class FilterParameters:
    """Variances and carry-overs of the state, in points (of margin) and points squared.

    The defaults were fitted on the seasons 1999-2009 (likelihood of the margins of 2002-2009, each forecast from the
    weeks before it), so that every season from 2010 on is forecast by parameters older than itself.
    ``rushing_weight`` weighs rushing against passing EPA; ``turnover_points`` gives back part of what turnovers cost:
    their luck does not last. ``line_variance`` is that of a closing line about the strengths; None: not read.
    """

    initial_variance: float = 16.0
    offence_keep: float = 0.67
    defence_keep: float = 0.62
    offence_season_variance: float = 6.6
    defence_season_variance: float = 4.8
    offence_week_variance: float = 0.116
    defence_week_variance: float = 0.079
    quarterback_new: float = -1.85
    quarterback_new_variance: float = 7.7
    quarterback_keep: float = 0.894
    quarterback_season_variance: float = 1.15
    quarterback_week_variance: float = 0.029
    quarterback_other: float = -1.58
    home: float = 2.6
    home_season_variance: float = 0.03
    points_variance: float = 82.0
    epa_scale: float = 0.874
    epa_variance: float = 89.4
    points_epa_correlation: float = 0.765
    rushing_weight: float = 1.0
    turnover_points: float = 2.0
    line_variance: float | None = None
    no_crowd_seasons: tuple[int, ...] = (2020,)


#: The same model that also reads the closing lines of games already played (never of the game to forecast): fitted so
#: as to come closest to the closing lines of 2002-2009.
MARKET_MEMORY = FilterParameters(
    offence_keep=0.706,
    defence_keep=0.576,
    offence_season_variance=2.312,
    defence_season_variance=2.07,
    offence_week_variance=0.213,
    defence_week_variance=0.241,
    quarterback_new=0.943,
    quarterback_new_variance=2.31,
    quarterback_keep=0.728,
    quarterback_season_variance=0.263,
    quarterback_week_variance=0.016,
    quarterback_other=-4.326,
    points_variance=11.31,
    epa_scale=0.287,
    epa_variance=369.2,
    points_epa_correlation=0.552,
    rushing_weight=1.382,
    turnover_points=1.757,
    line_variance=5.08,
)


@dataclass(frozen=True, slots=True)
class RatingState:
    """What is believed after the games read so far.

    Attributes
    ----------
    mean : ndarray, shape (n_states,)
        Level, EPA level, home field, home field without crowds, offences, defences (points prevented), quarterbacks.
    covariance : ndarray, shape (n_states, n_states)
    n_teams : int
    quarterbacks : ndarray of int64, shape (n_quarterbacks,)
        Player numbers of the last states, as in ``RatingData.players``.
    quarterback_season : ndarray of int64, shape (n_quarterbacks,)
        When each was last seen; two seasons later he leaves the state.
    season : int
        0 before the first game.
    tuesday : numpy.datetime64
        The week up to which the state has been carried.
    """

    mean: Floats
    covariance: Floats
    n_teams: int
    quarterbacks: Integers
    quarterback_season: Integers
    season: int
    tuesday: np.datetime64

    @property
    def offence(self) -> slice:
        """Places of the offences."""
        return slice(FIXED, FIXED + self.n_teams)

    @property
    def defence(self) -> slice:
        """Places of the defences."""
        return slice(FIXED + self.n_teams, FIXED + 2 * self.n_teams)

    def quarterback_place(self, n_players: int) -> Integers:
        """Place of each player in the state, -1 if he is not in it, shape (n_players,)."""
        place = np.full(n_players, -1, dtype=np.int64)
        place[self.quarterbacks] = FIXED + 2 * self.n_teams + np.arange(len(self.quarterbacks))
        return place


def initial_state(n_teams: int, parameters: FilterParameters) -> RatingState:
    """Return what is believed before the first game: equal teams, spread by ``initial_variance``."""
    n = FIXED + 2 * n_teams
    mean, variance = np.zeros(n), np.full(n, parameters.initial_variance)
    mean[[LEVEL, HOME, HOME_NO_CROWD]] = 21.0, parameters.home, parameters.home / 2
    variance[:FIXED] = 1.0, 9.0, 0.25, 1.0
    none = np.empty(0, dtype=np.int64)
    return RatingState(mean, np.diag(variance), n_teams, none, none, 0, np.datetime64("1900-01-01"))


def advanced(state: RatingState, parameters: FilterParameters, *, season: int, tuesday: np.datetime64) -> RatingState:
    """Carry a state forward in time without new games.

    Within a season strengths wander; between seasons they also shrink towards average, and quarterbacks not seen for
    two seasons leave.
    """
    if state.season == 0:
        return replace(state, season=season, tuesday=tuesday)
    if season != state.season:
        return replace(_over_summer(state, parameters, season=season), season=season, tuesday=tuesday)
    weeks = float((tuesday - state.tuesday) / np.timedelta64(7, "D"))
    noise = _noise(state, offence=parameters.offence_week_variance, defence=parameters.defence_week_variance)
    noise[FIXED + 2 * state.n_teams :] = parameters.quarterback_week_variance
    noise[[LEVEL, EPA_LEVEL]] = 0.005
    return replace(state, covariance=state.covariance + np.diag(noise * max(weeks, 0.0)), tuesday=tuesday)


def _noise(state: RatingState, *, offence: float, defence: float) -> Floats:
    noise = np.zeros(len(state.mean))
    noise[state.offence], noise[state.defence] = offence, defence
    return noise


def _over_summer(state: RatingState, parameters: FilterParameters, *, season: int) -> RatingState:
    stays = np.r_[np.ones(FIXED + 2 * state.n_teams, dtype=bool), state.quarterback_season >= season - 2]
    keep = np.ones(len(state.mean))
    keep[state.offence], keep[state.defence] = parameters.offence_keep, parameters.defence_keep
    keep[FIXED + 2 * state.n_teams :] = parameters.quarterback_keep
    noise = _noise(state, offence=parameters.offence_season_variance, defence=parameters.defence_season_variance)
    noise[FIXED + 2 * state.n_teams :] = parameters.quarterback_season_variance
    noise[[LEVEL, EPA_LEVEL, HOME]] = 0.3, 0.3, parameters.home_season_variance
    mean = keep * state.mean
    mean[FIXED + 2 * state.n_teams :] += (1 - parameters.quarterback_keep) * parameters.quarterback_new
    covariance = keep[:, None] * state.covariance * keep + np.diag(noise)
    seen = state.quarterback_season >= season - 2
    return replace(
        state,
        mean=mean[stays],
        covariance=covariance[np.ix_(stays, stays)],
        quarterbacks=state.quarterbacks[seen],
        quarterback_season=state.quarterback_season[seen],
    )


def with_quarterbacks(state: RatingState, players: Integers, *, parameters: FilterParameters) -> RatingState:
    """Return the state with the players that are not in it yet, each at what a new quarterback is worth."""
    new = np.setdiff1d(players[players >= 0], state.quarterbacks)
    if not len(new):
        return state
    n, m = len(state.mean), len(new)
    covariance = np.zeros((n + m, n + m))
    covariance[:n, :n] = state.covariance
    covariance[range(n, n + m), range(n, n + m)] = parameters.quarterback_new_variance
    return replace(
        state,
        mean=np.r_[state.mean, np.full(m, parameters.quarterback_new)],
        covariance=covariance,
        quarterbacks=np.r_[state.quarterbacks, new],
        quarterback_season=np.r_[state.quarterback_season, np.full(m, state.season)],
    )


def updated(state: RatingState, design: Floats, *, observed: Floats, noise: Floats) -> RatingState:
    """Return the state after one Kalman update.

    Parameters
    ----------
    design : ndarray, shape (n_observations, n_states)
    observed : ndarray, shape (n_observations,)
    noise : ndarray, shape (n_observations, n_observations)
        Covariance of the observation errors.

    Examples
    --------
    Prior variance 1, noise variance 1: halfway to what was seen, half the variance.

    >>> prior = replace(initial_state(1, FilterParameters()), mean=np.zeros(6), covariance=np.eye(6))
    >>> after = updated(prior, np.eye(6)[[4]], observed=np.array([3.0]), noise=np.eye(1))
    >>> float(after.mean[4]), float(after.covariance[4, 4])
    (1.5, 0.5)
    """
    spread = state.covariance @ design.T
    gain = np.linalg.solve(design @ spread + noise, spread.T).T
    covariance = state.covariance - gain @ spread.T
    return replace(
        state,
        mean=state.mean + gain @ (observed - design @ state.mean),
        covariance=(covariance + covariance.T) / 2,
    )


def side_design(state: RatingState, data: RatingData, *, sides: Integers, no_crowd: bool) -> Floats:
    """Return what each side's points read of the state, quarterbacks and level left out, (n_sides, n_states)."""
    design = np.zeros((len(sides), len(state.mean)))
    rows = np.arange(len(sides))
    design[rows, FIXED + data.team[sides]] = 1.0
    design[rows, FIXED + state.n_teams + data.opponent[sides]] = -1.0
    at_home = np.where(data.neutral[sides // 2], 0.0, np.where(sides % 2 == 0, 0.5, -0.5))
    design[rows, HOME_NO_CROWD if no_crowd else HOME] = at_home
    return design


def observe(state: RatingState, data: RatingData, *, sides: Integers, parameters: FilterParameters) -> RatingState:
    """Return the state after reading one week's played sides (points, and EPA where it is known)."""
    first, last = np.searchsorted(data.share_side, [sides[0], sides[-1] + 1])
    inside = np.isin(data.share_side[first:last], sides)
    who, share = data.share_player[first:last][inside], data.share[first:last][inside]
    state = with_quarterbacks(state, who, parameters=parameters)
    design = side_design(state, data, sides=sides, no_crowd=state.season in parameters.no_crowd_seasons)
    row = np.searchsorted(sides, data.share_side[first:last][inside])
    np.add.at(design, (row, state.quarterback_place(len(data.players))[who]), share)
    epa = data.passing_epa[sides] + parameters.rushing_weight * data.rushing_epa[sides]
    epa += parameters.turnover_points * data.turnovers[sides]
    has_epa = np.isfinite(epa)
    lines = data.line[sides[0::2] // 2]
    has_line = np.isfinite(lines) & (parameters.line_variance is not None)
    stacked = np.r_[design, parameters.epa_scale * design[has_epa], (design[0::2] - design[1::2])[has_line]]
    stacked[: len(sides), LEVEL] = 1.0
    stacked[len(sides) : len(sides) + has_epa.sum(), EPA_LEVEL] = 1.0
    after = updated(
        state,
        stacked,
        observed=np.r_[data.points[sides], epa[has_epa], lines[has_line]],
        noise=_observation_noise(has_epa, n_lines=int(has_line.sum()), parameters=parameters),
    )
    season = np.where(np.isin(after.quarterbacks, who), state.season, after.quarterback_season)
    return replace(after, quarterback_season=season)


def _observation_noise(has_epa: NDArray[np.bool_], *, n_lines: int, parameters: FilterParameters) -> Floats:
    """Points and EPA of one side err together; sides and lines err apart."""
    n, m = len(has_epa), int(has_epa.sum())
    variances = [parameters.points_variance, parameters.epa_variance, parameters.line_variance or 0.0]
    noise = np.diag(np.repeat(variances, [n, m, n_lines]))
    both = parameters.points_epa_correlation * np.sqrt(parameters.points_variance * parameters.epa_variance)
    places = np.flatnonzero(has_epa)
    noise[places, range(n, n + m)] = noise[range(n, n + m), places] = both
    return noise

"""Attack, defence and home advantage from past scores, older ones counting less, teams pulled towards a prior.

Home goals are Poisson with mean ``exp(level + home + attack[i] - defence[j])``, away goals with mean
``exp(level + attack[j] - defence[i])``; ``rho`` moves mass among 0-0, 1-0, 0-1 and 1-1, where goals are not
independent [1]_. A match of age ``t`` days counts ``0.5 ** (t / half_life_days)``. Each strength has a normal prior
(standard deviation ``spread``) about its team's prior mean, so that a club with few matches is not taken at its word.

References
----------
.. [1] Dixon & Coles (1997), doi:10.1111/1467-9876.00065
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import ValidationError

Floats = NDArray[np.float64]
#: Beyond this the correction could make a scoreline's probability negative at means a match can have.
RHO_LIMIT = 0.15
#: Steps of the fit; from last week's fit about five are taken.
_STEPS = 100
#: The fit ends when no parameter moves by more than this: forecasts then agree to seven digits.
_STILL = 1e-8
#: Moves larger than this call for a new look at the information.
_NEAR = 0.02
_HALVINGS = 30
#: Cells are never likelier or less likely than this in the logarithm, wherever a line search may look.
_SMALLEST = 1e-6


@dataclass(frozen=True, slots=True)
class Matches:
    """Past matches, teams as rows of a list.

    Attributes
    ----------
    home, away : ndarray of int, shape (n_matches,)
        Positions in the list of teams.
    home_goals, away_goals : ndarray of int, shape (n_matches,)
    age_days : ndarray of float, shape (n_matches,)
        Before the instant of the fit, none below zero.

    Raises
    ------
    ValidationError
        If shapes differ, goals are negative, or a match lies ahead.
    """

    home: NDArray[np.int64]
    away: NDArray[np.int64]
    home_goals: NDArray[np.int64]
    away_goals: NDArray[np.int64]
    age_days: Floats

    def __post_init__(self) -> None:
        shapes = {part.shape for part in (self.home, self.away, self.home_goals, self.away_goals, self.age_days)}
        if len(shapes) != 1:
            raise ValidationError(f"Matches need one value each, got shapes {sorted(shapes)}.")
        if len(self.age_days) and (self.age_days.min() < 0 or min(self.home_goals.min(), self.away_goals.min()) < 0):
            raise ValidationError("Ages and goals must be at least 0. A match after the instant of the fit?")


@dataclass(frozen=True, slots=True)
class Memory:
    """What is tuned: how fast matches are forgotten, and how far teams may lie from their prior.

    Attributes
    ----------
    half_life_days : float
    spread : float
        Prior standard deviation of a log strength.
    """

    half_life_days: float
    spread: float

    def __post_init__(self) -> None:
        if not (self.half_life_days > 0 and self.spread > 0):
            raise ValidationError(f"Half-life and spread must be above 0, got {self.half_life_days}, {self.spread}.")


@dataclass(frozen=True, slots=True)
class Strengths:
    """A fit.

    Attributes
    ----------
    attack, defence : ndarray, shape (n_teams,)
        Logarithms; higher is better in both.
    level, home : float
        Logarithm of an away side's goals between average teams, and what playing at home adds.
    rho : float
        Dependence of low scores; negative: more draws at 0-0 and 1-1 than independence gives.
    matches : float
        Weights of the matches, summed.
    """

    attack: Floats
    defence: Floats
    level: float
    home: float
    rho: float
    matches: float

    def means(self, home: NDArray[np.int64], away: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return the mean goals of both sides of these pairings, each of shape (n_matches,)."""
        ours = np.exp(self.level + self.home + self.attack[home] - self.defence[away])
        theirs = np.exp(self.level + self.attack[away] - self.defence[home])
        return ours, theirs


def fitted(
    matches: Matches,
    *,
    n_teams: int,
    memory: Memory,
    prior_attack: Floats | None = None,
    prior_defence: Floats | None = None,
    start: Strengths | None = None,
) -> Strengths:
    """Fit strengths by penalised maximum likelihood.

    Parameters
    ----------
    matches : Matches
    n_teams : int
    memory : Memory
    prior_attack, prior_defence : ndarray, shape (n_teams,), optional
        Prior means; by default 0, the average team.
    start : Strengths, optional
        Where to begin, such as last week's fit of the same teams: the answer is the same, sooner.

    Raises
    ------
    ValidationError
        If there is no match: nothing says how many goals are scored.
    """
    if not len(matches.age_days):
        raise ValidationError("A goals model needs matches, got none. A first season without an earlier one?")
    problem = _Problem(
        matches=matches,
        weights=0.5 ** (matches.age_days / memory.half_life_days),
        low=_low_scores(matches.home_goals, matches.away_goals),
        prior=np.concatenate([_means(prior_attack, n_teams), _means(prior_defence, n_teams)]),
        spread=memory.spread,
        n_teams=n_teams,
    )
    x = problem.solved(problem.start(start))
    return Strengths(
        attack=x[:n_teams],
        defence=x[n_teams : 2 * n_teams],
        level=float(x[-3]),
        home=float(x[-2]),
        rho=float(x[-1]),
        matches=float(problem.weights.sum()),
    )


def low_score_factor(home_goals: Floats, away_goals: Floats, *, means: tuple[Floats, Floats], rho: float) -> Floats:
    """Return Dixon and Coles' tau: what dependence does to the probability of a scoreline (arrays broadcast).

    Examples
    --------
    >>> low_score_factor(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 0.0]), means=(1.5, 1.0), rho=-0.1)
    array([1.15, 1.1 , 1.  ])
    """
    ours, theirs = means
    return np.select(
        _low_scores(home_goals, away_goals),
        [1.0 - ours * theirs * rho, 1.0 + ours * rho, 1.0 + theirs * rho, np.full_like(ours * theirs, 1.0 - rho)],
        default=1.0,
    )


@dataclass(frozen=True, slots=True)
class _Problem:
    """The penalised likelihood: parameters are attack, defence, level, home, rho."""

    matches: Matches
    weights: Floats
    low: list[NDArray[np.bool_]]
    prior: Floats
    spread: float
    n_teams: int

    def start(self, known: Strengths | None) -> Floats:
        if known is not None and len(known.attack) == self.n_teams:
            return np.concatenate([known.attack, known.defence, [known.level, known.home, known.rho]])
        ours, theirs = (
            float(np.average(goals, weights=self.weights) + 0.05)
            for goals in (self.matches.home_goals, self.matches.away_goals)
        )
        return np.concatenate([self.prior, [np.log(theirs), np.log(ours / theirs), 0.0]])

    def solved(self, x: Floats) -> Floats:
        """Climb by Fisher scoring [1]_, each step halved until it does not fall.

        References
        ----------
        .. [1] McCullagh & Nelder (1989), section 2.5
        """
        value, slope, means = self.climb(x)
        information = self._information(*means)
        for _ in range(_STEPS):
            step = np.linalg.solve(information, slope)
            for halving in range(_HALVINGS):
                tried = x + step * 0.5**halving
                tried[-1] = np.clip(tried[-1], -RHO_LIMIT, RHO_LIMIT)
                found = self.climb(tried)
                if found[0] >= value - 1e-12 * abs(value):
                    break
            moved = float(np.abs(tried - x).max())
            if moved > _NEAR:  # close to the top the information hardly changes
                information = self._information(*found[2])
            x, (value, slope, _) = tried, found
            if moved < _STILL:
                break
        return x

    def climb(self, x: Floats) -> tuple[float, Floats, tuple[Floats, Floats, Floats]]:
        """Return the penalised log likelihood (constants left out), its gradient, and what information is made of."""
        m, n, w = self.matches, self.n_teams, self.weights
        attack, defence, (level, home, rho) = x[:n], x[n : 2 * n], x[-3:]
        log_ours = np.clip(level + home + attack[m.home] - defence[m.away], -8.0, 4.0)
        log_theirs = np.clip(level + attack[m.away] - defence[m.home], -8.0, 4.0)
        ours, theirs = np.exp(log_ours), np.exp(log_theirs)
        tau, by_ours, by_theirs, by_rho = self._correction(ours, theirs, rho)
        likelihood = w @ (m.home_goals * log_ours - ours + m.away_goals * log_theirs - theirs + np.log(tau))
        gap = x[: 2 * n] - self.prior
        slope_ours, slope_theirs = w * (m.home_goals - ours + by_ours), w * (m.away_goals - theirs + by_theirs)
        by_attack = _summed(m.home, slope_ours, n) + _summed(m.away, slope_theirs, n)
        by_defence = -_summed(m.away, slope_ours, n) - _summed(m.home, slope_theirs, n)
        strengths = np.concatenate([by_attack, by_defence]) - gap / self.spread**2
        rest = [slope_ours.sum() + slope_theirs.sum(), slope_ours.sum(), float(w @ by_rho)]
        value = float(likelihood - 0.5 * (gap @ gap) / self.spread**2)
        return value, np.concatenate([strengths, rest]), (w * ours, w * theirs, w * by_rho**2)

    def _information(self, ours: Floats, theirs: Floats, by_rho: Floats) -> Floats:
        """Return the expected information of the Poisson part, the prior's, and that of rho on its own.

        It leaves the low-score correction out of the strengths' block: it is small, and only the way up depends on the
        information, not the top.
        """
        m, n = self.matches, self.n_teams
        size = 2 * n + 3
        level, home = 2 * n, 2 * n + 1
        sides = ((ours, m.home, m.away, True), (theirs, m.away, m.home, False))
        whole = np.zeros((size, size))
        for mean, scorer, keeper, at_home in sides:
            by_scorer, by_keeper = _summed(scorer, mean, n), _summed(keeper, mean, n)
            met = np.bincount(scorer * n + keeper, weights=mean, minlength=n * n).reshape(n, n)
            whole[:n, n : 2 * n] -= met
            whole[range(n), range(n)] += by_scorer
            whole[range(n, 2 * n), range(n, 2 * n)] += by_keeper
            for column in (level, home) if at_home else (level,):
                whole[:n, column] += by_scorer
                whole[n : 2 * n, column] -= by_keeper
        total, at_home_only = ours.sum() + theirs.sum(), ours.sum()
        whole[level, level], whole[home, home], whole[level, home] = total, at_home_only, at_home_only
        whole = np.triu(whole) + np.triu(whole, 1).T
        whole[range(2 * n), range(2 * n)] += 1.0 / self.spread**2
        whole[-1, -1] = max(float(by_rho.sum()), 1.0)
        return whole

    def _correction(self, ours: Floats, theirs: Floats, rho: float) -> tuple[Floats, Floats, Floats, Floats]:
        """Return tau, and the slopes of its logarithm in both log means and in rho."""
        cells = self.low
        zero, one = np.zeros_like(ours), np.ones_like(ours)
        raw = np.select(cells, [1 - ours * theirs * rho, 1 + ours * rho, 1 + theirs * rho, one - rho], default=1.0)
        tau = np.maximum(raw, _SMALLEST)
        by_ours = np.select(cells, [-ours * theirs * rho, ours * rho, zero, zero], default=0.0) / tau
        by_theirs = np.select(cells, [-ours * theirs * rho, zero, theirs * rho, zero], default=0.0) / tau
        by_rho = np.select(cells, [-ours * theirs, ours, theirs, -one], default=0.0) / tau
        return tau, by_ours, by_theirs, by_rho


def _low_scores(home: NDArray[Any], away: NDArray[Any]) -> list[NDArray[np.bool_]]:
    """Return which scores are 0-0, 0-1, 1-0 and 1-1."""
    return [(home == h) & (away == a) for h, a in ((0, 0), (0, 1), (1, 0), (1, 1))]


def _means(prior: Floats | None, n_teams: int) -> Floats:
    means = np.zeros(n_teams) if prior is None else np.asarray(prior, dtype=np.float64)
    if means.shape != (n_teams,):
        raise ValidationError(f"Prior means must be one a team ({n_teams}), got shape {means.shape}.")
    return means


def _summed(place: NDArray[np.int64], values: Floats, n_teams: int) -> Floats:
    return np.bincount(place, weights=values, minlength=n_teams).astype(np.float64)

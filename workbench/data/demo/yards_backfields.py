"""Who carries the ball: four backs a team, two or three dress; rookies, moves, injuries, jobs won and lost."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
BACKS: Final = 4
DRESSED: Final = 3
#: Standard deviations of a player's standing (log odds of a carry) and of his tilt (.007 is about .3 yards a carry).
STANDING_SD: Final = 1.5
TILT_SD: Final = 0.007
_LEAVES: Final = 0.22  # a season
_MOVES: Final = 0.12  # to another team, a season
_FORM_KEPT, _FORM_SD = 0.92, 0.22  # a week
_JOB_CHANGES, _JOB_SD = 0.012, 1.3  # a week, and how far standing jumps
_HURT, _HEALED = 0.035, 0.3  # a week
_THIRD_DRESSES: Final = 0.65
_UNUSED: Final = 0.05  # of the third back's games: dressed, and never on the field


@dataclass(frozen=True, slots=True, eq=False)
class Backfields:
    """The backs of every team and week.

    Attributes
    ----------
    players : ndarray of int, shape (n_seasons, n_teams, BACKS)
        Player numbers; the first season's are all new to the readers of the tables.
    share : ndarray, shape (n_seasons, n_weeks, n_teams, BACKS)
        Of the team's carries by backs; zero for who does not dress.
    hurt, unused : ndarray of bool, same shape
        ``unused``: dressed without a snap. Both are drawn without regard to yards, so that no row is missing for what
        it would have been.
    tilt : ndarray, shape (n_players,)
    """

    players: NDArray[np.int64]
    share: Floats
    hurt: NDArray[np.bool_]
    unused: NDArray[np.bool_]
    tilt: Floats


def backfields(rng: np.random.Generator, *, n_seasons: int, n_weeks: int, n_teams: int) -> Backfields:
    """Return the backs of a league."""
    shape = (n_weeks, n_teams, BACKS)
    current = np.arange(n_teams * BACKS).reshape(n_teams, BACKS)
    standing, n_players = rng.normal(0.0, STANDING_SD, current.size), current.size
    players, shares, hurts, unused = [], [], [], []
    for season in range(n_seasons):
        if season:
            current, n_players = _next_season(current, n_players=n_players, rng=rng)
            new = rng.normal(-0.3, STANDING_SD, n_players - len(standing))  # rookies wait
            standing = np.concatenate([0.85 * standing + rng.normal(0.0, 0.4, len(standing)), new])
        hurt = _spells(rng, shape)
        logits, standing = _form(standing, current, rng=rng, n_weeks=n_weeks)
        share = _shares(logits, hurt=hurt, third=rng.random((n_weeks, n_teams, 1)) < _THIRD_DRESSES)
        last = (share > 0.0) & (share <= np.where(share > 0.0, share, 2.0).min(axis=-1, keepdims=True))
        idle = last & (rng.random(shape) < _UNUSED)
        players.append(current)
        hurts.append(hurt)
        unused.append(idle)
        shares.append(share)
    tilt = rng.normal(0.0, TILT_SD, n_players)
    return Backfields(np.stack(players), np.stack(shares), np.stack(hurts), np.stack(unused), tilt)


def _next_season(
    current: NDArray[np.int64], *, n_players: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], int]:
    """Return the backs after retirements, moves and rookies."""
    flat = current.ravel().copy()
    leaving = rng.random(flat.size) < _LEAVES
    flat[leaving] = n_players + np.arange(leaving.sum())
    moving = np.flatnonzero(rng.random(flat.size) < _MOVES)
    flat[moving] = flat[np.roll(moving, BACKS)]
    return flat.reshape(current.shape), n_players + int(leaving.sum())


def _spells(rng: np.random.Generator, shape: tuple[int, int, int]) -> NDArray[np.bool_]:
    out = np.zeros(shape, dtype=np.bool_)
    drawn = rng.random(shape)
    for week in range(1, shape[0]):
        out[week] = np.where(out[week - 1], drawn[week] > _HEALED, drawn[week] < _HURT)
    return out


def _form(
    standing: Floats, current: NDArray[np.int64], *, rng: np.random.Generator, n_weeks: int
) -> tuple[Floats, Floats]:
    """Return the weeks' log odds, form about a standing that now and then jumps, and the standings afterwards."""
    after = standing.copy()
    level, form = after[current], np.zeros(current.shape)
    weeks = []
    for _ in range(n_weeks):
        jumps = rng.random(current.shape) < _JOB_CHANGES
        level = level + np.where(jumps, rng.normal(0.0, _JOB_SD, current.shape), 0.0)
        form = _FORM_KEPT * form + rng.normal(0.0, _FORM_SD, current.shape)
        weeks.append(level + form)
    after[current] = level
    return np.stack(weeks), after


def _shares(logits: Floats, *, hurt: NDArray[np.bool_], third: NDArray[np.bool_]) -> Floats:
    """Return shares of the carries among the best two, or three, who are fit."""
    fit = np.where(hurt, -np.inf, logits)
    places = np.argsort(np.argsort(-fit, axis=-1), axis=-1)
    dressed = (places < DRESSED - 1 + third) & ~hurt
    weight = np.where(dressed, np.exp(logits), 0.0)
    total = weight.sum(axis=-1, keepdims=True)
    return np.asarray(weight / np.where(total > 0.0, total, 1.0))

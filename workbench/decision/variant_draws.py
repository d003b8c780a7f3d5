"""Draws without drives, and centring without reweighting: what stands in their place in the rent tests."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.simulate.loop import Scores

Floats = NDArray[np.float64]

#: Second words of a game's seed, so that no stream here is one the drives have used.
_NORMALS: Final = 101
_SHIFTS: Final = 102


def normal_scores(
    *, margin_mean: ArrayLike, total_mean: ArrayLike, margin_sd: ArrayLike, total_sd: ArrayLike,
    seeds: NDArray[np.uint64], n_draws: int,
) -> Scores:  # fmt: skip
    """Draw rounded normal margins and, independently, normal totals rounded to the same parity.

    No key number, no rarity of ties, no dependence of total and margin: what is left of football when nothing is known
    but means and spreads. The normals of a game are standardized, so that its mean is hit as exactly as a tilt hits
    it: a module must not look useful for want of draws. A side's points may come out below zero, for nobody told them.

    Parameters
    ----------
    margin_mean, total_mean, margin_sd, total_sd : array_like, shape (n_games,)
        Points.
    seeds : ndarray of uint64, shape (n_games,)
        From ``simulate.drives.game_seeds``.
    n_draws : int

    Returns
    -------
    Scores

    Examples
    --------
    >>> one = normal_scores(margin_mean=[3.0], total_mean=[44.0], margin_sd=[13.0], total_sd=[13.0],
    ...                     seeds=np.array([7], dtype=np.uint64), n_draws=4000)
    >>> bool(abs(one.margin.mean() - 3.0) < 0.1)
    True
    """
    columns = [np.asarray(c, dtype=float)[:, None] for c in (margin_mean, margin_sd, total_mean, total_sd)]
    normal = _each(seeds, _NORMALS, lambda rng: _standardized(rng.standard_normal((2, n_draws))), shape=(2, n_draws))
    margin = np.rint(columns[0] + columns[1] * normal[:, 0])
    total = margin + 2.0 * np.rint((columns[2] + columns[3] * normal[:, 1] - margin) / 2.0)
    home, away = (side.astype(np.int16) for side in ((total + margin) / 2, (total - margin) / 2))
    return Scores(home, away, np.zeros(home.shape, dtype=np.bool_), 2 * home.size)


def shifted_scores(
    scores: Scores, *, margin_mean: ArrayLike, total_mean: ArrayLike, seeds: NDArray[np.uint64]
) -> Scores:
    """Shift each game's draws to a mean margin and total: the plain way that reweighting replaces.

    Points are whole, so a draw moves by the whole number below or above, at random, such that the mean is hit; mass on
    key numbers is smeared over their neighbours, and a team without points may end below zero.

    Parameters
    ----------
    scores : Scores, of n_games and n_draws
    margin_mean, total_mean : array_like, shape (n_games,)
    seeds : ndarray of uint64, shape (n_games,)

    Examples
    --------
    >>> level = Scores(np.full((1, 4), 20, np.int16), np.full((1, 4), 20, np.int16), np.zeros((1, 4), bool), 0)
    >>> moved = shifted_scores(level, margin_mean=[0.5], total_mean=[40.5], seeds=np.array([1], dtype=np.uint64))
    >>> float(moved.margin.mean()), float(moved.total.mean())
    (0.5, 40.5)
    """
    margin = np.asarray(margin_mean, dtype=float) - scores.margin.mean(axis=1)
    total = np.asarray(total_mean, dtype=float) - scores.total.mean(axis=1)
    n_draws = scores.home.shape[1]
    steps = (np.arange(n_draws) + 0.5) / n_draws
    chance = _each(
        seeds, _SHIFTS, lambda rng: np.stack([rng.permutation(steps), rng.permutation(steps)]), shape=(2, n_draws)
    )
    home, away = (
        (old + np.floor(by[:, None] + chance[:, side])).astype(np.int16)
        for side, (old, by) in enumerate(((scores.home, (total + margin) / 2), (scores.away, (total - margin) / 2)))
    )
    return Scores(home, away, scores.overtime, scores.uniforms)


def equal_weights(scores: Scores) -> Floats:
    """Return the same weight for every draw, shape (n_games, n_draws)."""
    n_games, n_draws = scores.home.shape
    return np.full((n_games, n_draws), 1.0 / n_draws)


def _standardized(normal: Floats) -> Floats:
    centred = normal - normal.mean(axis=-1, keepdims=True)
    out: Floats = centred / centred.std(axis=-1, keepdims=True)
    return out


def _each(
    seeds: NDArray[np.uint64], word: int, draw: Callable[[np.random.Generator], Floats], *, shape: tuple[int, int]
) -> Floats:
    """Return one draw a game, each of its own stream, shape (n_games, *shape)."""
    drawn = [draw(np.random.default_rng([int(seed), word])) for seed in seeds]
    return np.array(drawn, dtype=np.float64).reshape(len(drawn), *shape)

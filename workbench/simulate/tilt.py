"""Exponential tilting: reweight draws so that their mean margin and total hit a target.

Scores are never shifted, so every draw stays a possible score and the mass on 3, 7 and the other key numbers survives.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import MarketError
from workbench.simulate.loop import Scores

Floats = NDArray[np.float64]

_ROUNDS: Final = 60
_TOLERANCE: Final = 1e-9
_CHUNK: Final = 64


@dataclass(frozen=True, slots=True)
class Tilt:
    """Weights that centre draws, and how hard they had to work.

    Attributes
    ----------
    weights : ndarray of float64, shape (n_games, n_draws)
        Summing to one a game.
    slopes : ndarray of float64, shape (n_games, n_features)
        Log weight per point of margin and per point of total.
    effective_draws : ndarray of float64, shape (n_games,)
        Kish's effective sample size ``1 / sum(weights**2)``.
    error : ndarray of float64, shape (n_games, n_features)
        Weighted mean margin and total minus their targets, points.
    rounds : int
        Newton steps of the slowest game.
    """

    weights: Floats
    slopes: Floats
    effective_draws: Floats
    error: Floats
    rounds: int


def tilted_weights(
    scores: Scores, *, margin_mean: ArrayLike | None = None, total_mean: ArrayLike | None = None,
    base: ArrayLike | None = None,
) -> Tilt:  # fmt: skip
    """Reweight draws to a mean margin and a mean total.

    Of all weights with those means, exponential ones are the nearest to the draws in Kullback-Leibler distance.

    Parameters
    ----------
    scores : Scores, of n_games and n_draws
    margin_mean, total_mean : array_like, shape (n_games,), optional
        Targets in points; NaN or None leaves that mean where it is free to go.
    base : array_like, shape (n_games, n_draws), optional
        Weights to start from (the shape's), equal by default.

    Returns
    -------
    Tilt

    Raises
    ------
    MarketError
        If a target lies outside what the draws span, so that no weights reach it.

    References
    ----------
    .. [1] Stutzer (1996), A simple nonparametric approach to derivative security valuation,
       doi:10.1111/j.1540-6261.1996.tb05220.x

    Examples
    --------
    >>> three = Scores(np.array([[3, 0, 0]], dtype=np.int16), np.array([[0, 0, 3]], dtype=np.int16),
    ...                np.zeros((1, 3), dtype=bool), 0)
    >>> tilted_weights(three, margin_mean=[1.0]).weights.round(3)
    array([[0.514, 0.305, 0.181]])
    """
    n_games, n_draws = scores.home.shape
    target = np.stack([_column(margin_mean, n_games), _column(total_mean, n_games)], axis=1)
    parts = [slice(low, low + _CHUNK) for low in range(0, n_games, _CHUNK)]
    tilts = [
        exponential_weights(
            np.stack([scores.margin[part], scores.total[part]], axis=1).astype(float),
            target=target[part],
            base=None if base is None else np.asarray(base, dtype=float)[part],
        )
        for part in parts
    ]
    return Tilt(
        np.concatenate([tilt.weights for tilt in tilts]).reshape(n_games, n_draws),
        np.concatenate([tilt.slopes for tilt in tilts]),
        np.concatenate([tilt.effective_draws for tilt in tilts]),
        np.concatenate([tilt.error for tilt in tilts]),
        max(tilt.rounds for tilt in tilts),
    )


def exponential_weights(features: Floats, *, target: Floats, base: Floats | None = None) -> Tilt:
    """Reweight draws so that the means of their features hit a target: the general form of ``tilted_weights``.

    Parameters
    ----------
    features : ndarray, shape (n_games, n_features, n_draws)
    target : ndarray, shape (n_games, n_features)
        NaN leaves a feature free.
    base : ndarray, shape (n_games, n_draws), optional

    Raises
    ------
    MarketError
        If no weights reach the target.
    """
    log_base = np.zeros_like(features[:, 0]) if base is None else _logarithm(base)
    weights, slopes, error, rounds = _newton(features, target, log_base)
    return Tilt(weights, slopes, 1.0 / np.square(weights).sum(axis=1), error, rounds)


def _column(values: ArrayLike | None, n_games: int) -> Floats:
    return np.full(n_games, np.nan) if values is None else np.asarray(values, dtype=float)


def _logarithm(weights: Floats) -> Floats:
    with np.errstate(divide="ignore"):
        return np.log(weights)


def _newton(draws: Floats, target: Floats, log_base: Floats) -> tuple[Floats, Floats, Floats, int]:
    """Minimise the convex dual ``log sum exp(slopes . (draws - target))`` for each game, by damped Newton steps."""
    wanted = np.isfinite(target)
    _refuse_outside(draws, target, wanted)
    centred = np.where(wanted[..., None], draws - np.where(wanted, target, 0.0)[..., None], 0.0)
    slopes = np.zeros_like(target)
    weights, value = _weights(centred, slopes, log_base)
    for rounds in range(_ROUNDS + 1):
        mean = np.einsum("gd,gkd->gk", weights, centred)
        if np.abs(mean).max(initial=0.0) < _TOLERANCE:
            return weights, slopes, mean, rounds
        spread = np.einsum("gd,gkd,gld->gkl", weights, centred, centred, optimize=True)
        spread -= mean[:, :, None] * mean[:, None, :]
        spread += np.eye(target.shape[1]) * np.where(wanted, 1e-10, 1.0)[:, None, :]
        step = np.linalg.solve(spread, mean[..., None])[..., 0]
        slopes, weights, value = _damped(centred, slopes, step, value, log_base)
    worst = int(np.argmax(np.abs(mean).max(axis=1)))
    raise MarketError(_outside(target[worst]))


def _weights(centred: Floats, slopes: Floats, log_base: Floats) -> tuple[Floats, Floats]:
    exponent = np.einsum("gk,gkd->gd", slopes, centred) + log_base
    top = exponent.max(axis=1, keepdims=True)
    raw = np.exp(exponent - top)
    total = raw.sum(axis=1, keepdims=True)
    return raw / total, (np.log(total) + top)[:, 0]


def _damped(
    centred: Floats, slopes: Floats, step: Floats, value: Floats, log_base: Floats
) -> tuple[Floats, Floats, Floats]:
    share = np.ones(len(slopes))
    for _ in range(30):
        candidate = slopes - share[:, None] * step
        weights, lower = _weights(centred, candidate, log_base)
        worse = ~(lower <= value + 1e-12)
        if not worse.any():
            break
        share = np.where(worse, share / 2.0, share)
    return candidate, weights, lower


def _refuse_outside(draws: Floats, target: Floats, wanted: NDArray[np.bool_]) -> None:
    outside = wanted & ((target <= draws.min(axis=2)) | (target >= draws.max(axis=2)))
    if outside.any():
        raise MarketError(_outside(target[int(np.flatnonzero(outside.any(axis=1))[0])]))


def _outside(target: Floats) -> str:
    values = ", ".join(f"{value:g}" for value in target)
    return (
        f"A target (margin, total) must lie within what the draws span, got ({values}). "
        "A wrong sign, a line of another game, or too few draws?"
    )

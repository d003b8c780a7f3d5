"""Randomization inference: the treatment dealt out anew among the games of each season's week.

For one-game and switching shocks, whose treatment could have fallen on any game of the week; an absorbing treatment
runs over weeks, so dealing weeks anew would break what it shares from week to week: take the wild bootstrap there.
"""

from typing import TYPE_CHECKING

import numpy as np

from workbench.causal.games.inversion import NullDraws, Statistic, scored, together
from workbench.causal.games.signed_strength import Floats

if TYPE_CHECKING:
    from workbench.causal.games.game_design import GameFit

_CHUNK = 250


def randomization_draws(fit: "GameFit", *, draws: int, rng: np.random.Generator) -> NullDraws:
    """Return the statistics of permuted treatments, for any null.

    Under the null beta0, outcome - beta0 x treatment does not depend on who was treated: it is kept and the treatment
    is permuted within season and week. Statistics are studentized, which keeps the test right when errors differ in
    spread (Wu & Ding 2021).
    """
    parts = []
    for start in range(0, draws, _CHUNK):
        permuted = _permuted(fit, draws=min(_CHUNK, draws - start), rng=rng)
        parts.append(_statistics(fit, treatments=fit.prepared.off.residuals(permuted)))
    return together(parts)


def _permuted(fit: "GameFit", *, draws: int, rng: np.random.Generator) -> Floats:
    """Return the treatment permuted within weeks, shape (n_games, draws): ranks of noise, sorted by week first."""
    week = fit.prepared.clusters.week
    place = np.argsort(week, kind="stable")
    shuffled = np.argsort(week[:, None] + rng.random((len(week), draws)), axis=0)
    permuted = np.empty((len(week), draws))
    permuted[place] = fit.raw[shuffled]
    return permuted


def _statistics(fit: "GameFit", *, treatments: Floats) -> NullDraws:
    level = _slope_and_scores(fit, outcome=fit.prepared.outcome, treatments=treatments)
    slope = _slope_and_scores(fit, outcome=fit.left, treatments=treatments)
    return scored(fit.prepared.clusters, level=level, slope=slope)


def _slope_and_scores(fit: "GameFit", *, outcome: Floats, treatments: Floats) -> Statistic:
    squares = np.maximum(np.einsum("ij,ij->j", treatments, treatments), 1e-12 * float(fit.left @ fit.left))
    slopes = outcome @ treatments / squares
    residuals = outcome[:, None] - treatments * slopes
    return slopes, np.sqrt(fit.factor) * treatments * residuals / squares

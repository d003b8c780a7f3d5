"""How scoring rates become points, and which rates give the points a game is expected to have."""

from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.simulate.loop import draw_block
from workbench.simulate.overtime import overtime_rules
from workbench.simulate.tables import DriveTables

Floats = NDArray[np.float64]

_GRID: Final = np.linspace(-1.4, 1.4, 7)
_GRID_DRAWS: Final = 1_000
_DEGREE: Final = 4
_NEWTON_ROUNDS: Final = 12
_MATCH_ROUNDS: Final = 2
_MATCH_GAMES: Final = 48
_MATCH_DRAWS: Final = 500
_BLOCK: Final = 10_000


def _terms(own: Floats, other: Floats) -> Floats:
    return np.stack([own**i * other**j for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)], axis=-1)


def fit_response(tables: DriveTables) -> Floats:
    """Return log expected points of a team as a polynomial of its own and its opponent's rate."""
    # Home and away are alike but for their rates, so half of the grid tells both halves.
    own, other = (_GRID[index] for index in np.triu_indices(len(_GRID)))
    rates = np.repeat(np.stack([own, other], axis=1), _GRID_DRAWS, axis=0)
    home, away = (points.reshape(own.size, -1) for points in _drawn(tables, rates))
    points = np.concatenate([home.mean(axis=1), away.mean(axis=1)])
    terms = np.concatenate([_terms(own, other), _terms(other, own)])
    solution: Floats = np.linalg.lstsq(terms, np.log(points), rcond=None)[0]
    return solution


def solved_rates(response: Floats, *, margin_mean: ArrayLike, total_mean: ArrayLike) -> Floats:
    """Return the rates (n_games, 2) at which the polynomial gives the wanted expected points."""
    margin, total = np.asarray(margin_mean, dtype=float), np.asarray(total_mean, dtype=float)
    wanted = np.log(np.maximum(np.stack([total + margin, total - margin], axis=-1) / 2.0, 3.0))
    rates = np.zeros_like(wanted)
    step = 1e-4
    for _ in range(_NEWTON_ROUNDS):
        value = _log_points(response, rates)
        slope = np.empty((*rates.shape, 2))
        for team in range(2):
            moved = rates.copy()
            moved[:, team] += step
            slope[..., team] = (_log_points(response, moved) - value) / step
        change = np.linalg.solve(slope, (wanted - value)[..., None])[..., 0]
        rates = np.clip(rates + np.clip(change, -0.5, 0.5), _GRID[0], _GRID[-1])
    return rates


def _log_points(response: Floats, rates: Floats) -> Floats:
    home, away = rates[:, 0], rates[:, 1]
    return np.stack([_terms(home, away) @ response, _terms(away, home) @ response], axis=-1)


def matched_dispersion(tables: DriveTables, *, expectations: pd.DataFrame) -> DriveTables:
    """Return the tables with the game-to-game sds at which draws scatter as real games did about their expectation."""
    margin = (expectations["home_score"] - expectations["away_score"]).to_numpy(dtype=float)
    total = (expectations["home_score"] + expectations["away_score"]).to_numpy(dtype=float)
    means = expectations[["margin_mean", "total_mean"]].to_numpy(dtype=float)
    wanted = np.array([np.var(margin - means[:, 0]), np.var(total - means[:, 1])])
    order = np.argsort(means[:, 0] + 1e-3 * means[:, 1])
    sample = means[order[np.linspace(0, len(order) - 1, _MATCH_GAMES).astype(int)]]
    variances = np.array([0.02, 0.01])
    bare = _scatter(tables, variances * 0.0, sample)
    for _ in range(_MATCH_ROUNDS):
        slope = (_scatter(tables, variances, sample) - bare) / np.maximum(variances, 1e-4)
        variances = np.maximum((wanted - bare) / slope, 0.0)
        if not variances.any():
            break
    return replace(tables, spread_difference=float(variances[0] ** 0.5), spread_sum=float(variances[1] ** 0.5))


def _scatter(tables: DriveTables, variances: Floats, means: Floats) -> Floats:
    spread = replace(tables, spread_difference=float(variances[0] ** 0.5), spread_sum=float(variances[1] ** 0.5))
    rates = solved_rates(fit_response(spread), margin_mean=means[:, 0], total_mean=means[:, 1])
    home, away = (points.reshape(len(means), -1) for points in _drawn(spread, np.repeat(rates, _MATCH_DRAWS, axis=0)))
    return np.array([(home - away).var(axis=1).mean(), (home + away).var(axis=1).mean()])


def _drawn(tables: DriveTables, rates: Floats) -> tuple[Floats, Floats]:
    """Draw one game a row, the same random numbers at every call so that differences between calls are smooth."""
    rules = overtime_rules(2024, playoff=False)
    parts = [
        draw_block(tables, rates[low : low + _BLOCK], rules=rules, rng=np.random.default_rng(low))
        for low in range(0, len(rates), _BLOCK)
    ]
    return np.concatenate([part[0] for part in parts]).astype(float), np.concatenate([p[1] for p in parts]).astype(
        float
    )

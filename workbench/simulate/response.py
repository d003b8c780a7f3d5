"""How scoring rates become points, and which rates give the points a game is expected to have."""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.simulate.kernel import Tables
from workbench.simulate.loop import run_draws
from workbench.simulate.overtime import OvertimeRules, overtime_rules

Floats = NDArray[np.float64]

_GRID: Final = np.linspace(-1.4, 1.4, 9)
_GRID_DRAWS: Final = 1_500
_DEGREE: Final = 4
_NEWTON_ROUNDS: Final = 12
_MATCH_ROUNDS: Final = 3
_MATCH_GAMES: Final = 96
_MATCH_DRAWS: Final = 1_000


def _terms(own: Floats, other: Floats) -> Floats:
    return np.stack([own**i * other**j for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)], axis=-1)


def fit_response(tables: Tables) -> Floats:
    """Return log expected points of a team as a polynomial of its own and its opponent's rate."""
    own, other = (axis.ravel() for axis in np.meshgrid(_GRID, _GRID, indexing="ij"))
    n = own.size
    scores = run_draws(
        tables, rates=np.stack([own, other], axis=1), seeds=np.arange(n, dtype=np.uint64),
        rules=overtime_rules(np.full(n, 2024), playoff=np.zeros(n, dtype=bool)), n_draws=_GRID_DRAWS,
    )  # fmt: skip
    points = np.concatenate([scores.home.mean(axis=1), scores.away.mean(axis=1)])
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


def matched_dispersion(tables: Tables, *, expectations: pd.DataFrame) -> Tables:
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
    return tables._replace(spread_difference=float(variances[0] ** 0.5), spread_sum=float(variances[1] ** 0.5))


def _scatter(tables: Tables, variances: Floats, means: Floats) -> Floats:
    spread = tables._replace(spread_difference=float(variances[0] ** 0.5), spread_sum=float(variances[1] ** 0.5))
    rates = solved_rates(fit_response(spread), margin_mean=means[:, 0], total_mean=means[:, 1])
    n = len(means)
    rules: OvertimeRules = overtime_rules(np.full(n, 2024), playoff=np.zeros(n, dtype=bool))
    scores = run_draws(spread, rates=rates, seeds=np.arange(n, dtype=np.uint64), rules=rules, n_draws=_MATCH_DRAWS)
    home, away = scores.home.astype(float), scores.away.astype(float)
    return np.array([(home - away).var(axis=1).mean(), (home + away).var(axis=1).mean()])

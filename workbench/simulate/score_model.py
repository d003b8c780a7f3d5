"""Draws for seasons without plays: final scores of the past, reweighted. Labelled as such wherever they are shown.

Past finals carry football's lattice: key numbers, ties, the way margin and total go together. Pooled over games of all
strengths they scatter too widely, so they are reweighted once to the scatter about the market's expectation, and then,
game by game, to its mean margin and total.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from workbench.errors import ValidationError
from workbench.simulate.drives import simulate_scores
from workbench.simulate.loop import Scores
from workbench.simulate.model import DriveModel
from workbench.simulate.tilt import exponential_weights

Floats = NDArray[np.float64]

MINIMUM_GAMES: Final = 200


@dataclass(frozen=True, slots=True)
class ScoreModel:
    """Past final scores and how much each counts.

    Attributes
    ----------
    home, away : ndarray of int16, shape (n_finals,)
    overtime : ndarray of bool, shape (n_finals,)
    weights : ndarray of float64, shape (n_finals,)
        Summing to one: scatter as about an expectation.
    basis : str
        What it was fitted on, in words for the page.
    """

    home: NDArray[np.int16]
    away: NDArray[np.int16]
    overtime: NDArray[np.bool_]
    weights: Floats
    basis: str


def fit_score_model(results: pd.DataFrame, *, margin_sd: float, total_sd: float) -> ScoreModel:
    """Reweight past finals so that margin and total scatter as they do about an expectation.

    Parameters
    ----------
    results : DataFrame
        ``season, home_score, away_score, overtime`` of past games.
    margin_sd, total_sd : float
        Standard deviation of the outcome about what was expected, points.

    Returns
    -------
    ScoreModel

    Raises
    ------
    ValidationError
        With fewer than 200 past games.
    """
    if len(results) < MINIMUM_GAMES:
        raise ValidationError(
            f"Drawing games needs plays of earlier seasons or {MINIMUM_GAMES} final scores, got {len(results)} finals. "
            "Set first_season earlier."
        )
    home, away = (results[name].to_numpy(dtype=np.int16) for name in ("home_score", "away_score"))
    margin, total = (home - away).astype(np.float64), (home + away).astype(np.float64)
    features = np.stack([margin, np.square(margin), total, np.square(total)])[None]
    means = margin.mean(), total.mean()
    target = [means[0], means[0] ** 2 + margin_sd**2, means[1], means[1] ** 2 + total_sd**2]
    weights = exponential_weights(features, target=np.array([target])).weights[0]
    seasons = results["season"]
    basis = f"final scores, {seasons.min()}-{seasons.max()} (no plays of those seasons)"
    overtime = results["overtime"].to_numpy(dtype=bool)
    return ScoreModel(home, away, overtime, weights, basis)


def resampled_scores(
    model: ScoreModel, *, margin_mean: ArrayLike, total_mean: ArrayLike, seeds: NDArray[np.uint64],
    playoff: ArrayLike, n_draws: int,
) -> Scores:  # fmt: skip
    """Draw final scores from the past, each game's reweighted to its mean margin and total; play-offs draw no tie.

    Parameters
    ----------
    model : ScoreModel
    margin_mean, total_mean : array_like, shape (n_games,)
    seeds : ndarray of uint64, shape (n_games,)
    playoff : array_like, shape (n_games,)
    n_draws : int

    Raises
    ------
    MarketError
        If no past final is near enough to an expectation to reach it.
    """
    target = np.stack([np.asarray(margin_mean, dtype=float), np.asarray(total_mean, dtype=float)], axis=1)
    can_tie = ~np.broadcast_to(np.asarray(playoff, dtype=bool), len(target))
    base = np.where(can_tie[:, None] | (model.home != model.away)[None], model.weights, 0.0)
    finals = np.stack([model.home - model.away, model.home + model.away]).astype(float)
    features = np.broadcast_to(finals, (len(target), *finals.shape))
    steps = exponential_weights(features, target=target, base=base / base.sum(axis=1, keepdims=True)).weights.cumsum(
        axis=1
    )
    last = len(model.home) - 1
    rows = [
        np.minimum(np.searchsorted(step, np.random.default_rng(int(seed)).random(n_draws), side="right"), last)
        for step, seed in zip(steps, seeds, strict=True)
    ]
    drawn = np.array(rows, dtype=np.intp).reshape(len(target), n_draws)
    return Scores(model.home[drawn], model.away[drawn], model.overtime[drawn], drawn.size)


def drawn_scores(
    model: DriveModel | ScoreModel, *, margin_mean: ArrayLike, total_mean: ArrayLike, seeds: NDArray[np.uint64],
    season: ArrayLike, playoff: ArrayLike, n_draws: int,
) -> Scores:  # fmt: skip
    """Draw games by whichever model the seasons before allow (parameters as ``drives.simulate_scores``)."""
    expected = {"margin_mean": margin_mean, "total_mean": total_mean}
    if isinstance(model, ScoreModel):
        return resampled_scores(model, **expected, seeds=seeds, playoff=playoff, n_draws=n_draws)
    return simulate_scores(model, **expected, seeds=seeds, season=season, playoff=playoff, n_draws=n_draws)

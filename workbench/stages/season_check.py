"""The season so far against its draws: whether the drive model's shape still holds.

Every game of the season that was over by then is drawn anew and tilted to its last line, so that what is left to be
judged is the shape: spread, tails, key numbers. Only games already over are looked at, with the model fitted before
the season, so nothing leaks.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import AsOf
from workbench.decision.history import last_lines
from workbench.features.fair_lines import LineScales
from workbench.simulate.drives import game_seeds
from workbench.simulate.loop import Scores
from workbench.simulate.masses import margin_masses, total_masses
from workbench.simulate.model import DriveModel
from workbench.simulate.score_model import ScoreModel, drawn_scores
from workbench.simulate.shape import DriftVerdict, Shape, shape_residuals, updated_shape
from workbench.simulate.tilt import tilted_weights
from workbench.simulate.validate import ValidationTable, validate_draws

#: Draws a game: the check asks about the season as a whole, so a tenth of the week's draws is plenty.
CHECK_DRAWS = 1_000
#: Tilts of many games are solved together, which stirs the last bits; beyond these digits nothing is kept.
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class SeasonCheck:
    """The finished games of a season, their draws, and what each says of the shape.

    Attributes
    ----------
    games : DataFrame
        One row a game: ``game_id, season, week, home_score, away_score, overtime, known_at``, ``cluster`` (the week).
    scores : Scores or None
        Draws in the same order; None without a finished game.
    weights : ndarray, shape (n_games, n_draws)
        Tilted to the last line.
    residuals : DataFrame
        From `shape_residuals`, with ``season, week, known_at``.
    window_weeks : int
        Weeks the shape is refitted on, if the drift test says so.
    """

    games: pd.DataFrame
    scores: Scores | None
    weights: NDArray[np.float64]
    residuals: pd.DataFrame
    window_weeks: int

    def shape_at(self, instant: pd.Timestamp) -> tuple[Shape, DriftVerdict | None]:
        """Return the shape for a decision: all ones unless the games over by then prove drift."""
        known = self.residuals[self.residuals["known_at"] <= instant] if self.scores else self.residuals
        return updated_shape(Shape(), known, window_weeks=self.window_weeks) if len(known) else (Shape(), None)


def season_check(
    view: AsOf,
    drives: DriveModel | ScoreModel,
    *,
    season: int,
    scales: LineScales,
    seed: int,
    window_weeks: int,
    n_draws: int = CHECK_DRAWS,
) -> SeasonCheck:
    """Draw the season's finished games and take down what each says of the shape of its draws.

    A game's row depends on that game and the games of its week alone, so the check of a later view, cut at an earlier
    instant, is the check of the earlier view.

    Parameters
    ----------
    view : AsOf
        As of the decision: only games over by then, and their last lines, are read.
    drives : DriveModel or ScoreModel
        Fitted on earlier seasons.
    season, seed : int
    scales : LineScales
        What lines say of means, learned on earlier seasons.
    window_weeks : int
    n_draws : int
    """
    games = _finished(view, season)
    if games.empty:
        return SeasonCheck(games, None, np.empty((0, n_draws)), games, window_weeks)
    means = {
        "margin_mean": scales.margin.means_of(games["spread"]),
        "total_mean": scales.total.means_of(games["total"]),
    }
    scores = drawn_scores(
        drives,
        **means,
        seeds=game_seeds(games["game_id"], seed=seed),
        season=games["season"],
        playoff=games["game_type"] != "REG",
        n_draws=n_draws,
    )
    weights = tilted_weights(scores, **means).weights
    parts = [
        _week_residuals(games[own], _some(scores, own), weights[own], seed=seed)
        for own in (games["week"].eq(week).to_numpy(dtype=bool) for week in sorted(set(games["week"])))
    ]
    return SeasonCheck(games, scores, weights, pd.concat(parts, ignore_index=True), window_weeks)


def _week_residuals(games: pd.DataFrame, scores: Scores, weights: NDArray[np.float64], *, seed: int) -> pd.DataFrame:
    """Return a week's residuals; the randomized transforms are keyed by the week."""
    residuals = shape_residuals(
        scores,
        weights,
        home_score=games["home_score"].to_numpy(np.int64),
        away_score=games["away_score"].to_numpy(np.int64),
        rng=np.random.default_rng([seed, *games[["season", "week"]].iloc[0].tolist()]),
    )
    return pd.concat([games[["season", "week", "known_at"]].reset_index(drop=True), residuals.round(_DIGITS)], axis=1)


def _some(scores: Scores, rows: NDArray[np.bool_]) -> Scores:
    return Scores(scores.home[rows], scores.away[rows], scores.overtime[rows], scores.uniforms)


def validated(check: SeasonCheck, *, seed: int) -> ValidationTable | None:
    """Hold the season's draws against its games and a rounded normal curve; None without a finished game.

    The curve's spread is that of the draws, so that it differs from them in shape alone.
    """
    if check.scores is None:
        return None
    margin, total = margin_masses(check.scores, check.weights), total_masses(check.scores, check.weights)
    return validate_draws(
        check.scores,
        check.weights,
        check.games,
        margin_sd=float(np.sqrt(np.square(margin.sd).mean())),
        total_sd=float(np.sqrt(np.square(total.sd).mean())),
        rng=np.random.default_rng(seed),
    )


def _finished(view: AsOf, season: int) -> pd.DataFrame:
    """Return the season's finished games that had a spread and a total."""
    games = view.table("games", columns=["game_id", "game_type"], seasons=[season])
    results = view.table("results", seasons=[season])
    lines = last_lines(view, seasons=[season])
    over = results.merge(games, on="game_id").merge(lines, on="game_id").dropna(subset=["spread", "total"])
    ordered = over.sort_values(["week", "game_id"]).reset_index(drop=True)
    return ordered.assign(cluster=ordered["season"] * 100 + ordered["week"])

"""What a decision asks of a model: draws of every game's score, weighted."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import AsOf
from workbench.errors import ValidationError

#: Weights a game may miss one by this much: float64 sums of 10,000 draws miss by about 1e-13.
_WEIGHT_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class ModelDraws:
    """Draws of every game a model could forecast.

    Attributes
    ----------
    game_ids : ndarray of str, shape (n_games,)
        A game left out has no forecast and is not bet.
    home, away : ndarray of int16, shape (n_games, n_draws)
        Scores.
    weights : ndarray of float64, shape (n_games, n_draws)
        Summing to one along each row.
    fair_margin, fair_total : ndarray of float64, shape (n_games,)
        The home_line and the total that are fair to the model, in points: comparable with lines, not means.
    margin_error, total_error : ndarray of float64, shape (n_games,), optional
        How far the means may be off, one standard deviation in points; NaN where it is not known. None for a model that
        claims its means to be exact: confidence then knows of the draws' own error only.
    exact : bool
        The weights are the probabilities of all scores there are, not of a sample: no number of draws is too few.

    Raises
    ------
    ValidationError
        If shapes disagree, a game comes twice, weights are negative or do not sum to one, or an error is negative.
    """

    game_ids: NDArray[np.str_]
    home: NDArray[np.int16]
    away: NDArray[np.int16]
    weights: NDArray[np.float64]
    fair_margin: NDArray[np.float64]
    fair_total: NDArray[np.float64]
    margin_error: NDArray[np.float64] | None = None
    total_error: NDArray[np.float64] | None = None
    exact: bool = False

    def __post_init__(self) -> None:
        n_games = len(self.game_ids)
        if len(set(map(str, self.game_ids))) != n_games:
            raise ValidationError("A game may have one set of draws, got one twice. Were two models' draws joined?")
        shapes = {self.home.shape, self.away.shape, self.weights.shape}
        if len(shapes) != 1 or self.home.shape[0] != n_games:
            raise ValidationError(f"Draws must share one shape (n_games, n_draws), got {sorted(shapes)}.")
        if not {self.fair_margin.shape, self.fair_total.shape} == {(n_games,)}:
            raise ValidationError(f"Fair margins and totals must be one a game ({n_games}).")
        if n_games and not _is_distribution(self.weights):
            raise ValidationError("Weights of a game's draws must be at least 0 and sum to one. Were they normalised?")
        for error in (self.margin_error, self.total_error):
            if error is not None and (error.shape != (n_games,) or (error < 0).any()):
                raise ValidationError(f"Errors of the means must be one a game ({n_games}), none below 0.")


def no_draws() -> ModelDraws:
    """Return the draws of no game: a week with nothing left to bet asks no model."""
    scores, none = np.empty((0, 0), dtype=np.int16), np.empty(0)
    return ModelDraws(np.empty(0, dtype=np.str_), scores, scores, np.empty((0, 0)), none, none)


class Model(Protocol):
    """Turns a view into draws; the live week and the backtest pass the same object."""

    def draws(self, view: AsOf, games: pd.DataFrame, quotes: pd.DataFrame) -> ModelDraws:
        """Return draws of these games, from what the view knows.

        Parameters
        ----------
        view : AsOf
        games : DataFrame
            Rows of the ``games`` fact table that may still be bet, ordered by game_id.
        quotes : DataFrame
            The chosen quotes, at most one a game and market, for models that look at the market.
        """
        ...


def _is_distribution(weights: NDArray[np.float64]) -> bool:
    sums = weights.sum(axis=1)
    return bool(np.all(weights >= 0) and np.all(np.abs(sums - 1.0) <= _WEIGHT_TOLERANCE))

"""Run the compiled draw loop over games, and hold what it drew."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.simulate.kernel import Tables, draw_games
from workbench.simulate.overtime import OvertimeRules


@dataclass(frozen=True, slots=True)
class Scores:
    """Drawn final scores, in the order of the games asked for.

    Attributes
    ----------
    home, away : ndarray of int16, shape (n_games, n_draws)
    overtime : ndarray of bool, shape (n_games, n_draws)
        Whether the draw went to overtime.
    uniforms : int
        How many uniforms the draws consumed: the yardstick of the speed test.
    """

    home: NDArray[np.int16]
    away: NDArray[np.int16]
    overtime: NDArray[np.bool_]
    uniforms: int

    @property
    def margin(self) -> NDArray[np.int16]:
        """Home minus away, shape (n_games, n_draws)."""
        return self.home - self.away

    @property
    def total(self) -> NDArray[np.int16]:
        """Home plus away, shape (n_games, n_draws)."""
        return self.home + self.away


def run_draws(
    tables: Tables, *, rates: NDArray[np.float64], seeds: NDArray[np.uint64], rules: OvertimeRules, n_draws: int
) -> Scores:
    """Draw games at given scoring rates.

    Parameters
    ----------
    tables : Tables
    rates : ndarray, shape (n_games, 2)
        Log odds by which the home and the away team score more touchdowns than the average team.
    seeds : ndarray of uint64, shape (n_games,)
    rules : OvertimeRules, arrays of shape (n_games,)
    n_draws : int
    """
    shape = (len(seeds), n_draws)
    home, away = np.empty(shape, dtype=np.int16), np.empty(shape, dtype=np.int16)
    overtime = np.empty(shape, dtype=np.bool_)
    consumed = np.zeros(len(seeds), dtype=np.uint64)
    draw_games(
        np.ascontiguousarray(seeds, dtype=np.uint64), tables, np.ascontiguousarray(rates, dtype=np.float64),
        rules.kind, rules.seconds, rules.can_tie, home, away, overtime, consumed,
    )  # fmt: skip
    return Scores(home, away, overtime, int(consumed.sum()))

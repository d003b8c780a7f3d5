"""Draw whole games: two halves of drives, and overtime where they are level.

Each game has its own generator, so neither the other games nor their order nor the number of workers changes a draw.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.simulate.block import Block, Floats, Integers
from workbench.simulate.extra_time import play_overtime
from workbench.simulate.overtime import OvertimeRules
from workbench.simulate.regulation import play_half
from workbench.simulate.tables import DriveTables


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


def draw_block(
    tables: DriveTables, rates: Floats, *, rules: OvertimeRules, rng: np.random.Generator
) -> tuple[Integers, Integers, NDArray[np.bool_], int]:
    """Draw one game a row of ``rates`` (n_draws, 2) under one set of overtime rules.

    Returns
    -------
    home, away : ndarray, shape (n_draws,)
    overtime : ndarray of bool, shape (n_draws,)
    uniforms : int
    """
    block = Block(tables, rates, rng=rng)
    receiver = (block.random(1, block.n)[0] < 0.5).astype(np.int64)
    play_half(block, half=0, receiver=receiver)
    play_half(block, half=1, receiver=1 - receiver)
    level = block.score[: block.n] == block.score[block.n :]
    play_overtime(block, draws=np.flatnonzero(level), rules=rules)
    return block.score[: block.n], block.score[block.n :], level, block.uniforms


def run_draws(
    tables: DriveTables, *, rates: Floats, seeds: NDArray[np.uint64], rules: OvertimeRules, n_draws: int
) -> Scores:
    """Draw games at given scoring rates.

    Parameters
    ----------
    tables : DriveTables
    rates : ndarray, shape (n_games, 2)
        Log odds by which the home and the away team score more touchdowns than the average team.
    seeds : ndarray of uint64, shape (n_games,)
    rules : OvertimeRules, arrays of shape (n_games,)
    n_draws : int
    """
    shape = (len(seeds), n_draws)
    home, away = np.empty(shape, dtype=np.int16), np.empty(shape, dtype=np.int16)
    overtime, uniforms = np.empty(shape, dtype=np.bool_), 0
    for game, seed in enumerate(seeds):
        rule = OvertimeRules(*(values[game] for values in rules))
        home[game], away[game], overtime[game], used = draw_block(
            tables, np.broadcast_to(rates[game], (n_draws, 2)), rules=rule, rng=np.random.default_rng(int(seed))
        )
        uniforms += used
    return Scores(home, away, overtime, uniforms)

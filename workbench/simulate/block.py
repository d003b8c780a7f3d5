"""Draws that advance together, one drive a step, by table look-ups."""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.simulate import states as s
from workbench.simulate.tables import N_STEPS, DriveTables

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: A length's unit by seconds left: shares of what is left late in a half, seconds before.
_UNIT: Final = np.where(np.arange(s.HALF_SECONDS + 1) <= s.SHARE_SECONDS, np.arange(s.HALF_SECONDS + 1), 1).astype(
    np.float32
)


class Block:
    """The scores of draws that advance together, their teams' rates today, and their stream of uniforms.

    Parameters
    ----------
    tables : DriveTables
    rates : ndarray, shape (n_draws, 2)
        Scoring rates of home and away in each draw, before the game's own variation.
    rng : Generator

    Attributes
    ----------
    score : ndarray of int64, shape (2 * n_draws,)
        Home scores, then away scores: a team's index is its draw, plus ``n`` for away.
    uniforms : int
        How many uniforms have been drawn.
    """

    __slots__ = ("effects", "n", "rng", "score", "tables", "uniforms")

    def __init__(self, tables: DriveTables, rates: Floats, *, rng: np.random.Generator) -> None:
        self.tables, self.rng, self.n = tables, rng, len(rates)
        normal = rng.standard_normal((2, self.n))
        self.uniforms = 2 * self.n
        apart, together = tables.spread_difference * normal[0], tables.spread_sum * normal[1]
        today = np.concatenate([rates[:, 0] + together + apart, rates[:, 1] + together - apart])
        self.effects = np.exp(tables.exponents[:, None] * today).astype(np.float32)
        self.score = np.zeros(2 * self.n, dtype=np.int64)

    def random(self, rows: int, size: int) -> Floats:
        """Return uniforms, shape (rows, size), and count them."""
        self.uniforms += rows * size
        return self.rng.random((rows, size))

    def results(self, probabilities: NDArray[np.float32], rows: Integers, teams: Integers, uniform: Floats) -> Integers:
        """Return how drives end, given rows of ``probabilities`` (n_outcomes, n_rows) and the team of each."""
        steps = probabilities.take(rows, axis=1, mode="clip")
        steps *= self.effects.take(teams, axis=1, mode="clip")
        for low, high in pairwise(steps):
            high += low
        reached = (uniform * steps[-1]).astype(np.float32) >= steps[:-1]
        chosen: Integers = np.add.reduce(reached.view(np.int8), axis=0, dtype=np.int8).astype(np.int64)
        return chosen

    def lengths(self, key: Integers, left: Integers, uniform: Floats) -> Integers:
        """Return seconds used by drives of length rows ``key`` with ``left`` seconds to go, at least one."""
        quantiles = self.tables.seconds
        place = (uniform * quantiles.shape[1]).astype(np.int64)
        place += key * quantiles.shape[1]
        value = quantiles.take(place, mode="clip")
        value *= _UNIT.take(left, mode="clip")
        value += np.float32(0.5)
        used = value.astype(np.int64)
        np.maximum(used, 1, out=used)
        shortest: Integers = np.minimum(used, left, out=used)
        return shortest

    def zones(self, rows: Integers, steps: Integers) -> Integers:
        """Return the zone where the next drive starts, ``steps`` a uniform's place among 1,024."""
        zone: Integers = np.take(self.tables.zones, rows * N_STEPS + steps, mode="clip")
        return zone

    def kickoff_zones(self, row: int, size: int) -> Integers:
        """Return the zones after kick-offs."""
        steps = (self.random(1, size)[0] * N_STEPS).astype(np.int64)
        return self.zones(np.full(size, row), steps)

"""Play on where a game is level after four quarters."""

from typing import Final

import numpy as np

from workbench.simulate import states as s
from workbench.simulate.block import Block, Floats, Integers
from workbench.simulate.overtime import BOTH_POSSESS, SUDDEN, OvertimeRules
from workbench.simulate.regulation import IS_KICKED, STATE_ROWS, lead_index
from workbench.simulate.tables import FIRST, KICKOFF_ROW, MATCH, N_STEPS, RESPONSE, SUDDEN_DEATH

OVER: Final = 4
#: Success of two-point tries, about 48 %: only used where a play-off touchdown answers another.
TWO_POINT_RATE: Final = 0.48
_TOUCHDOWN_POINTS: Final = 6


def play_overtime(block: Block, *, draws: Integers, rules: OvertimeRules) -> None:
    """Play until somebody wins, or until time is up where a game can tie; points are left in ``block.score``."""
    kind, length, can_tie = int(rules.kind), int(rules.seconds), bool(rules.can_tie)
    offense = (block.random(1, len(draws))[0] < 0.5).astype(np.int64)
    zone = block.kickoff_zones(KICKOFF_ROW, len(draws))
    left = np.full(len(draws), length)
    stage = np.full(len(draws), SUDDEN_DEATH if kind == SUDDEN else FIRST)
    while len(draws):
        uniform = block.random(3, len(draws))
        own, other = offense * block.n + draws, (1 - offense) * block.n + draws
        result = _results(block, own, other, zone, stage, left, uniform[0], can_tie=can_tie)
        left = left - _lengths(block, zone, result, left, uniform[1])
        stage = _add_points(block, own, other, result, stage, kind=kind)
        on = np.flatnonzero((stage != OVER) & ((left > 0) | (not can_tie)))
        rows = np.where(IS_KICKED[result], KICKOFF_ROW, result * s.N_ZONES + zone)
        zone = block.zones(rows, (uniform[2] * N_STEPS).astype(np.int64))[on]
        draws, offense, stage = draws[on], 1 - offense[on], stage[on]
        left = np.where(left[on] > 0, left[on], length)


def _results(
    block: Block, own: Integers, other: Integers, zone: Integers, stage: Integers, left: Integers, uniform: Floats,
    *, can_tie: bool,
) -> Integers:  # fmt: skip
    """Return how possessions end; at the close of a period that can tie, as at the end of the fourth quarter."""
    result = block.results(block.tables.overtime, stage * s.N_ZONES + zone, own, uniform)
    if not can_tie:
        return np.where(result == s.END, s.DOWNS, result)
    late = np.flatnonzero((stage != FIRST) & (left <= s.SHARE_SECONDS))
    lead = lead_index(block.score[own[late]], block.score[other[late]])
    rows = STATE_ROWS[1][left[late] * s.N_DIFFERENCES + lead] + zone[late]
    result[late] = block.results(block.tables.outcome, rows, own[late], uniform[late])
    return result


def _lengths(block: Block, zone: Integers, result: Integers, left: Integers, uniform: Floats) -> Integers:
    level = np.full(len(zone), s.MAX_DIFFERENCE)
    key = s.length_key(s.PHASE_OF[1][left], level, zone, result)
    return np.where(result == s.END, left, block.lengths(key, left, uniform))


def _add_points(
    block: Block, own: Integers, other: Integers, result: Integers, stage: Integers, *, kind: int
) -> Integers:
    """Add the points of possessions and return the stage after each."""
    touchdown, kicked = result == s.TOUCHDOWN, result == s.FIELD_GOAL
    answered = touchdown & (stage == FIRST) & (kind == BOTH_POSSESS)
    block.score[own] += _TOUCHDOWN_POINTS * touchdown + answered + s.FIELD_GOAL_POINTS * (kicked & (stage != MATCH))
    block.score[other] += _TOUCHDOWN_POINTS * (result == s.OPPONENT_TOUCHDOWN) + 2 * (result == s.SAFETY)
    tied = _reply_tries(block, np.flatnonzero(touchdown & (stage == MATCH)), own)
    after = np.full(len(own), SUDDEN_DEATH)
    lost = ~touchdown & ~kicked & ((stage == RESPONSE) | (stage == MATCH))
    over = (touchdown & ~answered) | lost | (kicked & ((stage == SUDDEN_DEATH) | (stage == MATCH)))
    over |= (result == s.OPPONENT_TOUCHDOWN) | (result == s.SAFETY)
    after[kicked & (stage == FIRST)] = RESPONSE
    after[answered] = MATCH
    after[over] = OVER
    after[tied] = SUDDEN_DEATH
    return after


def _reply_tries(block: Block, replies: Integers, own: Integers) -> Integers:
    """Add the tries of touchdowns that answer one, and return those that go on level.

    No data yet says how teams choose: half go for two and win or lose on it, half kick.
    """
    uniform = block.random(1, len(replies))[0]
    for_two = uniform < 0.5
    block.score[own[replies]] += np.where(for_two, 2 * (uniform < TWO_POINT_RATE / 2), 1)
    going_on: Integers = replies[~for_two]
    return going_on

"""What a coach calls in the simulated league: kneel, kick, punt, throw or run, and how fast."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.data.demo.board import Board, Matchups

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

KICKOFF: Final = 0
PASS: Final = 1
RUN: Final = 2
PUNT: Final = 3
FIELD_GOAL: Final = 4
KNEEL: Final = 5
EXTRA_POINT: Final = 6
TWO_POINT: Final = 7
NO_PLAY: Final = 8

#: A field goal is tried from this many yards to the goal line or fewer (18 yards are added for the kick).
FIELD_GOAL_RANGE: Final = 38

#: In the fourth quarter a touchdown that leaves the scorer at one of these differences is followed by a try for two.
TWO_POINT_CHART: Final = (-15, -13, -10, -5, -2, 1, 4, 5, 12)


def half_seconds(board: Board) -> Codes:
    """Return the seconds left in the half, or in the overtime period, shape (n,)."""
    return np.where(board.half == 1, board.clock - 1800, board.clock)


def in_a_hurry(board: Board) -> Bools:
    """Return where the offence plays against the clock, shape (n,)."""
    diff = board.differential()
    late = (board.half == 2) & (
        ((diff < 0) & (board.clock < 300)) | ((diff < -8) & (board.clock < 720)) | ((diff == 0) & (board.clock < 120))
    )
    hurry: Bools = (late & ~protecting(board)) | ((board.half == 1) & (board.clock - 1800 < 110))
    return hurry


def protecting(board: Board) -> Bools:
    """Return where the offence leads late, or is level and near enough to kick, and lets the clock run, shape (n,)."""
    diff = board.differential()
    ahead = (diff > 0) & (board.clock < 330)
    level = (diff <= 0) & (diff >= -2) & (board.clock < 140) & (board.yardline <= 31)
    drain: Bools = (board.half == 2) & (ahead | level)
    return drain


def expected_pass(board: Board) -> Floats:
    """Return the league's probability of a dropback by down, distance, score and clock (``xpass``), shape (n,)."""
    diff, togo = board.differential(), board.togo
    by_down = np.array([0.0, 0.50, 0.58, 0.76, 0.66])[board.down]
    by_distance = np.where(board.down == 1, 0.0, np.clip((togo - 6) * 0.035, -0.28, 0.18))
    by_score = np.where(board.clock < 1800, np.clip(-diff * 0.010, -0.16, 0.16), 0.0)
    base = by_down + by_distance + by_score
    base = np.where(in_a_hurry(board), np.maximum(base, 0.86), base)
    base = np.where(protecting(board), np.minimum(base, 0.22), base)
    return np.clip(np.where((board.yardline <= 3) & (togo <= 3), base - 0.1, base), 0.03, 0.98)


def scrimmage_calls(board: Board, matchups: Matchups, *, likely: Floats, draws: Floats) -> Codes:
    """Return the call of each game's next scrimmage play, shape (n,), codes above.

    ``likely`` is the league's pass probability (``expected_pass``), to which the offence's lean is added; ``draws`` are
    the uniforms of the step, shape (n, DRAWS), of which columns 0 and 9 are used.
    """
    throw = draws[:, 0] < np.clip(likely + board.of_offence(matchups.pass_lean), 0.03, 0.98)
    call = np.where(throw, PASS, RUN)
    fourth = board.down == 4
    kick = fourth & (board.yardline <= FIELD_GOAL_RANGE)
    call = np.where(fourth & ~_goes_for_it(board, draws[:, 9]), np.where(kick, FIELD_GOAL, PUNT), call)
    call = np.where(_last_kick(board), FIELD_GOAL, call)
    return np.where(_kneels(board), KNEEL, call)


def _goes_for_it(board: Board, draw: Floats) -> Bools:
    diff, yards, togo = board.differential(), board.yardline, board.togo
    chance = np.where(togo <= 1, 0.50, np.where(togo <= 3, 0.28, 0.06)) * (yards <= 55)
    chance = np.where((yards <= 32) & (yards > 3), chance * 0.45, chance)
    chance = np.where((yards > 33) & (yards <= 45) & (togo <= 6), chance + 0.25, chance)
    desperate = (board.half == 2) & (diff < 0) & (board.clock < np.where(diff < -8, 540, 210))
    kick_is_enough = (diff >= -3) & (yards <= FIELD_GOAL_RANGE)
    two_scores = (diff < -8) & (diff >= -11) & (yards <= FIELD_GOAL_RANGE - 8)
    chance = np.where(desperate, 1.0, chance)
    settled = (board.half == 2) & (board.clock < 300) & ((diff >= -3) & (diff <= 5)) & (yards <= FIELD_GOAL_RANGE - 4)
    overtime = (board.half == 3) & (yards <= FIELD_GOAL_RANGE) & (diff >= -3)
    chance = np.where((desperate & (kick_is_enough | two_scores)) | settled | overtime, 0.0, chance)
    must = (board.half == 3) & (diff < -3)
    goes: Bools = draw < np.where(must, 1.0, chance)
    return goes


def _last_kick(board: Board) -> Bools:
    in_range = board.yardline <= FIELD_GOAL_RANGE
    left, diff = half_seconds(board), board.differential()
    half_ends = (board.half == 1) & (left <= 14)
    level = (board.half == 2) & (diff <= 0) & (diff >= -3) & (left <= np.where(protecting(board), 46, 22))
    sudden_death = (board.half == 3) & (diff <= 0) & (diff >= -3)
    close_enough = sudden_death & (((board.overtime_drive > 1) & (board.yardline <= 26)) | (left <= 20))
    kick: Bools = in_range & (half_ends | level | close_enough)
    return kick


def _kneels(board: Board) -> Bools:
    winning = (board.half == 2) & (board.differential() > 0) & (board.clock <= (4 - board.down) * 40 - 15)
    deep = (board.half == 1) & (board.clock - 1800 <= 18) & (board.yardline > 60)
    level = (board.half == 2) & (board.differential() == 0) & (board.clock <= 15) & (board.yardline > 60)
    kneel: Bools = (winning | deep | level) & (board.down < 4)
    return kneel


def tries_for_two(board: Board, draw: Floats) -> Bools:
    """Return where the scorer of a touchdown tries for two points, shape (n,)."""
    late = (board.half == 2) & (board.clock < 900)
    tries: Bools = (late & np.isin(board.differential(), TWO_POINT_CHART)) | (draw < 0.02)
    return tries


def seconds_used(board: Board, *, stopped: Bools, draw: Floats) -> Codes:
    """Return the seconds a scrimmage play takes until the next snap, shape (n,).

    Parameters
    ----------
    board : Board
    stopped : ndarray of bool, shape (n,)
        Where the clock stands after the play (incompletion, score, change of possession).
    draw : ndarray, shape (n,)
        Uniforms: the spread of the pace, out of bounds, and the opponent's time-outs.
    """
    running = 32.0 + 12.0 * draw
    hurry, slow = in_a_hurry(board), protecting(board)
    running = np.where(hurry, np.where(draw < 0.38, 6.0, 12.0 + 12.0 * draw), running)
    running = np.where(slow, np.where((draw < 0.4) & (board.clock < 170), 7.0, 42.0), running)
    return np.where(stopped, 4.0 + 4.0 * draw, running).astype(np.int64)

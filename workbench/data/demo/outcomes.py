"""What becomes of a play: yards, catches, sacks, kicks and balls lost, from uniforms and the teams' quality."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.data.demo.board import Board, Matchups
from workbench.data.demo.rules import FIELD_GOAL, NO_PLAY, PASS, RUN

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

PRESSURE_RATE: Final = 0.27
SACK_UNDER_PRESSURE: Final = 0.235
SCRAMBLE_UNDER_PRESSURE: Final = 0.11
SCRAMBLE_CLEAN: Final = 0.02
CATCH_CLEAN: Final = 0.720
CATCH_UNDER_PRESSURE: Final = 0.505
FUMBLE_LOST: Final = 0.0068


@dataclass(frozen=True, slots=True)
class Scrimmage:
    """What happened on a run or a dropback; every array has shape (n,), meaningful where the call is one of the two.

    ``gain`` is the yards of the play before a lost ball is returned; ``air`` the yards the ball flew; ``own`` marks
    a ball kept by the quarterback (scramble).
    """

    pressure: Bools
    sack: Bools
    scramble: Bools
    throw: Bools
    complete: Bools
    interception: Bools
    fumble_lost: Bools
    gain: Codes
    air: Codes


def scrimmage(board: Board, matchups: Matchups, *, calls: Codes, draws: Floats) -> Scrimmage:
    """Return what happens on each game's run or dropback.

    Parameters
    ----------
    calls : ndarray, shape (n,)
        Codes of ``rules``.
    draws : ndarray, shape (n, DRAWS)
        The uniforms of the step; columns 1 to 5 are used.
    """
    quality = board.of_offence(matchups.pass_quality)
    dropback, carry = calls == PASS, calls == RUN
    pressure = dropback & (draws[:, 1] < PRESSURE_RATE * np.exp(-0.012 * quality))
    sack = pressure & (draws[:, 2] < SACK_UNDER_PRESSURE * np.exp(-0.02 * quality))
    scramble_rate = np.where(pressure, SACK_UNDER_PRESSURE + SCRAMBLE_UNDER_PRESSURE, SCRAMBLE_CLEAN)
    scramble = dropback & ~sack & (draws[:, 2] < scramble_rate)
    throw = dropback & ~sack & ~scramble
    catch, picked = _catch_rates(board, matchups, quality=quality, pressure=pressure)
    complete = throw & (draws[:, 3] < catch)
    interception = throw & (draws[:, 3] > 1.0 - picked)
    reception = _reception_yards(draws[:, 4], quality=quality)
    air = np.where(complete, reception * (0.25 + 0.7 * draws[:, 5]), 3.0 + 22.0 * draws[:, 4] ** 1.6).astype(np.int64)
    gain = np.where(carry, _run_yards(draws[:, 4], quality=board.of_offence(matchups.run_quality)), 0)
    gain = np.where(complete, reception, gain)
    gain = np.where(sack, -(3 + np.floor(8 * draws[:, 4]).astype(np.int64)), gain)
    gain = np.where(scramble, _run_yards(draws[:, 4], quality=quality) + 2, gain)
    lost = (carry | complete | scramble | sack) & (draws[:, 5] > 1.0 - FUMBLE_LOST * np.where(sack, 6.0, 1.0))
    gain = np.minimum(gain, board.yardline)
    lost &= gain < board.yardline
    return Scrimmage(
        pressure=pressure, sack=sack, scramble=scramble, throw=throw, complete=complete,
        interception=interception, fumble_lost=lost, gain=gain, air=np.minimum(air, board.yardline),
    )  # fmt: skip


def _catch_rates(board: Board, matchups: Matchups, *, quality: Floats, pressure: Bools) -> tuple[Floats, Floats]:
    poise = board.of_offence(matchups.poise)
    catch = np.where(pressure, CATCH_UNDER_PRESSURE + poise, CATCH_CLEAN - 0.37 * poise) + 0.0075 * quality
    near = np.clip((22 - board.yardline) / 20.0, 0.0, 1.0)
    catch = catch - 0.13 * near
    picked = np.where(pressure, 0.034, 0.017) * np.exp(-0.045 * quality)
    return np.clip(catch, 0.15, 0.9), picked


def _reception_yards(draw: Floats, *, quality: Floats) -> Codes:
    # A Weibull of shape 1/0.86: mean about 11, now and then 60 and more; short losses behind the line.
    yards = (12.9 + 0.13 * quality) * (-np.log1p(-draw)) ** 0.86 - 0.6
    return np.floor(yards + 0.5).astype(np.int64)


def _run_yards(draw: Floats, *, quality: Floats) -> Codes:
    # A Gumbel: median 3, a fifth of the runs for no gain, a long right tail.
    inner = np.clip(draw, 1e-9, 1.0 - 1e-9)
    return np.floor(3.1 + 0.09 * quality - 3.6 * np.log(-np.log(inner))).astype(np.int64)


def field_goal_good(board: Board, *, calls: Codes, draw: Floats) -> Bools:
    """Return where a field goal is tried and good: 98 % from 25 yards, 88 % from 40, 66 % from 52, shape (n,)."""
    distance = board.yardline + 18
    good: Bools = (calls == FIELD_GOAL) & (draw < 1.0 / (1.0 + np.exp(-(6.6 - 0.1135 * distance))))
    return good


def punt_spot(board: Board, draw: Floats) -> Codes:
    """Return the receiving team's yards to the goal line after a punt, shape (n,); 80 after a touchback."""
    net = np.floor(33.0 + 17.0 * draw).astype(np.int64)
    net = np.minimum(net, np.maximum(board.yardline - 4 - np.floor(9 * draw).astype(np.int64), 8))
    landed = board.yardline - net
    return np.where(landed <= 0, 80, np.clip(100 - landed, 20, 99))


def kick_spot(draw: Floats) -> Codes:
    """Return the receiver's yards to the goal line after a kick-off, shape (n,): mostly touchbacks."""
    returned = np.floor(62.0 + 22.0 * draw / 0.4).astype(np.int64)
    return np.where(draw > 0.4, 75, returned)


#: Penalties that cancel a snap: upper end of the uniform, yards for the offence, first down whatever the distance.
PENALTIES: Final = ((0.026, -5, False), (0.046, -10, False), (0.058, 5, False), (0.064, 5, True), (0.076, 14, True))


def penalties(board: Board, *, calls: Codes, draw: Floats) -> tuple[Codes, Codes, Bools]:
    """Return the calls with cancelled snaps, the yards walked off (positive: for the offence) and automatic firsts.

    Each array has shape (n,). No penalty takes more than half the distance to a goal line.
    """
    snap = (calls == PASS) | (calls == RUN)
    yards, automatic = np.zeros_like(calls), np.zeros(len(calls), dtype=np.bool_)
    low = 0.0
    for high, walk, first in PENALTIES:
        hit = snap & (draw >= low) & (draw < high)
        yards = np.where(hit, walk, yards)
        automatic |= hit & first
        low = high
    yards = np.clip(yards, -((100 - board.yardline) // 2), board.yardline // 2)
    return np.where(snap & (draw < low), NO_PLAY, calls), yards, automatic

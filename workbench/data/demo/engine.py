"""Play many games in step, one play each at a time, and keep every play.

A game's plays depend on its own stream of uniforms alone: adding a game never changes another one.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.data.demo.board import DRAWS, KICK, SCRIMMAGE, TRY, Board, Matchups
from workbench.data.demo.outcomes import Scrimmage, field_goal_good, kick_spot, penalties, punt_spot, scrimmage
from workbench.data.demo.rules import (
    EXTRA_POINT,
    FIELD_GOAL,
    KICKOFF,
    KNEEL,
    NO_PLAY,
    PASS,
    PUNT,
    RUN,
    TWO_POINT,
    expected_pass,
    scrimmage_calls,
    seconds_used,
    tries_for_two,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int64]

#: More plays than any game has; streams hold this many steps.
MAXIMUM_STEPS: Final = 330
EXTRA_POINT_GOOD: Final = 0.945
TWO_POINT_GOOD: Final = 0.48
RETURN_TOUCHDOWN: Final = 0.085
KICK_TOUCHDOWN: Final = 0.004


@dataclass(frozen=True, slots=True)
class Play:
    """The plays of one step, or of whole games after ``play_games``: equal-length arrays, one entry a play.

    The situation is the one before the snap; scores are (home, away) before and after.
    """

    game: Codes
    call: Codes
    offence: Codes
    yardline: Codes
    down: Codes
    togo: Codes
    clock: Codes
    half: Codes
    drive: Codes
    home_before: Codes
    away_before: Codes
    home_after: Codes
    away_after: Codes
    gain: Codes
    air: Codes
    penalty_yards: Codes
    pressure: Bools
    sack: Bools
    scramble: Bools
    complete: Bools
    throw: Bools
    interception: Bools
    fumble_lost: Bools
    touchdown: Bools
    return_touchdown: Bools
    safety: Bools
    kick_good: Bools
    expected_pass: Floats
    spread_draw: Floats  # uniform that picks the players
    form_draw: Floats  # uniform that picks the formation

    def __len__(self) -> int:
        return len(self.game)


def game_streams(seeds: list[tuple[int, ...]]) -> Floats:
    """Return each game's uniforms, shape (n, MAXIMUM_STEPS, DRAWS); a game's key decides its own alone."""
    out = np.empty((len(seeds), MAXIMUM_STEPS, DRAWS))
    for row, seed in enumerate(seeds):
        np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed))).random(out=out[row])
    return out


def play_games(matchups: Matchups, streams: Floats) -> tuple[NDArray[np.int64], Play]:
    """Play each game to its end.

    Parameters
    ----------
    matchups : Matchups
        Of n games.
    streams : ndarray, shape (n, MAXIMUM_STEPS, DRAWS)
        Uniforms in (0, 1), see ``game_streams``.

    Returns
    -------
    scores : ndarray of int, shape (n, 2)
        Home and away.
    plays : Play
        All plays, ordered by game and then by time.
    """
    board = Board(receiver=(streams[:, 0, 7] < 0.5).astype(np.int64))
    steps: list[Play] = []
    for step in range(MAXIMUM_STEPS):
        if board.done.all():
            break
        steps.append(_step(board, matchups, draws=streams[:, step, :]))
    joined = {f.name: np.concatenate([getattr(s, f.name) for s in steps]) for f in fields(Play)}
    order = np.argsort(joined["game"], kind="stable")
    return board.score, Play(**{name: column[order] for name, column in joined.items()})


def _step(board: Board, matchups: Matchups, *, draws: Floats) -> Play:
    live = ~board.done
    before = {f: getattr(board, f).copy() for f in ("offence", "yardline", "down", "togo", "clock", "half", "drive")}
    score = board.score.copy()
    likely = expected_pass(board)
    called = _calls(board, matchups, likely=likely, draws=draws)
    calls, walked, automatic = penalties(board, calls=called, draw=draws[:, 10])
    down = scrimmage(board, matchups, calls=calls, draws=draws)
    good = field_goal_good(board, calls=calls, draw=draws[:, 3])
    good |= (calls == EXTRA_POINT) & (draws[:, 3] < EXTRA_POINT_GOOD)
    good |= (calls == TWO_POINT) & (draws[:, 3] < TWO_POINT_GOOD)
    _walk_off(board, yards=walked, automatic=automatic & live, flagged=live & (calls == NO_PLAY))
    flags = _advance(board, matchups, calls=calls, down=down, good=good & live, draws=draws, live=live)
    tally = {f.name: getattr(down, f.name) for f in fields(Scrimmage)}
    columns = before | tally | flags | {"call": calls, "kick_good": good, "expected_pass": likely}
    columns["penalty_yards"] = walked
    columns |= {"home_before": score[:, 0], "away_before": score[:, 1]}
    columns |= {"home_after": board.score[:, 0].copy(), "away_after": board.score[:, 1].copy()}
    columns |= {"game": np.arange(len(live)), "spread_draw": draws[:, 8], "form_draw": draws[:, 9]}
    return Play(**{name: column[live] for name, column in columns.items()})


def _calls(board: Board, matchups: Matchups, *, likely: Floats, draws: Floats) -> Codes:
    calls = scrimmage_calls(board, matchups, likely=likely, draws=draws)
    attempt = np.where(tries_for_two(board, draws[:, 2]), TWO_POINT, EXTRA_POINT)
    calls = np.where(board.phase == TRY, attempt, calls)
    return np.where(board.phase == KICK, KICKOFF, calls)


def _walk_off(board: Board, *, yards: Codes, automatic: Bools, flagged: Bools) -> None:
    """Move the ball for a penalty; the down is played again, or is a first one."""
    first = flagged & (automatic | (yards >= board.togo))
    board.yardline = np.where(flagged, board.yardline - yards, board.yardline)
    board.togo = np.where(first, np.minimum(10, board.yardline), np.where(flagged, board.togo - yards, board.togo))
    board.down = np.where(first, 1, board.down)


def _advance(
    board: Board, matchups: Matchups, *, calls: Codes, down: Scrimmage, good: Bools, draws: Floats, live: Bools
) -> dict[str, Bools]:
    """Move the board past the play and return what it scored."""
    snap = live & ((calls == PASS) | (calls == RUN))
    ahead = board.yardline - down.gain
    lost = snap & (down.interception | down.fumble_lost)
    touchdown = snap & ~lost & (ahead <= 0)
    safety = snap & ~lost & (ahead >= 100)
    home_run = lost & (draws[:, 7] < RETURN_TOUCHDOWN)
    home_run |= live & ((calls == KICKOFF) | (calls == PUNT)) & (draws[:, 7] < KICK_TOUCHDOWN)
    kick_return = home_run & (calls == KICKOFF)
    _add_points(board, calls=calls, good=good, touchdown=touchdown | kick_return, other=home_run & ~kick_return)
    _add_safety(board, safety)
    stopped = (snap & down.throw & ~down.complete) | lost | touchdown | safety
    stopped |= (calls == FIELD_GOAL) | (calls == PUNT) | (calls == NO_PLAY)
    used = np.where(calls == KNEEL, 40, seconds_used(board, stopped=stopped, draw=draws[:, 6]))
    used = np.where((calls == EXTRA_POINT) | (calls == TWO_POINT), 0, np.where(calls == KICKOFF, 5, used))
    over = _next_ball(
        board, calls=calls, down=down, lost=lost, good=good, draws=draws, live=live & ~safety, ahead=ahead
    )
    scored = touchdown | home_run
    board.drive = board.drive - (home_run & ~kick_return)  # the try belongs to the drive that was lost
    board.phase = np.where(scored, TRY, board.phase)
    _free_kick(board, safety)
    _run_clock(board, matchups, used=np.where(live, used, 0))
    _settle_overtime(board, matchups, over=over | scored | safety, scored=scored | safety)
    return {
        "touchdown": touchdown | home_run, "return_touchdown": home_run, "safety": safety,
    }  # fmt: skip


def _add_points(board: Board, *, calls: Codes, good: Bools, touchdown: Bools, other: Bools) -> None:
    worth = np.select([calls == FIELD_GOAL, calls == EXTRA_POINT, calls == TWO_POINT], [3, 1, 2], 0)
    points = worth * good + 6 * touchdown
    rows = np.arange(len(points))
    board.score[rows, board.offence] += points
    board.score[rows, 1 - board.offence] += 6 * other


def _add_safety(board: Board, safety: Bools) -> None:
    board.score[np.arange(len(safety)), 1 - board.offence] += 2 * safety


def _next_ball(
    board: Board, *, calls: Codes, down: Scrimmage, lost: Bools, good: Bools, draws: Floats, live: Bools, ahead: Codes
) -> Bools:
    """Set who has the ball, where, and on which down; return where a possession ended."""
    snap = live & ((calls == PASS) | (calls == RUN) | (calls == KNEEL))
    ahead = np.where(calls == KNEEL, board.yardline + 1, ahead)
    first = snap & (board.yardline - ahead >= board.togo)
    stopped = snap & ~first & (board.down == 4)
    missed = live & (calls == FIELD_GOAL) & ~good
    punted = live & (calls == PUNT)
    changed = lost | stopped | missed | punted
    flown = np.where(down.interception, board.yardline - down.air, ahead)
    back = np.floor(9 * draws[:, 7]).astype(np.int64) * down.interception
    turned = np.where(flown <= 0, 80, np.clip(100 - flown - back, 1, 99))
    spot = np.where(lost, turned, np.clip(100 - ahead, 1, 99))
    spot = np.where(missed, np.minimum(100 - board.yardline - 7, 80), spot)
    spot = np.where(punted, punt_spot(board, draws[:, 7]), spot)
    received = live & (calls == KICKOFF)
    stay = np.clip(ahead, 1, 99)
    board.yardline = np.where(changed, np.clip(spot, 1, 99), np.where(snap, stay, board.yardline))
    board.yardline = np.where(received, kick_spot(draws[:, 6]), board.yardline)
    board.offence = np.where(changed, 1 - board.offence, board.offence)
    fresh = changed | first | received
    board.togo = np.where(fresh, np.minimum(10, board.yardline), np.where(snap, board.togo - down.gain, board.togo))
    board.togo = np.where(snap & (calls == KNEEL) & ~fresh, board.togo + 1, board.togo)
    board.down = np.where(fresh, 1, np.where(snap, board.down + 1, board.down))
    board.phase = np.where(changed | received | snap, SCRIMMAGE, board.phase)
    kicked = live & ((calls == EXTRA_POINT) | (calls == TWO_POINT) | ((calls == FIELD_GOAL) & good))
    board.offence = np.where(kicked, 1 - board.offence, board.offence)
    board.phase = np.where(kicked, KICK, board.phase)
    board.drive = board.drive + (changed | kicked)
    over: Bools = changed | ((calls == FIELD_GOAL) & good)
    return over


def _free_kick(board: Board, safety: Bools) -> None:
    board.offence = np.where(safety, 1 - board.offence, board.offence)
    board.phase = np.where(safety, KICK, board.phase)
    board.drive = board.drive + safety


def _run_clock(board: Board, matchups: Matchups, *, used: Codes) -> None:
    floor = np.where(board.half == 1, 1800, 0)
    board.clock = np.maximum(board.clock - used, floor)
    expired = (board.clock == floor) & (board.phase != TRY) & ~board.done
    level = board.score[:, 0] == board.score[:, 1]
    second = expired & (board.half == 1)
    extra = expired & ((board.half == 2) | ((board.half == 3) & matchups.playoff)) & level
    board.done |= expired & (board.half >= 2) & ~extra
    board.half = np.where(second, 2, np.where(extra, 3, board.half))
    board.clock = np.where(extra, 600, board.clock)
    board.overtime_drive = np.where(extra, 1, board.overtime_drive)
    opening = second | extra
    board.offence = np.where(second, 1 - board.receiver, np.where(extra, board.receiver, board.offence))
    board.phase = np.where(opening, KICK, board.phase)
    board.drive = board.drive + opening


def _settle_overtime(board: Board, matchups: Matchups, *, over: Bools, scored: Bools) -> None:
    """End overtime when it is decided: a touchdown or safety, or any lead once both teams have had the ball."""
    extra = (board.half == 3) & ~board.done & (board.clock < 600)
    apart = board.score[:, 0] != board.score[:, 1]
    board.done |= extra & apart & over & (scored | (board.overtime_drive > 1))
    board.overtime_drive = board.overtime_drive + (extra & over)

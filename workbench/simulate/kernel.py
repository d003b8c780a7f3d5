"""The compiled draw loop: one game is two halves of drives, and overtime where it is level.

Every draw of every game has its own stream of uniforms (SplitMix64 started from the game's seed and the number of the
draw), so that neither the other games, nor their order, nor the number of draws or workers changes a draw.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from workbench.simulate.states import (
    DOWNS,
    END,
    FIELD_GOAL,
    HALF_SECONDS,
    MAX_DIFFERENCE,
    OPPONENT_TOUCHDOWN,
    PUNT,
    SAFETY,
    SHARE_SECONDS,
    TOUCHDOWN,
)  # fmt: skip

FIRST, RESPONSE, SUDDEN_DEATH, MATCH_TOUCHDOWN = range(4)
SUDDEN, MODIFIED, BOTH_POSSESS = range(3)

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53


class Tables(NamedTuple):
    """What the loop looks up. Last axes that end in ``_steps`` are cumulative probabilities.

    Attributes
    ----------
    phase_of : (2, 1801), cell_of : (n_phases, 61)
        States of ``workbench.simulate.states``.
    outcome : (n_cells, n_zones, n_outcomes), overtime : (4, n_zones, n_outcomes)
        Probabilities of how a drive ends.
    exponents : (n_outcomes,)
        How each outcome's odds move with a team's rate: weight ``exp(exponent * rate)``.
    seconds : (n_phases, 3, 3, n_outcomes, n_quantiles)
        Quantiles of a drive's length: seconds, or the share of what is left within 300 s of the end of a half.
    zone_group : (n_zones,)
        Group of field zones in ``seconds``.
    next_zone_steps : (n_outcomes, n_zones, n_zones)
    kickoff_steps : (2, n_zones)
        Before and within the last five minutes of the game.
    kept_steps : (n_zones,)
    kept : (n_phases, 61)
        Probability that the kicking team keeps the ball, by its lead after scoring.
    muffed : float
        The same for punts.
    points_steps : (3, 61, 2)
        Points of a touchdown with its try: 6, 7 or 8.
    spread_difference, spread_sum : float
        Standard deviations of a game's efficiency: the two teams apart, and together.
    """

    phase_of: NDArray[np.int64]
    cell_of: NDArray[np.int64]
    outcome: NDArray[np.float64]
    overtime: NDArray[np.float64]
    exponents: NDArray[np.float64]
    seconds: NDArray[np.float64]
    zone_group: NDArray[np.int64]
    next_zone_steps: NDArray[np.float64]
    kickoff_steps: NDArray[np.float64]
    kept_steps: NDArray[np.float64]
    kept: NDArray[np.float64]
    muffed: float
    points_steps: NDArray[np.float64]
    spread_difference: float
    spread_sum: float


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile on the first call, kept on disk where a folder can be written and only in memory elsewhere."""
    try:
        return numba.njit(cache=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:  # numba finds no writable folder for its cache
        return numba.njit(function)  # type: ignore[no-any-return]


@_compiled
def _mixed(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> _S30)) * _MIX1
    value = (value ^ (value >> _S27)) * _MIX2
    return value ^ (value >> _S31)


@_compiled
def _uniform(stream):  # type: ignore[no-untyped-def]
    stream[0] += _GAMMA
    stream[1] += np.uint64(1)
    return np.float64(_mixed(stream[0]) >> _S11) * _TO_UNIT


@_compiled
def _pick(steps, uniform):  # type: ignore[no-untyped-def]
    chosen = 0
    while chosen < steps.shape[0] - 1 and uniform >= steps[chosen]:
        chosen += 1
    return chosen


@_compiled
def _outcome(probabilities, effect, uniform):  # type: ignore[no-untyped-def]
    total = 0.0
    for k in range(probabilities.shape[0]):
        total += probabilities[k] * effect[k]
    left = uniform * total
    for k in range(probabilities.shape[0]):
        left -= probabilities[k] * effect[k]
        if left < 0.0:
            return k
    return PUNT


@_compiled
def _seconds(quantiles, uniform, left):  # type: ignore[no-untyped-def]
    place = uniform * (quantiles.shape[0] - 1)
    low = int(place)
    value = quantiles[low] + (place - low) * (quantiles[low + 1] - quantiles[low])
    if left <= SHARE_SECONDS:
        value *= left
    return min(max(int(value + 0.5), 1), left)


@_compiled
def _difference(score, offense):  # type: ignore[no-untyped-def]
    lead = score[offense] - score[1 - offense]
    return min(max(lead, -MAX_DIFFERENCE), MAX_DIFFERENCE)


@_compiled
def _score(stream, tables, result, left, score, offense):  # type: ignore[no-untyped-def]
    scorer = offense
    if result == FIELD_GOAL:
        score[offense] += 3
    elif result == SAFETY:
        score[1 - offense] += 2
    elif result == TOUCHDOWN or result == OPPONENT_TOUCHDOWN:
        if result == OPPONENT_TOUCHDOWN:
            scorer = 1 - offense
        phase = 0 if left > 900 else 1 if left > 300 else 2
        lead = min(max(score[scorer] + 6 - score[1 - scorer], -MAX_DIFFERENCE), MAX_DIFFERENCE)
        score[scorer] += 6 + _pick(tables.points_steps[phase, lead + MAX_DIFFERENCE], _uniform(stream))
    return scorer


@_compiled
def _next_possession(stream, tables, result, half, left, score, offense, scorer, zone):  # type: ignore[no-untyped-def]
    if result == TOUCHDOWN or result == FIELD_GOAL or result == OPPONENT_TOUCHDOWN:
        phase = tables.phase_of[half, left]
        lead = _difference(score, scorer)
        if _uniform(stream) < tables.kept[phase, lead + MAX_DIFFERENCE]:
            return scorer, _pick(tables.kept_steps, _uniform(stream))
        late = 1 if half == 1 and left <= SHARE_SECONDS else 0
        return 1 - scorer, _pick(tables.kickoff_steps[late], _uniform(stream))
    if result == PUNT and _uniform(stream) < tables.muffed:
        return offense, _pick(tables.kept_steps, _uniform(stream))
    return 1 - offense, _pick(tables.next_zone_steps[result, zone], _uniform(stream))


@_compiled
def _half(stream, tables, half, offense, score, effects):  # type: ignore[no-untyped-def]
    left = HALF_SECONDS
    zone = _pick(tables.kickoff_steps[0], _uniform(stream))
    while left > 0:
        lead = _difference(score, offense)
        phase = tables.phase_of[half, left]
        cell = tables.cell_of[phase, lead + MAX_DIFFERENCE]
        result = _outcome(tables.outcome[cell, zone], effects[offense], _uniform(stream))
        side = 0 if lead < 0 else 1 if lead == 0 else 2
        quantiles = tables.seconds[phase, side, tables.zone_group[zone], result]
        used = left if result == END else _seconds(quantiles, _uniform(stream), left)
        left -= used
        scorer = _score(stream, tables, result, left + (1 - half) * HALF_SECONDS, score, offense)
        if left > 0:
            offense, zone = _next_possession(stream, tables, result, half, left, score, offense, scorer, zone)


@_compiled
def _overtime(stream, tables, score, effects, rule, length, can_tie):  # type: ignore[no-untyped-def]
    offense = 0 if _uniform(stream) < 0.5 else 1
    zone = _pick(tables.kickoff_steps[0], _uniform(stream))
    stage = SUDDEN_DEATH if rule == SUDDEN else FIRST
    left = length
    while True:
        late = can_tie and stage != FIRST and left <= SHARE_SECONDS
        phase = tables.phase_of[1, min(left, 900)]
        lead = _difference(score, offense)
        cell = tables.cell_of[phase, lead + MAX_DIFFERENCE]
        probabilities = tables.outcome[cell, zone] if late else tables.overtime[stage, zone]
        result = _outcome(probabilities, effects[offense], _uniform(stream))
        if result == END and not can_tie:
            result = DOWNS
        quantiles = tables.seconds[phase, 1, tables.zone_group[zone], result]
        left -= left if result == END else _seconds(quantiles, _uniform(stream), left)
        kicked = False
        if result == OPPONENT_TOUCHDOWN or result == SAFETY:
            score[1 - offense] += 6 if result == OPPONENT_TOUCHDOWN else 2
            return
        if result == TOUCHDOWN:
            if stage == FIRST and rule == BOTH_POSSESS:
                score[offense] += 7
                stage, kicked = MATCH_TOUCHDOWN, True
            elif stage == MATCH_TOUCHDOWN:
                # The reply goes for two to win, or kicks to go on: an even choice, no data yet says otherwise.
                if _uniform(stream) < 0.5:
                    score[offense] += 8 if _uniform(stream) < 0.48 else 6
                    return
                score[offense] += 7
                stage, kicked = SUDDEN_DEATH, True
            else:
                score[offense] += 6
                return
        elif result == FIELD_GOAL and stage != MATCH_TOUCHDOWN:
            score[offense] += 3
            if stage == SUDDEN_DEATH:
                return
            stage, kicked = (RESPONSE if stage == FIRST else SUDDEN_DEATH), True
        elif stage == RESPONSE or stage == MATCH_TOUCHDOWN:
            return
        else:
            stage = SUDDEN_DEATH
        if left <= 0:
            if can_tie:
                return
            left = length
        next_steps = tables.kickoff_steps[0] if kicked else tables.next_zone_steps[result, zone]
        zone = _pick(next_steps, _uniform(stream))
        offense = 1 - offense


@_compiled
def _draw_game(seed, tables, rates, rule, length, can_tie, home, away, overtime):  # type: ignore[no-untyped-def]
    stream = np.empty(2, dtype=np.uint64)
    stream[1] = np.uint64(0)
    score = np.empty(2, dtype=np.int64)
    n_outcomes = tables.exponents.shape[0]
    effects = np.empty((2, n_outcomes))
    for draw in range(home.shape[0]):
        stream[0] = _mixed(seed + np.uint64(draw) * _MIX1)
        radius = np.sqrt(-2.0 * np.log(1.0 - _uniform(stream)))
        angle = 2.0 * np.pi * _uniform(stream)
        apart = tables.spread_difference * radius * np.cos(angle)
        together = tables.spread_sum * radius * np.sin(angle)
        for k in range(n_outcomes):
            effects[0, k] = np.exp(tables.exponents[k] * (rates[0] + together + apart))
            effects[1, k] = np.exp(tables.exponents[k] * (rates[1] + together - apart))
        score[0], score[1] = 0, 0
        receiver = 0 if _uniform(stream) < 0.5 else 1
        _half(stream, tables, 0, receiver, score, effects)
        _half(stream, tables, 1, 1 - receiver, score, effects)
        overtime[draw] = score[0] == score[1]
        if overtime[draw]:
            _overtime(stream, tables, score, effects, rule, length, can_tie)
        home[draw], away[draw] = score[0], score[1]
    return stream[1]


@_compiled
def draw_games(seeds, tables, rates, rules, lengths, can_tie, home, away, overtime, consumed):  # type: ignore[no-untyped-def]
    """Fill ``home``, ``away``, ``overtime`` (n_games, n_draws) and ``consumed`` (n_games,), the uniforms used."""
    for game in range(seeds.shape[0]):
        consumed[game] = _draw_game(
            seeds[game], tables, rates[game], rules[game], lengths[game], can_tie[game],
            home[game], away[game], overtime[game],
        )  # fmt: skip

"""Play a half: drive after drive until the clock is out."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from workbench.simulate import states as s
from workbench.simulate.block import Block, Floats, Integers
from workbench.simulate.tables import KEPT_ROW, KICKOFF_ROW, LATE_KICKOFF_ROW, N_STEPS

_WIDTH: Final = s.N_DIFFERENCES
_POINTS_FOR: Final = np.zeros(s.N_OUTCOMES, dtype=np.int64)
_POINTS_FOR[[s.TOUCHDOWN, s.FIELD_GOAL]] = 6, s.FIELD_GOAL_POINTS
_POINTS_AGAINST: Final = np.zeros(s.N_OUTCOMES, dtype=np.int64)
_POINTS_AGAINST[[s.OPPONENT_TOUCHDOWN, s.SAFETY]] = 6, 2
_HAS_TRY: Final = np.isin(np.arange(s.N_OUTCOMES), [s.TOUCHDOWN, s.OPPONENT_TOUCHDOWN])
#: After these the ball is kicked off.
IS_KICKED: Final = _HAS_TRY | np.isin(np.arange(s.N_OUTCOMES), [s.FIELD_GOAL])


def _state_rows() -> NDArray[np.int64]:
    """Return outcome rows (cell times zones) by half, seconds left and lead, shape (2, 1801 * 61)."""
    return np.stack([(s.CELL_OF[s.PHASE_OF[half]] * s.N_ZONES).ravel() for half in range(2)])


def _length_rows() -> NDArray[np.int64]:
    """Return length rows, zone and outcome left out, by half, seconds left and lead, shape (2, 1801 * 61)."""
    lead = np.arange(_WIDTH)
    zero = np.zeros_like(lead)
    return np.stack(
        [
            np.stack([s.length_key(np.full_like(lead, phase), lead, zero, zero) for phase in range(s.N_PHASES)])[
                s.PHASE_OF[half]
            ].ravel()
            for half in range(2)
        ]
    )


def _zone_rows() -> NDArray[np.int64]:
    """Return rows of the zone table by (late, outcome, zone), flat."""
    rows = np.tile(np.arange(s.N_OUTCOMES * s.N_ZONES).reshape(s.N_OUTCOMES, s.N_ZONES), (2, 1, 1))
    rows[0, IS_KICKED], rows[1, IS_KICKED] = KICKOFF_ROW, LATE_KICKOFF_ROW
    return rows.ravel()


#: Outcome row of a state, its zone left out, by half and (seconds left, lead).
STATE_ROWS: Final = _state_rows()
_LENGTH_ROWS: Final = _length_rows()
_LENGTH_OF_ZONE: Final = s.LENGTH_ZONE * s.N_OUTCOMES
_ZONE_ROWS: Final = _zone_rows()


def play_half(block: Block, *, half: int, receiver: Integers) -> None:
    """Play a half of every draw and leave the points in ``block.score``; ``receiver`` is 0 home, 1 away."""
    draws = np.arange(block.n)
    team, rival = receiver * block.n + draws, (1 - receiver) * block.n + draws
    own, other = block.score[team], block.score[rival]
    left = np.full(block.n, s.HALF_SECONDS)
    zone = block.kickoff_zones(KICKOFF_ROW, block.n)
    while len(team):
        uniform = block.random(3, len(team))
        place = left * _WIDTH
        place += lead_index(own, other)
        rows = STATE_ROWS[half].take(place, mode="clip")
        rows += zone
        result = block.results(block.tables.outcome, rows, team, uniform[0])
        key = _LENGTH_ROWS[half].take(place, mode="clip")
        key += _LENGTH_OF_ZONE.take(zone, mode="clip")
        key += result
        left -= block.lengths(key, left, uniform[1])
        _add_points(block, result, own, other, left + (1 - half) * s.HALF_SECONDS)
        over, on = np.flatnonzero(left == 0), np.flatnonzero(left)
        block.score[team[over]], block.score[rival[over]] = own[over], other[over]
        steps, fraction = _split(uniform[2, on])
        left, result, zone = left[on], result[on], zone[on]
        late = (left <= s.SHARE_SECONDS) & (half == 1)
        rows = result * s.N_ZONES
        rows += zone
        rows += late * (s.N_OUTCOMES * s.N_ZONES)
        zone = block.zones(_ZONE_ROWS.take(rows, mode="clip"), steps)
        # The ball goes over: the rival is the offence of the next drive.
        own, other, team, rival = other[on], own[on], rival[on], team[on]
        stay = _keep_ball(block, result, late, own, other, fraction, zone, steps)
        own[stay], other[stay] = other[stay], own[stay]
        team[stay], rival[stay] = rival[stay], team[stay]


def lead_index(own: Integers, other: Integers) -> Integers:
    """Return the offence's lead as a table index."""
    lead = own - other
    lead += s.MAX_DIFFERENCE
    np.minimum(lead, 2 * s.MAX_DIFFERENCE, out=lead)
    np.maximum(lead, 0, out=lead)
    return lead


def _split(uniform: Floats) -> tuple[Integers, Floats]:
    """Return a uniform's place among 1,024 steps, and its place within the step: a second, independent uniform."""
    scaled = uniform * N_STEPS
    steps = scaled.astype(np.int64)
    scaled -= steps
    return steps, scaled


def _add_points(block: Block, result: Integers, own: Integers, other: Integers, left_in_game: Integers) -> None:
    """Add the points of drives that ended, tries included, in place."""
    own += _POINTS_FOR.take(result, mode="clip")
    other += _POINTS_AGAINST.take(result, mode="clip")
    scored = np.flatnonzero(_HAS_TRY.take(result, mode="clip"))
    offense = result[scored] == s.TOUCHDOWN
    mine, theirs = own[scored], other[scored]
    lead = lead_index(np.where(offense, mine, theirs), np.where(offense, theirs, mine))
    step = (block.random(1, len(scored))[0] * N_STEPS).astype(np.int64)
    phase = s.POINT_PHASE_OF.take(left_in_game[scored], mode="clip")
    points = block.tables.points.take((phase * _WIDTH + lead) * N_STEPS + step, mode="clip")
    own[scored] += points * offense
    other[scored] += points * ~offense


def _keep_ball(
    block: Block, result: Integers, late: NDArray[np.bool_], own: Integers, other: Integers, fraction: Floats,
    zone: Integers, steps: Integers,
) -> Integers:  # fmt: skip
    """Return the draws in which the offence of the drive before has the ball again, and set the zones of kept kicks.

    The ball has been handed over already: ``own`` are the points of the next offence. After a defence's touchdown the
    offence receives again; a team that kicks off keeps the ball now and then, a muffed punt comes back.
    """
    tables = block.tables
    returned = result == s.OPPONENT_TOUCHDOWN
    rare = np.flatnonzero(fraction < max(float(tables.kept.max()), tables.muffed))
    ending = result[rare]
    kicker_lead = np.where(returned[rare], own[rare] - other[rare], other[rare] - own[rare])
    onside = tables.kept[late[rare] * 2 + (kicker_lead < 0)]
    keep = np.where(IS_KICKED[ending], onside, np.where(ending == s.PUNT, tables.muffed, 0.0))
    kept = rare[fraction[rare] < keep]
    zone[kept] = block.zones(np.full(len(kept), KEPT_ROW), steps[kept])
    returned[kept] ^= True
    return np.flatnonzero(returned)

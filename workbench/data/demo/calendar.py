"""Who plays whom and when: a double round in the division, one in the conference, three games across, one bye."""

from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from workbench.clock import EASTERN
from workbench.data.demo.keys import FIXTURES, stream
from workbench.data.demo.names import TEAMS

REGULAR_WEEKS: Final = 14
#: Play-off rounds: week, and pairs a conference (the last is one game for the title on neutral ground).
ROUNDS: Final = {15: "DIV", 16: "CON", 17: "SB"}
BYE_WEEKS: Final = (6, 7, 8, 9)
NEUTRAL_WEEK: Final = 4


class Game(NamedTuple):
    """One row of a fixtures frame; teams by number."""

    season: int
    week: int
    game_type: str
    away: int
    home: int
    kickoff_utc: pd.Timestamp
    neutral: bool


#: Kick-off of each (season, week, team number).
Kickoffs = dict[tuple[int, int, int], pd.Timestamp]

_THURSDAY, _SUNDAY, _MONDAY = 0, 3, 4  # days after the week's Thursday
_LONDON = (_SUNDAY, time(9, 30))
_SLOTS: Final = {
    "thursday": (_THURSDAY, time(20, 15)),
    "early": (_SUNDAY, time(13, 0)),
    "late": (_SUNDAY, time(16, 25)),
    "night": (_SUNDAY, time(20, 20)),
    "monday": (_MONDAY, time(20, 15)),
}


def opening_thursday(season: int) -> date:
    """Return the Thursday after Labor Day.

    Examples
    --------
    >>> opening_thursday(2024).isoformat()
    '2024-09-05'
    """
    first = date(season, 9, 1)
    labor_day = first + timedelta(days=-first.weekday() % 7)
    return labor_day + timedelta(days=3)


def kickoff(season: int, *, week: int, slot: tuple[int, time]) -> pd.Timestamp:
    """Return the UTC kick-off of a slot (days after the week's Thursday, Eastern time of day)."""
    day = opening_thursday(season) + timedelta(weeks=week - 1, days=slot[0])
    return pd.Timestamp(datetime.combine(day, slot[1])).tz_localize(EASTERN).tz_convert("UTC").as_unit("us")


def kickoffs_by_team(fixtures: pd.DataFrame) -> Kickoffs:
    """Return the kick-off of each (season, week, team number)."""
    out: Kickoffs = {}
    for game in games_of(fixtures):
        out[game.season, game.week, game.home] = out[game.season, game.week, game.away] = game.kickoff_utc
    return out


def _rounds_of(season: int, *, rng: np.random.Generator) -> list[list[tuple[int, int]]]:
    """Return the pairs of each week; team i meets i XOR k in round k, so that a round is a perfect matching."""
    across = rng.permutation(np.arange(8, 16))[:3].tolist()
    full = [[(i, i ^ k) for i in range(TEAMS) if i < i ^ k] for k in (*across, 6, 7, 1, 2, 3, 2, 3)]
    head = [full[i] for i in rng.permutation(5)]
    tail = [full[5 + i] for i in rng.permutation(5)]
    # Rounds 1, 4 and 5 live in groups of four teams, so one group can rest in each of four weeks.
    groups = [(0, 1, 4, 5), (2, 3, 6, 7), (8, 9, 12, 13), (10, 11, 14, 15)]
    resting = rng.permutation(4)
    middle: list[list[tuple[int, int]]] = [[] for _ in BYE_WEEKS]
    for group, rest in zip(groups, resting, strict=True):
        weeks = [w for w in range(4) if w != rest]
        for w, k in zip(weeks, rng.permutation([1, 4, 5]).tolist(), strict=True):
            middle[w] += [(i, i ^ k) for i in group if i < i ^ k]
    return [*head, *middle, *tail]


def _hosts(rounds: list[list[tuple[int, int]]], *, rng: np.random.Generator) -> list[list[tuple[int, int]]]:
    """Return (away, home) pairs: division rivals host once each, otherwise who has hosted less."""
    hosted = np.zeros(TEAMS, dtype=np.int64)
    met: dict[tuple[int, int], int] = {}
    out: list[list[tuple[int, int]]] = []
    for pairs in rounds:
        week: list[tuple[int, int]] = []
        for low, high in pairs:
            first = met.get((low, high))
            if first is not None:
                home = high if first == low else low
            elif hosted[low] == hosted[high]:
                home = (low, high)[int(rng.random() < 0.5)]
            else:
                home = low if hosted[low] < hosted[high] else high
            met[low, high] = home
            hosted[home] += 1
            week.append((low + high - home, home))
        out.append(week)
    return out


def _slot_names(games: int) -> list[str]:
    early = games - 4 if games == 6 else games - 5
    return ["thursday", *["early"] * early, *["late"] * (1 if games == 6 else 2), "night", "monday"]


def regular_fixtures(seed: int, season: int) -> pd.DataFrame:
    """Return a season's regular games: season, week, game_type, away, home (numbers), kickoff_utc, neutral.

    Thursday's teams did not play on the Monday before. 104 rows, ordered by kick-off.
    """
    rng = stream(seed, FIXTURES, season)
    rows = []
    tired: set[int] = set()
    for week, pairs in enumerate(_hosts(_rounds_of(season, rng=rng), rng=rng), start=1):
        order = [pairs[i] for i in rng.permutation(len(pairs))]
        order.sort(key=lambda pair: bool(tired & set(pair)))
        names = _slot_names(len(order))
        for index, ((away, home), name) in enumerate(zip(order, names, strict=True)):
            neutral = week == NEUTRAL_WEEK and index == 1
            slot = _LONDON if neutral else _SLOTS[name]
            rows.append(Game(season, week, "REG", away, home, kickoff(season, week=week, slot=slot), neutral))
        tired = set(order[-1])
    return fixtures_frame(rows)


def games_of(fixtures: pd.DataFrame) -> list[Game]:
    """Return the rows of a fixtures frame, typed."""
    columns = [fixtures[name].tolist() for name in Game._fields]
    return [Game(*row) for row in zip(*columns, strict=True)]


def fixtures_frame(rows: list[Game]) -> pd.DataFrame:
    """Return fixtures as a frame ordered by kick-off."""
    return pd.DataFrame(rows, columns=list(Game._fields)).sort_values(["kickoff_utc", "home"], ignore_index=True)


def playoff_fixtures(season: int, *, week: int, pairs: list[tuple[int, int]]) -> pd.DataFrame:
    """Return one round's games; ``pairs`` are (away, home)."""
    slots = [(2, time(16, 30)), (2, time(20, 15)), (_SUNDAY, time(15, 0)), (_SUNDAY, time(18, 30))]
    used = [(_SUNDAY, time(18, 30))] if len(pairs) == 1 else slots[-len(pairs) :]
    rows = [
        Game(season, week, ROUNDS[week], away, home, kickoff(season, week=week, slot=slot), week == max(ROUNDS))
        for (away, home), slot in zip(pairs, used, strict=True)
    ]
    return fixtures_frame(rows)

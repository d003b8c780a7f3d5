"""Who is on each team each week: 26 players a team, quarterbacks who change between seasons, trades within one."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from workbench.data.demo.calendar import ROUNDS
from workbench.data.demo.keys import MOVES, NAMES, QUARTERBACKS, stream, words
from workbench.data.demo.names import TEAMS, people
from workbench.data.demo.truth import PlantedTruth

#: The places of a squad, by the position nflverse would print.
SLOTS: Final = words("QB QB QB RB RB WR WR WR WR TE T G C G T DE DE DT LB LB CB CB S S K P")
QB1, QB2, RB1, RB2, WR1, WR4, TE1, LEFT_TACKLE, EDGE, CORNER, KICKER = 0, 1, 3, 4, 5, 8, 9, 10, 15, 20, 24
#: Places whose absence has the planted effect.
KEY_SLOTS: Final = (WR1, LEFT_TACKLE, EDGE, CORNER)
OFFENCE_SLOTS: Final = range(15)
WEEKS: Final = max(ROUNDS)
NEW_STARTER_RATE: Final = 0.25
TRADES_A_SEASON: Final = 3


class Trade(NamedTuple):
    """A first receiver who changed teams, from a week on, for a fourth one; teams and player by number."""

    season: int
    week: int
    seller: int
    buyer: int
    player: int


@dataclass(frozen=True, slots=True)
class Squads:
    """The squads of all seasons.

    Attributes
    ----------
    seasons : tuple of int
    members : ndarray of int, shape (n_seasons, WEEKS, TEAMS, len(SLOTS))
        Player numbers by season, week (0-based) and place.
    names, positions : list of str
        By player number.
    value, poise : ndarray, shape (n_seasons, TEAMS, 3)
        The quarterbacks' worth in points over the league's mean, and catch rate under pressure over it.
    trades : list of Trade
    """

    seasons: tuple[int, ...]
    members: NDArray[np.int64]
    names: list[str]
    positions: list[str]
    value: NDArray[np.float64]
    poise: NDArray[np.float64]
    trades: list[Trade]


def player_id(number: int) -> str:
    """Return the identifier of a player number.

    Examples
    --------
    >>> player_id(12)
    '00-0090012'
    """
    return f"00-{90000 + number:07d}"


def build_squads(seed: int, *, seasons: tuple[int, ...], planted: PlantedTruth) -> Squads:
    """Return the squads of the seasons; a season's draws do not depend on how many follow it."""
    places = len(SLOTS)
    base = np.arange(TEAMS * places).reshape(TEAMS, places)
    positions = [SLOTS[i % places] for i in range(TEAMS * places)]
    members = np.empty((len(seasons), WEEKS, TEAMS, places), dtype=np.int64)
    value, poise = np.empty((len(seasons), TEAMS, 3)), np.empty((len(seasons), TEAMS, 3))
    trades: list[Trade] = []
    current = base.copy()
    for index, season in enumerate(seasons):
        rng = stream(seed, QUARTERBACKS, season)
        fresh, drawn = rng.random(TEAMS) < NEW_STARTER_RATE, rng.standard_normal((4, TEAMS, 3))
        fresh |= index == 0
        if index:
            for team in np.flatnonzero(fresh):
                current[team, QB1] = len(positions)
                positions.append("QB")
        before = (value[index - 1, :, 0], poise[index - 1, :, 0]) if index else (np.zeros(TEAMS), np.zeros(TEAMS))
        value[index], poise[index] = _quarterbacks(before, fresh=fresh, drawn=drawn, planted=planted)
        trades += _trade(current, members[index], season=season, rng=stream(seed, MOVES, season))
    return Squads(
        seasons=seasons,
        members=members,
        names=people(seed, purpose=NAMES, count=len(positions)),
        positions=positions,
        value=value,
        poise=poise,
        trades=trades,
    )


def _quarterbacks(
    before: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    fresh: NDArray[np.bool_],
    drawn: NDArray[np.float64],
    planted: PlantedTruth,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    sd = planted.quarterback_sd_points
    starter = np.where(fresh, sd * drawn[0, :, 0], 0.92 * before[0] + 0.4 * sd * drawn[0, :, 0])
    drop = np.maximum(planted.backup_drop_points + planted.backup_drop_sd_points * drawn[1, :, 0], 1.0)
    value = np.stack([starter, starter - drop, starter - drop - 2.0], axis=1)
    poise = 0.04 * drawn[2]
    poise[:, 0] = np.where(fresh, poise[:, 0], before[1])
    return value, poise


def _trade(
    current: NDArray[np.int64], weeks: NDArray[np.int64], *, season: int, rng: np.random.Generator
) -> list[Trade]:
    """Fill a season's weeks in place, swapping a first receiver for a fourth one at each trade."""
    when = np.sort(rng.integers(5, 10, TRADES_A_SEASON))
    pairs = rng.permutation(TEAMS)[: 2 * TRADES_A_SEASON].reshape(TRADES_A_SEASON, 2)
    made = []
    for week in range(1, WEEKS + 1):
        for (seller, buyer), first in zip(pairs, when, strict=True):
            if first == week:
                star, other = int(current[seller, WR1]), int(current[buyer, WR4])
                current[seller, WR1], current[buyer, WR4] = other, star
                made.append(Trade(season, week, int(seller), int(buyer), star))
        weeks[week - 1] = current
    return made

"""Events that move games: quarterbacks and key players out, suspensions, trades; each with its true effect."""

from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.clock import eastern
from workbench.data.demo.calendar import Kickoffs, opening_thursday
from workbench.data.demo.keys import INJURIES, MOVES, stream
from workbench.data.demo.names import CODES, TEAMS
from workbench.data.demo.squads import EDGE, KEY_SLOTS, QB1, WEEKS, WR1, Squads, player_id
from workbench.data.demo.truth import PlantedTruth

KEY_INJURY_RATE: Final = 0.05  # a key player and week
SURPRISE_RATE: Final = 0.25  # first hurt in practice: known on Friday, not on Wednesday
SURPRISE_NOTICE: Final = 20.0  # hours before kick-off, at least
SUSPENSIONS_A_SEASON: Final = 3
LONG_ABSENCE: Final = 4  # weeks out from which a player goes on injured reserve


class Event(NamedTuple):
    """One shock: who is gone (or came) from the first to the last week, and its effect in points of margin."""

    season: int
    team: int
    kind: str
    slot: int
    player: int
    first_week: int
    last_week: int
    surprise: bool
    effect_points: float


@dataclass(frozen=True, slots=True)
class Shocks:
    """All events, and what they add up to by season, week and team.

    Attributes
    ----------
    events : list of Event
    attack, defence : ndarray, shape (n_seasons, WEEKS, TEAMS)
        Points added to the team's attack and defence by events other than a quarterback's absence.
    quarterback : ndarray of int, shape (n_seasons, WEEKS, TEAMS)
        Which of the team's quarterbacks plays: 0 the starter, 1 the backup.
    receiver_out : ndarray of bool, shape (n_seasons, WEEKS, TEAMS)
        Where the first receiver does not play.
    """

    events: list[Event]
    attack: NDArray[np.float64]
    defence: NDArray[np.float64]
    quarterback: NDArray[np.int64]
    receiver_out: NDArray[np.bool_]


@cache
def report_day(season: int, *, week: int, day: int, at: time) -> pd.Timestamp:
    """Return an instant of a week's reporting, ``day`` counted from Tuesday, as UTC."""
    tuesday = opening_thursday(season) + timedelta(weeks=week - 1, days=-2)
    return eastern(tuesday + timedelta(days=day), at)


def known_at(event: Event, *, kick: pd.Timestamp | None) -> pd.Timestamp:
    """Return when an event was public.

    A trade: Tuesday 16:00 ET. An absence: Wednesday's report at 11:00 ET, or for a surprise Friday's at 15:00, but no
    later than 20 hours before the kick-off of the first game missed (``kick``, None in a week without a game).
    """
    if event.kind.startswith("trade"):
        return report_day(event.season, week=event.first_week, day=0, at=time(16))
    if not event.surprise:
        return report_day(event.season, week=event.first_week, day=1, at=time(11))
    friday = report_day(event.season, week=event.first_week, day=3, at=time(15))
    return friday if kick is None else min(friday, kick - timedelta(hours=SURPRISE_NOTICE))


def build_shocks(seed: int, *, squads: Squads, planted: PlantedTruth) -> Shocks:
    """Draw the events of all seasons; they depend on the seed alone, never on results."""
    events: list[Event] = []
    for index, season in enumerate(squads.seasons):
        for team in range(TEAMS):
            rng = stream(seed, INJURIES, season, team)
            events += _quarterback_absences(squads, rng=rng, index=index, team=team, planted=planted)
            events += _key_absences(squads, rng=rng, index=index, team=team, planted=planted)
        events += _suspensions(squads, rng=stream(seed, MOVES, season, 1), index=index, planted=planted)
    events += _trades(squads, planted=planted)
    return _totals(events, squads=squads)


def _absences(rng: np.random.Generator, *, rate: float) -> list[tuple[int, int, bool]]:
    """Return (first week, last week, surprise) of one player's absences in a season."""
    out = []
    hurt, length, surprise = rng.random(WEEKS), rng.geometric(0.38, WEEKS), rng.random(WEEKS)
    week = 2
    while week <= WEEKS:
        if hurt[week - 1] < rate:
            last = min(week + int(length[week - 1]) - 1, WEEKS)
            out.append((week, last, bool(surprise[week - 1] < SURPRISE_RATE)))
            week = last + 3
        week += 1
    return out


def _quarterback_absences(
    squads: Squads, *, rng: np.random.Generator, index: int, team: int, planted: PlantedTruth
) -> list[Event]:
    effect = float(squads.value[index, team, 1] - squads.value[index, team, 0])
    season, who = squads.seasons[index], int(squads.members[index, 0, team, QB1])
    return [
        Event(season, team, "quarterback_out", QB1, who, first, last, surprise, effect)
        for first, last, surprise in _absences(rng, rate=planted.quarterback_injury_rate)
    ]


def _key_absences(
    squads: Squads, *, rng: np.random.Generator, index: int, team: int, planted: PlantedTruth
) -> list[Event]:
    out = []
    for slot in KEY_SLOTS:
        for first, last, surprise in _absences(rng, rate=KEY_INJURY_RATE):
            weeks = squads.members[index, first - 1 : last, team, slot]
            if (weeks == weeks[0]).all():  # a trade in between would leave it open who is hurt
                season, points = squads.seasons[index], planted.position_points
                out.append(Event(season, team, "player_out", slot, int(weeks[0]), first, last, surprise, points))
    return out


def _suspensions(squads: Squads, *, rng: np.random.Generator, index: int, planted: PlantedTruth) -> list[Event]:
    out = []
    for team, slot, first in zip(
        rng.permutation(TEAMS)[:SUSPENSIONS_A_SEASON],
        rng.choice(KEY_SLOTS[1:], SUSPENSIONS_A_SEASON),
        rng.integers(1, 9, SUSPENSIONS_A_SEASON),
        strict=True,
    ):
        who = int(squads.members[index, first - 1, team, slot])
        season, last, points = squads.seasons[index], int(first) + 3, planted.position_points
        out.append(Event(season, int(team), "suspension", int(slot), who, int(first), last, False, points))
    return out


def _trades(squads: Squads, *, planted: PlantedTruth) -> list[Event]:
    out = []
    for row in squads.trades:
        for team, kind, points in (
            (row.seller, "trade_seller", planted.trade_seller_points),
            (row.buyer, "trade_buyer", planted.trade_buyer_points),
        ):
            out.append(Event(row.season, team, kind, KEY_SLOTS[0], row.player, row.week, WEEKS, False, points))
    return out


def _totals(events: list[Event], *, squads: Squads) -> Shocks:
    shape = (len(squads.seasons), WEEKS, TEAMS)
    attack, defence = np.zeros(shape), np.zeros(shape)
    quarterback, receiver_out = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.bool_)
    for event in events:
        at = (squads.seasons.index(event.season), slice(event.first_week - 1, event.last_week), event.team)
        if event.kind == "quarterback_out":
            quarterback[at] = 1
        elif event.slot >= EDGE:
            defence[at] += event.effect_points
        else:
            attack[at] += event.effect_points
            receiver_out[at] |= event.slot == WR1 and event.kind == "player_out"
    return Shocks(events=events, attack=attack, defence=defence, quarterback=quarterback, receiver_out=receiver_out)


def shocks_frame(events: list[Event], *, kickoffs: Kickoffs) -> pd.DataFrame:
    """Return the events as the table of truth, dated by ``known_at``."""
    frame = pd.DataFrame(events, columns=list(Event._fields))
    frame["known_at"] = [known_at(e, kick=kickoffs.get((e.season, e.first_week, e.team))) for e in events]
    frame["player_id"] = [player_id(event.player) for event in events]
    frame["team"] = [CODES[event.team] for event in events]
    return frame.drop(columns=["player", "slot"])

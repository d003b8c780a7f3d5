"""Official injury reports: Wednesday, Friday, and what came up in between; never after kick-off."""

from datetime import time, timedelta
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from workbench.data.demo.calendar import Kickoffs, games_of, kickoffs_by_team
from workbench.data.demo.expectation import World
from workbench.data.demo.keys import REPORTS, stream, words
from workbench.data.demo.names import CODES, printed
from workbench.data.demo.shocks import LONG_ABSENCE, Event, known_at, report_day
from workbench.data.demo.squads import KEY_SLOTS, QB1, SLOTS, player_id

MISSED: Final = "Did Not Participate In Practice"
LIMITED: Final = "Limited Participation in Practice"
FULL: Final = "Full Participation in Practice"
COLUMNS: Final = words(
    "season game_type team week gsis_id position full_name first_name last_name report_primary_injury "
    "report_secondary_injury report_status practice_primary_injury practice_secondary_injury practice_status "
    "date_modified season_type"
)
_AILMENTS: Final = ("Ankle", "Knee", "Hamstring", "Shoulder", "Calf", "Concussion", "Groin", "Back", "Rib", "Illness")
#: The rest of the report: players who are listed and whose absence, if any, has no effect.
_OTHERS_A_WEEK: Final = 4
_QUARTERBACK_QUESTIONABLE: Final = 0.05


class Row(NamedTuple):
    """One line of a report."""

    season: int
    week: int
    team: int
    player: int
    status: str | None
    practice: str
    modified: pd.Timestamp


def injury_reports(world: World, fixtures: pd.DataFrame, *, now: pd.Timestamp) -> pd.DataFrame:
    """Return the reports public at ``now``, one row a player and filing, in the feed's columns."""
    kickoffs = kickoffs_by_team(fixtures)
    rows: list[Row] = []
    for event in world.shocks.events:
        if event.kind in ("quarterback_out", "player_out"):
            rows += _absence_rows(event, kickoffs=kickoffs)
    listed = {(row.season, row.week, row.team, row.player) for row in rows}
    for (season, week, team), kick in kickoffs.items():
        rows += _other_rows(world, season=season, week=week, team=team, kick=kick, listed=listed)
    game_types = {(game.season, game.week): game.game_type for game in games_of(fixtures)}
    return _frame(world, [row for row in rows if row.modified <= now], game_types=game_types)


def _filed(key: tuple[int, int, int], *, kick: pd.Timestamp, day: int, at: time) -> pd.Timestamp:
    """Return when a report of the team's week is filed; for a Thursday game the final one is Wednesday's."""
    return min(report_day(key[0], week=key[1], day=day, at=at), kick - timedelta(hours=28))


def _absence_rows(event: Event, *, kickoffs: Kickoffs) -> list[Row]:
    rows = []
    long = event.last_week - event.first_week + 1 >= LONG_ABSENCE
    for week in range(event.first_week, event.last_week + 2):
        key = (event.season, week, event.team)
        kick = kickoffs.get(key)
        if kick is None or (long and event.first_week < week <= event.last_week):
            continue  # a bye, or on injured reserve: not on the report
        head = (event.season, week, event.team, event.player)
        wednesday = _filed(key, kick=kick, day=1, at=time(11))
        friday = _filed(key, kick=kick, day=3, at=time(15))
        if week > event.last_week:
            rows.append(Row(*head, None, FULL, wednesday))
        elif event.surprise and week == event.first_week:
            rows.append(Row(*head, "Out", MISSED, known_at(event, kick=kick)))
        elif event.slot == QB1:
            rows.append(Row(*head, "Out", MISSED, wednesday))
        else:
            rows.append(Row(*head, None, MISSED, wednesday))
            rows.append(Row(*head, "Out", MISSED, max(friday, wednesday + timedelta(hours=1))))
    return rows


def _other_rows(
    world: World, *, season: int, week: int, team: int, kick: pd.Timestamp, listed: set[tuple[int, int, int, int]]
) -> list[Row]:
    rng = stream(world.seed, REPORTS, season, week, team)
    squad = world.squads.members[world.squads.seasons.index(season), week - 1, team]
    free = np.array([s for s in range(3, len(SLOTS)) if s not in KEY_SLOTS])
    slots = rng.permutation(free)[:_OTHERS_A_WEEK].tolist()
    if rng.random() < _QUARTERBACK_QUESTIONABLE:
        slots.append(QB1)
    rows: list[Row] = []
    filed = _filed((season, week, team), kick=kick, day=3, at=time(15))
    for slot, draw in zip(slots, rng.random(len(slots)), strict=True):
        who = int(squad[slot])
        if (season, week, team, who) in listed:
            continue
        status = "Questionable" if slot == QB1 or draw < 0.4 else None
        practice = LIMITED if draw < 0.5 or slot == QB1 else FULL
        rows.append(Row(season, week, team, who, status, practice, filed))
    return rows


def _frame(world: World, rows: list[Row], *, game_types: dict[tuple[int, int], str]) -> pd.DataFrame:
    names, positions = world.squads.names, world.squads.positions
    frame = pd.DataFrame(rows, columns=list(Row._fields))
    who = frame["player"].tolist()
    ailment = np.array(_AILMENTS, dtype=object)[(frame["player"] * 7 + frame["season"]) % len(_AILMENTS)]
    listed = frame["status"].notna().to_numpy(np.bool_)
    kinds = [game_types[key] for key in zip(frame["season"], frame["week"], strict=True)]
    full = pd.Series([names[i] for i in who], dtype="str")
    out = frame.assign(
        game_type=kinds,
        team=np.array(CODES, dtype=object)[frame["team"].to_numpy()],
        gsis_id=[player_id(i) for i in who],
        position=[positions[i] for i in who],
        full_name=full,
        first_name=full.str.split(" ").str[0],
        last_name=full.str.split(" ").str[1],
        report_primary_injury=printed(ailment, where=listed),
        report_secondary_injury=None,
        report_status=frame["status"],
        practice_primary_injury=ailment,
        practice_secondary_injury=None,
        practice_status=frame["practice"],
        date_modified=pd.to_datetime(frame["modified"], utc=True).astype("datetime64[us, UTC]"),
        season_type=None,
    )
    texts = [c for c in COLUMNS if c not in ("season", "week", "date_modified")]
    out[texts] = out[texts].astype("str")
    out = out.astype({"season": "int32", "week": "int32"}).sort_values(["season", "week", "team", "date_modified"])
    return out[list(COLUMNS)].reset_index(drop=True)

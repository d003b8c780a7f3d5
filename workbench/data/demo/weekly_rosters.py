"""Weekly rosters with the feed's status codes: active, inactive, reserve, suspended, cut; trades change teams."""

from typing import Final

import numpy as np
import pandas as pd

from workbench.data.demo.calendar import games_of, kickoffs_by_team
from workbench.data.demo.expectation import World
from workbench.data.demo.keys import words
from workbench.data.demo.names import CODES
from workbench.data.demo.shocks import LONG_ABSENCE, Event
from workbench.data.demo.squads import QB1, SLOTS, player_id

#: status, status_description_abbr
ACTIVE: Final = ("ACT", "A01")
INACTIVE: Final = ("INA", "I01")
RESERVE: Final = ("RES", "R01")
SUSPENDED: Final = ("RES", "R40")
CUT: Final = ("CUT", "W03")
COLUMNS: Final = words(
    "season team position depth_chart_position jersey_number status player_name first_name last_name birth_date "
    "height weight college player_id espn_id pfr_id years_exp ngs_position week game_type status_description_abbr "
    "football_name gsis_it_id entry_year rookie_year draft_club draft_number age"
)
_MISSING_TEXT: Final = ("college", "espn_id", "pfr_id", "ngs_position", "gsis_it_id", "draft_club")
_MISSING_NUMBER: Final = ("height", "weight", "years_exp", "entry_year", "rookie_year", "draft_number", "age")


def weekly_rosters(world: World, fixtures: pd.DataFrame, *, now: pd.Timestamp) -> pd.DataFrame:
    """Return each team's squad in each week whose game has kicked off by ``now``."""
    squads = world.squads
    started = fixtures[fixtures["kickoff_utc"] <= now]
    types = {(g.season, g.week): g.game_type for g in games_of(started)}
    keys = np.array(list(kickoffs_by_team(started)), dtype=np.int64)
    season = np.searchsorted(squads.seasons, keys[:, 0])
    members = squads.members[season, keys[:, 1] - 1, keys[:, 2]]
    places = len(SLOTS)
    columns = {name: np.repeat(keys[:, i], places) for i, name in enumerate(("season", "week", "side"))}
    frame = pd.DataFrame(columns | {"player": members.ravel(), "slot": np.tile(np.arange(places), len(keys))})
    frame = _marked(frame, world.shocks.events)
    frame = pd.concat([frame, _released(world, frame)], ignore_index=True)
    frame["game_type"] = [types[key] for key in zip(frame["season"], frame["week"], strict=True)]
    return _layout(frame, names=squads.names, positions=squads.positions)


def _marked(frame: pd.DataFrame, events: list[Event]) -> pd.DataFrame:
    """Return the frame with the absent players' status."""
    marks: dict[tuple[int, int, int], tuple[str, str]] = {}
    for event in events:
        if event.kind.startswith("trade"):
            continue
        long = event.last_week - event.first_week + 1 >= LONG_ABSENCE
        for week in range(event.first_week, event.last_week + 1):
            absent = RESERVE if long and week > event.first_week else INACTIVE
            marks[event.season, week, event.player] = SUSPENDED if event.kind == "suspension" else absent
    keys = zip(frame["season"], frame["week"], frame["player"], strict=True)
    codes = [marks.get(key, ACTIVE) for key in keys]
    return frame.assign(status=[code[0] for code in codes], abbreviation=[code[1] for code in codes])


def _released(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the starters of a season who were cut before the next one, as their old team's first week lists them."""
    rows = []
    squads = world.squads
    played = set(frame["season"])
    for index, season in enumerate(squads.seasons[1:], start=1):
        before, after = squads.members[index - 1, -1, :, QB1], squads.members[index, 0, :, QB1]
        for team in np.flatnonzero(before != after):
            if season in played:
                rows.append((season, 1, int(team), int(before[team]), QB1, *CUT))
    return pd.DataFrame(rows, columns=["season", "week", "side", "player", "slot", "status", "abbreviation"])


def _layout(frame: pd.DataFrame, *, names: list[str], positions: list[str]) -> pd.DataFrame:
    who = frame["player"].tolist()
    full = pd.Series([names[i] for i in who], dtype="str")
    split = full.str.split(" ")
    position = pd.Series([positions[i] for i in who], dtype="str")
    out = frame[["season", "week", "game_type"]].assign(
        team=np.array(CODES, dtype=object)[frame["side"].to_numpy(np.int64)],
        position=position,
        depth_chart_position=position,
        jersey_number=frame["slot"].astype("float64") + 1.0,
        status=frame["status"],
        status_description_abbr=frame["abbreviation"],
        player_name=full,
        first_name=split.str[0],
        last_name=split.str[1],
        football_name=split.str[0],
        player_id=[player_id(i) for i in who],
        birth_date=pd.Series(pd.NaT, index=frame.index, dtype="datetime64[ms]"),
    )
    out = out.assign(**dict.fromkeys(_MISSING_NUMBER, np.nan), **dict.fromkeys(_MISSING_TEXT))
    texts = ["team", "game_type", "status", "status_description_abbr", "player_id", *_MISSING_TEXT]
    out[texts] = out[texts].astype("str")
    ordered = out.sort_values(["season", "week", "team", "jersey_number", "player_id"])
    return ordered[list(COLUMNS)].reset_index(drop=True)

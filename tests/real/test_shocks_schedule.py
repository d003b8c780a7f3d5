"""Shocks of schedule, weather, coaches and quarterbacks on 1999-2024, each of a sample told anew from the raw files.

The raw files are read here by their own columns and rules, not through the readers or derivers under test. Wanted: nine
of ten right (the issue's aim); what is derived from one column by one rule is asked for without exception.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.data.nflverse import players, schedule
from workbench.shocks.coaches import coaching_comparison, coaching_events
from workbench.shocks.database import ShockDatabase
from workbench.shocks.quarterbacks import quarterback_events
from workbench.shocks.schedule_shocks import schedule_events
from workbench.shocks.weather import weather_events
from workbench.shocks.windows import shock_windows
from workbench.store.frames import conform

pytestmark = pytest.mark.real

AIM = 0.90
SAMPLE = 120
#: Of the raw columns, before a starter who did not play gives way (the issue: about 1,251 in the regular season).
RAW_CHANGES = 1251
STATS = [
    *("player_id", "player_display_name", "position", "recent_team", "season", "week", "attempts", "sacks", "carries"),
    *("passing_epa", "rushing_epa", "passing_yards", "passing_tds", "interceptions", "sack_yards", "rushing_yards"),
]
Row = dict[str, Any]


@pytest.fixture(scope="module")
def raw(real_data: Path) -> pd.DataFrame:
    games = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet")
    return games.replace({name: {"STL": "LA", "SD": "LAC", "OAK": "LV"} for name in ("home_team", "away_team")})


@pytest.fixture(scope="module")
def tables(raw: pd.DataFrame, real_data: Path) -> dict[str, pd.DataFrame]:
    whole = schedule.with_kickoff(raw)
    games = conform(schedule.games(whole), name="games")
    paths = sorted((real_data / "nflverse" / "stats_player").glob("*.parquet"))
    stats = pd.concat([pd.read_parquet(path, columns=STATS) for path in paths], ignore_index=True)
    stats = players.player_weeks(stats[stats["position"].eq("QB")], games=games)
    out = {"starters": schedule.starters(whole), "conditions": schedule.conditions(whole), "player_weeks": stats}
    for name, folder in (("rosters", "weekly_rosters"), ("injuries", "injuries")):
        files = [pd.read_parquet(path) for path in sorted((real_data / "nflverse" / folder).glob("*.parquet"))]
        out[name] = getattr(players, name)(pd.concat(files, ignore_index=True), games=games)
    return {"games": games} | {n: conform(f[f["known_at"].notna()], name=n) for n, f in out.items()}


@pytest.fixture(scope="module")
def database(tables: dict[str, pd.DataFrame]) -> ShockDatabase:
    derive = (schedule_events, weather_events, coaching_events, quarterback_events)
    events = pd.concat([deriver(tables) for deriver in derive], ignore_index=True)
    return ShockDatabase(events, shock_windows(tables), ())


def told_anew(raw: pd.DataFrame) -> dict[str, Callable[[Row], bool]]:
    """What the raw schedule says of an event, type by type."""
    games = raw.set_index("game_id")
    sides = pd.concat(
        [
            raw.assign(team=raw[f"{s}_team"], qb=raw[f"{s}_qb_id"], coach=raw[f"{s}_coach"])[
                ["game_id", "season", "week", "gameday", "team", "qb", "coach", "game_type"]
            ]
            for s in ("home", "away")
        ]
    ).sort_values(["gameday", "game_id"])
    by_team = dict(list(sides.groupby("team")))

    def pair(event: Row) -> tuple[Row, Row]:
        rows = by_team[event["team"]]
        place = int(np.flatnonzero(rows["game_id"].eq(event["game_id"]))[0])
        return rows.iloc[place].to_dict(), rows.iloc[place - 1].to_dict()

    def days(event: Row) -> int:
        now, before = pair(event)
        return (pd.Timestamp(now["gameday"]) - pd.Timestamp(before["gameday"])).days

    def homes(event: Row) -> pd.DataFrame:
        return raw[raw["home_team"].eq(event["team"]) & raw["season"].eq(event["season"]) & raw["location"].eq("Home")]

    def quarterback(event: Row) -> bool:
        now, before = pair(event)
        old, new = (event["player_id"], event["replaced_by"])
        if event["type"] == "quarterback_return":
            old, new = new, old
        return bool(now["season"] == before["season"] and (before["qb"], now["qb"]) == (old, new))

    def coach(event: Row) -> bool:
        now, before = pair(event)
        return (before["coach"], now["coach"]) == (event["player_name"], event["replaced_by"])

    def hour(event: Row) -> int:
        return int(games.loc[event["game_id"], "gametime"][:2])

    def roofed(event: Row) -> float:
        return float(homes(event)["roof"].isin(["dome", "closed"]).mean())

    game = games.loc
    return {
        "bye": lambda e: 12 <= days(e) <= 17 and pair(e)[0]["week"] - pair(e)[1]["week"] == 2,
        "short_rest": lambda e: days(e) in (4, 5),
        "long_rest": lambda e: (
            (days(e) >= 9 and pair(e)[0]["week"] - pair(e)[1]["week"] == 1) or e["detail"] == "put off"
        ),
        "prime_time": lambda e: hour(e) >= 19 or hour(e) == 9,
        "division_game": lambda e: game[e["game_id"], "div_game"] == 1,
        "venue_change": lambda e: (
            game[e["game_id"], "location"] == "Neutral"
            or game[e["game_id"], "stadium"] != raw[raw["home_team"].eq(e["team"])]["stadium"].iloc[0]
        ),
        "dome_team_outdoors": lambda e: game[e["game_id"], "roof"] == "outdoors" and roofed(e) > 0.5,
        "wind": lambda e: (
            game[e["game_id"], "wind"] == 8 + e["dose"] and game[e["game_id"], "roof"] in ("outdoors", "open")
        ),
        "cold": lambda e: (
            game[e["game_id"], "temp"] == 33 - e["dose"] and game[e["game_id"], "roof"] in ("outdoors", "open")
        ),
        "coaching_change": coach,
        "quarterback_exit": quarterback,
        "quarterback_return": quarterback,
    }


def test_nine_of_ten_of_a_seeded_sample_are_as_the_raw_files_say(
    database: ShockDatabase, tables: dict[str, pd.DataFrame], raw: pd.DataFrame
) -> None:
    picked = database.checking_sample(tables, n=SAMPLE, seed=1)["event_id"]
    sample = database.events[database.events["event_id"].isin(picked)]
    rules = told_anew(raw)
    right = pd.Series([bool(rules[e["type"]](e)) for e in sample.to_dict("records")], index=sample.index)
    # Where a cited correction or a passer's stat line overrules the schedule's column, the column cannot agree.
    overruled = sample["quality"].isin(["disputed", "sourced", "assumed"]) & sample["type"].isin(
        ["coaching_change", "quarterback_exit", "quarterback_return"]
    )
    assert right[~overruled].mean() == 1.0, sample[~right & ~overruled]["event_id"].tolist()
    assert right.mean() >= AIM


def test_there_are_as_many_changes_of_quarterback_as_counted(tables: dict[str, pd.DataFrame]) -> None:
    column = quarterback_events({name: tables[name] for name in ("games", "starters")})
    regular = column.merge(tables["games"][["game_id", "game_type"]], on="game_id")["game_type"].eq("REG")
    assert int(regular.sum()) == RAW_CHANGES


def test_forty_three_switches_become_forty_seven_dismissals_and_six_absences(tables: dict[str, pd.DataFrame]) -> None:
    beside = coaching_comparison(tables)
    assert beside["derived_week"].notna().sum() == 43
    assert beside["what"].value_counts().to_dict() == {
        "unchanged": 37, "added": 6, "misdated": 4, "absence": 2, "absence added": 4,
    }  # fmt: skip
    assert beside["cause"].isin(["fired", "resigned"]).sum() == 47
    assert beside["date"].notna().all()


def test_required_fields_are_whole_and_every_team_rests_once(database: ShockDatabase) -> None:
    assert database.missing()["required"].lt(0.05).all()
    byes = database.counts().loc["bye"]
    assert byes.loc[2002:].between(30, 32).all()

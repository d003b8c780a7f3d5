"""The database whole: on the simulated league against its truth, with gaps in the facts, and its sample.

Precision and recall of quarterback absences are asked for exactly: the league's reports and schedule are without error.
"""

from pathlib import Path

import pandas as pd
import pytest

from workbench.data.demo import write_league
from workbench.data.demo.truth import Truth, load_truth
from workbench.data.nflverse import players, plays, schedule
from workbench.shocks.database import REQUIRED, ShockDatabase, derive_events
from workbench.shocks.events import COLUMNS
from workbench.shocks.windows import WINDOWS
from workbench.store.frames import conform

Tables = dict[str, pd.DataFrame]
Key = tuple[int, str, int, str]
FOLDERS = {"player_weeks": "stats_player", "injuries": "injuries", "rosters": "weekly_rosters"}


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shocks") / "demo"
    write_league(folder)
    return folder


@pytest.fixture(scope="module")
def truth(league: Path) -> Truth:
    return load_truth(league)


def seasons_of(league: Path, folder: str) -> pd.DataFrame:
    return pd.concat([pd.read_parquet(path) for path in sorted((league / folder).glob("*.parquet"))], ignore_index=True)


@pytest.fixture(scope="module")
def tables(league: Path) -> Tables:
    raw = schedule.with_kickoff(pd.read_parquet(league / "schedules" / "games.parquet"))
    games = conform(schedule.games(raw), name="games")
    out = {name: getattr(schedule, name)(raw) for name in ("results", "starters", "conditions")}
    out |= {name: getattr(players, name)(seasons_of(league, folder), games=games) for name, folder in FOLDERS.items()}
    out["snaps"] = plays.snaps(seasons_of(league, "snap_counts"), kickoffs=raw[["game_id", "kickoff_utc"]])
    return {"games": games} | {n: conform(f[f["known_at"].notna()], name=n) for n, f in out.items()}


@pytest.fixture(scope="module")
def database(tables: Tables) -> ShockDatabase:
    return derive_events(tables)


def test_events_are_typed_unique_and_whole(database: ShockDatabase) -> None:
    assert list(database.events.columns) == list(COLUMNS)
    assert not database.events["event_id"].duplicated().any()
    assert database.missing()["required"].lt(0.05).all()


def test_every_change_of_starter_has_an_instant_and_nothing_is_known_only_after_its_kick_off(
    database: ShockDatabase, tables: Tables
) -> None:
    kickoffs = database.events["game_id"].map(tables["games"].set_index("game_id")["kickoff_utc"])
    assert not database.events["known_at"].gt(kickoffs).any()
    undated = database.missing()["known_at"]
    assert undated[undated.index.str.startswith(("quarterback_", "venue_"))].eq(0).all()


def test_every_planted_absence_of_a_quarterback_is_found_and_no_other(
    database: ShockDatabase, tables: Tables, truth: Truth
) -> None:
    played = tables["starters"][tables["starters"]["quarterback_id"].notna()].merge(tables["results"][["game_id"]])
    weeks = played.groupby(["season", "team"])["week"].agg(set).to_dict()
    planted: set[Key] = set()
    for row in truth.shocks[truth.shocks["kind"].eq("quarterback_out")].itertuples(index=False):
        missed = weeks[row.season, row.team] & set(range(row.first_week, row.last_week + 1))
        planted |= {(row.season, row.team, min(missed), row.player_id)} if missed else set()
    exits = database.events[database.events["type"].eq("quarterback_exit")]
    assert set(exits[["season", "team", "week", "player_id"]].itertuples(index=False, name=None)) == planted
    assert exits["cause"].eq("injury").all()


def test_the_coaches_dismissed_are_those_planted(database: ShockDatabase, truth: Truth) -> None:
    events = database.events
    found = events[events["type"].eq("coaching_change") & events["detail"].eq("mid_season")]
    planted = truth.shocks[truth.shocks["kind"].eq("coaching_change")]
    assert set(zip(found["season"], found["team"], strict=True)) == set(
        zip(planted["season"], planted["team"], strict=True)
    )


def test_counts_are_null_outside_a_window_and_zero_within(database: ShockDatabase) -> None:
    counts = database.counts()
    assert list(counts.index) == list(WINDOWS)
    assert counts.loc["precipitation"].isna().all()
    assert counts.drop(index="precipitation").notna().all().all()
    assert counts.sum().sum() == len(database.events)


def test_the_sample_is_seeded_even_and_beside_its_facts(database: ShockDatabase, tables: Tables) -> None:
    sample = database.checking_sample(tables, n=60, seed=3)
    assert len(sample) == 60
    assert sample.equals(database.checking_sample(tables, n=60, seed=3))
    assert not sample.equals(database.checking_sample(tables, n=60, seed=4))
    of_type, there = (
        sample["event_id"].str.replace(r"_\d{4}_.*", "", regex=True).value_counts(),
        database.events["type"].value_counts(),
    )
    full = of_type[of_type.lt(there.reindex(of_type.index))]
    assert full.max() - full.min() <= 1
    assert [game in facts for game, facts in zip(sample["game_id"], sample["facts"], strict=True)] == [True] * 60


def test_without_anything_there_is_an_empty_database_that_says_why() -> None:
    empty = derive_events({})
    assert empty.events.empty
    assert empty.windows["first_season"].isna().all()
    assert "no schedule" in empty.notes[0]


def test_a_schedule_alone_gives_its_shocks_and_names_the_rest(tables: Tables) -> None:
    alone = derive_events({"games": tables["games"]})
    assert {"bye", "short_rest", "prime_time"} <= set(alone.events["type"])
    assert "quarterback_exit" not in set(alone.events["type"])
    assert "quarterback_exit" in alone.notes[-1]


def test_the_future_never_moves_what_was_expected(database: ShockDatabase, tables: Tables) -> None:
    until = {name: frame[frame["season"].lt(2024)] for name, frame in tables.items()}
    known = [name for name in REQUIRED if name not in ("quality", "note")]
    types = ["quarterback_exit", "quarterback_return", "coaching_change", "bye", "wind"]
    now, then = (d.events[d.events["type"].isin(types)] for d in (database, derive_events(until)))
    now = now[now["season"].lt(2024)]
    pd.testing.assert_frame_equal(
        now[known].sort_values("event_id", ignore_index=True), then[known].sort_values("event_id", ignore_index=True)
    )

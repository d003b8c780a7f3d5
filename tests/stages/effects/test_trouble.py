"""Facts as they may come: without half of the tables, without lines, from a league's first weeks, or none at all.

Whatever is absent, the stage says what it cannot derive and answers the rest; it never stops.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.causal.checks.run import CheckPlan
from workbench.clock import Week
from workbench.data.ingest import load_league
from workbench.settings import load_settings
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.frames import effect_frames
from workbench.stages.effects.week import Effects, effects_of
from workbench.store.tables import FrameAsOf

Tables = Mapping[str, pd.DataFrame]
PLAN = CheckPlan(placebos=1, noises=1, subsets=1)
#: Wednesday noon of the league's fourth week, of its first and second, and its ninth.
FOURTH = pd.Timestamp("2024-09-25T16:00:00+00:00")
FIRST, SECOND = FOURTH - pd.Timedelta(weeks=3), FOURTH - pd.Timedelta(weeks=2)
NINTH = FOURTH + pd.Timedelta(weeks=5)


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The demo league's season 2024 alone: a league in its first season."""
    root = tmp_path_factory.mktemp("league")
    settings = load_settings("demo", overrides={"artifacts": str(root / "artifacts"), "first_season": "2024"})
    facts: Tables = load_league(settings, seasons=[2024], root=root / "artifacts").tables
    return facts


@pytest.fixture(scope="module")
def effects(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Effects]:
    folder: Path = tmp_path_factory.mktemp("cache")

    def asked(facts: Tables, *, instant: pd.Timestamp = FOURTH, week: int = 4) -> Effects:
        view = FrameAsOf(facts, instant)
        return effects_of(view, week=Week(2024, week), cache=EstimateCache(folder), plan=PLAN, seed=1)

    return asked


def answered(found: Effects) -> int:
    """How many estimates there are; all others must say why not."""
    assert found.estimates["why_not"].notna().all()
    known = found.estimates[found.estimates["why_not"].eq("")]
    if len(known):
        assert known[["value", "standard_error"]].notna().all(axis=None)
    return len(known)


def without(tables: Tables, *names: str) -> Tables:
    return {name: frame.iloc[:0] if name in names else frame for name, frame in tables.items()}


def test_an_empty_league_is_told_from_a_full_one(tables: Tables, effects: Any) -> None:
    found = effects(without(tables, *tables))
    assert answered(found) == 0
    assert found.notes == ("There is no schedule: no shock can be derived.",)
    assert [len(frame) for frame in (found.library, found.now, found.yards, found.claims, found.checks)] == [0] * 5
    assert len(found.windows) > 10
    assert found.windows["first_season"].isna().all()


def test_no_table_at_all_is_the_same_as_empty_ones(tables: Tables, effects: Any) -> None:
    assert effects({}).notes == effects(without(tables, *tables)).notes


def test_before_the_first_game_of_the_first_season_only_the_schedule_is_known(tables: Tables, effects: Any) -> None:
    found = effects(tables, instant=FIRST, week=1)
    assert answered(found) == 0
    assert found.library.empty
    assert set(found.now["team"]) <= set(tables["games"]["home_team"])
    assert not set(found.now["type"]) & {"quarterback_exit", "coaching_change"}


def test_after_one_week_nothing_can_be_told_from_anything(tables: Tables, effects: Any) -> None:
    found = effects(tables, instant=SECOND, week=2)
    assert found.estimates["value"].isna().all() if "value" in found.estimates else answered(found) == 0


def test_after_three_weeks_few_questions_are_answered_and_the_rest_say_why_not(tables: Tables, effects: Any) -> None:
    found = effects(tables)
    assert answered(found) < len(found.estimates) / 4
    assert (found.library["low"] <= found.library["high"]).all()
    assert found.checks["verdict"].isin(["passes", "fails", "cannot say"]).all()


def test_a_league_without_rosters_reports_and_players_knows_no_injury(tables: Tables, effects: Any) -> None:
    found = effects(without(tables, "rosters", "injuries", "snaps", "player_weeks"), instant=NINTH, week=9)
    absent = found.windows[found.windows["first_season"].isna()]["type"]
    assert {"injury", "trade_in", "suspension"} <= set(absent)
    assert not set(found.counts.dropna(how="all").index) & {"injury", "trade_in", "suspension"}
    row = found.estimates.set_index(["question", "number"])["why_not"]
    assert row["injury", "game"] == "cannot be derived from these facts"
    assert row["quarterback_injury", "game"] == "cannot be derived from these facts"  # who knows why he sat
    assert row["quarterback_exit", "game"] in ("", "only 6 games with the outcome")  # starters are known all the same
    assert row["prime_time", "game"] == ""
    assert any("injury" in note for note in found.notes)
    assert found.yards.empty


def test_without_any_line_nothing_is_said_against_a_line(tables: Tables, effects: Any) -> None:
    found = effects(without(tables, "quotes"), instant=NINTH, week=9)
    known = found.estimates[found.estimates["why_not"].eq("")]
    assert len(known) > 3
    assert set(known["number"]) == {"game"}
    assert set(found.library["outcome"]) <= {"margin", "total"} | set(_leagues(found))
    assert found.shares.empty


def _leagues(found: Effects) -> set[str]:
    """Outcomes of which the library knows no more than nothing: no analog of any kind."""
    return set(found.library.loc[found.library["n"].eq(0), "outcome"])


def test_a_schedule_and_its_results_alone_answer_for_the_schedule(tables: Tables, effects: Any) -> None:
    found = effects({name: tables[name] for name in ("games", "results")}, instant=NINTH, week=9)
    known = found.estimates[found.estimates["why_not"].eq("")]
    assert {"prime_time", "dome_team_outdoors"} <= set(known["question"])
    absent = set(found.windows[found.windows["first_season"].isna()]["type"])
    assert {"wind", "quarterback_exit", "coaching_change", "injury", "precipitation"} <= absent


def test_a_team_unknown_to_every_other_table_stops_nothing(tables: Tables, effects: Any) -> None:
    code = str(tables["games"]["home_team"].iloc[0])
    games = tables["games"].replace({"home_team": {code: "ZZZ"}, "away_team": {code: "ZZZ"}})
    found = effects({**tables, "games": games}, instant=NINTH, week=9)
    assert answered(found) > 3
    assert code not in set(found.now["team"])


def test_what_is_reported_twice_is_one_event(tables: Tables) -> None:
    """A report that comes again unchanged, a minute later, is news of nothing."""
    reports = tables["injuries"]
    again = reports.assign(known_at=reports["known_at"] + pd.Timedelta(minutes=1))
    once, twice = (
        effect_frames(FrameAsOf({**tables, "injuries": frame}, NINTH)).database.counts()
        for frame in (reports, pd.concat([reports, again], ignore_index=True))
    )
    assert once.loc["injury"].sum() > 5
    pd.testing.assert_frame_equal(once, twice)

"""The week's calibration on the demo league's facts, end to end, networks tiny and the registry its own.

No tolerance: intervals are whole yards. Nothing is asked of how well tiny networks forecast.
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.stages.calibration.demo_runs import demo_settings, ingested, open_run
from tests.stages.calibration.seasons import seasons, tiny
from workbench.clock import Week
from workbench.data.ingest import load_league
from workbench.errors import MissingArtifactError
from workbench.features.player_yards import TABLES
from workbench.lifecycle.registry import open_registry
from workbench.settings import Settings
from workbench.stages.calibration import season_model
from workbench.stages.calibration.split import season_rows
from workbench.stages.calibration.week import CUTOFF, calibration_week, save_calibration, unforecastable

pytestmark = pytest.mark.usefixtures("networks_built_once")

WEEK = Week(2024, 11)  # the week that waits
NAME = "rushing_yards@2024"
FILES = ("intervals.parquet", "decisions.parquet", "cells.parquet", "coverage.json")


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    seasons_ = (2021, 2022, 2023, 2024)
    loaded = load_league(Settings(league="demo"), seasons=seasons_, root=tmp_path_factory.mktemp("demo")).tables
    return {name: loaded[name] for name in TABLES}


@pytest.fixture(scope="module")
def settings(tables, tmp_path_factory):
    """Two targets; week 10, played by the time week 11 is decided, and week 11."""
    found = demo_settings(tmp_path_factory.mktemp("calibration"), "rushing_yards", "receiving_yards")
    for week in (Week(2024, 10), WEEK):
        ingested(found, week, tables)
    return found


@pytest.fixture(scope="module")
def twice(settings):
    """The week run twice: what each said, what was left, and the registry after each."""
    said, seen, left = [], [], []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(season_model, "production_method", tiny)
        for _ in range(2):
            run = open_run(settings, WEEK)
            said.append(calibration_week(run))
            save_calibration(run, said[-1])
            left.append({name: (run.folder / name).read_bytes() for name in FILES})
            with open_registry(settings) as registry:
                seen.append((registry.decisions(), registry.versions(), registry.chosen(2024)))
    return said, seen, left, run


@pytest.fixture(scope="module")
def part(twice):
    return twice[0][0].targets[0]


class TestThePlayersOfTheWeek:
    def test_come_largest_expectation_first(self, twice):
        for part in twice[0][0].targets:
            assert len(part.players) > 10
            assert part.players["mean"].is_monotonic_decreasing
            assert not part.players.duplicated(["game_id", "player_id"]).any()

    def test_have_intervals_within_intervals(self, part):
        ends = part.players[["low_90", "low_50", "median", "high_50", "high_90"]].to_numpy()
        assert (np.diff(ends, axis=1) >= 0).all()
        assert (part.players["high_90"] > part.players["low_90"]).all()
        assert (part.players[["low_90", "high_90"]] == part.players[["low_90", "high_90"]].round()).all(axis=None)

    def test_have_made_nothing_before_their_game_is_played(self, part):
        assert part.players["yards"].isna().all()

    def test_are_the_intervals_of_the_path(self, part):
        ends = part.path.intervals
        now = part.path.weeks["rows"].iloc[-1]
        mine = sorted(zip(ends.lower[-now:], ends.upper[-now:], strict=True))
        assert sorted(zip(part.players["low_90"], part.players["high_90"], strict=True)) == mine

    @pytest.mark.usefixtures("twice")  # whatever the order of the tests: week 11 is what the registry hears of first
    def test_of_a_week_that_was_played_by_the_instant_asked_have_their_yards(self, settings, monkeypatch):
        monkeypatch.setattr(season_model, "production_method", tiny)
        week = Week(2024, 10)
        blind = calibration_week(open_run(settings, week)).targets[0]
        seeing = calibration_week(open_run(settings, week, as_of="2024-11-13T17:00:00Z")).targets[0]
        assert blind.players["yards"].isna().all()
        assert seeing.players["yards"].notna().all()
        assert not seeing.trained_now
        # Inactives of the week become known too, and leave; whoever stays has the interval he had.
        both = seeing.players.merge(blind.players, on=["game_id", "player_id"], suffixes=("", "_blind"))
        assert len(both) == len(seeing.players)
        for end in ("low_50", "high_50", "low_90", "high_90"):
            assert (both[end] == both[f"{end}_blind"]).all()


class TestWhatIsSaidBeside:
    def test_two_targets_have_models_of_their_own(self, twice):
        result = twice[0][0]
        assert [p.version.name for p in result.targets] == [NAME, "receiving_yards@2024"]
        assert result.waiting == {}
        assert set(result.targets[0].players["position"]) == {"RB"}
        assert set(result.targets[1].players["position"]) == {"WR"}

    def test_the_season_is_replayed_week_by_week_to_this_one(self, part):
        assert part.path.weeks["week"].to_list() == list(range(1, 12))
        assert part.now["week"] == 11
        assert part.now["rows"] == len(part.players)

    def test_curves_are_of_three_methods_and_rise(self, part):
        assert list(dict.fromkeys(part.curves["method"])) == [
            "as delivered", "the network as it is", "its mean alone",
        ]  # fmt: skip
        # A wider interval whose end falls on an outcome counts half of what it held whole: a row or two of hundreds.
        assert (part.curves.groupby("method")["covered"].diff().dropna() >= -0.01).all()
        assert ((part.curves["low"] <= part.curves["covered"]) & (part.curves["covered"] <= part.curves["high"])).all()

    def test_cells_count_every_known_row_once_and_pit_has_one_each(self, part):
        known = part.cells.set_index("by").loc["all", "rows"]
        assert len(part.pit) == known
        assert ((part.pit >= 0.0) & (part.pit <= 1.0)).all()
        for by in ("decile", "role", "season"):
            assert part.cells.loc[part.cells["by"].eq(by), "rows"].sum() == known

    def test_who_is_left_out_is_of_the_season(self, part):
        assert set(part.excluded["season"]) <= {2024}

    def test_rows_end_on_wednesday(self, part):
        assert CUTOFF == "wednesday"


class TestTheRegistry:
    def test_has_one_decision_a_target_however_often_it_is_run(self, twice):
        (first, _, _), (second, _, _) = twice[1]
        assert [(d.name, d.version, d.week) for d in first] == [("receiving_yards@2024", 1, 11), (NAME, 1, 11)]
        assert first == second

    def test_has_the_evidence_as_plain_numbers(self, twice, part):
        decision = twice[1][1][0][1]
        assert decision.decision == part.now["decision"]
        assert decision.evidence["rows_seen"] == int(part.now["rows_seen"])
        assert decision.evidence["coverage"] == pytest.approx(float(part.now["coverage"]), abs=0.0)
        assert decision.run_key == f"calibration-{WEEK.label}"

    def test_trains_once(self, twice):
        first, second = twice[0]
        assert [p.trained_now for p in first.targets] == [True, True]
        assert [p.trained_now for p in second.targets] == [False, False]
        assert twice[1][0][1] == twice[1][1][1]

    def test_hears_of_no_choice(self, twice):
        assert [chosen for _, _, chosen in twice[1]] == ["", ""]


class TestWhatIsLeft:
    def test_is_the_same_twice_but_for_who_was_trained_now(self, twice):
        first, second = twice[2]
        assert {name for name in FILES if first[name] != second[name]} == {"coverage.json"}
        one, other = (json.loads(left["coverage.json"]) for left in (first, second))
        for name in ("rushing_yards", "receiving_yards"):
            assert one["targets"][name].pop("trained_now") is True
            assert other["targets"][name].pop("trained_now") is False
        assert one == other

    def test_names_the_target_of_every_row(self, twice):
        run = twice[3]
        for name in FILES[:3]:
            assert set(pd.read_parquet(run.folder / name)["target"]) == {"rushing_yards", "receiving_yards"}


class TestWaiting:
    def test_the_first_season_of_a_league_says_what_is_missing(self, tables, tmp_path, monkeypatch):
        monkeypatch.delattr(season_model, "production_method")  # nothing is trained
        week, own = Week(2022, 5), demo_settings(tmp_path)
        ingested(own, week, tables)
        run = open_run(own, week)
        result = calibration_week(run)
        assert result.targets == ()
        assert result.waiting == {
            "rushing_yards": "No player-game to 2020 is known: a model needs seasons to learn from and one to "
            "calibrate on."
        }
        save_calibration(run, result)
        assert len(pd.read_parquet(run.folder / "intervals.parquet")) == 0
        assert json.loads((run.folder / "coverage.json").read_text())["waiting"] == result.waiting

    def test_a_season_without_data_is_named(self):
        rows = seasons((2021, 2023), weeks=3, a_week=2)
        assert "No player-game of 2022 is known" in unforecastable(season_rows(rows, season=2023), week=Week(2023, 2))

    def test_a_week_without_players_is_named(self):
        split = season_rows(seasons((2021, 2022, 2023), weeks=3, a_week=2), season=2023)
        assert unforecastable(split, week=Week(2023, 3)) == ""
        assert unforecastable(split, week=Week(2023, 4)) == "No player is expected to play in 2023 week 4."
        assert "2023 week 3" in unforecastable(replace(split, forecast=split.forecast.iloc[:0]), week=Week(2023, 3))

    def test_a_season_that_is_not_in_the_schedule_is_refused(self, tables, tmp_path):
        week, own = Week(2026, 1), demo_settings(tmp_path)
        ingested(own, week, tables)
        with pytest.raises(MissingArtifactError, match="no game in 2026 week 1"):
            calibration_week(open_run(own, week))

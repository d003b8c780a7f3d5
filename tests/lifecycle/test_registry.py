"""The registry of models, on SQLite and PostgreSQL: versions, aliases, one step back, and what it refuses.

No tolerance anywhere: draws come back to the bit, everything else is text and whole numbers.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.errors import LeakageError, StoreError
from workbench.lifecycle import posterior_files
from workbench.lifecycle.registry import ModelDecision, ModelRegistry, ModelVersion, TrainedModel
from workbench.store.ledger import Ledger
from workbench.store.ledger.engine import opened

NAME = "rushing_yards@2024"
WHO = {"by": "a person", "why": "a test"}


def trained(seed: int = 1, **changes: Any) -> TrainedModel:
    """A small model; another seed, another posterior."""
    rng = np.random.default_rng(seed)
    whole = TrainedModel(
        name=NAME,
        features=("carries", "spread"),
        training_seasons=(2020, 2021, 2022),
        data_hash="rows-1",
        model={"network": "two_layer", "encoder": {"centre": 40.1, "players": ["a", "b"]}, "seconds": 3.2},
        arrays={"weights": rng.normal(size=(2, 5, 3, 4)).astype(np.float32), "scale": rng.normal(size=(2, 5))},
        metrics={"coverage_90": {"value": 0.9, "low": 0.88, "high": 0.92, "n": 1380}, "mae": 19.1},
        sampler={"engine": "fast", "seconds": 3.2},
        revision="abc123",
        source_digest="source-1",
    )
    return replace(whole, **changes)


@pytest.fixture
def registry(ledger: Ledger, tmp_path: Path) -> ModelRegistry:
    """An empty registry in a ledger of either kind."""
    return ModelRegistry(ledger._engine, tmp_path / "nfl", league="nfl")


@pytest.fixture
def two(registry: ModelRegistry) -> ModelRegistry:
    """A registry whose model has a champion, version 1, and a challenger, version 2."""
    registry.register(trained(1))
    registry.register(trained(2))
    return registry


def aliases(registry: ModelRegistry) -> dict[int, tuple[str, ...]]:
    return {version.version: version.aliases for version in registry.versions(NAME)}


def champion(registry: ModelRegistry) -> ModelVersion:
    found = registry.champion(NAME)
    assert found is not None
    return found


class TestRegistering:
    def test_a_model_comes_back_as_it_went_in(self, registry):
        made = trained()
        kept = registry.register(made, by="04_bnn_calibration", why="no model for the season")
        assert (kept.league, kept.name, kept.version, kept.aliases) == ("nfl", NAME, 1, ("champion",))
        assert kept.features == made.features
        assert (kept.training_seasons, kept.trained_through) == ((2020, 2021, 2022), 2022)
        assert (kept.data_hash, kept.revision, kept.source_digest) == ("rows-1", "abc123", "source-1")
        assert list(kept.metrics) == ["coverage_90", "mae"]  # in the order given: the first is the one listed
        assert kept.metrics["mae"] == {"value": 19.1}
        assert kept.sampler == made.sampler
        model, arrays = registry.load(kept)
        assert model == made.model
        for name, values in made.arrays.items():
            assert arrays[name].dtype == values.dtype
            np.testing.assert_array_equal(arrays[name], values)
        assert registry.version(NAME, 1) == kept == champion(registry)

    def test_the_first_of_a_name_is_champion_and_later_ones_are_challengers(self, two):
        assert aliases(two) == {1: ("champion",), 2: ("challenger",)}
        two.register(trained(3))
        assert aliases(two) == {1: ("champion",), 2: (), 3: ("challenger",)}
        found = two.challenger(NAME)
        assert found is not None
        assert found.version == 3

    def test_names_and_leagues_count_their_own_versions(self, two, tmp_path):
        assert two.register(trained(1, name="passing_yards@2024")).version == 1
        demo = ModelRegistry(two._engine, tmp_path / "demo", league="demo")
        assert demo.versions() == ()
        assert demo.register(trained(7)).version == 1
        assert [v.name for v in two.versions()] == ["passing_yards@2024", NAME, NAME]

    def test_the_same_content_is_the_same_version_and_nothing_is_written_twice(self, two):
        before = (two.versions(), two.history(NAME), sorted(two.folder.rglob("*")))
        slower = trained(1, model={**trained().model, "seconds": 99.0}, sampler={"engine": "fast"}, revision="def")
        assert two.register(slower).version == 1
        assert (two.versions(), two.history(NAME), sorted(two.folder.rglob("*"))) == before

    @pytest.mark.parametrize(
        "change",
        [
            {"data_hash": "rows-2"},
            {"features": ("spread", "carries")},
            {"training_seasons": (2021, 2022)},
            {"model": {"network": "deep_skip"}},
            {"arrays": {"weights": trained().arrays["weights"]}},
            {"arrays": {**trained().arrays, "scale": trained().arrays["scale"].astype(np.float32)}},
        ],
    )
    def test_any_change_of_what_a_model_is_makes_another_version(self, change):
        assert trained(**change).content_hash != trained().content_hash

    def test_no_path_of_the_machine_is_kept_and_the_folder_may_be_moved(self, registry, tmp_path):
        made = registry.register(trained())
        for table in ("models", "model_aliases", "model_events"):
            assert str(tmp_path) not in Ledger(registry._engine).table(table).to_csv()
        assert not any(str(tmp_path).encode() in path.read_bytes() for path in registry.folder.rglob("*.*"))
        moved = registry.folder.rename(tmp_path / "elsewhere")
        model, _ = ModelRegistry(registry._engine, moved, league="nfl").load(made)
        assert model["network"] == "two_layer"

    def test_nothing_is_registered_if_the_files_cannot_be_written(self, registry, monkeypatch):
        def full(*_: Any, **__: Any) -> None:
            raise StoreError("The disk is full")

        monkeypatch.setattr(posterior_files, "write_folder", full)
        with pytest.raises(StoreError, match="full"):
            registry.register(trained())
        assert registry.versions() == ()
        assert registry.champion(NAME) is None
        monkeypatch.undo()
        assert registry.register(trained()).version == 1

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"name": "rushing yards"}, "named <target>@<season>"),
            ({"name": "../rushing@2024"}, "named <target>@<season>"),
            ({"training_seasons": ()}, "names none"),
            ({"arrays": {}}, "share both, none empty"),
            ({"arrays": {"w": np.zeros(4)}}, "share both, none empty"),
            ({"arrays": {"w": np.zeros((2, 3)), "v": np.zeros((2, 4))}}, "share both, none empty"),
            ({"arrays": {"w": np.zeros((2, 3, 0))}}, "share both, none empty"),
            ({"arrays": {"w": np.zeros((2, 3), dtype=bool)}}, "no booleans"),
            ({"arrays": {"a/b": np.zeros((2, 3))}}, "plain name"),
            ({"arrays": {"draw": np.zeros((2, 3))}}, "plain name"),
            ({"model": {"centre": np.float32(1)}}, "plain JSON"),
            ({"model": {"centre": float("nan")}}, "plain JSON of finite numbers"),
            ({"metrics": {"mae": float("inf")}}, "mae is"),
            ({"metrics": {"mae": {"low": 1.0}}}, "mae is"),
        ],
    )
    def test_what_cannot_be_kept_is_refused_and_leaves_nothing(self, tmp_path, change, said):
        registry = ModelRegistry(opened("sqlite://"), tmp_path, league="nfl")
        with pytest.raises(StoreError, match=said):
            registry.register(trained(**change))
        assert registry.versions() == ()
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


class TestPromotion:
    def test_the_challenger_becomes_champion_and_is_challenger_no_more(self, two):
        change = two.promote(NAME, **WHO)
        assert (change.champion.version, change.before, change.changed) == (2, 1, True)
        assert aliases(two) == {1: (), 2: ("champion",)}

    def test_any_version_may_be_promoted_by_its_number(self, two):
        two.register(trained(3))
        assert two.promote(NAME, 2, **WHO).champion.version == 2
        assert aliases(two) == {1: (), 2: ("champion",), 3: ("challenger",)}

    def test_promoting_the_champion_changes_nothing(self, two):
        two.promote(NAME, **WHO)
        before = two.history(NAME)
        assert not two.promote(NAME, 2, **WHO).changed
        assert two.history(NAME) == before
        assert two.rollback(NAME, **WHO).champion.version == 1  # and whom it replaced is not forgotten

    def test_one_step_back_restores_whom_the_champion_replaced(self, two):
        two.promote(NAME, **WHO)
        change = two.rollback(NAME, by="a person", why="coverage fell")
        assert (change.champion.version, change.before, change.changed) == (1, 2, True)
        assert aliases(two) == {1: ("champion",), 2: ()}
        np.testing.assert_array_equal(two.load(change.champion)[1]["scale"], trained(1).arrays["scale"])

    def test_stepping_back_twice_is_stepping_back_once(self, two):
        two.promote(NAME, **WHO)
        two.rollback(NAME, **WHO)
        before = (two.versions(), two.history(NAME))
        again = two.rollback(NAME, **WHO)
        assert (again.champion.version, again.changed) == (1, False)
        assert (two.versions(), two.history(NAME)) == before

    def test_a_model_that_was_never_promoted_stays_where_it_is(self, two):
        assert not two.rollback(NAME, **WHO).changed
        assert aliases(two) == {1: ("champion",), 2: ("challenger",)}

    def test_a_version_that_was_withdrawn_is_not_promoted_again_unasked(self, two):
        two.promote(NAME, **WHO)
        two.rollback(NAME, **WHO)
        with pytest.raises(StoreError, match=r"no challenger.*1, 2, and 1 is champion.*promote rushing_yards@2024"):
            two.promote(NAME, **WHO)
        assert two.promote(NAME, 2, **WHO).champion.version == 2

    def test_the_history_says_who_when_and_why(self, two):
        two.promote(NAME, by="ann", why="better coverage")
        two.rollback(NAME, by="bob", why="worse in week 3")
        events = two.history(NAME)
        assert [(e.event, e.action, e.alias, e.version, e.version_before) for e in events] == [
            (1, "registered", "champion", 1, None),
            (2, "registered", "challenger", 2, None),
            (3, "promoted", "champion", 2, 1),
            (4, "rolled_back", "champion", 1, 2),
        ]
        assert [(e.changed_by, e.reason) for e in events[2:]] == [
            ("ann", "better coverage"),
            ("bob", "worse in week 3"),
        ]
        stamps = [e.changed_at for e in events]
        assert stamps == sorted(stamps)
        assert str(stamps[0].tz) == "UTC"

    @pytest.mark.parametrize("act", ["promote", "rollback"])
    def test_a_name_there_is_not_is_refused_with_those_there_are(self, two, act):
        with pytest.raises(StoreError, match=r"no model 'passing_yards@2024'. It has: rushing_yards@2024"):
            getattr(two, act)("passing_yards@2024", **WHO)

    def test_a_version_there_is_not_is_refused_with_those_there_are(self, two):
        with pytest.raises(StoreError, match=r"no version 9. It has: 1, 2"):
            two.promote(NAME, 9, **WHO)
        with pytest.raises(StoreError, match=r"no version 0"):
            two.promote(NAME, 0, **WHO)

    def test_a_version_whose_files_are_gone_is_not_made_champion(self, two):
        posterior = two.folder / two.version(NAME, 2).folder / "posterior.nc"
        posterior.unlink()
        with pytest.raises(StoreError, match=r"cannot be champion.*Version 1 stays"):
            two.promote(NAME, **WHO)
        assert aliases(two) == {1: ("champion",), 2: ("challenger",)}

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.sampled_from(["register", "promote 1", "promote 2", "promote", "rollback"]), max_size=8))
    def test_whatever_is_done_there_is_one_champion_and_rollback_settles(self, tmp_path_factory, acts):
        registry = ModelRegistry(opened("sqlite://"), tmp_path_factory.mktemp("models"), league="nfl")
        registry.register(trained(0))
        registry.register(trained(1))
        for seed, act in enumerate(acts, start=2):
            if act == "register":
                registry.register(trained(seed))
            elif act == "rollback":
                registry.rollback(NAME, **WHO)
            elif act != "promote" or registry.challenger(NAME):
                registry.promote(NAME, *(int(word) for word in act.split()[1:]), **WHO)
            held = [alias for found in aliases(registry).values() for alias in found]
            assert held.count("champion") == 1
            assert held.count("challenger") <= 1
            assert not any(len(found) > 1 for found in aliases(registry).values())
        settled = registry.rollback(NAME, **WHO).champion.version
        assert not registry.rollback(NAME, **WHO).changed
        assert champion(registry).version == settled
        registry.close()


class TestLeakage:
    """A model for season S is trained on seasons to S - 2, for S - 1 calibrates it."""

    def test_a_model_trained_past_the_season_before_last_is_not_registered(self, registry):
        with pytest.raises(LeakageError, match=r"forecasts season 2024 is trained on seasons to 2022.*through 2023"):
            registry.register(trained(training_seasons=(2020, 2023)))
        assert registry.versions() == ()

    @pytest.mark.parametrize("ask", ["champion", "challenger"])
    def test_a_later_seasons_model_is_refused(self, two, ask):
        with pytest.raises(
            LeakageError, match=r"season 2023 takes a model named for 2023 or earlier, got rushing_yards@2024"
        ):
            getattr(two, ask)(NAME, season=2023)

    def test_a_version_that_saw_too_much_is_refused_however_it_came_into_the_registry(self, two):
        with two._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE models SET training_seasons = '[2021, 2023]' WHERE version = 1")
        with pytest.raises(LeakageError, match=r"trained on seasons to 2022 \(2023 calibrates it\).*through 2023"):
            two.champion(NAME)

    def test_an_earlier_seasons_model_may_forecast_a_later_season(self, two):
        found = two.champion(NAME, season=2025)
        assert found is not None
        assert found.version == 1

    def test_where_there_is_no_model_there_is_nothing_to_refuse(self, registry):
        assert registry.champion(NAME, season=2010) is None


class TestDecisions:
    EVIDENCE = {"coverage": {"value": 0.83, "low": 0.78, "high": 0.87}, "rows": 412}  # noqa: RUF012

    def decision(self, **changes: Any) -> ModelDecision:
        whole = ModelDecision(
            name=NAME, version=1, season=2024, week=10, decision="recalibrate", evidence=self.EVIDENCE, run_key="k1"
        )
        return replace(whole, **changes)

    def test_a_decision_comes_back_with_its_evidence_and_again_changes_nothing(self, two):
        assert two.record(self.decision())
        kept = Ledger(two._engine).table("model_decisions")
        assert not two.record(self.decision())
        assert Ledger(two._engine).table("model_decisions").equals(kept)
        assert two.decisions(NAME) == (self.decision(),)

    def test_a_week_decided_anew_replaces_its_decision_and_no_other(self, two):
        two.record(self.decision())
        two.record(self.decision(week=11, decision="keep"))
        two.record(self.decision(version=2, decision="keep"))
        assert two.record(self.decision(decision="keep", run_key="k2"))
        found = [(d.week, d.version, d.decision, d.run_key) for d in two.decisions()]
        assert found == [(10, 1, "keep", "k2"), (10, 2, "keep", "k1"), (11, 1, "keep", "k1")]

    def test_a_decision_about_no_version_is_refused(self, two):
        with pytest.raises(StoreError, match="no version 5"):
            two.record(self.decision(version=5))

    def test_evidence_that_is_not_plain_is_refused(self, two):
        with pytest.raises(StoreError, match="plain JSON"):
            two.record(self.decision(evidence={"coverage": np.float64("nan")}))
        assert two.decisions() == ()


class TestWhatAStageReads:
    def test_the_digest_of_chosen_champions_changes_by_promotion_only_and_comes_back(self, two):
        untouched = two.chosen(2024)
        assert untouched == ""
        two.register(trained(3))
        assert two.chosen(2024) == untouched
        two.promote(NAME, **WHO)
        promoted = two.chosen(2024)
        assert promoted != untouched
        assert two.chosen(2023) == ""
        two.rollback(NAME, **WHO)
        assert two.chosen(2024) == untouched

    def test_what_the_stage_does_by_itself_is_nobodys_choice_but_a_step_back_from_it_is(self, two):
        change = two.promote(NAME, 2, by="04_bnn_calibration", why="the code has changed", automatic=True)
        assert (change.champion.version, two.history(NAME)[-1].action) == (2, "succeeded")
        assert two.chosen(2024) == ""
        assert two.chosen_by(NAME) is None
        two.rollback(NAME, by="ann", why="it covers worse")
        event = two.chosen_by(NAME)
        assert event is not None
        assert (event.action, event.version, event.changed_by) == ("rolled_back", 1, "ann")
        assert two.chosen(2024) != ""
        two.promote(NAME, 2, **WHO)
        assert two.chosen(2024) == ""

    def test_a_version_is_found_by_its_rows_and_code_even_when_withdrawn(self, two):
        two.register(trained(3, data_hash="rows-3"))
        two.promote(NAME, **WHO)
        two.rollback(NAME, **WHO)
        found = two.find(NAME, data_hash="rows-3", source_digest="source-1")
        assert (found.version, found.aliases) == (3, ())
        assert two.find(NAME, data_hash="rows-1", source_digest="source-1").version == 2
        assert two.find(NAME, data_hash="rows-3", source_digest="source-2") is None

    def test_content_that_other_code_makes_again_is_that_codes_from_now_on(self, two):
        again = two.register(trained(1, source_digest="source-2", revision="def456"), by="04_bnn_calibration")
        assert (again.version, again.source_digest, again.revision) == (1, "source-2", "def456")
        assert [e.action for e in two.history(NAME)] == ["registered", "registered", "reproduced"]
        assert aliases(two) == {1: ("champion",), 2: ("challenger",)}
        assert two.chosen(2024) == ""
        two.register(trained(1, source_digest="source-2", revision="def456"))
        assert len(two.history(NAME)) == 3


class TestTwoAtOnce:
    def test_threads_that_register_at_once_get_each_their_version(self, ledger_url, tmp_path):
        opened(ledger_url).dispose()
        gate, kept, failures = threading.Barrier(4), [], []

        def run(seed: int) -> None:
            mine = ModelRegistry(opened(ledger_url), tmp_path, league="nfl")
            try:
                gate.wait()
                kept.append(mine.register(trained(seed)).version)
            except BaseException as error:
                failures.append(error)
            finally:
                mine.close()

        threads = [threading.Thread(target=run, args=(seed,)) for seed in (1, 2, 3, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert sorted(set(kept)) == [1, 2, 3]
        with ModelRegistry(opened(ledger_url), tmp_path, league="nfl") as registry:
            assert sorted(alias for found in aliases(registry).values() for alias in found) == [
                "challenger",
                "champion",
            ]
            assert all(registry.is_whole(version) for version in registry.versions())

    def test_processes_that_register_the_same_model_at_once_keep_it_once(self, ledger_url, tmp_path):
        opened(ledger_url).dispose()
        started = [_registering_process(ledger_url, tmp_path, name) for name in ("a", "b")]
        said = []
        for process in started:
            out, error = process.communicate(timeout=120)
            assert process.returncode == 0, error
            said.append(out.strip())
        assert said == ["1", "1"]
        with ModelRegistry(opened(ledger_url), tmp_path, league="nfl") as registry:
            (only,) = registry.versions()
            assert registry.is_whole(only)
            assert len(registry.history(NAME)) == 1


#: Registers one model once both processes are ready, so that they truly meet.
_REGISTER = """
import sys, time
from pathlib import Path
import numpy as np
from workbench.lifecycle.registry import ModelRegistry, TrainedModel
from workbench.store.ledger.engine import opened

url, folder, me = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
registry = ModelRegistry(opened(url), folder, league="nfl")
model = TrainedModel(name="rushing_yards@2024", features=("a",), training_seasons=(2021,), data_hash="d",
                     model={"seconds": time.time()}, arrays={"w": np.ones((2, 50, 2000), dtype=np.float32)})
model.content_hash
import h5netcdf
(folder / f"{me}.ready").touch()
until = time.monotonic() + 60
while len(list(folder.glob("*.ready"))) < 2 and time.monotonic() < until:
    time.sleep(0.005)
print(registry.register(model, by=me).version)
"""


def _registering_process(url: str, folder: Path, name: str) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", _REGISTER, url, str(folder), name]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(autouse=True)
def _no_partial_is_left(tmp_path: Path) -> Iterator[None]:
    yield
    assert list(tmp_path.rglob("*.partial")) == []

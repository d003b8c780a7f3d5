"""The season's model: trained once, found again, challenged, succeeded, and never against a person's choice.

No tolerance: what is found again forecasts to the bit. Networks are tiny; only who forecasts is judged here.
"""

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.stages.calibration.seasons import FEATURES, seasons, tinier, tiny
from workbench.bayes.baselines.boosted import BoostedQuantiles
from workbench.errors import LeakageError, StoreError
from workbench.features.player_yards.targets import target_named
from workbench.lifecycle.registry import ModelRegistry
from workbench.stages.calibration import season_model as module
from workbench.stages.calibration.challenge import challenge
from workbench.stages.calibration.season_model import Origin, SeasonModel, model_source, rows_hash, season_model
from workbench.stages.calibration.split import SeasonRows, season_rows
from workbench.store.ledger.engine import opened

pytestmark = pytest.mark.usefixtures("networks_built_once")

NAME = "rushing_yards@2024"
ROWS = season_rows(seasons((2021, 2022, 2023, 2024), weeks=4), season=2024)
#: One stat line of 2021 counted anew.
CORRECTED = replace(
    ROWS, training=ROWS.training.assign(yards=ROWS.training["yards"].where(ROWS.training.index > 0, 99.0))
)
AGAIN = replace(ROWS, training=ROWS.training.assign(yards=ROWS.training["yards"].where(ROWS.training.index > 0, 7.0)))
PERSON = {"by": "R. Reader", "why": "I know better"}


def asked(registry: ModelRegistry, split: SeasonRows = ROWS) -> SeasonModel:
    origin = Origin(seed=1, workers=1, run_key="a run")
    return season_model(
        split, target=target_named("rushing_yards"), features=FEATURES, registry=registry, origin=origin
    )


@pytest.fixture(scope="module")
def trained_once(tmp_path_factory: pytest.TempPathFactory):
    """A registry with a champion, and what the call that trained it said. To be copied, never changed."""
    yield from _kept(tmp_path_factory.mktemp("once"), (ROWS,))


@pytest.fixture(scope="module")
def challenged_once(tmp_path_factory: pytest.TempPathFactory):
    """A registry whose champion's rows were corrected. To be copied, never changed."""
    yield from _kept(tmp_path_factory.mktemp("beside"), (ROWS, CORRECTED))


def _kept(folder: Path, splits: tuple[SeasonRows, ...]):
    with pytest.MonkeyPatch.context() as patch:
        _hasten(patch)
        with _registry(folder) as registry:
            said = [asked(registry, split) for split in splits]
    yield folder, said


def _registry(folder: Path) -> ModelRegistry:
    return ModelRegistry(opened(f"sqlite:///{folder / 'ledger.sqlite'}"), folder, league="nfl")


def _copied(folder: Path, to: Path):
    shutil.copytree(folder, to)
    with _registry(to) as registry:
        yield registry


@pytest.fixture
def registry(trained_once, tmp_path):
    yield from _copied(trained_once[0], tmp_path / "copy")


@pytest.fixture
def challenged(challenged_once, tmp_path):
    yield from _copied(challenged_once[0], tmp_path / "copy")


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    _hasten(monkeypatch)


def _hasten(patch: pytest.MonkeyPatch) -> None:
    """Make the networks tiny, and the trees beside them two a level."""
    patch.setattr(module, "production_method", tiny)
    patch.setattr(module, "BoostedQuantiles", partial(BoostedQuantiles, rounds=2))


@pytest.fixture
def untrained(monkeypatch):
    """Nothing may be trained."""

    def refused(**_):
        raise AssertionError("trained")

    monkeypatch.setattr(module, "production_method", refused)


def other_code(monkeypatch, *, members: int) -> None:
    """Make the code another one: it says so, and makes another model."""
    monkeypatch.setattr(module, "model_source", lambda: f"code of {members}")
    monkeypatch.setattr(module, "production_method", tinier(members))


def versions(registry: ModelRegistry) -> dict[int, tuple[str, ...]]:
    return {v.version: v.aliases for v in registry.versions(NAME)}


def forecast(found: SeasonModel) -> np.ndarray:
    return found.champion.fitted.forecast(ROWS.forecast).cdf


class TestTheFirst:
    def test_is_trained_now_and_champion(self, trained_once, registry):
        found = trained_once[1][0]
        assert found.trained_now
        assert found.reason == "none was registered for the season"
        assert found.challenger is None
        assert (found.champion.version.name, found.champion.version.version) == (NAME, 1)
        assert versions(registry) == {1: ("champion",)}

    def test_knows_what_it_was_trained_on(self, trained_once):
        version = trained_once[1][0].champion.version
        assert version.training_seasons == (2021, 2022)
        assert version.features == FEATURES
        assert version.data_hash == rows_hash(ROWS.training, features=FEATURES)
        assert version.source_digest == model_source()
        assert version.sampler["seed"] == 1

    def test_has_metrics_with_intervals_and_the_baselines_beside_them(self, trained_once):
        metrics = trained_once[1][0].champion.version.metrics
        assert set(metrics) == {
            "coverage_90", "crps", "mae", "crps_boosted", "mae_boosted", "crps_rolling_mean", "mae_rolling_mean",
        }  # fmt: skip
        for name, metric in metrics.items():
            assert metric["low"] < metric["value"] < metric["high"], name
            assert metric["unit"] == ("share" if name == "coverage_90" else "yards")
        assert next(iter(metrics)) == "coverage_90"

    def test_is_in_the_history_as_the_stages_own(self, registry):
        events = registry.history(NAME)
        assert [(e.action, e.changed_by, e.reason) for e in events] == [
            ("registered", "04_bnn_calibration", "none was registered for the season")
        ]
        assert registry.chosen_by(NAME) is None
        assert registry.chosen(2024) == ""


class TestTheSameRows:
    def test_are_not_trained_on_again_and_forecast_to_the_bit(self, trained_once, registry, untrained):
        found = asked(registry)
        assert not found.trained_now
        assert found.reason == "trained before on the same rows by the same code"
        assert np.array_equal(forecast(found), forecast(trained_once[1][0]))

    def test_in_another_order_are_the_same(self, registry, untrained):
        shuffled = replace(ROWS, training=ROWS.training.sample(frac=1.0, random_state=3))
        assert not asked(registry, shuffled).trained_now

    def test_of_another_season_make_another_model(self, registry):
        other = season_rows(seasons((2021, 2022, 2023), weeks=4), season=2023)
        assert asked(registry, other).champion.version.name == "rushing_yards@2023"
        assert versions(registry) == {1: ("champion",)}


class TestCorrectedRows:
    def test_train_a_challenger_and_leave_the_champion(self, challenged_once, challenged):
        first, second = challenged_once[1]
        assert second.trained_now
        assert second.reason == "rows were corrected since"
        assert second.champion.version.version == 1
        assert second.challenger.version.version == 2
        assert np.array_equal(forecast(second), forecast(first))
        assert versions(challenged) == {1: ("champion",), 2: ("challenger",)}

    def test_are_not_trained_on_twice(self, challenged, untrained):
        found = asked(challenged, CORRECTED)
        assert not found.trained_now
        assert found.challenger.version.version == 2

    def test_taken_back_make_the_champion_right_again(self, challenged, untrained):
        assert asked(challenged).reason == "trained before on the same rows by the same code"

    def test_are_no_choice_of_anyone(self, challenged):
        assert challenged.chosen(2024) == ""

    def test_judge_the_challenger_on_the_same_rows_without_outcomes_to_come(self, challenged_once):
        found = challenged_once[1][1]
        rows = pd.concat([ROWS.calibration, ROWS.forecast], ignore_index=True)
        rows.loc[rows.index[-20:], "yards"] = np.nan
        said = challenge(found.challenger, rows=rows, against=found.champion.fitted.forecast(rows))
        assert said.version.version == 2
        assert said.gain.n == len(rows) - 20
        assert said.gain.low < said.gain.value < said.gain.high
        itself = challenge(found.champion, rows=rows, against=found.champion.fitted.forecast(rows))
        assert itself.gain.value == 0.0


class TestOtherCode:
    def test_takes_over_by_itself_which_is_nobodys_choice(self, registry, monkeypatch):
        other_code(monkeypatch, members=3)
        found = asked(registry)
        assert found.trained_now
        assert found.reason == "the code that trains it has changed"
        assert found.champion.version.version == 2
        assert found.challenger is None
        assert registry.history(NAME)[-1].action == "succeeded"
        assert registry.chosen(2024) == ""
        assert versions(registry) == {1: (), 2: ("champion",)}
        assert not asked(registry).trained_now

    def test_that_is_taken_back_finds_its_model_again(self, registry, monkeypatch, untrained):
        with monkeypatch.context() as patch:
            other_code(patch, members=3)
            asked(registry)
        found = asked(registry)
        assert not found.trained_now
        assert found.champion.version.version == 1
        assert registry.chosen(2024) == ""

    def test_that_makes_the_same_model_leaves_the_champion_and_says_so(self, registry, monkeypatch):
        monkeypatch.setattr(module, "model_source", lambda: "tidied code")
        found = asked(registry)
        assert versions(registry) == {1: ("champion",)}
        assert found.champion.version.source_digest == "tidied code"
        assert registry.history(NAME)[-1].action == "reproduced"

    def test_is_told_by_the_parts_that_make_a_model(self):
        parts = {path.name for path in (Path(module.workbench.__file__).parent / "bayes").iterdir()}
        assert parts >= module._NOT_THE_MODEL
        assert {"networks", "families", "sampling", "encode.py", "network_method.py"} <= parts - module._NOT_THE_MODEL


class TestAPersonsChoice:
    def test_against_new_code_is_kept_and_named(self, registry, monkeypatch):
        other_code(monkeypatch, members=3)
        asked(registry)
        registry.rollback(NAME, **PERSON)
        found = asked(registry)
        assert found.champion.version.version == 1
        assert found.reason == "chosen by R. Reader, though the code that trains it has changed"
        assert not found.trained_now
        assert registry.chosen(2024) != ""

    def test_of_a_challenger_is_kept_when_rows_are_corrected_once_more(self, challenged):
        challenged.promote(NAME, **PERSON)
        found = asked(challenged, AGAIN)
        assert found.reason == "chosen by R. Reader, though rows were corrected since"
        assert found.champion.version.version == 2
        assert found.challenger.version.version == 3

    def test_that_is_taken_back_is_one_no_more(self, challenged, untrained):
        challenged.promote(NAME, **PERSON)
        challenged.rollback(NAME, **PERSON)
        assert asked(challenged, CORRECTED).reason == "rows were corrected since"
        assert challenged.chosen(2024) == ""


class TestDamage:
    @pytest.mark.parametrize("how", ["gone", "changed"])
    def test_to_the_champion_is_mended_by_training_it_anew(self, trained_once, registry, how):
        file = _file(registry, 1)
        file.chmod(0o644)
        file.unlink() if how == "gone" else file.write_bytes(b"no posterior")
        found = asked(registry)
        assert found.trained_now
        assert versions(registry) == {1: ("champion",)}
        assert np.array_equal(forecast(found), forecast(trained_once[1][0]))

    def test_to_a_champion_whose_rows_are_gone_is_refused_with_what_to_do(self, challenged):
        _file(challenged, 1).unlink()
        with pytest.raises(StoreError, match=r"posterior\.nc of rushing_yards@2024 version 1 is gone.*models promote"):
            asked(challenged, CORRECTED)

    def test_to_a_challenger_is_mended(self, challenged):
        _file(challenged, 2).unlink()
        found = asked(challenged, CORRECTED)
        assert found.trained_now
        assert found.challenger.version.version == 2


def _file(registry: ModelRegistry, number: int) -> Path:
    file = registry.folder / registry.version(NAME, number).folder / "posterior.nc"
    assert file.is_file()
    return file


class TestRefusals:
    def test_rows_of_the_season_that_calibrates_do_not_train(self, tmp_path):
        leaking = replace(ROWS, training=pd.concat([ROWS.training, ROWS.calibration], ignore_index=True))
        with _registry(tmp_path) as registry:
            with pytest.raises(LeakageError, match="2023 calibrates it"):
                asked(registry, leaking)
            assert registry.versions() == ()

    def test_an_entry_bent_behind_the_registrys_back_is_refused(self, registry):
        with registry._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE models SET training_seasons = '[2021, 2023]'")
        with pytest.raises(LeakageError, match="trained through 2023"):
            asked(registry)


class TestRowsHash:
    def test_turns_on_yards_features_and_their_names_alone(self):
        rows = ROWS.training
        plain = rows_hash(rows, features=FEATURES)
        assert rows_hash(rows.assign(player_name="X", role="y", volume=0.0), features=FEATURES) == plain
        assert rows_hash(rows.assign(yards=rows["yards"] + 1.0), features=FEATURES) != plain
        assert rows_hash(rows.assign(share=rows["share"] + 1.0), features=FEATURES) != plain
        assert rows_hash(rows.rename(columns={"share": "part"}), features=("yards_long", "part")) != plain
        assert rows_hash(rows.iloc[1:], features=FEATURES) != plain

    def test_of_a_registered_model_stands_in_its_card(self, registry):
        version = registry.version(NAME, 1)
        card = json.loads((registry.folder / version.folder / "model.json").read_text())
        assert card["data_hash"] == rows_hash(ROWS.training, features=FEATURES)

"""What a stage's run is named by: a person's choice of a model changes it, what the stage does by itself does not."""

import numpy as np
import pandas as pd
import pytest

from tests.stages.calibration.demo_runs import demo_settings, ingested
from workbench.clock import Week
from workbench.lifecycle.registry import TrainedModel, open_registry
from workbench.lifecycle.versions import ModelDecision
from workbench.stages.catalogue import STAGES, stage_named
from workbench.stages.keys import KEY_VARIABLE, stage_key

WEEK = Week(2024, 10)
NAME = "rushing_yards@2024"
STAGE = stage_named("04_bnn_calibration")
PERSON = {"by": "a person", "why": "a test"}


def model(seed: int, *, season: int = 2024) -> TrainedModel:
    return TrainedModel(
        name=f"rushing_yards@{season}", features=("carries",), training_seasons=(season - 3, season - 2),
        data_hash=f"rows {seed}", model={"seed": seed}, arrays={"w": np.full((1, 2), float(seed))},
    )  # fmt: skip


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    found = demo_settings(tmp_path)
    ingested(found, WEEK, {"games": pd.DataFrame({
        "game_id": ["2024_10_B_A"], "season": 2024, "week": 10, "game_type": "REG",
        "kickoff_utc": pd.Timestamp("2024-11-10T18:00Z"), "home_team": "A", "away_team": "B", "neutral": False,
        "known_at": pd.Timestamp("2024-05-15T10:00Z"),
    })})  # fmt: skip
    return found


def key(settings, stage=STAGE, week: Week = WEEK) -> str:
    return stage_key(stage, settings, season=week.season, week=week.week)


def test_the_calibration_stage_alone_reads_the_registry():
    assert [s.name for s in STAGES if s.uses_registry] == ["04_bnn_calibration"]


def test_a_run_of_the_stage_does_not_change_its_own_key(settings):
    before = key(settings)
    with open_registry(settings) as registry:
        registry.register(model(1))
        decision = ModelDecision(name=NAME, version=1, season=2024, week=10, decision="kept", evidence={})
        registry.record(decision)
        assert key(settings) == before
        registry.register(model(2))  # rows were corrected: a challenger
        assert key(settings) == before
        registry.promote(NAME, 2, by="04_bnn_calibration", why="other code", automatic=True)
        assert key(settings) == before


def test_a_persons_promotion_changes_it_and_taking_it_back_restores_it(settings):
    with open_registry(settings) as registry:
        registry.register(model(1))
        registry.register(model(2))
        before = key(settings)
        registry.promote(NAME, **PERSON)
        promoted = key(settings)
        registry.rollback(NAME, **PERSON)
        assert key(settings) == before != promoted


def test_a_persons_step_back_from_the_stages_own_choice_changes_it(settings):
    with open_registry(settings) as registry:
        registry.register(model(1))
        registry.register(model(2))
        registry.promote(NAME, 2, by="04_bnn_calibration", automatic=True)
        before = key(settings)
        registry.rollback(NAME, **PERSON)
        assert key(settings) != before


def test_a_choice_for_another_season_changes_nothing(settings):
    before = key(settings)
    with open_registry(settings) as registry:
        for seed in (1, 2):
            registry.register(model(seed, season=2023))
        registry.promote("rushing_yards@2023", **PERSON)
    assert key(settings) == before


def test_a_stage_that_reads_no_model_does_not_hear_of_it(settings):
    stage = stage_named("02_profiles")
    before = key(settings, stage)
    with open_registry(settings) as registry:
        for seed in (1, 2):
            registry.register(model(seed))
        registry.promote(NAME, **PERSON)
    assert key(settings, stage) == before


def test_which_yards_are_forecast_is_in_the_key(settings, tmp_path):
    assert key(settings) != key(demo_settings(tmp_path, "rushing_yards", "passing_yards"))

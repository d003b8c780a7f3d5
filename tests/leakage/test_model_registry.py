"""A stage can get no model that saw what its forecasts are about, whatever is asked for, promoted or written."""

from pathlib import Path

import numpy as np
import pytest

from workbench.errors import LeakageError
from workbench.lifecycle.registry import ModelRegistry, TrainedModel
from workbench.store.ledger.engine import opened

SEASONS = (2022, 2023, 2024, 2025)
WHO = {"by": "a person", "why": "a test"}


def model(season: int, *, through: int, seed: int = 0) -> TrainedModel:
    """A model named for a season and trained through another."""
    return TrainedModel(
        name=f"rushing_yards@{season}", features=("carries",), training_seasons=range(2015, through + 1),
        data_hash="rows", model={"seed": seed}, arrays={"w": np.full((1, 2), float(seed))},
    )  # fmt: skip


@pytest.fixture(scope="module")
def every_season(tmp_path_factory: pytest.TempPathFactory):
    """Every season's model, each with a challenger. To be read, never changed: files are slow to make sure of."""
    yield from _registered(tmp_path_factory.mktemp("models"), SEASONS)


@pytest.fixture
def registry(tmp_path: Path):
    """Two seasons' models, to be changed."""
    yield from _registered(tmp_path, (2024, 2025))


def _registered(folder: Path, seasons: tuple[int, ...]):
    with ModelRegistry(opened("sqlite://"), folder, league="nfl") as found:
        for season in seasons:
            for seed in (1, 2):
                found.register(model(season, through=season - 2, seed=seed))
        yield found


@pytest.mark.parametrize("asked_by", SEASONS)
@pytest.mark.parametrize("named", SEASONS)
@pytest.mark.parametrize("alias", ["champion", "challenger"])
def test_a_season_gets_its_own_or_an_earlier_model_and_never_a_later_one(every_season, asked_by, named, alias):
    name = f"rushing_yards@{named}"
    if named > asked_by:
        with pytest.raises(LeakageError, match=f"A forecast of season {asked_by} takes a model named for {asked_by}"):
            getattr(every_season, alias)(name, season=asked_by)
    else:
        assert getattr(every_season, alias)(name, season=asked_by).trained_through <= asked_by - 2


@pytest.mark.parametrize("too_far", [1, 0, -1])
def test_a_model_that_saw_its_calibration_season_or_later_cannot_even_be_registered(registry, too_far):
    with pytest.raises(LeakageError, match=r"trained on seasons to 2022 \(2023 calibrates it\)"):
        registry.register(model(2024, through=2024 - too_far, seed=9))


def test_promoting_a_later_seasons_model_opens_no_way_to_it(registry):
    registry.promote("rushing_yards@2025", **WHO)
    with pytest.raises(LeakageError):
        registry.champion("rushing_yards@2025", season=2024)
    assert registry.champion("rushing_yards@2024", season=2024).version == 1


def test_an_entry_bent_behind_the_registrys_back_is_refused_when_asked_for(registry):
    with registry._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE models SET training_seasons = '[2015, 2023]' WHERE name = 'rushing_yards@2024' AND version = 2"
        )
    assert registry.champion("rushing_yards@2024").version == 1
    registry.promote("rushing_yards@2024", **WHO)
    with pytest.raises(LeakageError, match="trained through 2023"):
        registry.champion("rushing_yards@2024")


def test_whatever_is_tried_what_comes_out_has_not_seen_the_last_season(tmp_path):
    tried = [(named, through) for named in range(2021, 2024) for through in range(2018, 2025)]
    refused = set()
    with ModelRegistry(opened("sqlite://"), tmp_path, league="nfl") as registry:
        for named, through in tried:
            try:
                registry.register(model(named, through=through))
            except LeakageError:
                refused.add((named, through))
        assert refused == {(named, through) for named, through in tried if through > named - 2}
        given = {}
        for season, named in [(s, n) for s in range(2019, 2028) for n in range(2021, 2024)]:
            try:
                given[season, named] = registry.champion(f"rushing_yards@{named}", season=season)
            except LeakageError:
                assert named > season
    assert given
    assert all(found.trained_through <= season - 2 for (season, _), found in given.items())

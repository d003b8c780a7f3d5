"""What the stage delivers on real carries of 2023, networks tiny: calibrated on 2022, nothing seen that was to come.

Tolerance: 1,300 rows of 2023, calibrated on as many of 2022, have a standard error of .012 together; the band is four
of them either side. The networks are too small to forecast well: it is the calibration that is judged, not them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.stages.calibration.seasons import tiny
from workbench.bayes.scores.coverage import coverage
from workbench.clock import Week
from workbench.data.ingest import load_league
from workbench.features.player_yards import TABLES, PlayerYards, player_yards
from workbench.features.player_yards.targets import target_named
from workbench.intervals import clustered_mean
from workbench.lifecycle.registry import ModelRegistry
from workbench.settings import Settings
from workbench.stages.calibration import season_model
from workbench.stages.calibration.season_model import Origin
from workbench.stages.calibration.split import season_rows
from workbench.stages.calibration.week import TargetCalibration, calibrate, mid_ends
from workbench.store.ledger.engine import opened

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("networks_built_once")]

SEASONS = (2018, 2019, 2020, 2021, 2022, 2023)
FILES = ("schedules/", "stats_player/", "snap_counts/", "weekly_rosters/", "injuries/")
#: Its games are played, and it is the last one forecast.
WEEK = Week(2023, 18)
BAND = (0.85, 0.95)


@pytest.fixture(scope="module")
def task(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> PlayerYards:
    root = tmp_path_factory.mktemp("calibration")
    for path in (real_data / "nflverse").rglob("*.parquet"):
        name = path.relative_to(real_data / "nflverse")
        if name.as_posix().startswith(FILES):
            (root / "nflverse" / name).parent.mkdir(parents=True, exist_ok=True)
            (root / "nflverse" / name).symlink_to(path)
    bases = {"nflverse": root / "nflverse", "lines": real_data / "nfl_lines"}
    settings = Settings.model_validate({"sources": {name: {"base": str(base)} for name, base in bases.items()}})
    loaded = load_league(settings, seasons=SEASONS, root=root / "facts").tables
    return player_yards({name: loaded[name] for name in TABLES}, target="rushing_yards", cutoff="wednesday")


def calibrated(task: PlayerYards, rows: pd.DataFrame, folder: Path) -> TargetCalibration:
    with pytest.MonkeyPatch.context() as patch, ModelRegistry(opened("sqlite://"), folder, league="nfl") as registry:
        patch.setattr(season_model, "production_method", tiny)
        return calibrate(
            task, season_rows(rows, season=2023, last_week=WEEK.week), target=target_named("rushing_yards"), week=WEEK,
            registry=registry, origin=Origin(seed=1, workers=1, run_key="a test"),
        )  # fmt: skip


@pytest.fixture(scope="module")
def found(task: PlayerYards, tmp_path_factory: pytest.TempPathFactory) -> TargetCalibration:
    return calibrated(task, task.rows, tmp_path_factory.mktemp("models"))


def test_nine_in_ten_of_a_real_season_are_held_after_calibration(task: PlayerYards, found: TargetCalibration) -> None:
    season = season_rows(task.rows, season=2023, last_week=WEEK.week).forecast
    held = coverage(mid_ends(found.path.forecast), season["yards"], level=0.9, mid=True)
    said = clustered_mean(held, season["game_id"])
    print(f"\n{said.value:.4f} ({said.low:.4f} to {said.high:.4f}) of {said.n} rows in {said.clusters} games")
    assert said.n > 1_000
    assert BAND[0] < said.value < BAND[1]


def test_the_model_was_taught_by_seasons_before_the_one_that_calibrates_it(found: TargetCalibration) -> None:
    assert found.version.trained_through == 2021
    assert found.trained_now
    assert found.path.weeks["week"].to_list() == list(range(1, 19))


def test_the_interval_of_the_mean_alone_fails_on_real_yards(found: TargetCalibration) -> None:
    at_ninety = found.curves[np.isclose(found.curves["level"], 0.9)].set_index("method")["covered"]
    assert at_ninety["its mean alone"] < 0.5 < BAND[0] < at_ninety["as delivered"] < BAND[1]


def test_what_came_of_the_last_week_touches_nothing_that_is_delivered(
    task: PlayerYards, found: TargetCalibration, tmp_path: Path
) -> None:
    last = task.rows["season"].eq(WEEK.season) & task.rows["week"].ge(WEEK.week)
    blind = calibrated(task, task.rows.assign(yards=task.rows["yards"].mask(last)), tmp_path)
    assert np.array_equal(blind.path.forecast.cdf, found.path.forecast.cdf)
    columns = ["player_id", "low_50", "high_50", "low_90", "high_90"]
    pd.testing.assert_frame_equal(blind.players[columns], found.players[columns])
    assert blind.players["yards"].isna().all()
    assert found.players["yards"].notna().all()

"""The future may be anything: no interval, no decision to recalibrate and no coverage may show it.

Compared to the byte, no tolerance. The instant is the tenth week's decision; what is bent afterwards is every fact. The
networks are fitted for two passes over the rows: what they learn is of no interest here, only from what. A week's
forecasts are replayed later from facts of later weeks, so that a second test holds: what is replayed for a week is what
was delivered before it was played. That catches what a bent future cannot, a past week that saw its own outcome.
"""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.leakage.forgetful import Forgetful
from workbench.bayes.ensemble import production_method
from workbench.bayes.sampling.anchored import AnchoredOptions
from workbench.clock import Week
from workbench.features.player_yards.rows import TABLES, PlayerYards, player_yards
from workbench.features.player_yards.targets import target_named
from workbench.lifecycle.recalibration_timeline import Timeline
from workbench.lifecycle.registry import ModelRegistry
from workbench.stages.calibration import season_model
from workbench.stages.calibration.season_model import Origin
from workbench.stages.calibration.split import season_rows
from workbench.stages.calibration.week import CUTOFF, TargetCalibration, calibrate
from workbench.stages.context import week_instant
from workbench.store.ledger.engine import opened
from workbench.store.tables import FrameAsOf

TARGET = "rushing_yards"
EARLY = Week(2024, 6)
TINY = AnchoredOptions(members=2, epochs=2, chunk=2)

Seen = Callable[[PlayerYards], PlayerYards]


def tiny_method(**asked: Any) -> Any:
    """One network of the week, hardly fitted."""
    method = production_method(**asked)
    return dataclasses.replace(method, methods=(dataclasses.replace(method.methods[0], options=TINY),))


@pytest.fixture(scope="module", autouse=True)
def _tiny() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(season_model, "production_method", tiny_method)
        yield


def as_it_is(task: PlayerYards) -> PlayerYards:
    return task


def peeking(task: PlayerYards) -> PlayerYards:
    """A planted leak: a feature that is the outcome wherever that is known."""
    feature = task.features[0]
    return dataclasses.replace(task, rows=task.rows.assign(**{feature: task.rows["yards"].fillna(task.rows[feature])}))


def calibrated(view: FrameAsOf, *, week: Week, folder: Path, seen: Seen = as_it_is) -> TargetCalibration:
    """Return a week's calibration from nothing but a view, the season's model trained in a registry of its own."""
    task = seen(player_yards({name: view.table(name) for name in TABLES}, target=TARGET, cutoff=CUTOFF))
    split = season_rows(task.rows, season=week.season, last_week=week.week)
    with ModelRegistry(opened("sqlite://"), folder, league="demo") as registry:
        return calibrate(
            task, split, target=target_named(TARGET), week=week, registry=registry,
            origin=Origin(seed=1, workers=1, run_key="test"),
        )  # fmt: skip


def shown(found: TargetCalibration) -> dict[str, str]:
    """Return all that a calibration says, as text: equal answers, equal text."""
    frames = {name: getattr(found, name) for name in ("curves", "cells", "players", "excluded")}
    ends = pd.DataFrame({"low": found.path.intervals.lower, "high": found.path.intervals.upper})
    frames |= {"weeks": found.path.weeks, "intervals": ends}
    said = {name: frame.to_csv(index=False) for name, frame in frames.items()}
    said |= {"pit": found.pit.tobytes().hex(), "forecast": found.path.forecast.cdf.tobytes().hex()}
    version = (found.version.data_hash, found.version.content_hash, found.version.metrics)
    return said | {"model": repr(version), "words": repr((found.reason, found.notes))}


def differing(one: TargetCalibration, other: TargetCalibration) -> list[str]:
    first, second = shown(one), shown(other)
    return [name for name in first if first[name] != second[name]]


@pytest.fixture(scope="module")
def another(demo_league: Any, bent: Any) -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = bent(demo_league.tables, instant=demo_league.instant, seed=5)
    return tables


@pytest.fixture(scope="module")
def honest(demo_league: Any, tmp_path_factory: pytest.TempPathFactory) -> TargetCalibration:
    return calibrated(demo_league.view(), week=demo_league.week, folder=tmp_path_factory.mktemp("honest"))


def test_there_is_a_future_of_every_kind_and_all_of_it_is_another(demo_league: Any, another: Any) -> None:
    for name in set(TABLES) - {"games"}:
        later, other = (t[name][t[name]["known_at"] > demo_league.instant] for t in (demo_league.tables, another))
        assert len(later) > 5, name
        assert len(other.merge(later, how="inner")) < 0.5 * len(later), name


def test_every_fact_after_the_instant_may_change_and_no_interval_or_decision_does(
    demo_league: Any, another: Any, honest: TargetCalibration, tmp_path: Path
) -> None:
    again = calibrated(demo_league.view(another), week=demo_league.week, folder=tmp_path)
    assert differing(honest, again) == []
    assert len(honest.players) > 20
    assert honest.players["yards"].isna().all()
    assert len(honest.path.weeks) == demo_league.week.week
    assert len(honest.cells) > 5


def test_a_table_that_comes_too_early_is_caught(
    demo_league: Any, another: Any, honest: TargetCalibration, tmp_path: Path
) -> None:
    view = Forgetful(another, demo_league.instant)
    view.forgets = "player_weeks"
    assert "intervals" in differing(honest, calibrated(view, week=demo_league.week, folder=tmp_path))


def path_to(found: TargetCalibration, league: Any, *, through: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a path's decisions and its intervals to a week, these keyed by player-game."""
    week = Week(EARLY.season, int(found.path.weeks["week"].max()))
    view = FrameAsOf(league.tables, week_instant(league.store, week))
    task = player_yards({name: view.table(name) for name in TABLES}, target=TARGET, cutoff=CUTOFF)
    rows = season_rows(task.rows, season=week.season, last_week=week.week).forecast
    weeks = found.path.weeks[found.path.weeks["week"].le(through)].drop(columns="rows")
    ends = rows[["game_id", "player_id", "week"]].assign(
        low=found.path.intervals.lower, high=found.path.intervals.upper
    )
    return weeks.reset_index(drop=True), ends[ends["week"].le(through)].reset_index(drop=True)


def assert_as_delivered(then: TargetCalibration, later: TargetCalibration, league: Any) -> None:
    """Hold what a later week replays to what was delivered before the early one."""
    first, second = (path_to(found, league, through=EARLY.week) for found in (then, later))
    pd.testing.assert_frame_equal(first[0], second[0], check_exact=True)
    # Who was expected and did not play has no row later.
    both = first[1].merge(second[1], on=["game_id", "player_id", "week"], suffixes=("", "_later"))
    assert len(both) > 100
    assert both["low"].equals(both["low_later"])
    assert both["high"].equals(both["high_later"])


def early_calibration(league: Any, *, folder: Path, seen: Seen = as_it_is) -> TargetCalibration:
    view = FrameAsOf(league.tables, week_instant(league.store, EARLY))
    return calibrated(view, week=EARLY, folder=folder, seen=seen)


@pytest.fixture(scope="module")
def delivered(demo_league: Any, tmp_path_factory: pytest.TempPathFactory) -> TargetCalibration:
    """What was delivered in the sixth week."""
    return early_calibration(demo_league, folder=tmp_path_factory.mktemp("early"))


def test_what_is_replayed_for_a_week_is_what_was_delivered_before_it(
    demo_league: Any, honest: TargetCalibration, delivered: TargetCalibration
) -> None:
    assert_as_delivered(delivered, honest, demo_league)


def test_features_that_see_the_weeks_outcome_are_caught(
    demo_league: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folders = [tmp_path_factory.mktemp("peeking") for _ in range(2)]
    then = early_calibration(demo_league, folder=folders[0], seen=peeking)
    later = calibrated(demo_league.view(), week=demo_league.week, folder=folders[1], seen=peeking)
    assert then.version.content_hash == later.version.content_hash  # learned from the same: only the replay can differ
    with pytest.raises(AssertionError):
        assert_as_delivered(then, later, demo_league)


def test_calibration_on_the_weeks_own_outcome_is_caught(
    demo_league: Any, delivered: TargetCalibration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Timeline.before
    monkeypatch.setattr(Timeline, "before", lambda line, place: before(line, place + 1))
    later = calibrated(demo_league.view(), week=demo_league.week, folder=tmp_path)
    with pytest.raises(AssertionError):
        assert_as_delivered(delivered, later, demo_league)

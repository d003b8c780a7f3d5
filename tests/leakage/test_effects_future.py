"""The future may be anything: no event, exposure, estimate, library entry or known shock may show it.

Compared to the bit, no tolerance. The instant is the tenth week's decision; what is bent afterwards is every fact:
results, quotes, starters, injuries, rosters, snaps, conditions. Estimates are kept by the content of the rows they are
made from, so a second run that makes nothing anew has read equal rows, and its answers are compared besides.
"""

import dataclasses
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.leakage.forgetful import Forgetful
from workbench.causal.checks.run import CheckPlan
from workbench.stages.effects.cache import EstimateCache
from workbench.stages.effects.frames import EffectFrames, effect_frames
from workbench.stages.effects.week import Effects, effects_of
from workbench.store.tables import FrameAsOf

PLAN = CheckPlan(placebos=2, noises=1, subsets=1)
#: Tables that effects read and that go on after the instant.
BENT = ("results", "starters", "quotes", "injuries", "rosters", "snaps", "conditions")


@pytest.fixture(scope="module")
def another(demo_league: Any, bent: Any) -> dict[str, pd.DataFrame]:
    tables: dict[str, pd.DataFrame] = bent(demo_league.tables, instant=demo_league.instant, seed=3)
    return tables


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("effects_cache")


def effects(league: Any, tables: Any, *, folder: Path) -> Effects:
    return effects_of(league.view(tables), week=league.week, cache=EstimateCache(folder), plan=PLAN, seed=1)


@pytest.fixture(scope="module")
def honest(demo_league: Any, folder: Path) -> Effects:
    return effects(demo_league, demo_league.tables, folder=folder)


def test_there_is_a_future_of_every_kind_and_all_of_it_is_another(demo_league: Any, another: Any) -> None:
    for name in BENT:
        later, other = (t[name][t[name]["known_at"] > demo_league.instant] for t in (demo_league.tables, another))
        assert len(later) > 5, name
        assert len(other.merge(later, how="inner")) < 0.5 * len(later), name


def test_every_fact_after_the_instant_may_change_and_no_effect_does(
    demo_league: Any, another: Any, honest: Effects, folder: Path
) -> None:
    again = effects(demo_league, another, folder=folder)
    assert honest.made > 50
    assert again.made == 0
    assert len(honest.library) > 50
    assert len(honest.now) > 3
    for field in dataclasses.fields(Effects):
        one, other = getattr(honest, field.name), getattr(again, field.name)
        if isinstance(one, pd.DataFrame):
            pd.testing.assert_frame_equal(one, other, check_exact=True, obj=field.name)
        elif field.name not in ("kept", "made", "absorbed"):
            assert one == other, field.name
    for part in ("estimates", "paths", "pre_trends"):
        one, other = (getattr(e.absorbed, part) for e in (honest, again))
        pd.testing.assert_frame_equal(one, other, check_exact=True, obj=part)


def assert_equal(one: EffectFrames, other: EffectFrames) -> None:
    pd.testing.assert_frame_equal(one.events, other.events, check_exact=True)
    pd.testing.assert_frame_equal(one.exposures, other.exposures, check_exact=True)
    pd.testing.assert_frame_equal(one.games, other.games, check_exact=True)
    pd.testing.assert_frame_equal(one.database.windows, other.database.windows)
    pd.testing.assert_frame_equal(one.held_signed, other.held_signed, check_exact=True)
    pd.testing.assert_frame_equal(one.held_summed, other.held_summed, check_exact=True)
    assert one.database.notes == other.database.notes


def test_early_in_a_season_as_well_no_frame_shows_the_future(demo_league: Any, bent: Any) -> None:
    instant = demo_league.instant - pd.Timedelta(weeks=5)
    tables = bent(demo_league.tables, instant=instant, seed=4)
    frames = [effect_frames(FrameAsOf(t, instant)) for t in (demo_league.tables, tables)]
    assert len(frames[0].events) > 300
    assert_equal(frames[0], frames[1])


def test_what_is_called_known_was_known(demo_league: Any, honest: Effects) -> None:
    frames = effect_frames(demo_league.view())
    known = frames.events["known_at"].dropna()
    assert len(known) > 300
    assert (known <= demo_league.instant).all()
    assert (frames.games["kickoff_utc"] < demo_league.instant).all()
    assert (honest.now["known_at"].dropna() <= demo_league.instant).all()
    assert honest.library["as_of"].eq(demo_league.instant).all()


@pytest.mark.parametrize("table", ["starters", "rosters", "results"])
def test_a_table_that_comes_too_early_is_caught(table: str, demo_league: Any, another: Any) -> None:
    frames = []
    for tables in (demo_league.tables, another):
        view = Forgetful(tables, demo_league.instant)
        view.forgets = table
        frames.append(effect_frames(view))
    with pytest.raises(AssertionError):
        assert_equal(frames[0], frames[1])

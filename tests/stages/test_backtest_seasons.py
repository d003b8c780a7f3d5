"""Seasons walked over workers: equal to the bit whatever the workers, kept by content, blind to later seasons.

Tolerances: none; frames are equal to the last bit.
"""

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from workbench.backtest.season import SeasonWalk
from workbench.clock import Week
from workbench.errors import MissingArtifactError
from workbench.explore import OpenWeek
from workbench.settings import load_settings
from workbench.stages.context import FACTS
from workbench.stages.studies.backtest_seasons import LEDGER, season_plan, walked_seasons
from workbench.store.ledger import open_ledger
from workbench.store.tables import FactStore, FactsVersion

SEASONS, WEEKS = (2023, 2024), (3, 4)


@pytest.fixture(scope="module")
def settings(demo_week):
    return load_settings("demo", overrides={"draws": "300", "artifacts": str(demo_week.artifacts.parent)})


@pytest.fixture(scope="module")
def store(demo_week, settings) -> FactStore:
    version = FactsVersion.from_json(OpenWeek(settings, Week(2024, 10)).document("01_ingest", FACTS))
    return FactStore(settings.league_artifacts, version)


@pytest.fixture(scope="module")
def walked(store, settings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("walks")
    one = settings.model_copy(update={"compute": settings.compute.model_copy(update={"workers": 1})})
    found = walked_seasons(store, settings=one, seasons=SEASONS, decide_at="open", weeks=WEEKS, folder=folder)
    return found, folder


def assert_same(left: SeasonWalk, right: SeasonWalk) -> None:
    for frame in fields(SeasonWalk):
        pd.testing.assert_frame_equal(getattr(left, frame.name), getattr(right, frame.name), check_exact=True)


def test_two_workers_walk_what_one_walks_to_the_last_bit(store, settings, walked, tmp_path):
    found, _ = walked
    again = walked_seasons(store, settings=settings, seasons=SEASONS, decide_at="open", weeks=WEEKS, folder=tmp_path)
    assert (found.fresh, again.fresh) == (2, 2)
    assert len(found.walk.bets) > 5
    assert_same(found.walk, again.walk)


def test_what_is_kept_is_read_and_only_what_is_missing_is_walked(store, settings, walked):
    found, folder = walked
    again = walked_seasons(store, settings=settings, seasons=SEASONS, decide_at="open", weeks=WEEKS, folder=folder)
    assert again.fresh == 0
    assert_same(found.walk, again.walk)


def test_a_walk_that_died_leaves_nothing_that_is_taken_for_a_walk(store, settings, monkeypatch, tmp_path):
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    options = {"settings": settings, "seasons": [2024], "decide_at": "open", "weeks": WEEKS, "folder": tmp_path}
    with monkeypatch.context() as broken:
        broken.setattr("workbench.stages.studies.backtest_seasons.walk_season", die)
        with pytest.raises(KeyboardInterrupt):
            walked_seasons(store, **options)
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == []
    assert walked_seasons(store, **options).fresh == 1


def test_a_season_neither_sees_nor_is_named_by_a_later_one(store, settings, walked):
    found, folder = walked
    earlier = {name: tuple(f for f in files if f.season <= SEASONS[0]) for name, files in store.version.tables.items()}
    without = FactStore(store.root, replace(store.version, tables=earlier))
    again = walked_seasons(
        without, settings=settings, seasons=SEASONS[:1], decide_at="open", weeks=WEEKS, folder=folder
    )
    assert again.fresh == 0
    assert_same(again.walk, found.walk.season(SEASONS[0]))


def test_each_season_keeps_an_account_of_its_own_in_four_tables(walked):
    found, _ = walked
    assert all(path.name == LEDGER for path in found.ledgers)
    joined = open_ledger("sqlite://")
    for path in found.ledgers:
        part = open_ledger(f"sqlite:///{path}")
        joined.absorb(part)
        part.close()
    tables = {
        n: joined.table(n) for n in ("weekly_bets", "weekly_performance", "model_evaluations", "bankroll_history")
    }
    joined.close()
    assert len(tables["weekly_bets"]) == len(found.walk.bets)
    assert set(tables["bankroll_history"]["policy"]) == {"default open 2023", "default open 2024"}
    opening = tables["bankroll_history"].groupby("policy")["opening_units"].first()
    assert set(opening) == {1000.0}
    assert not tables["weekly_performance"].empty
    assert set(tables["model_evaluations"]["season"]) == set(SEASONS)


def test_bankroll_and_stakes_follow_the_bets_settled_before(walked):
    found, _ = walked
    for _, weeks in found.walk.weeks.groupby("season"):
        first, second = (weeks[weeks["week"] == week].iloc[0] for week in WEEKS)
        bets = found.walk.bets
        earned = bets.loc[(bets["season"] == first["season"]) & (bets["week"] == first["week"]), "profit_units"].sum()
        assert second["bankroll"] == pytest.approx(first["bankroll"] + earned, abs=1e-9)


def test_a_model_told_later_decides_at_the_same_prices(store, settings, walked):
    found, folder = walked
    held = walked_seasons(
        store, settings=settings, seasons=SEASONS[1:], decide_at="open", weeks=WEEKS, folder=folder,
        held_back_hours=72.0,
    ).walk  # fmt: skip
    told = found.walk.season(SEASONS[1])
    offered = ["game_id", "market", "side", "line", "price", "quote_recorded_at"]
    pd.testing.assert_frame_equal(held.prices[offered], told.prices[offered])
    assert not held.prices["fair_line"].equals(told.prices["fair_line"])


def test_weeks_come_in_order_each_graded_after_it_was_decided(store):
    plan = season_plan(store, season=2024, decide_at="wednesday")
    assert [p.week.week for p in plan] == sorted(p.week.week for p in plan)
    assert all(p.instant < p.known_by for p in plan)
    assert all(earlier.instant < later.instant for earlier, later in pairwise(plan))


def test_a_season_without_games_is_named(store, settings, tmp_path: Path):
    with pytest.raises(MissingArtifactError, match=r"no games of \[1998\]"):
        walked_seasons(store, settings=settings, seasons=[1998], decide_at="open", folder=tmp_path)

"""The future may be anything: no slip, no profile, no feature may show it.

Everything is compared to the byte: there is no tolerance. The week is the sixth, so that five later weeks of results,
plays, injuries and lines can be bent. On trial is the whole way from facts to slip; where a leak is planted, the model
is one fitted honestly, so that the leak alone can move the slip.
"""

import dataclasses
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.leakage.forgetful import Forgetful
from workbench.backtest.bent_facts import TICK, earlier_seasons_late, future_bent, outcomes_shuffled
from workbench.backtest.leaks import LeakTest, planted_tests, provoked_tests
from workbench.backtest.provocations import BENT, LATE_BY_ROW, REWRITTEN
from workbench.clock import Week
from workbench.data import ingest
from workbench.data.demo import write_league
from workbench.features import season_start
from workbench.stages.context import week_instant
from workbench.store import tables as store_tables
from workbench.store.tables import FactStore, FrameAsOf

EARLY = Week(2024, 6)
#: What ratings and prices are made of: enough for leaks that are planted in a decision.
READ = ("quotes", "results", "starters", "player_weeks")


@pytest.fixture(scope="module")
def league(demo_league: Any) -> Any:
    """The demo league at the decision of the sixth week; few draws, for it is not their number that is on trial."""
    settings = demo_league.settings.model_copy(update={"draws": 300})
    instant = week_instant(demo_league.store, EARLY)
    return dataclasses.replace(demo_league, settings=settings, week=EARLY, instant=instant)


@pytest.fixture(scope="module")
def model(league: Any, model_of: Callable[..., Any]) -> Any:
    return model_of(league.view(), league, week=league.week)


@pytest.fixture(scope="module")
def honest(league: Any, slip: Callable[..., Any], model: Any) -> Any:
    """The slip as it is."""
    return slip(league.view(), league, model=model)


@pytest.fixture(scope="module")
def provoked(league: Any) -> dict[str, LeakTest]:
    """What came of the provocations, by name; each goes the whole way, everything fitted anew."""
    asked = [BENT, REWRITTEN, LATE_BY_ROW]
    return {test.provocation: test for test in provoked_tests(league.case(), way=league.way, provocations=asked)}


@pytest.mark.parametrize("provocation", [BENT, REWRITTEN, LATE_BY_ROW], ids=["bent", "rewritten", "late"])
def test_facts_may_be_provoked_and_the_slip_does_not_move(
    provocation: Any, provoked: dict[str, LeakTest], honest: Any
) -> None:
    """Every later row is another; all that was known is corrected a tick later; half of the feeds are late."""
    assert len(honest.bets) > 0
    test = provoked[provocation.name]
    assert test.passed, test.differing.to_string()
    assert test.touched > 100


@pytest.mark.parametrize("provocation", [BENT, REWRITTEN], ids=["bent", "rewritten"])
def test_of_every_table_the_past_stays_and_the_future_is_another(provocation: Any, league: Any) -> None:
    # what the test above stands on: there is a future of every kind, and it is changed
    changed = provocation.make(league.tables, instant=league.instant, seed=20)
    for name, frame in league.tables.items():
        past, kept = (t[t["known_at"] <= league.instant].reset_index(drop=True) for t in (frame, changed[name]))
        pd.testing.assert_frame_equal(past, kept)
        later, other = (t[t["known_at"] > league.instant] for t in (frame, changed[name]))
        assert len(other) > 0, name
        if provocation is BENT:
            assert len(other.merge(later, how="inner")) < 0.5 * max(len(later), 1), name  # texts may fall on their like


def test_what_has_not_arrived_is_missed(league: Any, model: Any, slip: Any, honest: Any) -> None:
    # so that the slip of late feeds is not the same for want of lateness
    late = league.tables | LATE_BY_ROW.make(league.tables, instant=league.instant, seed=league.settings.seed)
    without = slip(league.view(late), league, model=model)
    assert without.to_bytes() != honest.to_bytes()
    gone = set(honest.prices["quote_recorded_at"]) - set(without.prices["quote_recorded_at"])
    assert gone


def test_every_planted_leak_is_caught(league: Any, model: Any, slip: Any) -> None:
    def decided(view: Any, asked: Any) -> Any:
        return slip(view, league, model=asked)

    found = list(planted_tests(league.case(*READ), model=model, decided=decided))
    assert len(found) >= 4
    for test in found:
        assert test.planted
        assert test.passed, f"{test.provocation} was not caught"
        assert len(test.differing) > 3


def test_a_store_whose_own_filter_is_off_by_hours_is_caught(
    league: Any, model: Any, slip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest_query = store_tables.AsOfView._query

    def off(view: Any, files: Any, columns: Any) -> Any:
        return honest_query(store_tables.AsOfView(view._store, view._instant + pd.Timedelta(hours=6)), files, columns)

    monkeypatch.setattr(store_tables.AsOfView, "_query", off)

    def way(at: Any) -> Any:
        return slip(at(league.instant), league, model=model)

    (test,) = provoked_tests(league.case("quotes"), way=way, provocations=[REWRITTEN])
    assert not test.passed
    assert set(test.differing["table"]) >= {"prices", "bets"}


def test_a_model_that_is_fitted_on_rows_it_could_not_know_is_caught(league: Any, model_of: Any, slip: Any) -> None:
    def way(at: Any) -> Any:
        view = at(league.instant)
        return slip(view, league, model=model_of(at(league.instant + TICK), league, week=league.week))

    (test,) = provoked_tests(league.case("quotes", "results"), way=way, provocations=[REWRITTEN])
    assert not test.passed


def test_features_do_not_show_the_future_either(league: Any, features: Any) -> None:
    tables = future_bent(league.tables, instant=league.instant, seed=1)
    assert features(league.view(tables), league.week) == features(league.view(), league.week)


def test_plays_that_come_too_early_are_caught_in_the_features(league: Any, features: Any) -> None:
    plays = league.tables["plays"]
    fewer = plays[(plays["known_at"] <= league.instant) | (np.arange(len(plays)) % 2 == 0)]
    told = []
    for tables in (league.tables, league.tables | {"plays": fewer}):
        view = Forgetful(tables, league.instant)
        view.forgets = "plays"
        told.append(features(view, Week(EARLY.season, EARLY.week + 2)))
    assert told[0]["profiles"] != told[1]["profiles"]
    assert told[0]["drives"] != told[1]["drives"]


def test_the_league_as_it_was_published_by_then_gives_the_same_slip(
    league: Any, honest: Any, slip: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From raw files: written on that Wednesday they hold nothing later, whatever date a reader gives its rows."""
    write_league(tmp_path / "league", seed=league.settings.seed, now=league.instant)
    monkeypatch.setattr(ingest, "demo_folder", lambda settings, *, root: tmp_path / "league")
    seasons = range(league.settings.first_season, EARLY.season + 1)
    loaded = ingest.load_league(league.settings, seasons=seasons, root=tmp_path / "artifacts")
    assert len(loaded.tables["results"]) < len(league.tables["results"])
    assert slip(league.view(loaded.tables), league).to_bytes() == honest.to_bytes()


def test_the_order_of_rows_changes_nothing(league: Any, honest: Any, slip: Any, model: Any) -> None:
    shuffled = {name: frame.sample(frac=1.0, random_state=7) for name, frame in league.tables.items()}
    assert slip(league.view(shuffled), league, model=model).to_bytes() == honest.to_bytes()


def test_another_seed_draws_another_slip(league: Any, honest: Any, slip: Any, model: Any) -> None:
    # so that equal bytes elsewhere are not equal for want of randomness
    other = dataclasses.replace(model, seed=model.seed + 1)
    assert slip(league.view(), league, model=other).to_bytes() != honest.to_bytes()
    assert slip(league.view(), league, model=model).to_bytes() == honest.to_bytes()


# --- what one process remembers --------------------------------------------------------------------------------------


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Forget every rating state that was remembered, as a new process would."""
    return lambda: monkeypatch.setattr(season_start, "_states", OrderedDict())


def test_two_leagues_in_one_process_never_share_a_state(
    league: Any, honest: Any, slip: Any, model: Any, cold: Callable[[], None]
) -> None:
    """The other league has the same teams, players, games and dates; its outcomes of earlier seasons went round."""
    twin = league.tables | outcomes_shuffled(league.tables, instant=pd.Timestamp(0, tz="UTC"), seed=3)
    past = {name: twin[name].where(twin[name]["season"] < EARLY.season, league.tables[name]) for name in ("results",)}
    other = league.view(league.tables | past)
    warm = slip(other, league, model=model).to_bytes()
    assert slip(league.view(), league, model=model).to_bytes() == honest.to_bytes()
    cold()
    assert slip(league.view(league.tables | past), league, model=model).to_bytes() == warm
    assert warm != honest.to_bytes()


def test_a_row_of_an_earlier_season_counts_from_when_it_arrives(
    league: Any, slip: Any, model: Any, cold: Callable[[], None]
) -> None:
    """Some come between the sixth week and the eighth: what is remembered of the sixth must not serve the eighth."""
    between = league.instant + pd.Timedelta(days=7)
    late = league.tables | earlier_seasons_late(league.tables, instant=between, seed=5, season=EARLY.season, share=0.2)
    never = {name: frame[frame["known_at"] != between + TICK] for name, frame in late.items()}
    eighth = Week(EARLY.season, EARLY.week + 2)

    def decided(tables: Any, week: Week) -> bytes:
        view = FrameAsOf(tables, week_instant(league.store, week))
        return bytes(slip(view, league, week=week, model=model).to_bytes())

    early = decided(late, EARLY)
    warm = decided(late, eighth)
    assert decided(late, EARLY) == early == decided(never, EARLY)
    assert warm != decided(never, eighth)
    cold()
    assert decided(late, eighth) == warm


def test_a_league_is_read_from_its_own_store(league: Any, tmp_path: Path) -> None:
    changed = outcomes_shuffled(league.tables, instant=league.instant, seed=1)
    with league.case().opened(changed) as at:
        later = at(pd.Timestamp("2200-01-01", tz="UTC")).table("results")
    assert isinstance(league.store, FactStore)
    assert not later.equals(league.store.as_of(pd.Timestamp("2200-01-01", tz="UTC")).table("results"))
    assert len(later) == len(league.tables["results"])

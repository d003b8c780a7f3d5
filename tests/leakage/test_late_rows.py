"""Rows of earlier seasons that come in during a season: decisions before rest on a fit without them, later ones on all.

Everything is compared to the byte: there is no tolerance. A fifth of the rows that a season's model is fitted on arrive
between the sixth week and the eighth (a tick after the seventh is decided).
"""

import dataclasses
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from workbench.backtest.account import account_before
from workbench.backtest.bent_facts import TICK, earlier_seasons_late
from workbench.clock import Week
from workbench.errors import LeakageError
from workbench.stages import models
from workbench.stages.bookkeeping import stage_policy
from workbench.stages.context import week_instant
from workbench.stages.models import SeasonModel, fitted_season
from workbench.stages.provoke import provoked_facts
from workbench.stages.studies.backtest_seasons import walked_seasons
from workbench.stages.warmup import warm_up
from workbench.stages.whole_way import slip_from_facts
from workbench.store.ledger import open_ledger
from workbench.store.tables import FactStore, FrameAsOf

SIXTH, SEVENTH, EIGHTH = (Week(2024, number) for number in (6, 7, 8))
LATE = ("results", "starters", "player_weeks", "quotes", "plays")


@pytest.fixture(scope="module")
def league(demo_league: Any) -> Any:
    settings = demo_league.settings.model_copy(update={"draws": 300, "warmup": 2})
    instant = week_instant(demo_league.store, SIXTH)
    return dataclasses.replace(demo_league, settings=settings, week=SIXTH, instant=instant)


@pytest.fixture(scope="module")
def came(league: Any) -> pd.Timestamp:
    """When the late rows came in."""
    return week_instant(league.store, SEVENTH) + TICK


@pytest.fixture(scope="module")
def late(league: Any, came: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """The tables of which a fifth of the earlier seasons comes late."""
    chosen = {name: league.tables[name] for name in LATE}
    return earlier_seasons_late(chosen, instant=came - TICK, seed=5, season=SIXTH.season, share=0.2)


@pytest.fixture(scope="module")
def with_late(league: Any, late: Any) -> Iterator[FactStore]:
    with provoked_facts(league.store, late) as store:
        yield store


@pytest.fixture(scope="module")
def without(league: Any, late: Any, came: pd.Timestamp) -> Iterator[FactStore]:
    """The same facts into which what is late never came."""
    with provoked_facts(league.store, {n: f[f["known_at"] != came] for n, f in late.items()}) as store:
        yield store


@pytest.fixture(scope="module")
def decided(league: Any) -> Callable[..., Any]:
    """The slip of a week replayed from facts, everything fitted as of its decision."""

    def slip(store: FactStore, week: Week, **given: Any) -> Any:
        instant = week_instant(league.store, week)
        return slip_from_facts(store.as_of, week=week, instant=instant, settings=league.settings, **given)

    return slip


@pytest.fixture(scope="module")
def honest(without: FactStore, decided: Callable[..., Any]) -> Any:
    """The sixth week decided where the late rows never came."""
    return decided(without, SIXTH)


@pytest.fixture(scope="module")
def season(league: Any, with_late: FactStore) -> SeasonModel:
    """The season's model as the eighth week knows it."""
    view = with_late.as_of(week_instant(league.store, EIGHTH))
    return fitted_season(view, season=SIXTH.season, settings=league.settings)


def test_a_week_decided_before_a_late_row_rests_on_the_fit_without_it_and_one_after_on_the_fit_with_it(
    league: Any, with_late: FactStore, season: SeasonModel, slip: Any, honest: Any, decided: Any, without: FactStore
) -> None:
    def asked(week: Week) -> bytes:
        instant = week_instant(league.store, week)
        return bytes(slip(with_late.as_of(instant), league, week=week, model=season.at(instant)).to_bytes())

    eighth = asked(EIGHTH)
    assert len(honest.bets) > 0
    assert asked(SIXTH) == honest.to_bytes() == decided(with_late, SIXTH).to_bytes()
    assert eighth == decided(with_late, EIGHTH).to_bytes()
    assert eighth != decided(without, EIGHTH).to_bytes()


def test_a_walk_decides_each_week_as_it_was_known_then(
    league: Any, with_late: FactStore, honest: Any, decided: Any, tmp_path: Any
) -> None:
    found = walked_seasons(
        with_late, settings=league.settings, seasons=[2024], decide_at="wednesday", weeks=(6, 8), folder=tmp_path
    )
    slips = found.walk.weeks.set_index("week")["slip"]
    assert slips[6] == honest.digest
    ledger = open_ledger(f"sqlite:///{found.ledgers[0]}")
    try:
        name, instant = ledger.table("weekly_bets")["policy"].iloc[0], week_instant(league.store, EIGHTH)
        standing = account_before(
            ledger, league=league.settings.league, policy=stage_policy(league.settings), week=EIGHTH, instant=instant,
            name=name,
        )  # fmt: skip
    finally:
        ledger.close()
    assert slips[8] == decided(with_late, EIGHTH, account=standing).digest


def test_a_live_warm_up_replays_the_weeks_before_a_late_row_without_it(
    league: Any, with_late: FactStore, season: SeasonModel, honest: Any
) -> None:
    run: Any = SimpleNamespace(week=EIGHTH, settings=league.settings)
    ledger, policy = open_ledger("sqlite://"), stage_policy(league.settings)
    try:
        instant = week_instant(league.store, EIGHTH)
        done = warm_up(run, facts=with_late, instant=instant, model=season, policy=policy, ledger=ledger)
        audit = ledger.table("audit_trail").set_index("week")
    finally:
        ledger.close()
    assert done.replayed == (SIXTH, SEVENTH)
    assert audit.loc[6, "slip_digest"] == honest.digest


def test_fits_are_shared_between_arrivals_and_nothing_is_fitted_anew_where_nothing_came_late(
    league: Any, late: Any, came: pd.Timestamp, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = []
    honest_fit = models.fit_model

    def counted(*given: Any, **named: Any) -> Any:
        fits.append(named["before_season"])
        return honest_fit(*given, **named)

    monkeypatch.setattr(models, "fit_model", counted)
    instants = [week_instant(league.store, week) for week in (SIXTH, SEVENTH, EIGHTH)]
    for tables, expected in ((league.tables, 1), (league.tables | late, 2)):
        fits.clear()
        season = fitted_season(FrameAsOf(tables, instants[-1]), season=2024, settings=league.settings)
        asked = [season.fitted_by(instant) for instant in (*instants, came - TICK, came)]
        assert len(fits) == expected
        assert asked[0] is asked[1] is asked[3]
        assert asked[2] is asked[4] is season
        assert (asked[0] is season) == (expected == 1)


def test_a_decision_later_than_the_view_is_refused(league: Any, season: SeasonModel) -> None:
    instant = week_instant(league.store, EIGHTH)
    assert season.at(instant).n_draws == league.settings.draws
    with pytest.raises(LeakageError, match="that is later"):
        season.at(instant + TICK)

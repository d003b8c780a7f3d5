"""The whole way from facts to a slip, over facts that a test may bend: as stages 02 and 06 go it, in one process."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import pytest

from workbench.backtest.account import Account, account_before
from workbench.backtest.bent_facts import Tables, future_bent
from workbench.backtest.leaks import Case
from workbench.clock import AsOf, Week
from workbench.decision.policy import Controls
from workbench.decision.slip import Slip
from workbench.decision.week_model import WeekModel
from workbench.explore import OpenWeek
from workbench.features.profiles import team_profiles
from workbench.settings import Settings, load_settings
from workbench.stages.bookkeeping import stage_ledger, stage_policy
from workbench.stages.context import FACTS, week_instant
from workbench.stages.ingest import season_features
from workbench.stages.provoke import every_fact, week_case
from workbench.stages.whole_way import decided_week, fitted_week, slip_from_facts
from workbench.store.tables import FactStore, FactsVersion, FrameAsOf

WEEK = Week(2024, 10)


@dataclass(frozen=True)
class League:
    """One league's facts, its settings and the week to decide."""

    settings: Settings
    store: FactStore
    tables: Tables
    week: Week
    instant: pd.Timestamp

    def view(self, tables: Mapping[str, pd.DataFrame] | None = None) -> FrameAsOf:
        """What was known at the decision, of these tables or the league's own."""
        return FrameAsOf(self.tables if tables is None else tables, self.instant)

    def case(self, *names: str) -> Case:
        """The week as a case for provocations of some tables, by default of all."""
        case = week_case(self.store, self.tables, week=self.week, settings=self.settings)
        chosen = {name: case.tables[name] for name in names or case.tables}
        return Case(case.week, case.instant, chosen, opened=case.opened, seed=case.seed)

    @property
    def way(self) -> Callable[..., Slip]:
        """The whole way from the views of some facts to the week's slip."""
        return partial(slip_from_facts, week=self.week, instant=self.instant, settings=self.settings)


def fitted(view: AsOf, league: League, *, week: Week) -> WeekModel:
    """Return the model of a week from nothing but a view."""
    return fitted_week(view, week=week, settings=league.settings)


def slip_of(
    view: AsOf, league: League, *, week: Week | None = None, model: Any = None, bankroll: float = 1000.0,
    open_by_game: Mapping[str, float] | None = None, controls: Controls | None = None,
) -> Slip:  # fmt: skip
    """Decide a week from nothing but a view, fitted on it unless a model is given."""
    asked = week or league.week
    chosen = model or fitted(view, league, week=asked)
    standing = Account(bankroll, open_by_game or {}, controls or Controls())
    return decided_week(view, week=asked, model=chosen, settings=league.settings, account=standing)


def features_of(view: AsOf, week: Week) -> dict[str, str]:
    """Return what stages 01 and 02 describe besides the slip, each as text: equal features, equal text."""
    season = season_features(view, season=week.season, week=week.week)
    profiles = team_profiles(view, season=week.season, week=week.week)
    frames = {
        "splits": season.quarterbacks, "tendencies": season.playcalling, "drives": season.drives,
        "profiles": profiles.profiles, "priors": profiles.league_priors,
    }  # fmt: skip
    return {name: frame.to_csv(index=False) for name, frame in frames.items()}


@pytest.fixture(scope="session")
def demo_league(demo_week: Any) -> League:
    """The demo league as its ingest stage left it."""
    return _league(demo_week)


@pytest.fixture(scope="session")
def real_league(real_week: Any) -> League:
    """The NFL as the ingest stage left it."""
    return _league(real_week)


def _league(project: Any) -> League:
    overrides = {"draws": "1000", "warmup": "2", "artifacts": str(project.artifacts.parent)}
    settings = load_settings(project.league, overrides=overrides)
    version = FactsVersion.from_json(OpenWeek(settings, WEEK).document("01_ingest", FACTS))
    store = FactStore(settings.league_artifacts, version)
    return League(settings, store, every_fact(store), WEEK, week_instant(store, WEEK))


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Callable[[League], Account]:
    """Return the account a league's week was decided with, from a copy of its ledger: to open one may migrate it."""

    def before(league: League) -> Account:
        copied = league.settings.model_copy(update={"artifacts": tmp_path_factory.mktemp("ledger")})
        copied.league_artifacts.mkdir()
        shutil.copy(league.settings.league_artifacts / "ledger.sqlite", copied.league_artifacts)
        ledger = stage_ledger(copied)
        try:
            policy = stage_policy(copied)
            return account_before(ledger, league=copied.league, policy=policy, week=league.week, instant=league.instant)
        finally:
            ledger.close()

    return before


@pytest.fixture(scope="session")
def slip() -> Callable[..., Slip]:
    """Fit and decide a week from nothing but a view."""
    return slip_of


@pytest.fixture(scope="session")
def model_of() -> Callable[..., WeekModel]:
    """Return the model of a week from nothing but a view."""
    return fitted


@pytest.fixture(scope="session")
def features() -> Callable[..., dict[str, str]]:
    """Return what stages 01 and 02 describe, as text."""
    return features_of


@pytest.fixture(scope="session")
def bent() -> Callable[..., Tables]:
    """Return tables whose every later row is another."""
    return future_bent

"""The whole way from facts to a slip, over facts that a test may bend: as stages 02 and 06 go it, in one process."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.backtest.account import Account, account_before
from workbench.clock import AsOf, Week
from workbench.decision.decide import decide
from workbench.decision.policy import Controls
from workbench.decision.slip import Slip
from workbench.decision.week_model import WeekModel
from workbench.explore import OpenWeek
from workbench.features.forecast import fit_model, view_facts
from workbench.features.profiles import team_profiles
from workbench.schema import FACT_TABLES
from workbench.settings import Settings, load_settings
from workbench.stages.bookkeeping import stage_ledger, stage_policy
from workbench.stages.context import FACTS, week_instant
from workbench.stages.ingest import season_features
from workbench.stages.models import season_model
from workbench.store.tables import FactStore, FactsVersion, FrameAsOf

WEEK = Week(2024, 10)
END = pd.Timestamp("2200-01-01", tz="UTC")

Tables = dict[str, pd.DataFrame]


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


def fitted(view: AsOf, league: League, *, week: Week) -> WeekModel:
    """Return the model of a week from nothing but a view, as stages 02 and 06 put it together."""
    forecast = fit_model(view_facts(view), before_season=week.season)
    model = season_model(view, season=week.season, forecast=forecast, settings=league.settings)
    return model.at(view.instant)


def slip_of(
    view: AsOf, league: League, *, week: Week | None = None, model: Any = None, bankroll: float = 1000.0,
    open_by_game: Mapping[str, float] | None = None, controls: Controls | None = None,
) -> Slip:  # fmt: skip
    """Fit and decide a week from nothing but a view."""
    asked = week or league.week
    return decide(
        view,
        model=model or fitted(view, league, week=asked),
        policy=stage_policy(league.settings),
        week=asked,
        bankroll=bankroll,
        open_stakes=sum((open_by_game or {}).values()),
        open_by_game=open_by_game,
        controls=controls,
    )


def features_of(view: AsOf, week: Week) -> dict[str, str]:
    """Return what stages 01 and 02 describe besides the slip, each as text: equal features, equal text."""
    season = season_features(view, season=week.season, week=week.week)
    profiles = team_profiles(view, season=week.season, week=week.week)
    frames = {
        "splits": season.quarterbacks, "tendencies": season.playcalling, "drives": season.drives,
        "profiles": profiles.profiles, "priors": profiles.league_priors,
    }  # fmt: skip
    return {name: frame.to_csv(index=False) for name, frame in frames.items()}


def future_bent(tables: Mapping[str, pd.DataFrame], *, instant: pd.Timestamp, seed: int) -> Tables:
    """Return the tables with every row known after an instant changed, dropped or joined by others.

    Rows known by the instant stay as they are, to the bit. Of the later rows a quarter is dropped and every value of
    the others is another's or shifted; later corrections of what was known, with other values, are added.
    """
    rng = np.random.default_rng(seed)
    return {name: _bent(frame, name=name, instant=instant, rng=rng) for name, frame in tables.items()}


def _bent(frame: pd.DataFrame, *, name: str, instant: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    later = frame[frame["known_at"] > instant]
    known = frame[frame["known_at"] <= instant]
    kept = later[rng.random(len(later)) > 0.25]
    corrections = known.sample(frac=0.05, random_state=int(rng.integers(2**31)))
    delays = pd.to_timedelta(rng.integers(1, 10**6, len(corrections)), unit="s")
    corrections = corrections.assign(known_at=(instant + delays).astype("datetime64[us, UTC]"))
    parts = [_scrambled(part, name=name, instant=instant, rng=rng) for part in (kept, corrections) if len(part)]
    whole = pd.concat([known, *parts], ignore_index=True)
    return whole.drop_duplicates([*FACT_TABLES[name].key, "known_at"])


def _scrambled(rows: pd.DataFrame, *, name: str, instant: pd.Timestamp, rng: np.random.Generator) -> pd.DataFrame:
    """Change every value but season, week, key and when it was known; a game may also move to another hour."""
    left = {"season", "week", "known_at", *FACT_TABLES[name].key}
    changed = {column: _changed(rows[column], rng=rng) for column in rows.columns if column not in left}
    if "recorded_at" in rows:  # a quote that claims to be older than it was known: whoever goes by the claim is caught
        minutes = pd.to_timedelta(rng.integers(1, 600, len(rows)), unit="min")
        changed["recorded_at"] = pd.Series(instant - minutes, index=rows.index).astype("datetime64[us, UTC]")
    return rows.assign(**changed)


def _changed(values: "pd.Series[Any]", *, rng: np.random.Generator) -> "pd.Series[Any]":
    shuffled = values.iloc[rng.permutation(len(values))].set_axis(values.index)
    kind = str(values.dtype)
    if kind in ("bool", "boolean"):
        return ~values
    if kind.startswith("datetime"):
        return shuffled + pd.Timedelta(hours=int(rng.integers(1, 48)))
    if kind in ("int64", "Int64"):
        return shuffled + int(rng.integers(1, 20))
    if kind == "float64":
        return shuffled + 0.5 * rng.integers(1, 40)
    return shuffled


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
    everything = store.as_of(END)
    tables = {name: everything.table(name) for name in FACT_TABLES if everything.has(name)}
    return League(settings, store, tables, WEEK, week_instant(store, WEEK))


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

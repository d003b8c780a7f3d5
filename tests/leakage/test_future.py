"""The future may be anything: no slip, no profile, no feature may show it.

Everything is compared to the byte: there is no tolerance. The week is the sixth, so that five later weeks of results,
plays, injuries and lines can be bent.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.leakage.forgetful import Forgetful
from workbench.clock import Week
from workbench.data import ingest
from workbench.data.demo import write_league
from workbench.stages.context import week_instant
from workbench.store.tables import FactStore, write_facts

EARLY = Week(2024, 6)


@pytest.fixture(scope="module")
def league(demo_league: Any) -> Any:
    """The demo league at the decision of the sixth week."""
    return dataclasses.replace(demo_league, week=EARLY, instant=week_instant(demo_league.store, EARLY))


@pytest.fixture(scope="module")
def model(league: Any, model_of: Callable[..., Any]) -> Any:
    return model_of(league.view(), league, week=league.week)


@pytest.fixture(scope="module")
def honest(league: Any, slip: Callable[..., Any], model: Any) -> Any:
    """The slip as it is."""
    return slip(league.view(), league, model=model)


@pytest.fixture(scope="module")
def another_future(league: Any, bent: Callable[..., Any]) -> dict[str, pd.DataFrame]:
    return bent(league.tables, instant=league.instant, seed=20)


def test_the_bent_future_is_another_and_the_past_the_same(league: Any, another_future: Any, honest: Any) -> None:
    # What every test below stands on: there is a future, all of it changed, and something to bet on.
    assert len(honest.bets) > 0
    for name, frame in league.tables.items():
        later, bent = (t[t["known_at"] > league.instant] for t in (frame, another_future[name]))
        assert name == "games" or len(later) > 20, name
        assert len(bent) > 0, name
        assert len(bent.merge(frame, how="inner")) < 0.5 * max(len(later), 1), name  # texts may fall on their like
        past, kept = (t[t["known_at"] <= league.instant].reset_index(drop=True) for t in (frame, another_future[name]))
        pd.testing.assert_frame_equal(past, kept)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_whole_future_may_change_and_neither_slip_nor_features_do(
    seed: int, league: Any, honest: Any, bent: Any, slip: Any, features: Any, tmp_path: Path
) -> None:
    tables = bent(league.tables, instant=league.instant, seed=seed)
    store = FactStore(tmp_path, write_facts(tmp_path, tables))
    assert slip(store.as_of(league.instant), league).to_bytes() == honest.to_bytes()
    if seed == 1:
        assert features(store.as_of(league.instant), league.week) == features(league.view(), league.week)


@pytest.mark.parametrize("table", ["results", "quotes"])
def test_a_view_that_forgets_its_instant_is_caught(
    table: str, league: Any, another_future: Any, slip: Any, model: Any
) -> None:
    slips = []
    for tables in (league.tables, another_future):
        view = Forgetful(tables, league.instant)
        view.forgets = table
        slips.append(slip(view, league, model=model).to_bytes())
    assert slips[0] != slips[1]


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


class Prophet:
    """A planted leak: a model that has seen the results and moves a tenth of the way towards them."""

    def __init__(self, model: Any, results: pd.DataFrame) -> None:
        self.model = model
        self.margins = (results["home_score"] - results["away_score"]).set_axis(results["game_id"])

    def draws(self, view: Any, games: pd.DataFrame, quotes: pd.DataFrame) -> Any:
        drawn = self.model.draws(view, games, quotes)
        seen = self.margins[~self.margins.index.duplicated()].reindex(games["game_id"]).fillna(0.0).to_numpy()
        shift = np.round(0.1 * (seen - drawn.fair_margin)).astype(np.int16)[:, None]
        return dataclasses.replace(drawn, home=np.maximum(drawn.home + shift, 0))


def test_a_model_that_has_seen_a_tenth_of_the_result_is_caught(
    league: Any, another_future: Any, slip: Any, model: Any
) -> None:
    one, other = (
        slip(league.view(), league, model=Prophet(model, tables["results"])).to_bytes()
        for tables in (league.tables, another_future)
    )
    assert one != other


def test_the_league_as_it_was_published_by_then_gives_the_same_slip(
    league: Any, honest: Any, slip: Any, features: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From raw files: written on that Wednesday they hold nothing later, whatever date a reader gives its rows."""
    write_league(tmp_path / "league", seed=league.settings.seed, now=league.instant)
    monkeypatch.setattr(ingest, "demo_folder", lambda settings, *, root: tmp_path / "league")
    seasons = range(league.settings.first_season, EARLY.season + 1)
    loaded = ingest.load_league(league.settings, seasons=seasons, root=tmp_path / "artifacts")
    assert len(loaded.tables["results"]) < len(league.tables["results"])
    view = league.view(loaded.tables)
    assert slip(view, league).to_bytes() == honest.to_bytes()
    assert features(view, league.week) == features(league.view(), league.week)


def test_the_order_of_rows_changes_nothing(league: Any, honest: Any, slip: Any) -> None:
    shuffled = {name: frame.sample(frac=1.0, random_state=7) for name, frame in league.tables.items()}
    assert slip(league.view(shuffled), league).to_bytes() == honest.to_bytes()


def test_another_seed_draws_another_slip(league: Any, honest: Any, slip: Any, model: Any) -> None:
    # so that equal bytes elsewhere are not equal for want of randomness
    other = dataclasses.replace(model, seed=model.seed + 1)
    assert slip(league.view(), league, model=other).to_bytes() != honest.to_bytes()
    assert slip(league.view(), league, model=model).to_bytes() == honest.to_bytes()

"""Injuries, trades and suspensions against the simulated league's own list of them."""

from pathlib import Path

import pandas as pd
import pytest

from workbench.data.cache import FactCache
from workbench.data.demo import write_league
from workbench.data.demo.truth import load_truth
from workbench.data.ingest import fetch_league
from workbench.data.load import load_facts
from workbench.settings import Settings
from workbench.shocks.injuries import injury_events
from workbench.shocks.player_weeks import player_weeks
from workbench.shocks.suspensions import suspension_events
from workbench.shocks.trades import trade_events

Keys = set[tuple[object, ...]]
_KEY = ["season", "team", "player_id", "week"]


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Events, the planted shocks and the weeks in which each team played, of one whole season."""
    folder = tmp_path_factory.mktemp("league") / "written"
    write_league(folder, seasons=(2021, 2022))
    sources = {"nflverse": {"base": str(folder)}, "lines": {"base": str(folder / "lines")}}
    settings = Settings.model_validate({"sources": sources})
    tables = _tables(settings, folder=folder)
    weeks = player_weeks(tables)
    events = pd.concat([f(tables, weeks=weeks) for f in (injury_events, trade_events, suspension_events)])
    own = tables["rosters"][["season", "week", "team"]].drop_duplicates()
    return events, load_truth(folder).shocks, own


def _tables(settings: Settings, *, folder: Path) -> dict[str, pd.DataFrame]:
    nflverse, lines, _ = fetch_league(settings, seasons=(2022,), root=folder / "root")
    return load_facts(nflverse, lines, seasons=(2022,), cache=FactCache(folder / "parsed"), teams=None).tables


def planted(shocks: pd.DataFrame, played: pd.DataFrame, *, kind: str) -> Keys:
    """The first game each planted shock touched."""
    own = shocks[shocks["kind"].eq(kind) & shocks["season"].eq(2022)].merge(played, on=["season", "team"])
    inside = own[own["week"].between(own["first_week"], own["last_week"])]
    first = inside.groupby(["season", "team", "player_id", "first_week"], as_index=False)["week"].min()
    return set(first[_KEY].itertuples(index=False, name=None))


def derived(events: pd.DataFrame, *, kind: str) -> Keys:
    own = events[events["type"].eq(kind)]
    return set(own[_KEY].astype({"season": int, "week": int}).itertuples(index=False, name=None))


@pytest.mark.parametrize(("truth", "kind"), [("player_out", "injury"), ("suspension", "suspension")])
def test_absences_are_found_all_and_no_others(
    league: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], truth: str, kind: str
) -> None:
    events, shocks, played = league
    assert derived(events, kind=kind) == planted(shocks, played, kind=truth)
    assert len(derived(events, kind=kind)) >= 3


@pytest.mark.parametrize(("truth", "kind"), [("trade_seller", "trade_out"), ("trade_buyer", "trade_in")])
def test_every_trade_is_found_and_the_others_are_its_other_half(
    league: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame], truth: str, kind: str
) -> None:
    events, shocks, played = league
    found, true = derived(events, kind=kind), planted(shocks, played, kind=truth)
    assert true <= found
    # A receiver is traded for another: the list of truth names one of the two.
    assert len(found) <= 2 * len(true)


def test_no_event_is_known_before_it_was(league: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> None:
    events, shocks, _ = league
    truth = shocks[shocks["kind"].eq("player_out")].rename(columns={"known_at": "true"})
    own = events[events["type"].eq("injury")].merge(
        truth[["season", "team", "player_id", "first_week", "last_week", "true"]]
    )
    inside = own[own["week"].between(own["first_week"], own["last_week"])]
    assert len(inside) > 20
    assert (inside["known_at"] >= inside["true"]).all()

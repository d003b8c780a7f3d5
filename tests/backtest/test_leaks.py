"""The search for leaks on a league small enough to see through: an honest decision passes, each peeking one is caught.

The decision is a toy, one price a quote; the real way from facts to slip is on trial in tests/leakage. Exact, no
tolerance.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import pandas as pd
import pytest

from workbench.backtest.bent_facts import Tables
from workbench.backtest.leaks import Case, LeakTest, leak_table, provoked_tests, quotes_not_arrived
from workbench.backtest.planted import PeekingView
from workbench.backtest.provocations import BENT, LATE_BY_ROW, PROVOCATIONS
from workbench.clock import AsOf, Week
from workbench.decision.policy import Policy
from workbench.decision.slip import EXCLUDED_COLUMNS, FORECAST_COLUMNS, PRICE_COLUMNS, Slip, conformed
from workbench.errors import LeakageError
from workbench.store.frames import FrameAsOf, conform

WEEK = Week(2024, 6)
INSTANT = pd.Timestamp("2024-10-09T16:00Z")

At = Callable[[pd.Timestamp], AsOf]


def league() -> Tables:
    """Sixty games, a quote and a result each, one every six hours about the instant."""
    stamps = pd.Series(pd.date_range(INSTANT - pd.Timedelta(days=7, hours=-1), periods=60, freq="6h"))
    named = {"game_id": [f"g{i:02}" for i in range(60)], "season": 2024, "week": 6}
    results = pd.DataFrame(named | {"home_score": range(60), "away_score": 10, "overtime": False, "known_at": stamps})
    quotes = pd.DataFrame(named | {"market": "spread", "source": "legacy", "kind": "live", "recorded_at": stamps})
    flags = {"price_assumed": False, "instant_assumed": False, "line": 3.5, "known_at": stamps}
    return {"results": conform(results, name="results"), "quotes": conform(quotes.assign(**flags), name="quotes")}


@contextmanager
def opened(changed: Mapping[str, pd.DataFrame]) -> Iterator[At]:
    yield partial(FrameAsOf, league() | changed)


CASE = Case(WEEK, INSTANT, league(), opened=opened, seed=1)


def slip(view: AsOf) -> Slip:
    """Price every quote that a view shows by the home scores it shows."""
    quotes, results = view.table("quotes"), view.table("results")
    priced = quotes.rename(columns={"recorded_at": "quote_recorded_at"})
    rows = priced.assign(side="home", win=float(results["home_score"].mean()), price=1.9, status="", reason="")
    return Slip(
        prices=conformed(rows, columns=PRICE_COLUMNS, order=["game_id", "quote_recorded_at"]),
        bets=conformed(rows.iloc[:0], columns=PRICE_COLUMNS, order=["game_id"]),
        forecasts=conformed(rows.iloc[:0], columns=FORECAST_COLUMNS, order=["game_id"]),
        excluded=conformed(pd.DataFrame(), columns=EXCLUDED_COLUMNS, order=["game_id"]),
        as_of=INSTANT,
        week=WEEK,
        policy=Policy(),
        base_units=1000.0,
    )


def honest(at: At) -> Slip:
    return slip(at(INSTANT))


def peeking(at: At, **how: Any) -> Slip:
    return slip(PeekingView(at, INSTANT, **how))


def stopping(at: At) -> Slip:
    """Stops when it sees a result of the future: what it reads is not its to read."""
    if at(INSTANT + pd.Timedelta(days=1)).table("results")["home_score"].max() != 31:  # 191 hours, one game in six
        raise LeakageError("A score that cannot be.")
    return slip(at(INSTANT))


@pytest.mark.parametrize("provocation", PROVOCATIONS, ids=lambda p: p.name)
def test_an_honest_decision_is_blind_to_every_provocation(provocation: Any) -> None:
    (test,) = provoked_tests(CASE, way=honest, provocations=[provocation])
    assert test.passed, test.differing.to_string()
    assert (test.touched > 0) == (not test.vacuous)


LEAKS = {
    "a filter off by a minute": {"table": "quotes", "peek": "hours ahead", "hours": 1 / 60},
    "a filter off by half a day": {"table": "results", "peek": "hours ahead", "hours": 12.0},
    "quotes as recorded": {"table": "quotes", "peek": "as recorded"},
    "every result": {"table": "results", "peek": "everything"},
}


@pytest.mark.parametrize("how", LEAKS.values(), ids=LEAKS)
def test_a_peeking_decision_is_caught_by_some_provocation(how: dict[str, Any]) -> None:
    found = list(provoked_tests(CASE, way=partial(peeking, **how)))
    assert any(not test.passed for test in found)


def test_a_decision_that_goes_by_its_quotes_claims_bets_into_quotes_that_have_not_arrived() -> None:
    (test,) = provoked_tests(CASE, way=partial(peeking, table="quotes", peek="as recorded"), provocations=[LATE_BY_ROW])
    late = test.differing[test.differing["column"] == "quote"]
    assert len(late) > 0
    assert set(late["played"]) == {"had not arrived"}


def test_a_decision_that_stops_on_provoked_facts_has_read_them() -> None:
    (test,) = provoked_tests(CASE, way=stopping, provocations=[BENT])
    assert not test.passed
    assert test.differing["replayed"].item() == "LeakageError: A score that cannot be."


def test_a_quote_is_known_by_game_market_source_and_when_it_was_recorded() -> None:
    decided = honest(partial(FrameAsOf, league()))
    quotes = league()["quotes"]
    assert quotes_not_arrived(decided, quotes).empty
    missing = quotes_not_arrived(decided, quotes[quotes["game_id"] != "g03"])
    assert missing[["game_id", "column", "replayed"]].to_numpy().tolist() == [["g03", "quote", "used"]]


def test_the_table_says_what_differs_in_rows() -> None:
    leaky = list(provoked_tests(CASE, way=partial(peeking, **LEAKS["every result"]), provocations=PROVOCATIONS[:1]))
    vacuous = LeakTest(WEEK, "nothing", 0, leaky[0].differing.iloc[:0], 0.1)
    told = leak_table([*leaky, vacuous])
    n_rows = leaky[0].differing["game_id"].nunique()
    assert told["slip"].tolist() == [f"{n_rows} rows of prices differ (prices g00 spread home win)", "no row to touch"]
    assert told["passed"].tolist() == [False, True]

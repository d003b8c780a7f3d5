"""The week replayed is the week as played: stage, warm-up and backtest reach one slip, row by row."""

import json
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest

from workbench.backtest.account import account_before
from workbench.backtest.walk import walk_week
from workbench.clock import Week
from workbench.stages.bookkeeping import WARMUP, stage_ledger, stage_policy
from workbench.stages.context import week_instant, week_over
from workbench.store.ledger import Ledger

WARMED = (8, 9)


@pytest.fixture(scope="module")
def ledger(demo_league: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A copy of the ledger that the demo week left: to open one may migrate it."""
    copy = tmp_path_factory.mktemp("ledger")
    settings = demo_league.settings.model_copy(update={"artifacts": copy})
    settings.league_artifacts.mkdir()
    source = demo_league.settings.league_artifacts / "ledger.sqlite"
    (settings.league_artifacts / source.name).write_bytes(source.read_bytes())
    opened = stage_ledger(settings)
    yield opened
    opened.close()


def recorded(ledger: Ledger, week: Week, league: Any) -> pd.DataFrame:
    policy = stage_policy(league.settings).name
    return ledger.bets(league="demo", policy=policy, week=week).sort_values(["game_id", "market", "side"])


@pytest.mark.parametrize("number", WARMED)
def test_a_warm_up_week_is_the_slip_the_live_week_would_have_been(
    number: int, demo_league: Any, ledger: Ledger, slip: Any
) -> None:
    """Fitted and decided alone, from the view of its own instant, with the bankroll and gates of that instant."""
    week = Week(2024, number)
    instant = week_instant(demo_league.store, week)
    policy = stage_policy(demo_league.settings)
    account = account_before(ledger, league=demo_league.settings.league, policy=policy, week=week, instant=instant)
    live = slip(
        demo_league.store.as_of(instant),
        demo_league,
        week=week,
        bankroll=account.bankroll,
        open_by_game=account.open_by_game,
        controls=account.controls,
    )
    audit = ledger.table("audit_trail")
    key = audit.loc[audit["week"] == number, "run_key"].item()
    assert key == f"{WARMUP}{week.label}-{live.digest[:12]}"
    rows = recorded(ledger, week, demo_league).reset_index(drop=True)
    common = [column for column in live.bets.columns if column in rows.columns]
    assert {"line", "price", "win", "stake_units", "status", "reason"} <= set(common)
    ordered = live.bets.sort_values(["game_id", "market", "side"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[common], ordered[common], check_dtype=False, check_exact=True)


def test_the_backtest_of_the_week_is_the_slip_the_stage_left(
    demo_week: Any, demo_league: Any, ledger: Ledger, model_of: Any
) -> None:
    week, instant, store = demo_league.week, demo_league.instant, demo_league.store
    policy = stage_policy(demo_league.settings)
    account = account_before(ledger, league=demo_league.settings.league, policy=policy, week=week, instant=instant)
    walked = walk_week(
        store.as_of,
        week=week,
        instant=instant,
        known_by=week_over(store, week),
        model=model_of(store.as_of(instant), demo_league, week=week),
        policy=policy,
        bankroll=account.bankroll,
        open_by_game=account.open_by_game,
        controls=account.controls,
    )
    left = json.loads((demo_week.artifacts / "predictions" / week.label / "metadata.json").read_text())
    assert walked.slip.digest == left["slip"]
    assert left["of_record"]
    grades = pd.read_csv(demo_week.artifacts / "grading" / week.label / "results.csv")
    mine = walked.graded.grades.sort_values(["game_id", "market", "side"]).reset_index(drop=True)
    theirs = grades.sort_values(["game_id", "market", "side"]).reset_index(drop=True)
    numbers = ["profit_units", "close_line", "clv_points", "clv_prob", "clv_ev", "ev_at_close"]
    assert list(mine["outcome"]) == list(theirs["outcome"])
    # a CSV keeps seventeen digits, so not even the last bit may differ
    pd.testing.assert_frame_equal(mine[numbers], theirs[numbers], check_exact=True, check_dtype=False)

"""The ledger, on SQLite and on PostgreSQL. Sums of units are exact to 1e-9."""

import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.clock import Week, utc
from workbench.decision.slip import PRICE_COLUMNS
from workbench.errors import StoreError
from workbench.store.ledger import Ledger, open_ledger
from workbench.store.ledger.schema import TABLES, WEEKLY_BETS

WHO: dict[str, Any] = {"league": "nfl", "policy": "default"}
WEDNESDAY = utc("2024-11-06T17:00Z")
SUNDAY = utc("2024-11-10T18:00Z")
WEEK_TEN = Week(2024, 10)
WEEK_LATER = pd.Timedelta(days=7)


@dataclass(frozen=True)
class FakeSlip:
    """What the ledger reads of a slip."""

    prices: pd.DataFrame
    bets: pd.DataFrame
    as_of: pd.Timestamp = WEDNESDAY
    week: Week = WEEK_TEN
    base_units: float = 1000.0
    digest: str = "d1"


def slip(
    *games: str, week: int = 10, status: str = "shadow", source: str = "consensus", stake: float = 20.0
) -> FakeSlip:
    """A slip of spread bets on the home side, one a game, decided on the Wednesday of its week."""
    later = (week - 10) * WEEK_LATER
    bets = pd.DataFrame({"game_id": pd.Series(list(games), dtype="str")}).assign(
        season=2024, week=week, kickoff_utc=SUNDAY + later, game_type="REG", home_team="KC", away_team="DEN",
        market="spread", side="home", source=source, quote_recorded_at=WEDNESDAY + later - pd.Timedelta("4h"),
        quote_age_hours=4.0, line=3.5, price=1.91, price_other=1.95, price_assumed=False, instant_assumed=False,
        fair_line=5.5, fair_price=1.7, win=0.58, push=0.0, lose=0.42, market_win=0.5, edge_points=2.0, edge_prob=0.08,
        edge_ev=0.1, confidence=0.9, kelly=0.1, stake_units=stake, stake_share=stake / 1000,
        needs_approval=stake > 25.0, status=status, reason="Bet KC -3.5.",
    )  # fmt: skip
    return FakeSlip(prices=bets, bets=bets, as_of=WEDNESDAY + later, week=Week(2024, week), digest=f"d{week}")


def grades(of: FakeSlip, *, profit: float | None = 18.2, clv: float = 0.5) -> pd.DataFrame:
    """Grades of every bet of a slip, settled four hours after kick-off; without a profit they wait."""
    settled = of.bets["kickoff_utc"] + pd.Timedelta("4h")
    never = pd.Series(pd.NaT, index=of.bets.index, dtype="datetime64[us, UTC]")
    return of.bets.assign(
        outcome="waiting" if profit is None else "win" if profit > 0 else "loss",
        profit_units=np.nan if profit is None else profit,
        settled_at=never if profit is None else settled,
        close_source=of.bets["source"], close_recorded_at=of.bets["kickoff_utc"] - pd.Timedelta("10min"),
        close_line=4.0, close_price=1.91, close_price_other=1.91, close_stale=False, cross_source=False, headline=True,
        clv_points=clv, clv_prob=0.02, clv_ev=0.04, ev_at_close=0.0, clv_verdict="better",
    )  # fmt: skip


def record(ledger: Ledger, made: FakeSlip, *, run_key: str = "run-a") -> bool:
    return ledger.record_slip(made, run_key=run_key, **WHO).of_record


def settle(ledger: Ledger, made: FakeSlip, **options: Any) -> None:
    ledger.record_grades(grades(made, **options), initial_units=1000.0, graded_at=SUNDAY + WEEK_LATER, **WHO)


def bankroll(ledger: Ledger, instant: pd.Timestamp) -> float:
    return ledger.bankroll_at(instant, initial_units=1000.0, **WHO)


def test_an_empty_ledger_has_every_table_and_no_row(ledger: Ledger) -> None:
    wanted = {
        "runs", "audit_trail", "weekly_bets", "weekly_performance", "model_evaluations", "bankroll_history",
        "line_snapshots", "control_state", "models", "model_aliases", "model_events", "model_decisions",
    }  # fmt: skip
    assert set(TABLES) == wanted
    assert all(ledger.table(name).empty for name in wanted)
    assert bankroll(ledger, WEDNESDAY) == 1000.0
    assert ledger.open_stakes(WEDNESDAY, **WHO) == {}


def test_a_bet_comes_back_as_it_went_in(ledger: Ledger) -> None:
    made = slip("g1", "g2")
    assert record(ledger, made)
    kept = ledger.bets(week=Week(2024, 10), **WHO)
    for column in PRICE_COLUMNS:
        assert kept[column].tolist() == made.bets[column].tolist(), column
    assert str(kept["kickoff_utc"].dtype) == "datetime64[us, UTC]"
    assert kept["placed_at"].tolist() == [WEDNESDAY] * 2
    assert kept["profit_units"].isna().all()


def test_every_column_of_a_slip_has_its_place() -> None:
    assert set(PRICE_COLUMNS) <= {column.name for column in WEEKLY_BETS.columns}


def test_running_again_neither_duplicates_nor_cancels(ledger: Ledger) -> None:
    assert record(ledger, slip("g1", "g2"))
    assert record(ledger, slip("g1"))  # the same run, now without g2
    assert ledger.bets(**WHO)["game_id"].tolist() == ["g1", "g2"]
    assert len(ledger.table("audit_trail")) == 1


def test_the_first_slip_of_a_week_is_of_record_and_later_runs_are_advisory(ledger: Ledger) -> None:
    assert record(ledger, slip("g1"), run_key="first")
    second = ledger.record_slip(slip("g1", "g3", stake=25.0), run_key="second", **WHO)
    assert (second.of_record, second.record_run_key) == (False, "first")
    assert ledger.bets(**WHO)["stake_units"].tolist() == [20.0]
    audit = ledger.table("audit_trail").set_index("run_key")
    assert audit["n_bets"].to_dict() == {"first": 1, "second": 2}
    assert audit["record_of"].notna().to_dict() == {"first": True, "second": False}


def test_a_slip_without_bets_is_of_record_too(ledger: Ledger) -> None:
    assert record(ledger, slip(), run_key="first")
    assert not record(ledger, slip("g1"), run_key="second")
    assert ledger.bets(**WHO).empty


def test_leagues_policies_and_weeks_keep_their_own_record(ledger: Ledger) -> None:
    assert record(ledger, slip("g1"), run_key="a")
    assert record(ledger, slip("g1", week=11), run_key="b")
    assert ledger.record_slip(slip("g1"), run_key="c", league="demo", policy="default").of_record
    assert ledger.record_slip(slip("g1"), run_key="d", league="nfl", policy="bold").of_record
    assert len(ledger.table("weekly_bets")) == 4
    assert len(ledger.bets(**WHO)) == 2


def test_the_quotes_that_were_used_are_kept_once(ledger: Ledger) -> None:
    made = slip("g1")
    record(ledger, made)
    record(ledger, made, run_key="again")
    settle(ledger, made)
    kept = ledger.table("line_snapshots")
    assert kept["line"].tolist() == [3.5, 4.0]  # the decision's and the close
    assert kept["price_away"].tolist() == [1.95, 1.91]


def test_the_bankroll_is_a_fold_over_weeks_by_hand(ledger: Ledger) -> None:
    first, second = slip("g1", "g2"), slip("g1", week=11)
    record(ledger, first, run_key="a")
    record(ledger, second, run_key="b")
    settle(ledger, second, profit=-20.0)
    settle(ledger, first)
    history = ledger.table("bankroll_history")
    assert history["opening_units"].tolist() == pytest.approx([1000.0, 1036.4], abs=1e-9)
    assert history["closing_units"].tolist() == pytest.approx([1036.4, 1016.4], abs=1e-9)
    assert history["staked_units"].tolist() == [40.0, 20.0]


def test_grading_again_changes_nothing(ledger: Ledger) -> None:
    made = slip("g1", "g2")
    record(ledger, made)
    settle(ledger, made)
    before = {name: ledger.table(name) for name in TABLES}
    settle(ledger, made)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(ledger.table(name), frame)


def test_a_corrected_score_corrects_the_bankroll(ledger: Ledger) -> None:
    made = slip("g1")
    record(ledger, made)
    settle(ledger, made)
    settle(ledger, made, profit=-20.0)
    assert bankroll(ledger, SUNDAY + WEEK_LATER) == pytest.approx(980.0, abs=1e-9)


def test_the_bankroll_at_an_instant_knows_nothing_later(ledger: Ledger) -> None:
    made = slip("g1")
    record(ledger, made)
    settle(ledger, made)
    four_hours = pd.Timedelta("4h")
    assert bankroll(ledger, SUNDAY + four_hours - pd.Timedelta("1s")) == 1000.0
    assert bankroll(ledger, SUNDAY + four_hours) == pytest.approx(1018.2, abs=1e-9)


def test_open_stakes_are_those_placed_before_and_not_settled(ledger: Ledger) -> None:
    made = slip("g1", "g2")
    record(ledger, made)
    assert ledger.open_stakes(WEDNESDAY, **WHO) == {}  # the decision repeated does not stand in its own way
    assert ledger.open_stakes(WEDNESDAY + pd.Timedelta("1h"), **WHO) == {"g1": 20.0, "g2": 20.0}
    settle(ledger, made)
    assert ledger.open_stakes(SUNDAY, **WHO) == {"g1": 20.0, "g2": 20.0}
    assert ledger.open_stakes(SUNDAY + pd.Timedelta("4h"), **WHO) == {}


def test_the_gate_sees_the_last_two_completed_weeks(ledger: Ledger) -> None:
    for week in (6, 7, 8, 9):
        made = slip("g1", "g2", week=week)
        record(ledger, made, run_key=f"w{week}")
        settle(ledger, made, profit=None if week == 9 else 18.2, clv=week / 10)
    seen = ledger.shadow_bets(before=Week(2024, 10), instant=WEDNESDAY, **WHO)
    assert sorted(set(seen["week"])) == [7, 8]  # week 9 still waits
    assert ledger.shadow_bets(before=Week(2024, 8), instant=WEDNESDAY, **WHO)["week"].unique().tolist() == [6, 7]
    early = utc("2024-10-23T17:00Z")  # week 8's games are not played yet
    assert ledger.shadow_bets(before=Week(2024, 10), instant=early, **WHO)["week"].unique().tolist() == [6, 7]


def test_approval_changes_the_status_and_nothing_else(ledger: Ledger) -> None:
    made = slip("g1", "g2", status="proposed")
    record(ledger, made)
    before = ledger.bets(**WHO)
    assert ledger.approve(made.bets.iloc[:1], by="a person", at=SUNDAY, **WHO) == 1
    assert ledger.approve(made.bets.iloc[:1], by="another", at=SUNDAY, **WHO) == 0
    after = ledger.bets(**WHO)
    assert after["status"].tolist() == ["approved", "proposed"]
    assert after["approved_by"].tolist()[0] == "a person"
    changed = ["status", "approved_by", "approved_at"]
    pd.testing.assert_frame_equal(after.drop(columns=changed), before.drop(columns=changed))


def test_an_approved_bet_stays_approved_when_the_week_runs_again(ledger: Ledger) -> None:
    made = slip("g1", status="proposed")
    record(ledger, made)
    ledger.approve(made.bets, by="a person", at=SUNDAY, **WHO)
    record(ledger, made)
    settle(ledger, made)
    assert ledger.bets(**WHO)["status"].tolist() == ["approved"]


def test_a_shadow_bet_cannot_be_approved_and_nothing_of_the_call_is_kept(ledger: Ledger) -> None:
    proposed, shadow = slip("g1", status="proposed"), slip("g2")
    both = pd.concat([proposed.bets, shadow.bets], ignore_index=True)
    record(ledger, replace(proposed, bets=both))
    with pytest.raises(StoreError, match="g2 spread home is shadow"):
        ledger.approve(both, by="a person", at=SUNDAY, **WHO)
    assert ledger.bets(**WHO)["status"].tolist() == ["proposed", "shadow"]


def test_a_grade_without_a_bet_of_record_is_refused_whole(ledger: Ledger) -> None:
    record(ledger, slip("g1"))
    with pytest.raises(StoreError, match="g7 spread home is none"):
        settle(ledger, slip("g1", "g7"))
    assert ledger.bets(**WHO)["outcome"].isna().all()


def test_realized_clv_reaches_the_run_that_decided(ledger: Ledger) -> None:
    made = slip("g1", "g2")
    ledger.record_slip(made, run_key="a", audit={"expected_clv": 0.4, "module_versions": {"workbench": "0.1.0"}}, **WHO)
    settle(ledger, made, clv=0.75)
    row = ledger.table("audit_trail").iloc[0]
    assert (row["expected_clv"], row["realized_clv"]) == (0.4, 0.75)
    assert row["module_versions"] == '{"workbench": "0.1.0"}'
    assert row["as_of"] == WEDNESDAY


def test_performance_evaluations_and_runs_are_upserted_by_key(ledger: Ledger) -> None:
    week = Week(2024, 10)
    summary = pd.DataFrame(
        {"group": ["all"], "measure": ["roi"], "value": [0.1], "low": [np.nan], "high": [0.4], "n": [9]}
    )
    scores = pd.DataFrame({"target": ["win"], "n": [14], "brier_model": [0.21], "brier_market": [0.205]})
    run = {"run_key": "k", "stage": "06_simulate", "league": "nfl", "season": 2024, "week": 10, "status": "complete"}
    for value in (0.1, 0.2):
        ledger.record_performance(summary.assign(value=value), week=week, **WHO)
        ledger.record_evaluations(scores.assign(brier_model=value), league="nfl", model="ratings", week=week)
        ledger.record_run(run | {"summary": {"value": value}})
    assert ledger.table("weekly_performance")["value"].tolist() == [0.2]
    assert ledger.table("weekly_performance")["low"].isna().all()
    assert ledger.table("model_evaluations")["brier_model"].tolist() == [0.2]
    assert ledger.table("runs")["summary"].tolist() == ['{"value": 0.2}']


def test_the_kill_switch_is_remembered_by_league(ledger: Ledger) -> None:
    assert ledger.kill_switch(league="nfl") == (False, "")
    ledger.set_kill_switch(league="nfl", halted=True, reason="stale feed", at=SUNDAY)
    assert ledger.kill_switch(league="nfl") == (True, "stale feed")
    assert ledger.kill_switch(league="demo") == (False, "")
    ledger.set_kill_switch(league="nfl", halted=False, reason="feed is back", at=SUNDAY)
    assert ledger.kill_switch(league="nfl") == (False, "")


def test_an_unknown_table_is_refused_by_name(ledger: Ledger) -> None:
    with pytest.raises(StoreError, match="no table 'bets'"):
        ledger.table("bets")


def test_a_ledger_is_found_again_as_it_was_left(ledger_url: str) -> None:
    for visit in range(2):
        found = open_ledger(ledger_url)
        try:
            assert record(found, slip("g1", week=10 + visit), run_key=f"visit {visit}")
            assert found.bets(**WHO)["week"].tolist() == [10, 11][: visit + 1]
        finally:
            found.close()


def test_a_week_without_bets_may_be_graded(ledger: Ledger) -> None:
    made = slip()
    record(ledger, made)
    settle(ledger, made)
    assert ledger.table("bankroll_history").empty


def test_of_two_runs_at_once_exactly_one_is_of_record(ledger_url: str) -> None:
    open_ledger(ledger_url).close()
    gate, outcomes = threading.Barrier(3), []

    def run(name: str) -> None:
        mine = open_ledger(ledger_url)
        try:
            gate.wait()
            outcomes.append((name, mine.record_slip(slip("g1", "g2"), run_key=name, **WHO)))
        finally:
            mine.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (holder,) = [name for name, outcome in outcomes if outcome.of_record]
    assert {outcome.record_run_key for _, outcome in outcomes} == {holder}
    kept = open_ledger(ledger_url)
    try:
        assert kept.bets(**WHO)["run_key"].tolist() == [holder, holder]
        assert len(kept.table("audit_trail")) == 3
    finally:
        kept.close()

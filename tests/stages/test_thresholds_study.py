"""The study of thresholds: what it makes of facts worked by hand, and what its rules say beside those they stand for.

Tolerances: none but pytest's own.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from workbench.backtest.rent import PRIMARY, rent_verdicts
from workbench.backtest.retraining import Trigger
from workbench.decision.policy import Policy
from workbench.intervals import holm
from workbench.risk.forecast_alarms import worse_than_market
from workbench.stages.studies import thresholds_facts as facts
from workbench.stages.studies.thresholds import filter_table
from workbench.stages.studies.thresholds_clv import Sizes, clv_rows, one_look_record, worlds
from workbench.stages.studies.thresholds_forecasts import (
    brier_on_record,
    brier_rows,
    match_gaps,
    retrain_rows,
    sample_sizes,
)
from workbench.stages.studies.thresholds_rent import pays, season_differences
from workbench.stages.studies.thresholds_rows import CHIEF, RULES, overview, row_table

KICKOFF = pd.Timestamp("2024-09-08T17:00:00Z")


def quotes(*rows: tuple) -> pd.DataFrame:
    names = ["game_id", "market", "source", "hours_before", "line", "price_home", "price_away", "price_assumed"]
    frame = pd.DataFrame(rows, columns=names)
    recorded = KICKOFF - pd.to_timedelta(frame["hours_before"], unit="h")
    return frame.assign(recorded_at=recorded, instant_assumed=False).drop(columns="hours_before")


GAMES = pd.DataFrame({"game_id": ["a", "b", "c"], "season": 2024, "week": [1, 1, 2], "kickoff_utc": KICKOFF})
RESULTS = pd.DataFrame({"game_id": ["a", "b", "c"], "home_score": [27, 17, 20], "away_score": [20, 20, 20]})


class TestFacts:
    def test_the_close_is_the_schedules_else_the_last_before_kickoff(self):
        seen = facts.closed_games(
            GAMES,
            RESULTS,
            quotes=quotes(
                ("a", "spread", "legacy", 90, 3.0, 1.91, 1.91, True),
                ("a", "spread", "legacy", 1, 4.5, 1.91, 1.91, True),
                ("a", "spread", "schedule_close", 0, 5.0, 1.91, 1.91, False),
                ("b", "spread", "consensus", 50, -1.0, 1.91, 1.91, False),
                ("b", "spread", "consensus", 2, -2.5, 1.91, 1.91, False),
                ("b", "spread", "consensus", -1, -9.0, 1.91, 1.91, False),  # after kick-off
                ("b", "total", "consensus", 2, 44.0, 1.91, 1.91, False),
                ("c", "spread", "schedule_close", 0, 0.0, 1.91, 1.91, False),
            ),
        )
        assert seen[["game_id", "open", "close", "margin", "won"]].fillna(-99).to_numpy().tolist() == [
            ["a", 3.0, 5.0, 7.0, 1.0],
            ["b", -1.0, -2.5, -3.0, 0.0],
            ["c", -99.0, 0.0, 0.0, 0.5],
        ]
        assert seen["chance"].iloc[0] == pytest.approx(norm.cdf(5.0 / 13.86))
        errors = facts.paired_errors(seen, pd.Series({"a": norm.cdf(10 / 13)}))
        assert errors["close"].tolist() == [2.0, 0.5, 0.0]
        assert errors["peer"].iloc[0] == pytest.approx(3.0)
        assert errors["peer"].isna().sum() == 2

    def test_gates_count_what_the_judgement_would_refuse(self):
        policy = Policy()
        counted = facts.gate_counts(
            quotes(
                ("a", "spread", "x", 1, 3.0, 1.91, 1.91, False),
                ("a", "spread", "x", 1, 3.2, 1.91, 1.91, False),  # off the grid
                ("a", "spread", "x", 1, 45.0, 1.91, 1.91, False),  # out of bounds
                ("a", "total", "x", 1, 44.0, 1.5, 1.5, False),  # a third of margin
                ("a", "moneyline", "x", 1, np.nan, 1.05, 15.0, False),  # prices out of bounds
                ("a", "spread", "x", 1, 3.0, np.nan, np.nan, False),  # missing
                ("a", "spread", "x", 1, 3.0, np.nan, np.nan, True),  # assumed
            ),
            policy,
        ).set_index("gate")["fired"]
        expected = {"missing": 1, "grid": 1, "bounds": 2, "overround": 1, "price assumed": 1, "executable": 0}
        assert {gate: int(counted[gate]) for gate in expected} == expected

    def test_decisions_are_counted_by_what_stopped_them(self):
        prices = pd.DataFrame(
            [("spread", 8.0, 0.1, 0.3, 1.0, ""), ("moneyline", np.nan, 0.25, 0.3, 1.0, ""),
             ("total", 1.0, 0.02, 0.01, 30.0, ""), ("spread", 2.0, 0.05, 0.04, 1.0, "shadow")],
            columns=["market", "edge_points", "edge_prob", "edge_ev", "quote_age_hours", "status"],
        )  # fmt: skip
        found = facts.decision_counts(prices, Policy()).set_index("gate")["fired"]
        assert found.to_dict() == {"sanity": 2, "stale": 1, "expected value under the filter": 1, "bet": 1}


@pytest.fixture(scope="module")
def rows():
    rng, sizes = np.random.default_rng(6), Sizes(300, 300)
    moves = rng.normal(0, 1.8, 500)
    chances = rng.uniform(0.2, 0.8, 400)
    return [
        *clv_rows(moves, policy=Policy(), sizes=sizes, rng=rng),
        *brier_rows(chances, sizes=sizes, rng=rng),
        *retrain_rows(sizes=sizes, rng=rng),
    ]


class TestRules:
    def test_every_rule_has_a_title_and_a_pair_of_truths(self):
        assert set(CHIEF) == set(RULES)

    def test_calibrated_and_sequential_policies_err_less_than_the_default(self, rows):
        rates = {(w.rule, w.policy): w.found.season_rate for w, _ in overview(rows, bets=8)}
        for rule in ("gate", "kill", "alert", "brier", "retrain"):
            for policy in ("calibrated", "sequential"):
                assert rates[rule, policy] <= 0.09
            assert rates[rule, "default"] > 0.09 or rule == "retrain"  # whose margin is wide

    def test_the_overview_pairs_a_truth_to_be_silent_under_with_one_to_find(self, rows):
        pairs = overview(rows, bets=8)
        assert all(wrong.wrong and not right.wrong for wrong, right in pairs)
        assert {wrong.bets for wrong, _ in pairs if wrong.rule == "gate"} == {8}

    def test_the_table_keeps_every_row_and_its_errors(self, rows):
        table = row_table(rows)
        assert len(table) == len(rows)
        assert (table["season_error"] > 0).all()
        assert not table.duplicated(["rule", "policy", "truth", "bets"]).any()

    def test_worlds_share_no_assumption_but_the_bound(self):
        found = worlds(np.array([0.5, 1, 2, 3]), policy=Policy(), sizes=Sizes(300, 300), rng=np.random.default_rng(1))
        assert found["world"].nunique() == 3
        wrong = found[(found["policy"] == "sequential") & found["wrong"]]
        assert (wrong["season_rate"] < 0.09).all()


def test_a_real_week_trips_when_its_brier_is_above_the_multiple_of_all_games():
    games = pd.DataFrame({"season": 2024, "week": [1, 1, 2, 2], "chance": 0.6, "won": [1.0, 1.0, 0.0, 0.0]})
    weeks = brier_on_record(games)  # 0.16 and 0.36 about a mean of 0.26
    assert weeks["tripped"].tolist() == [False, True]


def test_games_needed_fall_with_what_forecasters_share():
    rng = np.random.default_rng(2)
    close = np.abs(rng.normal(0, 13, 2_000))
    errors = pd.DataFrame({"season": 2020, "week": np.arange(2_000) // 20, "close": close})
    errors["open"] = close + rng.normal(0, 1.5, 2_000)
    found = sample_sizes(errors, rng=rng, draws=200).set_index("comparison")["needed"]
    assert found["open and close"] < found["close alone"] / 20


def test_filters_promise_more_than_they_keep_unless_all_of_the_edge_is_real():
    table = filter_table()
    real = table[table["real_share"] == 1.0]
    assert (real["worth"] >= real["threshold"]).all()
    none = table[table["real_share"] == 0.0]
    assert none["worth"].max() == pytest.approx(-1 / 22)
    assert np.isinf(none["break_even"]).all()


def test_one_look_at_a_record_is_facts_sixteen_percent():
    assert one_look_record() == pytest.approx(0.16, abs=0.005)


def test_the_retraining_rule_is_the_trigger_it_stands_for():
    gaps = match_gaps(noise=0.4, seasons=30, rng=np.random.default_rng(9))
    trigger = Trigger(margin=0.03, window=60, minimum=40)
    fired = worse_than_market(gaps, margin=0.03, window=60, minimum=40)
    by_hand = [[trigger.fires(season[: r + 1].ravel()) for r in range(38)] for season in gaps]
    assert fired.tolist() == by_hand
    assert fired.any()
    assert not fired[:, 3:].all()


def test_the_rent_rule_is_the_verdict_it_stands_for():
    gains, errors = season_differences(1.0, seasons=12, rng=np.random.default_rng(4))
    paid = pays(gains, errors, alpha=0.05)
    assert paid.any()
    for season in range(12):
        d, se = gains[season, -1], errors[-1, 0]
        table = pd.DataFrame(
            [
                {"module": m, "against": "full", "measure": measure, "scope": scope, "difference": d[m, i],
                 "low": d[m, i] - 1.959964 * se[i], "high": d[m, i] + 1.959964 * se[i],
                 "p": 2 * norm.sf(abs(d[m, i] / se[i]))}
                for m in range(6)
                for i, (measure, scope) in enumerate(PRIMARY)
            ]
        )  # fmt: skip
        verdicts = rent_verdicts(table.assign(p_holm=holm(table["p"].to_numpy()))).set_index("module")["verdict"]
        assert [verdicts[m] == "pays" for m in range(6)] == paid[season, -1].tolist()

"""Joining ledgers and asking them in SQL, on SQLite and on PostgreSQL. Sums of units are exact to 1e-9."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from tests.store.ledger.test_ledger import SUNDAY, WHO, FakeSlip, grades, slip
from workbench.decision.evaluation import score_table
from workbench.decision.performance import performance_summary
from workbench.errors import MissingArtifactError, StoreError
from workbench.store.ledger import Ledger, open_ledger
from workbench.store.ledger.schema import TABLES


def filled(ledger: Ledger, made: FakeSlip, *, policy: str, run_key: str) -> Ledger:
    """Record a week as a walk does: slip, grades, scores, performance."""
    who = WHO | {"policy": policy}
    ledger.record_slip(made, run_key=run_key, **who)
    graded = grades(made)
    ledger.record_grades(graded, initial_units=1000.0, graded_at=SUNDAY, **who)
    summary = performance_summary(graded, rng=np.random.default_rng(0))
    ledger.record_performance(summary, week=made.week, span="season", **who)
    games = pd.DataFrame({"game_id": ["g1", "g2"], "season": 2024, "week": made.week.week, "target": "win"})
    games = games.assign(model=0.6, market=0.5, close=0.55, outcome=[1.0, 0.0])
    scores = score_table(games, rng=np.random.default_rng(0))
    ledger.record_evaluations(scores, league="nfl", model=f"{policy}-model", week=made.week)
    return ledger


@pytest.fixture
def season() -> Ledger:
    """A ledger of one season's account, as a walk leaves it."""
    return filled(open_ledger("sqlite://"), slip("g1", "g2"), policy="season-2023", run_key="run-2023")


def whole(ledger: Ledger) -> dict[str, pd.DataFrame]:
    return {name: ledger.table(name) for name in TABLES}


def test_an_absorbed_ledger_is_the_other_row_by_row(ledger: Ledger, season: Ledger) -> None:
    rows = ledger.absorb(season)
    assert {"weekly_bets", "weekly_performance", "model_evaluations", "bankroll_history"} <= set(rows)
    for name, table in whole(season).items():
        pd.testing.assert_frame_equal(ledger.table(name), table)
        assert rows.get(name, 0) == len(table)


def test_two_seasons_stand_beside_each_other_and_absorbing_again_changes_nothing(
    ledger: Ledger, season: Ledger
) -> None:
    filled(ledger, slip("g1", week=11), policy="season-2024", run_key="run-2024")
    ledger.absorb(season)
    once = whole(ledger)
    assert sorted(once["weekly_bets"]["policy"].unique()) == ["season-2023", "season-2024"]
    ledger.absorb(season)
    for name, table in whole(ledger).items():
        pd.testing.assert_frame_equal(table, once[name])


def test_the_order_in_which_seasons_are_absorbed_does_not_matter(season: Ledger) -> None:
    later = filled(open_ledger("sqlite://"), slip("g3", week=11), policy="season-2024", run_key="run-2024")
    forth, back = open_ledger("sqlite://"), open_ledger("sqlite://")
    for one, parts in ((forth, (season, later)), (back, (later, season))):
        for part in parts:
            one.absorb(part)
    for name, table in whole(forth).items():
        pd.testing.assert_frame_equal(table, back.table(name))


def test_two_slips_of_record_of_one_week_are_refused_and_nothing_is_taken_over(ledger: Ledger, season: Ledger) -> None:
    filled(ledger, slip("g9"), policy="season-2023", run_key="another-run")
    before = whole(ledger)
    with pytest.raises(StoreError, match="walked twice under one name"):
        ledger.absorb(season)
    for name, table in whole(ledger).items():
        pd.testing.assert_frame_equal(table, before[name])


def test_a_question_in_sql_joins_the_four_tables(ledger: Ledger, season: Ledger) -> None:
    ledger.absorb(season)
    answer = ledger.query(
        "SELECT b.season, b.week, count(*) AS bets, sum(b.profit_units) AS profit, "
        "any_value(h.closing_units) AS closing, any_value(e.brier_gain) AS gain, any_value(p.value) AS roi "
        "FROM weekly_bets b JOIN bankroll_history h USING (league, policy, season, week) "
        "JOIN model_evaluations e USING (league, season, week) "
        "JOIN weekly_performance p USING (league, policy, season, week) "
        "WHERE p.measure = 'roi' AND p.group_name LIKE 'all%' AND e.target = 'win' GROUP BY ALL"
    )
    assert len(answer) == 1
    row = answer.iloc[0]
    assert (row["bets"], row["season"]) == (2, 2024)
    assert row["profit"] == pytest.approx(36.4, abs=1e-9)
    assert row["closing"] == pytest.approx(1036.4, abs=1e-9)
    assert row["roi"] == pytest.approx(36.4 / 40, abs=1e-9)
    assert row["gain"] == pytest.approx(0.25 - (0.16 + 0.36) / 2, abs=1e-9)


def test_nothing_known_is_null_to_sql_not_a_number(season: Ledger) -> None:
    season.record_slip(slip("g4", week=12), run_key="run-waiting", **WHO)
    answer = season.query("SELECT count(*) AS waiting FROM weekly_bets WHERE profit_units IS NULL")
    assert answer["waiting"].tolist() == [1]


def test_a_question_changes_nothing_and_reads_nothing_else(season: Ledger, tmp_path: Path) -> None:
    secret = tmp_path / "other.csv"
    secret.write_text("a\n1\n")
    with pytest.raises(StoreError, match="cannot answer"):
        season.query(f"SELECT * FROM '{secret}'")
    with pytest.raises(StoreError, match="Its tables: audit_trail"):
        season.query("SELECT * FROM no_such_table")
    before = season.table("weekly_bets")
    with pytest.raises(StoreError):
        season.query("DELETE FROM weekly_bets")
    pd.testing.assert_frame_equal(season.table("weekly_bets"), before)


def test_a_researcher_opens_a_ledger_by_its_address_and_looking_makes_none(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    with pytest.raises(MissingArtifactError, match="There is no ledger"):
        wb.open_ledger(url=address)
    assert not (tmp_path / "ledger.sqlite").exists()
    filled(open_ledger(address), slip("g1", "g2"), policy="default", run_key="run-a").close()
    answer = wb.open_ledger(url=address).query("SELECT closing_units FROM bankroll_history")
    assert answer["closing_units"].tolist() == pytest.approx([1036.4], abs=1e-9)


def test_an_export_holds_every_table_and_answers_the_same(season: Ledger, tmp_path: Path) -> None:
    files = season.export(tmp_path / "ledger")
    assert {file.stem for file in files} == set(TABLES)
    read = duckdb.sql(f"SELECT sum(profit_units) FROM '{tmp_path / 'ledger' / 'weekly_bets.parquet'}'").fetchall()
    assert read[0][0] == pytest.approx(season.query("SELECT sum(profit_units) AS s FROM weekly_bets")["s"].item())

"""One real week through the command line: bet on a named book's line of Wednesday, graded against its own close.

Lines are checked against the raw file, read here with nothing of the package between. Counts and lines are exact.
"""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from workbench.clock import utc
from workbench.stages.catalogue import STAGES
from workbench.store.ledger.schema import METADATA

pytestmark = pytest.mark.real

WEDNESDAY = utc("2024-11-06T17:00Z")  # noon in New York
BOOKS = {"consensus": "action-hq-consensus", "draftkings": "draftkings", "fanduel": "fanduel"}


@pytest.fixture(scope="module")
def results(real_week: Any) -> pd.DataFrame:
    """The week's bets as graded."""
    frame = pd.read_csv(real_week.artifacts / "grading" / "2024_week10" / "results.csv")
    stamps = ["quote_recorded_at", "close_recorded_at", "kickoff_utc"]
    return frame.assign(**{name: pd.to_datetime(frame[name], utc=True, format="ISO8601") for name in stamps})


@pytest.fixture(scope="module")
def prices(real_week: Any) -> pd.DataFrame:
    return pd.read_parquet(real_week.artifacts / "predictions" / "2024_week10" / "prices.parquet")


@pytest.fixture(scope="module")
def states(real_data: Any) -> pd.DataFrame:
    """Every recorded state of the season's spreads, as the raw file has them."""
    states = pd.read_parquet(real_data / "nfl_lines" / "history_2024.parquet")
    return states[states["hours_to_kick"] > 0].sort_values("commit_time")


def last_spread(states: pd.DataFrame, row: Any, *, before: pd.Timestamp) -> float:
    """Return the home_line of the last state of a bet's book before an instant."""
    mine = states[
        (states["nflverse_game_id"] == row.game_id)
        & (states["home_spread_last_source"] == BOOKS[row.source])
        & (states["commit_time"] <= before)
    ]
    return -float(mine["home_spread_last"].iloc[-1])


def test_the_week_was_priced_on_wednesday_by_fresh_quotes_of_named_books(prices: pd.DataFrame) -> None:
    assert prices["game_id"].nunique() >= 13  # of fourteen games; one may lack a fresh quote
    assert set(prices["source"]) <= set(BOOKS)
    assert (prices["quote_recorded_at"] <= WEDNESDAY).all()
    assert prices["quote_age_hours"].between(0, 24).all()
    assert (prices["kickoff_utc"] > WEDNESDAY + pd.Timedelta(hours=1)).all()
    assert prices["reason"].ne("").all()
    lines = prices.loc[prices["market"] != "moneyline", "line"]
    assert (2 * lines).mod(1).eq(0).all()


def test_priced_spreads_are_the_raw_files_wednesday_lines(prices: pd.DataFrame, states: pd.DataFrame) -> None:
    spreads = prices[(prices["market"] == "spread") & (prices["side"] == "home")]
    assert len(spreads) >= 10
    for row in spreads.itertuples():
        assert row.line == last_spread(states, row, before=WEDNESDAY), row.game_id


def test_confidence_rests_on_how_far_the_mean_missed_earlier_closes(real_week: Any, prices: pd.DataFrame) -> None:
    model = json.loads((real_week.artifacts / "profiles" / "2024_week10" / "forecast_model.json").read_text())
    # from all openers since 2007 (2011): 1.71 and 1.73 points; seasons differ by up to a third of a point
    assert model["margin"]["close_sd"] == pytest.approx(1.7, abs=0.4)
    assert model["total"]["close_sd"] == pytest.approx(1.7, abs=0.4)
    sure = prices.loc[prices["market"] != "moneyline", ["confidence", "edge_ev"]]
    assert sure["confidence"].between(0, 1).all()
    assert ((sure["confidence"] > 0.5) == (sure["edge_ev"] > 0)).all()
    assert sure["confidence"].corr(sure["edge_ev"], method="spearman") > 0.95


def test_what_the_slip_risks_is_more_if_the_market_is_right_and_large_bets_are_marked(
    real_week: Any, prices: pd.DataFrame
) -> None:
    bets = prices[prices["status"] != ""]
    together = bets.groupby("game_id")["stake_share"].transform("sum")
    assert (bets["needs_approval"] == (together > 0.025)).all()
    left = json.loads((real_week.artifacts / "predictions" / "2024_week10" / "metadata.json").read_text())["risk"]
    assert (left is None) == bets.empty
    if left is not None:
        model, market = left["model"], left["market"]
        assert model["expected_profit"] == pytest.approx((bets["edge_ev"] * bets["stake_share"]).sum(), abs=1e-9)
        assert market["expected_profit"] < 0 < model["expected_profit"]
        assert model["value_at_risk"] <= model["expected_shortfall"] <= bets["stake_share"].sum() + 1e-4


def test_bets_are_graded_against_the_close_of_their_own_book(results: pd.DataFrame, states: pd.DataFrame) -> None:
    assert len(results) > 0
    assert (results["close_source"] == results["source"]).all()
    assert not results["cross_source"].any()
    assert (results["close_recorded_at"] < results["kickoff_utc"]).all()
    assert (results["close_recorded_at"] >= results["quote_recorded_at"]).all()
    for row in results[results["market"] == "spread"].itertuples():
        assert row.close_line == last_spread(states, row, before=row.kickoff_utc), row.game_id
    fresh = results[~results["close_stale"]]
    assert len(fresh) > 0
    assert (fresh["close_age_hours"] <= 3).all()


def test_outcomes_and_profits_follow_from_the_final_scores(results: pd.DataFrame, real_data: Any) -> None:
    games = pd.read_parquet(real_data / "nflverse" / "schedules" / "games.parquet").set_index("game_id")
    for row in results.itertuples():
        game, sign = games.loc[row.game_id], 1 if row.side in ("home", "over") else -1
        reached = game["total"] if row.market == "total" else game["result"]
        over = sign * (reached - (0.0 if row.market == "moneyline" else row.line))
        assert row.outcome == ("win" if over > 0 else "loss" if over < 0 else "push"), row.game_id
        won = {"win": row.price - 1, "loss": -1.0, "push": 0.0}[row.outcome] * row.stake_units
        assert row.profit_units == pytest.approx(won, abs=1e-9)  # the CSV keeps every bit; the sums here need not


def test_closing_line_value_in_points_is_the_move_of_the_line_in_our_direction(results: pd.DataFrame) -> None:
    lined = results[results["market"] != "moneyline"]
    sign = np.where(lined["side"].isin(["home", "over"]), 1.0, -1.0)
    assert lined["clv_points"].to_numpy() == pytest.approx(sign * (lined["close_line"] - lined["line"]), abs=1e-9)
    assert results.loc[results["market"] == "moneyline", "clv_points"].isna().all()
    still = results["close_line"].eq(results["line"]) & results["close_price"].eq(results["price"])
    still &= results["close_price_other"].eq(results["price_other"])
    assert (results.loc[still, "clv_prob"] == 0).all()


def test_the_ledger_has_the_week_its_warm_up_its_quotes_and_its_bankroll(real_week: Any, results: pd.DataFrame) -> None:
    engine = sa.create_engine(f"sqlite:///{real_week.artifacts / 'ledger.sqlite'}")
    with engine.connect() as connection:
        found = {name: pd.read_sql(sa.select(table), connection) for name, table in METADATA.tables.items()}
    engine.dispose()
    bets = found["weekly_bets"]
    assert len(bets[bets["week"] == 10]) == len(results)
    assert sorted(found["audit_trail"]["week"]) == [8, 9, 10]
    assert found["audit_trail"].loc[found["audit_trail"]["week"] == 10, "data_hash"].item()
    assert set(found["bankroll_history"]["week"]) <= {8, 9, 10}
    assert found["bankroll_history"]["profit_units"].sum() == pytest.approx(bets["profit_units"].sum(), abs=1e-6)
    assert set(found["line_snapshots"]["source"]) <= set(BOOKS)
    assert {"win", "spread", "total"} <= set(found["model_evaluations"]["target"])
    assert not bets["outcome"].isna().any()


def test_every_page_was_made_and_none_says_simulated_or_names_a_folder(real_week: Any, real_data: Any) -> None:
    assert {p.name for p in real_week.pages.glob("*.html")} == {*(f"{s.name}.html" for s in STAGES), "index.html"}
    for page in real_week.pages.glob("*.html"):
        text = page.read_text()
        assert "Demo league" not in text
        assert str(real_data) not in text
        assert str(real_week.folder) not in text
        assert page.stat().st_size < 1_500_000  # DESIGN section 7


def test_the_ingest_page_names_what_is_degraded_and_the_quarantine_is_small(real_week: Any) -> None:
    folder = real_week.artifacts / "features" / "2024_week10"
    quality = json.loads((folder / "data_quality.json").read_text())
    assert any("was_pressure" in note["reason"] for note in quality["degraded"])  # data/README: 52 of 370 columns
    kept = sum(table["kept"] for table in quality["tables"].values())
    assert len(pd.read_parquet(folder / "quarantine.parquet")) < 0.01 * kept

"""Grades: which quote is the close, and what it says of our price. Chances through the lattice: 1e-9."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.clock import utc
from workbench.decision.gating import controls_of, source_gates
from workbench.decision.grade import grade, verdicts
from workbench.decision.history import known_key_numbers
from workbench.decision.policy import Policy
from workbench.decision.quotes import closing_quotes
from workbench.market.keynumbers import KeyNumbers
from workbench.store.tables import FrameAsOf

SUNDAY = utc("2024-11-10T18:00Z")
MONDAY = SUNDAY + pd.Timedelta(days=1)
Frames = dict[str, pd.DataFrame]
Make = Callable[..., pd.DataFrame]


@pytest.fixture
def graded(
    frames: Frames, smooth: KeyNumbers, make_quote: Callable[..., Any], make_quotes: Make, make_results: Make
) -> Make:
    """Grade bets against closing quotes on g1 (home won 27-20), given as changes to a consensus quote an hour early."""

    def run(bets: pd.DataFrame, *closes: dict[str, Any], at: pd.Timestamp = MONDAY) -> pd.DataFrame:
        early = {"recorded_at": SUNDAY - pd.Timedelta(hours=1), "line": 3.0}
        rows = [make_quote("g1", **({"market": "spread"} | early | close)) for close in closes]
        found = closing_quotes(make_quotes(rows), frames["games"], at=at, maximum_age_hours=3.0)
        results = make_results({"g1": (27, 20)})
        return grade(
            bets, found, results=results, games=frames["games"], key_numbers=smooth, books=("consensus", "fanduel")
        )

    return run


def test_no_move_is_the_same_in_every_unit(graded: Make, make_bets: Make) -> None:
    row = graded(make_bets({}), {}).iloc[0]
    assert [row[unit] for unit in ("clv_points", "clv_prob", "clv_ev")] == [0.0, 0.0, 0.0]
    assert row["clv_verdict"] == "same"
    assert row["headline"]
    assert row["profit_units"] == pytest.approx(9.1, abs=1e-9)


def test_the_quarterback_example_of_the_design_is_graded_by_hand(graded: Make, make_bets: Make) -> None:
    # DESIGN 4: AWAY at home_line 4.5; the market closes at 1.0: -1 x (1.0 - 4.5) = +3.5 points
    row = graded(make_bets({"side": "away", "line": 4.5}), {"line": 1.0}).iloc[0]
    assert row["clv_points"] == 3.5
    assert row["clv_prob"] == pytest.approx(0.105, abs=0.005)  # 3.5 points at the top of a curve of sd 13.2
    assert row["clv_verdict"] == "better"
    assert row["clv_ev"] == pytest.approx(row["ev_at_close"] - (1.91 * 0.5 - 1), abs=1e-9)


def test_a_total_gains_for_the_over_when_it_rises(graded: Make, make_bets: Make) -> None:
    bets = make_bets(*({"market": "total", "side": side, "line": 44.5} for side in ("over", "under")))
    found = graded(bets, {"market": "total", "line": 46.0})
    assert found["clv_points"].tolist() == [1.5, -1.5]
    assert found["clv_verdict"].tolist() == ["better", "worse"]


def test_a_moneyline_has_no_points_and_its_chance_is_the_no_vig_one(graded: Make, make_bets: Make) -> None:
    bets = make_bets({"market": "moneyline", "side": "away", "line": np.nan, "price": 2.5, "price_other": 5 / 3})
    row = graded(bets, {"market": "moneyline", "line": np.nan, "price_home": 2.0, "price_away": 2.0}).iloc[0]
    assert np.isnan(row["clv_points"])
    assert row["clv_prob"] == pytest.approx(0.5 - 0.4, abs=1e-9)


def test_a_price_that_shortens_at_the_same_line_is_better(graded: Make, make_bets: Make) -> None:
    row = graded(make_bets({}), {"price_home": 1.8, "price_away": 2.05}).iloc[0]
    assert row["clv_points"] == 0.0
    assert row["clv_verdict"] == "better"


def test_a_close_older_than_three_hours_is_stale_counted_and_no_headline(graded: Make, make_bets: Make) -> None:
    row = graded(make_bets({}), {"recorded_at": SUNDAY - pd.Timedelta(hours=3, minutes=1), "line": 4.0}).iloc[0]
    assert row["close_stale"]
    assert row["clv_points"] == 1.0
    assert not row["headline"]


def test_the_close_is_the_last_quote_before_kickoff_never_one_after(graded: Make, make_bets: Make) -> None:
    minute = pd.Timedelta(minutes=1)
    found = graded(
        make_bets({}),
        {"line": 4.0, "recorded_at": SUNDAY - 90 * minute},
        {"line": 5.0, "recorded_at": SUNDAY - minute},
        {"line": 9.0, "recorded_at": SUNDAY},
        {"line": 9.5, "recorded_at": SUNDAY + minute},
    )
    assert found["close_line"].tolist() == [5.0]


def test_a_closing_column_counts_at_kickoff_itself(graded: Make, make_bets: Make) -> None:
    bets = make_bets({"source": "legacy"})
    row = graded(bets, {"source": "legacy", "kind": "close", "recorded_at": SUNDAY, "line": 4.5}).iloc[0]
    assert row["clv_points"] == 1.5
    assert row["headline"]


def test_the_close_is_of_the_same_book_even_when_anothers_is_fresher(graded: Make, make_bets: Make) -> None:
    found = graded(
        make_bets({"source": "fanduel"}),
        {"line": 6.0},
        {"source": "fanduel", "line": 3.5, "recorded_at": SUNDAY - pd.Timedelta(hours=20)},
    )
    row = found.iloc[0]
    assert (row["close_source"], row["close_line"], row["cross_source"]) == ("fanduel", 3.5, False)
    assert row["close_stale"]


def test_another_books_close_is_flagged_and_no_headline(graded: Make, make_bets: Make) -> None:
    found = graded(make_bets({"source": "draftkings"}), {"source": "fanduel", "line": 6.0}, {"line": 4.0})
    row = found.iloc[0]
    assert (row["close_source"], row["cross_source"], row["headline"]) == ("consensus", True, False)
    assert row["clv_points"] == 1.0


def test_without_a_close_nothing_is_claimed(graded: Make, make_bets: Make) -> None:
    row = graded(make_bets({}), {"market": "total"}).iloc[0]
    assert np.isnan(row["clv_prob"])
    assert row["clv_verdict"] == ""
    assert row["close_stale"]
    assert not row["headline"]
    assert row["outcome"] == "win"


def test_a_game_that_has_not_kicked_off_has_no_close(graded: Make, make_bets: Make) -> None:
    row = graded(make_bets({}), {"line": 6.0}, at=SUNDAY - pd.Timedelta(minutes=5)).iloc[0]
    assert np.isnan(row["close_line"])


def test_a_void_bet_has_no_closing_line_value(graded: Make, make_bets: Make) -> None:
    row = graded(make_bets({"week": 9, "kickoff_utc": SUNDAY - pd.Timedelta(days=7)}), {"line": 6.0}).iloc[0]
    assert row["outcome"] == "void"
    assert np.isnan(row["clv_points"])
    assert not row["headline"]


def test_bets_keep_their_order_and_grading_twice_is_grading_once(graded: Make, make_bets: Make) -> None:
    bets = make_bets({"line": 4.0}, {"market": "total", "side": "over", "line": 44.5}, {"side": "away"})
    once = graded(bets, {}, {"market": "total", "line": 45.0})
    assert once["line"].tolist() == [4.0, 44.5, 3.0]
    twice = graded(once, {}, {"market": "total", "line": 45.0})
    pd.testing.assert_frame_equal(twice[once.columns], once)


def test_verdicts_have_three_words_and_silence() -> None:
    assert verdicts(np.array([0.01, 0.0, -0.01, np.nan])).tolist() == ["better", "same", "worse", ""]


def test_the_gate_counts_fresh_spreads_and_totals_of_one_book(make_bets: Make) -> None:
    good = make_bets(*[{}] * 10).assign(clv_points=0.5, headline=True)
    noise = [
        good.assign(headline=False, clv_points=-9.0),
        good.assign(market="moneyline", clv_points=-9.0),
        good.assign(source="fanduel", clv_points=-9.0),
    ]
    gates = source_gates(pd.concat([good, *noise], ignore_index=True), policy=Policy())
    assert gates["consensus"].n_bets == 10
    assert controls_of(gates).open_sources == frozenset({"consensus"})


def test_key_numbers_are_learnt_from_earlier_seasons_only(
    make_results: Make, make_quote: Callable[..., Any], make_quotes: Make
) -> None:
    rng = np.random.default_rng(8)
    margins = np.round(rng.normal(2, 13, 600)).astype(int)
    seasons = np.repeat([2022, 2023, 2024], 200)
    results = make_results({f"x{i}": (20 + m, 20) for i, m in enumerate(margins)}, known_at=utc("2024-01-01T00:00Z"))
    results = results.assign(season=seasons)
    rows = [
        make_quote(f"x{i}", "spread", line=2.0, season=int(s), recorded_at=utc("2021-01-01T00:00Z"))
        for i, s in enumerate(seasons)
    ]
    view = FrameAsOf({"results": results, "quotes": make_quotes(rows)}, utc("2024-06-01T00:00Z"))
    found = known_key_numbers(view, season=2024)
    assert found.margin.n_games == 400
    assert found.total.n_games == 0  # no total was quoted: the smooth curve stands in
    changed = results.assign(home_score=results["home_score"].where(results["season"] < 2024, 90))
    again = known_key_numbers(FrameAsOf({"results": changed, "quotes": make_quotes(rows)}, view.instant), season=2024)
    assert np.array_equal(found.margin.base, again.margin.base)


def test_a_slip_without_bets_grades_to_nothing(graded: Make, make_bets: Make) -> None:
    found = graded(make_bets({}).iloc[:0], {})
    assert len(found) == 0
    assert {"outcome", "profit_units", "clv_points", "headline"} <= set(found.columns)

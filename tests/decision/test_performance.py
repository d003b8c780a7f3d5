"""Intervals, performance and evaluation.

Bootstrap coverage: 200 trials of a 95 % interval have a standard error of 1.5 points; small clusters lose a few points:
held to 88-99 %. Hand-worked values: 1e-9.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from workbench.clock import Week
from workbench.decision.evaluation import brier, evaluations, log_loss, reliability, score_table
from workbench.decision.intervals import clustered_mean, clustered_ratio, wilson
from workbench.decision.performance import clv_alert, expected_clv, performance_summary
from workbench.market.keynumbers import KeyNumbers

Make = Callable[..., pd.DataFrame]


def generator() -> np.random.Generator:
    return np.random.default_rng(17)


@pytest.fixture
def grades(make_bets: Make) -> pd.DataFrame:
    """Six bets on three games: two won, two lost, one pushed, one void."""
    bets = make_bets(*({"game_id": f"g{1 + i // 2}", "side": ("home", "away")[i % 2]} for i in range(6)))
    return bets.assign(
        outcome=["win", "loss", "win", "loss", "push", "void"],
        profit_units=[9.1, -10.0, 9.1, -10.0, 0.0, 0.0],
        clv_points=[0.5, -0.5, 1.0, 0.0, 1.5, np.nan],
        clv_prob=[0.01, -0.01, 0.03, 0.0, 0.04, np.nan],
        clv_ev=[0.02, -0.02, 0.06, 0.0, 0.08, np.nan],
        ev_at_close=[-0.03, -0.06, 0.01, -0.04, 0.03, np.nan],
        clv_verdict=["better", "worse", "better", "same", "better", ""],
        close_stale=[False, False, False, False, True, False],
        cross_source=False,
        headline=[True, True, True, True, False, False],
    )


def test_wilson_gives_the_published_interval() -> None:
    # FACTS: 56.8 % of 147 bets, 95 % interval 48.4-64.2 %
    share = wilson(83, 147)
    assert (share.low, share.high) == pytest.approx((0.484, 0.642), abs=5e-4)
    assert np.isnan(wilson(0, 0).value)


def test_the_cluster_bootstrap_covers_the_truth_and_naive_counting_would_not() -> None:
    rng = generator()
    covered, widths = 0, []
    for _ in range(200):
        shared = np.repeat(rng.normal(size=30), 8)  # eight bets of a week share its luck
        found = clustered_mean(shared + 0.5 * rng.normal(size=240), np.repeat(np.arange(30), 8), rng=rng)
        covered += found.low <= 0.0 <= found.high
        widths.append(found.high - found.low)
    assert 0.88 <= covered / 200 <= 0.99
    naive = 2 * 1.96 * np.sqrt(1.25 / 240)
    assert np.mean(widths) > 2.0 * naive


def test_a_ratio_by_hand_and_its_interval_needs_clusters() -> None:
    few = clustered_ratio([9.1, -10.0], [10.0, 10.0], clusters=["a", "b"], rng=generator())
    assert few.value == pytest.approx(-0.045, abs=1e-9)
    assert np.isnan(few.low)


def test_performance_by_hand(grades: pd.DataFrame) -> None:
    summary = performance_summary(grades, rng=generator()).set_index(["group", "measure"])
    everything = summary.loc["all (consensus)"]
    assert everything.loc["roi", "value"] == pytest.approx(-1.8 / 50, abs=1e-9)  # the void stake was returned
    assert everything.loc["win_rate", ["value", "n"]].tolist() == [0.5, 4]
    assert everything.loc["beat_the_close", ["value", "n"]].tolist() == [0.75, 4]
    headline = summary.loc["headline (consensus)"]
    assert headline.loc["clv_points", ["value", "n"]].tolist() == [0.25, 4]
    assert summary.loc[("close_stale = True", "clv_points"), "value"] == 1.5


def test_sources_are_split_and_named(grades: pd.DataFrame) -> None:
    mixed = grades.assign(source=["consensus", "fanduel"] * 3)
    groups = set(performance_summary(mixed, rng=generator())["group"])
    assert {"all (consensus, fanduel)", "source = consensus", "source = fanduel"} <= groups


def test_no_bets_give_a_summary_of_nulls_not_an_error(grades: pd.DataFrame) -> None:
    summary = performance_summary(grades.iloc[:0], rng=generator())
    assert summary["value"].isna().all()
    assert set(summary["n"]) == {0}


@pytest.mark.parametrize(("clv", "raised"), [(-0.1, True), (0.0, False), (0.2, False)])
def test_the_alert_rises_when_four_weeks_are_negative(grades: pd.DataFrame, clv: float, raised: bool) -> None:
    weeks = [grades.assign(week=week, clv_points=clv) for week in (7, 8, 9, 10)]
    old = [grades.assign(week=6, clv_points=-99.0), grades.assign(week=11, clv_points=-99.0)]
    alert = clv_alert(pd.concat(weeks + old, ignore_index=True), week=Week(2024, 10), rng=generator())
    assert alert.raised is raised
    assert alert.mean.n == 16
    assert f"{clv:+.2f} points" in alert.sentence


def test_the_alert_waits_without_grades(grades: pd.DataFrame) -> None:
    alert = clv_alert(grades.iloc[:0], week=Week(2024, 10), rng=generator())
    assert not alert.raised
    assert "yet" in alert.sentence


def test_expected_clv_recovers_a_planted_slope() -> None:
    rng = generator()
    edges = rng.uniform(0, 4, 4000)
    history = pd.DataFrame(
        {"edge_points": edges, "clv_points": 0.1 + 0.25 * edges + rng.normal(0, 1.79, 4000), "headline": True}
    )
    found = expected_clv(history, pd.Series([2.0, np.nan]))
    # the standard error of the fit at its middle is 1.79 / sqrt(4000) = .03: three of them
    assert found.iloc[0] == pytest.approx(0.6, abs=0.09)
    assert np.isnan(found.iloc[1])
    assert expected_clv(history.iloc[:19], pd.Series([2.0])).isna().all()


def test_scores_by_hand() -> None:
    assert brier([0.7, 0.7, 0.7], [1.0, 0.0, 0.5]) == pytest.approx([0.09, 0.49, 0.04], abs=1e-9)
    assert log_loss([0.5], [0.5]) == pytest.approx([np.log(2)], abs=1e-9)
    assert np.isfinite(log_loss([0.0], [1.0])).all()


@pytest.fixture
def week_of_games(make_results: Make) -> dict[str, pd.DataFrame]:
    """Three games whose model and market are known: a home win, a tie, an away win."""
    ids = ["g1", "g2", "g3"]
    shared = {"season": 2024, "week": 10, "game_type": "REG", "source": "consensus"}
    forecasts = pd.DataFrame({"game_id": ids, "home_win": [0.7, 0.6, 0.5], "tie": [0.0, 0.02, 0.0]}).assign(**shared)
    spread = pd.DataFrame({"game_id": ids, "market": "spread", "side": "home", "line": [3.0, 0.0, 2.5]})
    total = pd.DataFrame({"game_id": ids, "market": "total", "side": "over", "line": [47.0, 40.5, 44.0]})
    prices = pd.concat([spread, total], ignore_index=True).assign(
        price=1.91, price_other=1.91, win=0.55, push=0.0, lose=0.45, market_win=0.5, **shared
    )
    closes = prices.assign(line=prices["line"] + 1.0, price_home=1.91, price_away=1.91)
    results = make_results({"g1": (27, 20), "g2": (20, 20), "g3": (17, 27)})
    return {"forecasts": forecasts, "prices": prices, "closes": closes, "results": results}


def test_a_tie_is_half_a_win_and_pushes_are_left_out(
    week_of_games: dict[str, pd.DataFrame], smooth: KeyNumbers
) -> None:
    week = week_of_games
    found = evaluations(
        week["forecasts"], week["prices"], closes=week["closes"], results=week["results"], key_numbers=smooth
    ).set_index(["target", "game_id"])
    assert found.loc["win", "outcome"].tolist() == [1.0, 0.5, 0.0]
    assert found.loc["win", "model"].tolist() == pytest.approx([0.7, 0.61, 0.5], abs=1e-9)
    assert found.loc["spread", "outcome"].fillna(-1).tolist() == [1.0, -1.0, 0.0]  # the tie at pick is a push
    assert found.loc["total", "outcome"].fillna(-1).tolist() == [-1.0, 0.0, -1.0]  # 47 at 47 and 44 at 44 push
    # a close a point higher likes home and over more; the winner's market is read off the spread at zero
    assert (found.loc["spread", "close"] > 0.5).all()
    assert found.loc[("win", "g2"), "market"] == pytest.approx(0.5, abs=1e-9)
    assert found.loc[("win", "g1"), "market"] == pytest.approx(0.59, abs=0.01)  # 3 points of 13.2


def test_scores_are_of_identical_games_and_agreement_gains_nothing() -> None:
    rng = generator()
    said = rng.uniform(0.2, 0.8, 300)
    frame = pd.DataFrame({"game_id": [f"g{i}" for i in range(300)], "season": 2024, "week": np.arange(300) // 16 + 1})
    frame = frame.assign(
        game_type="REG", target="win", model=said, market=said, close=said, outcome=(rng.random(300) < said) * 1.0
    )
    frame.loc[:9, "close"] = np.nan
    table = score_table(frame, rng=rng).iloc[0]
    assert table["n"] == 290
    assert table["brier_gain"] == table["brier_gain_low"] == table["brier_gain_high"] == 0.0
    weekly = score_table(frame, by=("target", "season", "week"), rng=rng)
    assert weekly["n"].sum() == 290


def test_the_sharper_forecaster_is_found() -> None:
    rng = generator()
    truth = rng.uniform(0.2, 0.8, 3000)
    frame = pd.DataFrame({"game_id": np.arange(3000).astype(str), "season": 2024, "week": np.arange(3000) // 16})
    noisy = np.clip(truth + rng.normal(0, 0.15, 3000), 0.05, 0.95)
    frame = frame.assign(game_type="REG", target="win", model=truth, market=noisy, close=noisy)
    table = score_table(frame.assign(outcome=(rng.random(3000) < truth) * 1.0), rng=rng).iloc[0]
    assert table["brier_gain_low"] > 0
    # noise of sd .15 costs its variance, .0225, less what clipping saves
    assert table["brier_gain"] == pytest.approx(0.0215, abs=0.008)


def test_a_calibrated_forecaster_stays_in_its_bands_and_a_bold_one_does_not() -> None:
    rng = generator()
    truth = rng.uniform(0.05, 0.95, 8000)
    happened = (rng.random(8000) < truth) * 1.0
    table = reliability(truth, happened)
    inside = (table["observed"] >= table["band_low"]) & (table["observed"] <= table["band_high"])
    assert table["n"].sum() == 8000
    assert inside.sum() >= 8  # ten bins of 95 %: fewer than eight would come once in a hundred
    bold = reliability(np.clip(0.5 + 1.6 * (truth - 0.5), 0.01, 0.99), happened)
    outside = (bold["observed"] < bold["band_low"]) | (bold["observed"] > bold["band_high"])
    assert outside.sum() >= 5


def test_nothing_played_yet_scores_nothing(week_of_games: dict[str, pd.DataFrame], smooth: KeyNumbers) -> None:
    week = week_of_games
    found = evaluations(
        week["forecasts"], week["prices"], closes=week["closes"], results=week["results"].iloc[:0], key_numbers=smooth
    )
    assert found["outcome"].isna().all()
    assert score_table(found, rng=generator()).empty


def test_a_week_that_offered_nothing_evaluates_to_nothing(
    week_of_games: dict[str, pd.DataFrame], smooth: KeyNumbers
) -> None:
    week = {name: frame.iloc[:0] for name, frame in week_of_games.items()}
    found = evaluations(
        week["forecasts"], week["prices"], closes=week["closes"], results=week["results"], key_numbers=smooth
    )
    assert found.empty

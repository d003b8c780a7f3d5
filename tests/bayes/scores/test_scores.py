"""Scores of forecasts on whole yards.

Tolerances: 1e-9 for the same arithmetic in another order; scoringrules' sums agree to 1e-8. Planted calibration is
judged at four standard errors of independent rows, seeds fixed.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.scores import (
    absolute_error,
    cells,
    coverage,
    crps,
    ends,
    exact_coverage,
    expected_mid_coverage,
    interval_score,
    log_score,
    one_sigma_coverage,
    paired,
    paired_rmse,
    paired_table,
    pit_bins,
    randomized_pit,
    row_scores,
    squared_error,
    summary,
    uniformity,
)
from workbench.errors import ValidationError

ARITHMETIC = 1e-9
ORACLE = 1e-8
ERRORS = 4.0

SUPPORT = Support(-10, 140)


def poisson(means: np.ndarray, *, shift: int = 0) -> IntegerForecast:
    """Poisson laws, moved by whole yards: known moments, atoms of every size."""
    return IntegerForecast(SUPPORT, np.minimum(stats.poisson.cdf(SUPPORT.yards - shift, means[:, None]), 1.0))


def ensemble(members: np.ndarray) -> IntegerForecast:
    return IntegerForecast(SUPPORT, (members[:, :, None] <= SUPPORT.yards).mean(axis=1))


@pytest.fixture(scope="module")
def played() -> tuple[IntegerForecast, pd.DataFrame]:
    """Rows whose law is the forecast, two a game."""
    rng = np.random.default_rng(5)
    means = rng.gamma(1.5, 5.0, 4000)
    rows = pd.DataFrame({
        "yards": rng.poisson(means).astype(float), "game_id": np.repeat(np.arange(2000), 2), "position": "RB",
        "role": np.where(means > 7, "lead", "depth"), "earlier_games": rng.integers(0, 80, 4000),
        "week": rng.integers(1, 4, 4000), "season": 2023,
        "home": rng.choice([0.0, 0.5, 1.0], 4000, p=[0.49, 0.02, 0.49]),
    })  # fmt: skip
    return poisson(means), rows


class TestCoverage:
    def test_counts_an_outcome_at_an_end_as_worked_by_hand(self):
        at = ([0, 0, 0, 0, 0], [4, 4, 4, 4, 0])
        yards = [0, 2, 4, 5, 0]
        assert coverage(at, yards, level=0.9).tolist() == [1, 1, 1, 0, 1]
        assert coverage(at, yards, level=0.9, mid=True).tolist() == [0.5, 1, 0.5, 0, 1]

    def test_of_an_atom_at_the_tail_takes_the_share_between_the_tails(self):
        # P(Y<0) = .02, P(Y=0) = .20: of the atom .05 - .02 = .03 lies in the tail, .17 / .20 = .85 within.
        law = IntegerForecast(Support(-1, 1), np.array([[0.02, 0.22, 1.0]] * 3))
        # P(Y=1) = .78, of which .05 lies in the upper tail
        assert exact_coverage(law, [-1, 0, 1], level=0.9) == pytest.approx([0, 0.85, 0.73 / 0.78], abs=ARITHMETIC)

    @settings(max_examples=25, deadline=None)
    @given(st.floats(0.05, 40.0), st.sampled_from([0.5, 0.8, 0.9, 0.95]))
    def test_has_under_the_law_the_mean_it_should(self, mean, level):
        law, mass = poisson(np.array([mean])), stats.poisson.pmf(SUPPORT.yards, mean)
        every = law.rows(np.zeros(len(SUPPORT.yards), dtype=int))
        exact, mid, closed = (
            mass @ held
            for held in (
                exact_coverage(every, SUPPORT.yards, level=level),
                coverage(every, SUPPORT.yards, level=level, mid=True),
                coverage(every, SUPPORT.yards, level=level),
            )
        )
        assert exact == pytest.approx(level, abs=1e-6)  # the support cuts the Poisson's tail
        assert closed >= level - 1e-6
        assert mid == pytest.approx(expected_mid_coverage(law, level=level)[0], abs=1e-6)

    def test_is_unknown_where_the_outcome_is(self):
        law = poisson(np.array([3.0, 3.0]))
        for held in (coverage(law, [np.nan, 3], level=0.9, mid=True), exact_coverage(law, [np.nan, 3], level=0.9),
                     one_sigma_coverage(law, [np.nan, 3])[0]):  # fmt: skip
            assert np.isnan(held[0])
            assert held[1] > 0.9

    def test_of_a_normal_within_one_sigma_is_the_textbooks(self):
        support = Support(-300, 300)
        law = IntegerForecast(support, stats.norm.cdf(support.yards + 0.5, 0.25, 50.0)[None, :].clip(max=1.0))
        law.cdf[:, -1] = 1.0
        # Whole yards within 50 of .25 with half a yard either side: (50 + .5) sds at most, half a point of chance.
        assert one_sigma_coverage(law, [0])[1][0] == pytest.approx(0.6827, abs=0.005)

    def test_refuses_crossed_ends_percents_and_other_rows(self):
        with pytest.raises(ValidationError, match="1 crossed"):
            ends(([3.0], [2.0]), level=0.9)
        with pytest.raises(ValidationError, match="Percent"):
            ends(([1.0], [2.0]), level=90)
        with pytest.raises(ValidationError, match="1 forecasts"):
            coverage(([1.0], [2.0]), [1.0, 2.0], level=0.9)


class TestProperScores:
    def test_equal_scoringrules(self):
        import scoringrules

        rng = np.random.default_rng(3)
        members, yards = rng.integers(-5, 50, (40, 25)), rng.integers(-9, 60, 40).astype(float)
        oracle = scoringrules.crps_ensemble(yards, members.astype(float), estimator="nrg")
        assert crps(ensemble(members), yards) == pytest.approx(oracle, abs=ORACLE)
        law, means = poisson(np.full(40, 6.0)), np.full(40, 6.0)
        counts = rng.poisson(6.0, 40).astype(float)
        assert crps(law, counts) == pytest.approx(scoringrules.crps_poisson(counts, means), abs=1e-6)
        low, high = law.interval(0.9)
        winkler = scoringrules.interval_score(counts, low.astype(float), high.astype(float), 0.1)
        assert interval_score(law, counts, level=0.9) == pytest.approx(winkler, abs=ORACLE)
        assert log_score(law, counts)[0] == pytest.approx(stats.poisson.logpmf(counts, 6.0), abs=1e-6)

    def test_go_on_beyond_the_support(self):
        sure = IntegerForecast(Support(0, 2), np.array([[0.0, 1.0, 1.0]] * 3))  # one yard for certain
        assert crps(sure, [1, 6, -4]) == pytest.approx([0, 5, 5], abs=ARITHMETIC)

    @settings(max_examples=20, deadline=None)
    @given(st.floats(1.0, 30.0), st.floats(0.5, 2.0).filter(lambda r: abs(r - 1) > 0.05))
    def test_are_best_for_the_law_itself(self, mean, ratio):
        mass = stats.poisson.pmf(SUPPORT.yards, mean)
        laws = [poisson(np.full(len(SUPPORT.yards), m)) for m in (mean, mean * ratio)]
        own, other = (mass @ crps(law, SUPPORT.yards) for law in laws)
        assert own < other
        own, other = (mass @ log_score(law, SUPPORT.yards)[0] for law in laws)
        assert own > other

    def test_say_what_was_floored(self):
        score, floored = log_score(poisson(np.array([3.0, 3.0, 3.0])), [3, -2, np.nan])
        assert score[1] == pytest.approx(np.log(1e-6))
        assert floored[:2].tolist() == [0, 1]
        assert np.isnan([score[2], floored[2]]).all()

    def test_of_the_middles_are_distances(self):
        law = ensemble(np.array([[0, 2, 10]]))
        assert absolute_error(law, [5]).tolist() == [3]
        assert squared_error(law, [5]) == pytest.approx([1], abs=ARITHMETIC)


class TestTransforms:
    def test_of_the_law_are_uniform(self, played):
        law, rows = played
        rng = np.random.default_rng(8)
        assert stats.kstest(randomized_pit(law, rows["yards"], rng), "uniform").pvalue > 0.001
        found = uniformity(law, rows["yards"], clusters=rows["game_id"], rng=rng)
        assert found.p_value > 0.01
        assert (found.n, found.clusters) == (4000, 2000)

    def test_of_a_moved_law_are_not_and_lean_where_they_should(self, played):
        law, rows = played
        found = uniformity(law, rows["yards"] - 1, clusters=rows["game_id"], rng=np.random.default_rng(8))
        assert found.p_value <= 0.001
        assert found.gap > 0.05

    def test_are_not_called_uneven_for_what_games_share(self):
        # Eight copies of each outcome: a test that took them for eight would reject one true law in two.
        rng = np.random.default_rng(4)
        found = []
        for _ in range(120):
            yards = rng.poisson(9.0, 60)
            law, games = poisson(np.full(480, 9.0)), np.repeat(np.arange(60), 8)
            found.append(uniformity(law, np.repeat(yards, 8), clusters=games, rng=rng).p_value)
        assert np.mean(np.array(found) < 0.05) < 0.05 + ERRORS * np.sqrt(0.05 * 0.95 / 120)
        assert stats.kstest(found, "uniform").pvalue > 0.001

    def test_in_bins_share_steps_as_worked_by_hand(self):
        coin = IntegerForecast(Support(0, 1), np.array([[0.5, 1.0]] * 2))
        bins = pit_bins(coin, [1, 1], clusters=[1, 2], n_bins=4)
        assert bins["share"].tolist() == [0, 0, 0.5, 0.5]
        assert set(bins["expected"]) == {0.25}

    def test_need_outcomes_and_clusters(self):
        law, rng = poisson(np.array([3.0])), np.random.default_rng(1)
        with pytest.raises(ValidationError, match="not played"):
            uniformity(law, [np.nan], clusters=[1], rng=rng)
        with pytest.raises(ValidationError, match="its cluster"):
            pit_bins(law, [1.0], clusters=[1, 2])
        assert np.isnan(uniformity(law, [2.0], clusters=[1], rng=rng).p_value)


class TestASummary:
    def test_of_the_law_meets_its_targets(self, played):
        law, rows = played
        found = summary(law, rows)
        table = found.table.set_index("measure")
        held = table[table.index.str.contains("mid_coverage|exact_coverage|one_sigma")]
        assert len(held) == 9
        error = (held["high"] - held["low"]) / (2 * 1.96)
        assert ((held["value"] - held["target"]).abs() < ERRORS * error).all()
        assert (table["rows"] == 4000).all()
        assert found.value("rmse") == pytest.approx(np.sqrt(found.rows["squared_error"].mean()))
        assert found.floored == 0

    def test_leaves_out_rows_not_played(self, played):
        law, rows = played
        waiting = rows.assign(yards=rows["yards"].where(rows.index >= 100))
        found = summary(law, waiting)
        assert (found.table["rows"] == 3900).all()
        assert found.rows["width_90"].notna().all()

    def test_of_given_ends_has_what_ends_can_have(self, played):
        law, rows = played
        found = summary(law.interval(0.8), rows, levels=(0.8,))
        whole = summary(law, rows, levels=(0.8,))
        assert set(found.table["measure"]) == {"coverage_80", "mid_coverage_80", "width_80", "interval_score_80"}
        assert found.value("mid_coverage_80") == whole.value("mid_coverage_80")


class TestCells:
    def test_count_every_row_once_a_grouping(self, played):
        law, rows = played
        found = cells(law, rows)
        sizes = found.groupby("by")["rows"].sum()
        assert set(sizes) == {4000}
        assert found.loc[found["by"] == "home", "cell"].tolist() == ["away", "neutral", "home"]
        assert found.loc[found["by"] == "decile", "cell"].iloc[-1] == "10 of 10"
        assert (found.loc[found["by"] == "week", "cell"] == ["1", "2", "3"]).all()

    def test_of_the_law_lie_inside_by_exact_coverage(self, played):
        law, rows = played
        found = cells(law, rows)
        assert set(found["exact_verdict"]) <= {"inside", "meets"}
        # Poisson of small means: an atom at zero far above the tail, so the half is wrong there for the law itself.
        lowest = found[(found["by"] == "decile")].iloc[0]
        assert lowest["mid_coverage"] < 0.85 < lowest["exact_coverage"]
        assert lowest["mid_coverage"] == pytest.approx(lowest["expected_mid"], abs=0.05)

    def test_are_judged_by_wilson_where_they_are_small(self, played):
        law, rows = played
        small = cells(law.rows(np.arange(4000) < 60), rows.head(60), by=("role",))
        assert set(small["band_kind"]) == {"wilson"}
        assert set(small["verdict"]) <= {"meets", "misses"}
        missed = cells((np.full(60, 90.0), np.full(60, 99.0)), rows.head(60), by=())
        assert missed["verdict"].tolist() == ["misses"]
        assert missed["exact_verdict"].isna().all()

    def test_that_hold_everything_have_an_interval_all_the_same(self, played):
        _, rows = played
        found = cells((np.full(4000, -1.0), np.full(4000, 99.0)), rows, by=())
        assert found[["mid_coverage", "high", "band_kind", "verdict"]].iloc[0].tolist() == [1, 1, "wilson", "outside"]
        assert 0.998 < found["low"].iloc[0] < 1

    def test_skip_what_is_not_there(self, played):
        law, rows = played
        assert set(cells(law, rows.drop(columns="home"), by=("home", "role"))["by"]) == {"all", "role"}
        with pytest.raises(ValidationError, match="not played"):
            cells(law, rows.assign(yards=np.nan))
        with pytest.raises(ValidationError, match="its forecast"):
            cells(law, rows.head(3))


class TestPairs:
    def test_see_a_difference_that_unpaired_scores_hide(self, played):
        _, rows = played
        noise = np.random.default_rng(2).normal(0, 20, 4000)
        found = paired(noise + 0.5, noise, rows["game_id"])
        assert (found.value, found.standard_error) == pytest.approx((0.5, 0.0), abs=ARITHMETIC)

    def test_of_root_mean_squares_have_the_interval_of_resampled_games(self):
        rng = np.random.default_rng(6)
        a, b = rng.normal(0, 10, 1500) ** 2, rng.normal(0, 9, 1500) ** 2
        found = paired_rmse(a, b, np.arange(1500))
        picks = rng.integers(0, 1500, (800, 1500))
        drawn = np.sqrt(a[picks].mean(axis=1)) - np.sqrt(b[picks].mean(axis=1))
        assert found.standard_error == pytest.approx(drawn.std(), rel=0.1)  # 800 resamples: 2.5 % a standard error
        assert found.value == pytest.approx(np.sqrt(a.mean()) - np.sqrt(b.mean()), abs=ARITHMETIC)

    def test_compare_all_that_both_have(self, played):
        law, rows = played
        own, flat = row_scores(law, rows["yards"]), row_scores(poisson(np.full(4000, 7.5)), rows["yards"])
        table = paired_table(own, flat, rows["game_id"]).set_index("measure")
        assert table.loc["crps", "high"] < 0 < table.loc["log_score", "low"]
        assert table.loc["rmse", "a"] - table.loc["rmse", "b"] == pytest.approx(table.loc["rmse", "difference"])

    def test_refuse_other_rows(self, played):
        with pytest.raises(ValidationError, match="identical rows"):
            paired([1.0], [1.0, 2.0], [1])
        with pytest.raises(ValidationError, match="identical rows"):
            paired_table(pd.DataFrame({"crps": [1.0]}), pd.DataFrame({"crps": [1.0, 2.0]}), [1])
        assert paired([np.nan], [1.0], ["g"]).n == 0

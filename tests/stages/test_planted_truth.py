"""The study of planted truth: its chunks, its arithmetic, and what it says of an estimator that is too sure.

Tolerances: none but rounding; what a run of few leagues finds is held to binomial bounds stated beside it.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from workbench.causal.games.ratio import fieller
from workbench.data.demo.panel import panel_league
from workbench.errors import ParameterError, ValidationError
from workbench.report.stories import planted_truth as story
from workbench.stages.studies import planted_fanout
from workbench.stages.studies.planted_estimators import FAST, Sample
from workbench.stages.studies.planted_fanout import ESTIMATORS, Plan, league_seed, trials
from workbench.stages.studies.planted_truth import _counts, summarised
from workbench.stages.studies.planted_truth_claims import headline, planted_claims

SEASONS = (2023, 2024)
CHUNK = 4
QUICK = {"game_totals": 2 * CHUNK}


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return Plan(folder=tmp_path_factory.mktemp("planted"), seed=3, seasons=SEASONS, draws=19, size=CHUNK)


@pytest.fixture(scope="module")
def found(plan):
    return trials(plan, leagues=QUICK, workers=1)


class TestChunks:
    def test_give_the_same_whatever_the_number_of_workers(self, plan, found, tmp_path):
        two = trials(replace(plan, folder=tmp_path), leagues=QUICK, workers=2)
        pd.testing.assert_frame_equal(found.drop(columns="seconds"), two.drop(columns="seconds"))

    def test_are_not_drawn_again_and_a_larger_run_adds_to_them(self, plan, found, monkeypatch):
        asked = []
        monkeypatch.setattr(planted_fanout, "_run", lambda jobs, **_: asked.extend(jobs))
        again = trials(plan, leagues=QUICK, workers=1)
        assert asked == []
        pd.testing.assert_frame_equal(again, found)
        with pytest.raises(FileNotFoundError):
            trials(plan, leagues={"game_totals": 2 * CHUNK + 1}, workers=1)
        assert [(job.chunk, job.estimators) for job in asked] == [(2, ("game_totals",))]

    def test_cut_off_by_a_kill_are_drawn_again(self, plan, found, tmp_path):
        copied = replace(plan, folder=tmp_path)
        trials(copied, leagues={"game_totals": CHUNK}, workers=1)
        file = copied.file("game_totals", 0)
        half = file.with_name(".half-written")
        half.write_bytes(file.read_bytes()[:100])
        file.unlink()
        again = trials(copied, leagues={"game_totals": CHUNK}, workers=1)
        first = found[found["league"] < CHUNK]
        pd.testing.assert_frame_equal(again.drop(columns="seconds"), first.drop(columns="seconds"))

    def test_of_another_seed_or_other_code_lie_apart(self, plan):
        assert replace(plan, seed=4).chunks != plan.chunks != replace(plan, source="edited").chunks

    def test_never_draw_a_league_twice(self):
        seeds = {league_seed(seed, number) for seed in range(5) for number in range(200)}
        assert len(seeds) == 1000


@pytest.mark.parametrize("leagues", [{"game_magic": 10}, {"game_totals": 0}, {}])
def test_what_cannot_be_tried_is_refused(plan, leagues):
    with pytest.raises(ValidationError):
        trials(plan, leagues=leagues)


def test_which_estimators_run_on_how_many_leagues():
    assert _counts(50, 0, chosen=(), smoke=False) == dict.fromkeys(FAST, 50)
    assert _counts(50, 5, chosen=("matching", "meta_learners"), smoke=False) == {"matching": 50, "meta_learners": 5}
    assert set(_counts(1000, 200, chosen=(), smoke=True).values()) == {30}
    with pytest.raises(ParameterError, match="game_magic"):
        _counts(50, 0, chosen=("game_magic",), smoke=False)
    with pytest.raises(ParameterError, match="slow_leagues"):
        _counts(50, 0, chosen=("meta_learners",), smoke=False)


def made(covered, *, p=0.5, null=False, role="aimed", spread=1.0, error=1.0):
    """Trials of one estimator whose estimates lie about a truth of one."""
    n = len(covered)
    gaps = spread * stats.norm.ppf((np.arange(n) + 0.5) / n)
    return pd.DataFrame(
        {"group": "game_margin", "estimator": "game design", "shock": "bye", "outcome": "margin", "role": role,
         "truth": 1.0, "estimate": 1.0 + gaps, "standard_error": error, "low": -1.0, "high": 3.0, "p_value": p,
         "covered": covered, "treated": 10, "null": null, "league": np.arange(n), "seconds": 0.1}
    )  # fmt: skip


def study(frame):
    return summarised(frame, seasons=SEASONS, counts={"game_margin": frame["league"].nunique()})


class TestTheTable:
    def test_counts_by_hand(self):
        row = study(made([True] * 9 + [False])).table.iloc[0]
        assert row["coverage"] == pytest.approx(0.9)
        assert row["coverage_error"] == pytest.approx(np.sqrt(0.9 * 0.1 / 10))
        assert row["bias"] == pytest.approx(0.0, abs=1e-12)
        assert row["bias_error"] == pytest.approx(row["spread"] / np.sqrt(10))
        assert not row["coverage_reached"]
        assert row["rejection_reached"] is None

    def test_counts_a_null_called_significant(self):
        frame = made([True] * 95 + [False] * 5, null=True)
        frame.loc[:3, "p_value"] = 0.01
        row = study(frame).table.iloc[0]
        assert row["rejected"] == pytest.approx(0.04)
        assert row["rejection_reached"]
        assert row["coverage_reached"]

    def test_takes_a_leagues_questions_as_one_cluster(self):
        # every league is wholly held or wholly missed: ten leagues, not twenty trials
        covered = np.array([True] * 8 + [False] * 2)
        both = pd.concat([made(covered), made(covered).assign(shock="short_rest")])
        row = study(both).overall.iloc[0]
        assert row["coverage"] == pytest.approx(0.8)
        assert row["coverage_error"] == pytest.approx(np.sqrt(0.8 * 0.2 / 9))
        assert (row["leagues"], row["trials"]) == (10, 20)

    def test_says_which_leagues_gave_no_estimate(self):
        frame = pd.concat([made([True] * 20), made([True] * 12).assign(shock="trade_out")])
        assert study(frame).notes == ("game design, trade_out: 8 leagues had too few events for an estimate.",)


class TestThePage:
    def test_names_errors_too_small_as_the_reason_of_a_miss(self):
        result = study(made([True] * 160 + [False] * 40, error=0.7))
        assert [claim.reached for claim in planted_claims(result) if claim.name.startswith("co")] == [False, False]
        (reason,) = story.reasons(result)
        assert "covers 80.0" in reason
        assert "standard errors are 0.70 times" in reason
        assert "1 too seldom" in " ".join(story.findings(result, planted_claims(result)))

    def test_judges_nothing_on_few_leagues(self):
        result = study(made([True] * 20))
        assert {claim.reached for claim in planted_claims(result)} == {None}
        assert "cannot tell" in story.findings(result, planted_claims(result))[-1]

    def test_says_all_is_well_where_it_is(self):
        result = study(made([True] * 190 + [False] * 10))
        assert story.reasons(result) == []
        assert "each of 1 estimator covers within its band" in story.findings(result, planted_claims(result))[-1]

    def test_has_a_headline_and_names_of_its_own(self, found):
        result = summarised(found, seasons=SEASONS, counts=QUICK)
        claims = planted_claims(result)
        names = [claim.name for claim in claims]
        assert headline(result) == "coverage_game_totals_game_design"
        assert len(set(names)) == len(names) > 8
        for draw in (story.overall_figure, story.coverage_figure, story.null_figure):
            assert draw(result).title


class TestEstimators:
    def test_of_fieller_hold_a_ratio_when_its_set_does(self):
        from workbench.stages.studies.planted_estimators import _holds

        rng, kinds = np.random.default_rng(8), set()
        for _ in range(200):
            a, b = rng.normal(0, 2, 2)
            covariance = np.array([[1.0, 0.4], [0.4, 0.8]])
            ratio = fieller((a, b), covariance=covariance, freedom=30)
            truth = float(rng.normal(0, 2))
            inside = {
                "everything": True,
                "interval": ratio.low <= truth <= ratio.high,
                "outside": bool(ratio.ends) and not ratio.ends[0] < truth < ratio.ends[-1],
            }[ratio.kind]
            kinds.add(ratio.kind)
            assert _holds(_two(a, b, covariance, clusters=31), truth) == inside
        assert len(kinds) == 3

    def test_answer_on_a_small_league_with_an_interval_about_each_estimate(self):
        league = panel_league(2, seasons=SEASONS)
        for name in ("game_margin", "game_lines", "few_clusters", "matching", "staggered", "library_pool"):
            got = list(ESTIMATORS[name](Sample(league=league, rng=np.random.default_rng(1), draws=99)))
            assert got, name
            assert all(trial.low <= trial.high for trial in got)
            assert all(trial.covered == (trial.low <= trial.truth <= trial.high) for trial in got)

    def test_cover_on_the_leagues_that_are_always_run(self, found):
        # 8 leagues of 8 questions: were 95 % true, fewer than 53 of 64 would hold in one run of ten thousand
        assert found["covered"].sum() >= 53


def _two(a, b, covariance, *, clusters):
    """The two numbers of a shock, as far as a Fieller set reads them."""
    from types import SimpleNamespace

    effect = SimpleNamespace(value=a, clusters=clusters)
    return SimpleNamespace(effect=effect, left_after_close=SimpleNamespace(value=b), covariance=covariance)

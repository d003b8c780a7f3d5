"""The study of networks against known truth: its arithmetic, what it keeps, what it refuses, and what its page says.

Tolerances: rounding. Frames are made by hand here; a league with its fits runs at smoke size with every other study.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench.bayes.baselines.catalogue import BASELINES
from workbench.bayes.conformal.intervals import mid_intervals
from workbench.bayes.forecast import IntegerForecast, Support
from workbench.bayes.scores.coverage import LEVELS
from workbench.errors import ParameterError
from workbench.report.stories import bnn_truth as story
from workbench.stages.studies import bnn_truth_fanout
from workbench.stages.studies.bnn_truth import known, study_bnn_truth, summarised
from workbench.stages.studies.bnn_truth_claims import HEADLINE, best_baseline, truth_claims
from workbench.stages.studies.bnn_truth_fanout import Plan, league_frames, league_seed
from workbench.stages.studies.bnn_truth_league import CHANGED_FROM, SCALES, interval_rows
from workbench.stages.studies.bnn_truth_methods import CONFORMAL, DELIVERED, ENSEMBLE, LAW, MEAN, ONCE

ROWS = 34
METHODS = (DELIVERED, ONCE, ENSEMBLE, MEAN, "two_layer", *BASELINES, LAW, CONFORMAL)


def made(asked, *, held=0.9, noticed=True):
    """The frames of a season whose every share is a given one, a little more in every other league."""
    off = 0.002 * (asked.league_seed % 2)
    rows = pd.DataFrame({
        "season": asked.season, "week": np.arange(ROWS) // 2 + 1, "game_id": [f"g{i // 2}" for i in range(ROWS)],
        "player_id": [f"p{i}" for i in range(ROWS)], "role": np.where(np.arange(ROWS) % 2, "lead", "depth"),
        "yards": 5.0, "row": np.arange(ROWS), "decile": np.arange(ROWS) % 10,
    })  # fmt: skip
    share = {DELIVERED: held + off, MEAN: 0.1}
    parts = []
    for method in METHODS:
        value = share.get(method, 0.9)
        for level in LEVELS:
            one = value + level - 0.9 if method != MEAN else value
            exact = np.nan if method == CONFORMAL else one
            parts.append(pd.DataFrame({
                "row": rows["row"], "method": method, "level": level, "mid": one, "closed": one + 0.01, "exact": exact,
                "plain_mid": exact, "plain_closed": exact, "drawn_mid": np.arange(ROWS) % 10 > 0, "drawn_closed": 1.0,
                "width": 80.0,
            }))  # fmt: skip
    skill = pd.concat([
        pd.DataFrame({"row": rows["row"], "method": m, "excess": float(i), "drawn_crps": 15.0 + i})
        for i, m in enumerate(METHODS) if m != CONFORMAL
    ])  # fmt: skip
    keys = rows[["season", "week", "game_id"]]
    after = rows["week"].ge(CHANGED_FROM)
    drift = pd.concat([
        keys.assign(scale=s, once=np.where(after & (s != 1), 0.8, 0.9), delivered=np.where(after & (s != 1), 0.88, 0.9))
        for s in (1.0, *SCALES)
    ])  # fmt: skip
    weeks = pd.concat([
        pd.DataFrame({"week": np.arange(1, 18), "scale": s}).assign(
            triggered=lambda f, s=s: (f["week"] >= CHANGED_FROM + 2) & (s > 1) & noticed
        )
        for s in (1.0, *SCALES)
    ]).assign(season=asked.season)  # fmt: skip
    return {"rows": rows, "intervals": pd.concat(parts, ignore_index=True), "skill": skill, "drift": drift,
            "weeks": weeks}  # fmt: skip


@pytest.fixture
def plan(tmp_path):
    return Plan(folder=tmp_path, seed=3, seasons=(2021, 2022, 2023, 2024), tested=(2023, 2024), networks=("two_layer",),
                sigma=1.0, source="as it is")  # fmt: skip


@pytest.fixture
def frames(plan, monkeypatch):
    monkeypatch.setattr(bnn_truth_fanout, "league_season", made)
    return league_frames(plan, leagues=3)


@pytest.fixture
def result(frames, plan):
    return summarised(frames, plan=plan)


class TestIntervals:
    def test_of_a_forecast_hold_the_law_as_worked_by_hand(self):
        die = IntegerForecast(Support(1, 6), np.arange(1, 7)[None] / 6)
        row = interval_rows(die, mid_intervals(die, 0.5), law=die, yards=pd.Series([3.0]), level=0.5).iloc[0]
        # ends 2 and 5: faces 3 and 4 whole, half of 2 and of 5
        assert row["mid"] == pytest.approx(3 / 6)
        assert row["closed"] == pytest.approx(4 / 6)
        assert row["exact"] == pytest.approx(0.5)
        assert (row["drawn_mid"], row["drawn_closed"]) == (1.0, 1.0)

    def test_without_a_forecast_have_no_transform(self):
        die = IntegerForecast(Support(1, 6), np.arange(1, 7)[None] / 6)
        row = interval_rows(None, mid_intervals(die, 0.5), law=die, yards=pd.Series([2.0]), level=0.5).iloc[0]
        assert np.isnan(row["exact"])
        assert row["drawn_mid"] == 0.5


class TestKeptSeasons:
    def test_are_not_made_again_and_a_larger_run_adds_to_them(self, plan, frames, monkeypatch):
        asked = []
        monkeypatch.setattr(bnn_truth_fanout, "league_season", lambda one: asked.append(one) or made(one))
        again = league_frames(plan, leagues=3)
        assert asked == []
        for name, frame in frames.items():
            pd.testing.assert_frame_equal(again[name], frame)
        league_frames(plan, leagues=4)
        assert {one.league_seed for one in asked} == {league_seed(3, 4)}
        assert [one.season for one in asked] == [2023, 2024]

    def test_cut_off_by_a_kill_are_made_again(self, plan, frames, monkeypatch):
        job = bnn_truth_fanout.Job(2, 2024)
        plan.file(job, "rows").unlink()  # written last
        asked = []
        monkeypatch.setattr(bnn_truth_fanout, "league_season", lambda one: asked.append(one) or made(one))
        league_frames(plan, leagues=3)
        assert [(one.league_seed, one.season) for one in asked] == [(league_seed(3, 2), 2024)]

    def test_say_how_long_the_rest_takes(self, plan, frames):
        assert "6 of 6 seasons, 0.0 minutes left" in (plan.kept / bnn_truth_fanout.PROGRESS).read_text()

    def test_of_another_seed_network_or_code_lie_apart(self, plan):
        others = [
            replace(plan, seed=4),
            replace(plan, networks=()),
            replace(plan, tiny=True),
            replace(plan, source="x"),
        ]
        assert len({one.kept for one in (plan, *others)}) == 5

    def test_are_of_other_leagues_by_seed_and_number(self):
        assert len({league_seed(seed, number) for seed in range(5) for number in range(50)}) == 250


class TestTheTable:
    def test_takes_leagues_as_clusters_and_judges(self, result):
        claims = {claim.name: claim for claim in truth_claims(result)}
        seeds = [league_seed(3, n) % 2 for n in (1, 2, 3)]
        assert claims[HEADLINE].value == pytest.approx(0.9 + 0.002 * np.mean(seeds))
        assert claims[HEADLINE].reached
        assert result.interval_is == "leagues as clusters"
        assert result.at(DELIVERED)["rows"] == 6 * ROWS

    def test_calls_a_miss_a_miss(self, plan, monkeypatch):
        monkeypatch.setattr(bnn_truth_fanout, "league_season", lambda one: made(one, held=0.88))
        missed = summarised(league_frames(plan, leagues=3), plan=plan)
        claims = truth_claims(missed)
        assert [c.reached for c in claims if c.target] == [False, False]
        assert "2 of 2 targets not reached" in story.findings(missed, claims)[-1]

    def test_judges_nothing_on_few_leagues_and_takes_games_as_clusters(self, plan, frames):
        few = {name: frame[frame["league"].eq(1)] for name, frame in frames.items()}
        small = summarised(few, plan=plan)
        assert {claim.reached for claim in truth_claims(small)} == {None}
        assert small.interval_is.startswith("by game")

    def test_counts_alarms_and_what_is_noticed(self, result):
        assert result.alarms["alarms"].tolist() == [0, 0]
        assert result.alarms["n"].tolist() == [6 * 17, 6]
        noticed = result.noticed.set_index("scale")
        assert noticed.loc[1.5, ["in_time", "median_weeks"]].tolist() == [1.0, 2.0]
        assert noticed.loc[0.6, "in_time"] == 0.0
        assert np.isnan(noticed.loc[0.6, "median_weeks"])

    def test_sets_the_weeks_after_a_change_apart(self, result):
        held = result.drift.set_index(["scale", "period", "kind"])["mid"]
        assert held[1.5, "before", ONCE] == pytest.approx(0.9)
        assert held[1.5, "soon", ONCE] == pytest.approx(0.8)
        assert held[1.5, "later", ONCE] == pytest.approx(0.8)
        assert held[1.5, "later", DELIVERED] == pytest.approx(0.88)

    def test_names_the_baseline_of_the_smallest_score(self, result):
        assert best_baseline(result) == next(iter(BASELINES))


class TestThePage:
    def test_has_claims_of_their_own_names_and_figures_with_titles(self, result):
        claims = truth_claims(result)
        assert len({claim.name for claim in claims}) == len(claims) > 30
        for draw in (story.methods, story.curves, story.cells, story.skill, story.drift):
            assert draw(result).title
        for table in (story.coverage_table, story.definition_table, story.skill_table, story.drift_table,
                      story.cell_table):  # fmt: skip
            assert len(table(result)) > 4
        assert len(story.numbers(claims)) == 6

    def test_says_what_the_mean_holds_and_what_changes(self, result):
        said = " ".join(story.findings(result, truth_claims(result)))
        assert "mean hold 10.0" in said
        assert "All 2 targets are reached" in said
        assert "no weeks of 102 were recalibrated" in said


class TestRefused:
    def test_networks_the_zoo_lacks(self):
        with pytest.raises(ParameterError, match="three_layer"):
            known(["two_layer", "three_layer"])
        assert known(["two_layer", "two_layer"]) == ["two_layer"]

    @pytest.mark.parametrize("asked", [{"leagues": 0}, {"workers": 0}, {"sigma": 0.0}])
    def test_numbers_that_are_too_small(self, asked):
        with pytest.raises(ParameterError, match="above zero"):
            study_bnn_truth(SimpleNamespace(), **asked)

"""The study of football with three outcomes: what it says is what it found, and what it refuses.

Tolerances: none but pytest's own; numbers are compared with their equals.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench.data.demo.goals_league import GoalsLeague, write_goals_league
from workbench.decision.clustered import weeks_of
from workbench.errors import MissingArtifactError, ParameterError
from workbench.intervals import clustered_mean
from workbench.report.drawing import Finding
from workbench.report.figures.epl import reliability_bins
from workbench.report.stories import backtest_epl as story
from workbench.settings import load_settings
from workbench.stages.studies.backtest_epl import FORECASTERS, study_backtest_epl
from workbench.stages.studies.backtest_epl_claims import HEADLINE, LABELS, backtest_epl_claims
from workbench.stages.studies.catalogue import study_named
from workbench.store.ledger import open_ledger


@dataclass(frozen=True)
class Run:
    """As much of a study's run as the study asks for."""

    folder: Path
    matches: Path | None = None

    @property
    def settings(self):
        return load_settings("demo", overrides={})

    @property
    def own_data(self) -> bool:
        return self.matches is not None

    @property
    def study(self):
        return SimpleNamespace(question="?", title="t")

    def path(self, name: str) -> Path | None:
        return self.matches


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("epl"))
    result = study_backtest_epl(run, smoke=True)
    return run, result, backtest_epl_claims(result)


class TestAtSmokeSize:
    def test_says_it_is_simulated(self, ran):
        _, result, claims = ran
        assert result.simulated
        assert any("simulated" in s for s in story.findings(result, claims))

    def test_compares_all_four_on_identical_matches(self, ran):
        _, result, _ = ran
        assert len(result.scores) == len(result.goals.walk.forecasts) == 36
        for name in FORECASTERS:
            said = result.matches[[f"{name}_{side}" for side in ("home", "draw", "away")]]
            assert said.sum(axis=1).to_numpy() == pytest.approx(np.ones(36))
            assert result.scores[f"brier_{name}"].between(0, 2).all()

    def test_claims_are_the_paired_means_of_its_scores(self, ran):
        _, result, claims = ran
        known = {claim.name: claim for claim in claims}
        assert len(known) == len(claims)
        gap = result.scores["brier_goals"] - result.scores["brier_close"]
        mean = clustered_mean(gap, weeks_of(result.scores))
        assert (known[HEADLINE].value, known[HEADLINE].low, known[HEADLINE].high) == (mean.value, mean.low, mean.high)
        assert all(claim.reached is None for claim in claims)

    def test_keeps_both_accounts_in_one_ledger(self, ran):
        run, _, _ = ran
        ledger = open_ledger(f"sqlite:///{run.folder / 'ledger.sqlite'}")
        try:
            assert sorted(ledger.table("bankroll_history")["policy"].unique())[0] == "pinnacle-2324-goals"
            assert len(ledger.table("model_evaluations")) > 0
        finally:
            ledger.close()

    def test_every_figure_and_table_is_drawn(self, ran):
        _, result, claims = ran
        figures = [story.gap_figure(result, claims), story.reliability_figure(result), story.tuning_figure(result),
                   story.watched_figure(result)]  # fmt: skip
        figures += [draw(result, name) for name in ("goals", "informed")
                    for draw in (story.bankroll_figure, story.clv_figure, story.edge_figure)]  # fmt: skip
        assert all(isinstance(f, Finding) and f.title and not f.title[0].islower() and f.alt for f in figures)
        assert story.score_table(claims)["Brier score"].is_monotonic_increasing
        assert set(story.score_table(claims)["forecaster"]) == set(LABELS.values())
        assert len(story.bet_table(result, "goals")) == len(result.goals.walk.bets)
        assert len(story.numbers(claims)) >= 4


class TestWhatIsSaid:
    @pytest.mark.parametrize(
        ("low", "high", "word"),
        [(0.01, 0.03, "loses to"), (-0.03, -0.01, "beats"), (-0.01, 0.03, "cannot be told from")],
    )
    def test_of_the_close_follows_the_interval(self, ran, low, high, word):
        _, result, claims = ran
        told = [replace(c, value=(low + high) / 2, low=low, high=high) if c.name == HEADLINE else c for c in claims]
        assert f"goals model {word} Pinnacle's close" in story.findings(result, told)[0]

    def test_of_bets_that_were_never_made(self, ran):
        _, result, claims = ran
        none = [c for c in claims if not c.name.startswith("informed_")]
        assert "Goals and price pooled made no bet" in " ".join(story.findings(result, none))


class TestWhatIsRefused:
    @pytest.mark.parametrize("season", [2325, 12])
    def test_a_season_that_is_none(self, tmp_path, season):
        with pytest.raises(ParameterError, match="test_season"):
            study_backtest_epl(Run(tmp_path), test_season=season, smoke=True)

    def test_a_season_that_is_not_there(self, tmp_path):
        with pytest.raises(MissingArtifactError, match=r"2122 .*\[2021|None of the seasons|2122 is not among"):
            study_backtest_epl(Run(tmp_path), test_season=2122, smoke=True)


def test_season_files_given_take_the_place_of_the_league(tmp_path):
    write_goals_league(
        tmp_path / "f", seasons=range(2017, 2019), truth=GoalsLeague(clubs=4), rng=np.random.default_rng(1)
    )
    with pytest.raises(MissingArtifactError, match=r"2021 is not among the matches, which are of \[2017, 2018\]"):
        study_backtest_epl(Run(tmp_path, tmp_path / "f"), test_season=2021, smoke=True)


def test_backtest_of_this_league_is_this_study():
    assert study_named("backtest", league="epl").name == "backtest_epl"
    assert study_named("backtest", league="nfl").name == "backtest"


def test_bins_of_reliability_are_of_equal_size_and_hold_their_share():
    rng = np.random.default_rng(1)
    said = rng.uniform(0.1, 0.9, 400)
    came = (rng.random(400) < said).astype(float)
    bins = reliability_bins(said, came)
    assert bins["n"].tolist() == [50] * 8
    assert bins["said"].is_monotonic_increasing
    assert (bins["low"] <= bins["came"]).all()
    assert (bins["came"] <= bins["high"]).all()
    assert isinstance(bins, pd.DataFrame)
    # a calibrated forecaster: 8 intervals of 95 %, of which three missing would be a wonder (probability 0.005)
    assert ((bins["low"] > bins["said"]) | (bins["high"] < bins["said"])).sum() < 3

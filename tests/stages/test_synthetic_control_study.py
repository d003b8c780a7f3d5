"""The studies of one treated unit and of causal benchmarks: what they read, state and leave.

PLANTED: the simulated panel's noise of 0.7 leaves its effect of -6 within 1.
"""

import json

import numpy as np
import pandas as pd
import pytest

from workbench.causal.controls.synthetic_control import ControlSpec
from workbench.errors import FormatError, SettingsError
from workbench.report.stories import causal_benchmarks as benchmark_story
from workbench.report.stories import synthetic_control as story
from workbench.stages.context import plain
from workbench.stages.studies.causal_benchmarks import CausalBenchmarks, planted_truth
from workbench.stages.studies.causal_benchmarks_claims import benchmark_claims, headline
from workbench.stages.studies.control_panels import file_panel, league_panel, read_panel, simulated_panel
from workbench.stages.studies.synthetic_control import study_panel
from workbench.stages.studies.synthetic_control_claims import HEADLINE, control_claims
from workbench.store.frames import FrameAsOf

PLANTED = 1.0


@pytest.fixture(scope="module")
def studied():
    return study_panel(simulated_panel(2), spec=ControlSpec(), rng=np.random.default_rng(1))


class TestOneUnit:
    def test_finds_what_was_planted_by_every_method_but_the_plain_one(self, studied):
        rows = studied.methods.set_index("method")
        assert (rows["low"] < rows["value"]).all()
        assert (rows["value"] < rows["high"]).all()
        near = rows.drop(index="difference in differences")
        assert (near["value"] + 6).abs().max() < PLANTED

    def test_leaves_every_table_as_json_can_hold_it(self, studied):
        left = json.loads(json.dumps(plain(studied.tables()), allow_nan=False))
        wanted = {"weights", "predictor_weights", "p_value", "pre_rmspe", "gaps", "synthetic_did", "augmented", "did",
                  "placebo_in_space", "placebo_in_time", "leave_one_out", "convex_hull"}  # fmt: skip
        assert wanted <= set(left)
        assert sum(left["weights"].values()) == pytest.approx(1)
        assert {"time", "treated", "synthetic", "gap"} <= set(left["gaps"][0])
        for name in ("synthetic_did", "augmented", "did"):
            low, high = left[name]["interval"]
            assert low < left[name]["estimate"] < high
        assert {"unit_weights", "time_weights"} <= set(left["synthetic_did"])

    def test_states_more_than_nine_numbers_and_its_headline_among_them(self, studied):
        claims = control_claims(studied)
        assert len(claims) > 9
        chief = next(claim for claim in claims if claim.name == HEADLINE)
        assert chief.low < chief.value < chief.high

    def test_says_what_it_found_and_draws_it(self, studied):
        said = " ".join(story.findings(studied))
        assert "treated differs from its synthetic self by −6" in said
        assert "lies inside the interval" in said
        for draw in (story.paths_figure, story.placebo_figure, story.weights_figure, story.left_out_figure,
                     story.methods_figure):  # fmt: skip
            assert "<svg" in draw(studied).block()._repr_html_()
        assert len(story.numbers(control_claims(studied))) == 6
        assert len(story.placebo_table(studied)) == len(studied.panel.donors) + 1


class TestFiles:
    FRAME = pd.DataFrame(
        [(u, t, float(t + i) + (i * t) % 3) for i, u in enumerate("abcd") for t in range(2000, 2008)],
        columns=["who", "when", "much"],
    )
    ASKED = {"unit": "who", "time": "when", "outcome": "much", "treated_unit": "a", "treatment_time": "2006"}  # noqa: RUF012

    @pytest.mark.parametrize("suffix", [".csv", ";", "\t", ".parquet", ".dta"])
    def test_are_read_in_every_form_alike(self, tmp_path, suffix):
        path = tmp_path / (f"panel{suffix}" if suffix.startswith(".") else "panel.csv")
        if suffix == ".parquet":
            self.FRAME.to_parquet(path)
        elif suffix == ".dta":
            self.FRAME.to_stata(path, write_index=False)
        else:
            self.FRAME.to_csv(path, index=False, sep="," if suffix == ".csv" else suffix)
        made = file_panel(path, **self.ASKED, exclude=["d"])
        assert (made.panel.treated, made.panel.donors, made.panel.n_before) == ("a", ["b", "c"], 6)

    def test_what_is_not_given_is_asked_for_with_the_columns_there_are(self, tmp_path):
        self.FRAME.to_csv(tmp_path / "p.csv", index=False)
        with pytest.raises(SettingsError, match=r"also needs time, treatment_time .* who, when, much"):
            file_panel(tmp_path / "p.csv", **self.ASKED | {"time": "", "treatment_time": ""}, exclude=())

    def test_what_is_no_table_is_refused(self, tmp_path):
        (tmp_path / "p.parquet").write_text("nothing")
        with pytest.raises(FormatError, match=r"p\.parquet cannot be read"):
            read_panel(tmp_path / "p.parquet")


def league(changes):
    """Four teams that play each other in twelve weeks; changes: (team, first week of another coach)."""
    rng = np.random.default_rng(1)
    kickoffs = pd.date_range("2020-09-06", periods=12, freq="7D", tz="UTC")
    pairs = [("A", "B", "C", "D"), ("A", "C", "B", "D"), ("A", "D", "B", "C")]
    games, coaches = [], []
    for week, kickoff in enumerate(kickoffs, start=1):
        one, two, three, four = pairs[week % 3]
        for home, away in ((one, two), (three, four)):
            game_id = f"2020_{week}_{home}"
            games.append((game_id, 2020, week, kickoff, "REG", home, away, *rng.integers(10, 35, size=2)))
            coaches += [
                (game_id, t, "new" if t in changes and week >= changes[t] else f"coach {t}") for t in (home, away)
            ]
    schedule = ["game_id", "season", "week", "kickoff_utc", "game_type", "home_team", "away_team"]
    names = [*schedule, "home_score", "away_score"]
    frame = pd.DataFrame(games, columns=names).assign(known_at=kickoffs[-1], neutral=False, overtime=False)
    starters = pd.DataFrame(coaches, columns=["game_id", "team", "coach"])
    starters = starters.merge(frame[["game_id", "season", "week", "known_at"]], on="game_id")
    shown = {"games": frame[[*schedule, "neutral", "known_at"]], "starters": starters}
    shown["results"] = frame[[*names[:3], "home_score", "away_score", "overtime", "known_at"]]
    return FrameAsOf(shown, kickoffs[-1] + pd.Timedelta(days=1))


class TestTheLeaguesOwnPanel:
    def test_is_the_first_change_of_coach_beside_teams_that_kept_theirs(self):
        made = league_panel(league({"B": 8}))
        assert made is not None
        assert (made.panel.treated, sorted(made.panel.donors), made.panel.n_before) == ("B", ["A", "C", "D"], 7)
        assert list(made.panel.times) == list(range(1, 13))

    @pytest.mark.parametrize("changes", [{}, {"B": 3}, {"B": 12}])
    def test_is_none_where_nothing_can_be_compared(self, changes):
        assert league_panel(league(changes)) is None


def test_planted_effects_are_covered_and_every_number_is_stated():
    truth, table = planted_truth(6, seed=3)
    result = CausalBenchmarks(published=(), panels={}, simulated=table, truth=truth, notes=("No folder.",))
    claims = benchmark_claims(result)
    assert len(claims) == 9
    assert headline(result) in {claim.name for claim in claims}
    assert all(claim.low <= claim.value <= claim.high for claim in claims if claim.low is not None)
    assert table.set_index("method").loc["synthetic DiD", "covered"] >= 4 / 6
    assert "6 simulated panels" in benchmark_story.findings(result, claims)[0]
    assert benchmark_story.published_table(result).empty
    assert "Its file was not given" in repr(benchmark_story.panel_figures(result, "Proposition 99")[0])

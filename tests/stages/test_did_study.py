"""The study of staggered treatment: what it makes of a panel, what it refuses, and how it runs from the command line.

Tolerances: none but pytest's own; numbers are worked by hand or compared with their equals.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench.causal.panels.long_panel import long_panel
from workbench.errors import FormatError, ParameterError, ValidationError
from workbench.report.blocks import Block
from workbench.report.drawing import Finding
from workbench.report.stories import did as story
from workbench.stages.context import plain
from workbench.stages.studies.did import Columns, did_estimates, study_did
from workbench.stages.studies.did_claims import HEADLINE, did_claims
from workbench.stages.studies.panel_files import read_panel

NAMES = {"unit": "county", "time": "year", "outcome": "lemp", "cohort": "first.treat"}


@dataclass(frozen=True)
class Run:
    """As much of a study's run as the study asks for."""

    panel: Path | None = None

    @property
    def settings(self) -> SimpleNamespace:
        return SimpleNamespace(seed=1)

    def path(self, name: str) -> Path | None:
        return self.panel


def county_panel(*, n: int = 60, seed: int = 1) -> pd.DataFrame:
    """A panel with the names and shape of Callaway and Sant'Anna's example: 2003-2007, cohorts 2004, 2006, 2007."""
    rng = np.random.default_rng(seed)
    start = np.repeat(rng.permutation(np.resize([0, 0, 2004, 2006, 2007], n)), 5)
    year = np.tile(np.arange(2003, 2008), n)
    on = (start > 0) & (year >= start)
    value = np.repeat(rng.normal(size=n), 5) + 0.1 * (year - 2003) - 0.5 * on + rng.normal(scale=0.1, size=5 * n)
    return pd.DataFrame({"county": np.repeat(np.arange(n), 5), "year": year, "lemp": value, "first.treat": start})


@pytest.fixture(scope="module")
def simulated():
    return study_did(Run(), columns=Columns(), smoke=True)


class TestWithoutAPanel:
    def test_one_is_simulated_and_its_truth_is_told(self, simulated):
        assert simulated.simulated is not None
        said = story.findings(simulated)
        assert any("No panel was given" in s and "true average effect" in s for s in said)
        whole, truth = simulated.aggregations["simple"].overall, simulated.simulated.overall
        assert any(("inside" if whole.low <= truth <= whole.high else "outside") in s for s in said)
        assert abs(whole.value - truth) < 4 * whole.standard_error

    def test_columns_without_a_panel_are_refused(self):
        with pytest.raises(ParameterError, match="without a panel"):
            study_did(Run(), columns=Columns(unit="county"))

    def test_the_claims_hold_the_headline_and_an_interval_or_a_reason_each(self, simulated):
        claims = did_claims(simulated)
        assert len(claims) > 8
        assert len({c.name for c in claims}) == len(claims)
        chief = next(c for c in claims if c.name == HEADLINE)
        assert chief.low < chief.value < chief.high
        assert chief.value == simulated.aggregations["simple"].overall.value

    def test_the_result_is_json_with_every_part(self, simulated):
        made = json.loads(json.dumps(plain(simulated.tables()), allow_nan=False))
        assert {
            "aggregations",
            "group_time",
            "event_study",
            "pre_trends",
            "honest",
            "other_estimators",
            "checks",
        } <= set(made)
        assert set(made["aggregations"]) == {"simple", "dynamic", "group", "calendar"}
        assert set(made["other_estimators"]) == {"did2s", "imputation", "sun_abraham", "twfe"}
        assert {"horizon", "estimate", "standard_error", "low", "high"} <= set(made["event_study"][0])
        assert made["honest"]["relative_breakdown"] >= 0

    def test_every_figure_and_table_is_drawn(self, simulated):
        figures = [story.path_figure(simulated), story.cell_figure(simulated), story.rival_figure(simulated)]
        figures += [story.honest_figure(simulated, which) for which in ("relative", "smooth")]
        assert all(isinstance(f, Finding) and not f.title[0].islower() and f.alt for f in figures)
        assert len(story.cell_table(simulated)) == len(simulated.effects.effect)
        assert story.warning_words(simulated)
        assert len(story.numbers(did_claims(simulated))) == 6


class TestWithAPanel:
    @pytest.mark.parametrize("suffix", ["csv", "parquet"])
    def test_csv_and_parquet_give_the_same(self, tmp_path, suffix):
        file = tmp_path / f"panel.{suffix}"
        frame = county_panel()
        frame.to_csv(file, index=False) if suffix == "csv" else frame.to_parquet(file)
        found = study_did(Run(file), columns=Columns(**NAMES), controls="never", smoke=True)
        whole = found.aggregations["simple"].overall
        assert whole.low <= -0.5 <= whole.high
        assert found.simulated is None
        assert any("nothing on this page is about the league" in s for s in story.findings(found))
        assert whole.value == pytest.approx(
            did_estimates(long_panel(frame, **NAMES), outcome="lemp", controls="never", anticipation=0,
                          rng=np.random.default_rng(0), draws=9).aggregations["simple"].overall.value
        )  # fmt: skip

    def test_a_column_that_is_not_named_is_asked_for_with_what_there_is(self, tmp_path):
        county_panel().to_csv(file := tmp_path / "panel.csv", index=False)
        with pytest.raises(
            ParameterError, match="cohort must be named: --set cohort=COLUMN, one of county, year, lemp"
        ):
            study_did(Run(file), columns=Columns(unit="county", time="year", outcome="lemp"))

    def test_a_column_that_is_not_there_is_named(self, tmp_path):
        county_panel().to_csv(file := tmp_path / "panel.csv", index=False)
        with pytest.raises(ValidationError, match="must have the column 'lpop'"):
            study_did(Run(file), columns=Columns(**(NAMES | {"outcome": "lpop"})), controls="never", smoke=True)

    def test_controls_are_one_of_two(self):
        with pytest.raises(ParameterError, match="notyet or never, got 'all'"):
            study_did(Run(), columns=Columns(), controls="all")

    def test_two_periods_are_the_plain_difference_in_differences_and_say_what_cannot_be_tested(self):
        rows = pd.DataFrame(
            {"u": np.repeat(np.arange(8), 2), "t": np.tile([0, 1], 8), "g": np.repeat([1, 1, 1, 1, 0, 0, 0, 0], 2),
             "y": [0, 5, 1, 4, 2, 6, 1, 6, 0, 1, 3, 4, 2, 5, 1, 1]}
        )  # fmt: skip
        rows["g"] = rows["g"].replace(0, np.nan)
        panel = long_panel(rows, unit="u", time="t", outcome="y", cohort="g")
        found = did_estimates(
            panel, outcome="y", controls="notyet", anticipation=0, rng=np.random.default_rng(0), draws=19
        )
        expected = (5 + 3 + 4 + 5) / 4 - (1 + 1 + 3 + 0) / 4
        assert found.aggregations["simple"].overall.value == pytest.approx(expected)
        for name in ("imputation", "did2s", "sun_abraham", "twfe"):
            assert found.rivals[name].value == pytest.approx(expected, abs=1e-6)
        assert found.honest is None
        assert "cannot be tested" in found.pre_trends.sentence
        assert isinstance(story.honest_figure(found, "smooth"), Block)
        assert story.path_figure(found).title

    def test_without_never_treated_units_the_saturated_regression_says_why_it_is_missing(self):
        frame = county_panel()
        frame = frame[frame["first.treat"] > 0]
        found = did_estimates(long_panel(frame, **NAMES), outcome="lemp", controls="notyet", anticipation=0,
                              rng=np.random.default_rng(0), draws=19)  # fmt: skip
        assert "sun_abraham" not in found.rivals
        assert any("compares with the never treated" in note for note in found.notes)
        assert story.rival_figure(found).title

    def test_covariates_and_anticipation_go_all_the_way(self):
        frame = county_panel(n=120)
        frame["lpop"] = frame["county"].map(dict(enumerate(np.random.default_rng(4).normal(size=120))))
        panel = long_panel(frame, **NAMES, covariates=("lpop",))
        found = did_estimates(
            panel, outcome="lemp", controls="notyet", anticipation=1, rng=np.random.default_rng(0), draws=19
        )
        assert found.event_study.set_index("horizon").loc[-2, "estimate"] == 0
        assert found.aggregations["simple"].overall.value == pytest.approx(
            -0.5, abs=0.15
        )  # three standard errors of 0.05
        assert any("other estimators do without" in note for note in found.notes)


class TestPanelFiles:
    def test_other_files_are_refused(self, tmp_path):
        with pytest.raises(FormatError, match=r"\.csv or \.parquet file, got 'panel\.xlsx'"):
            read_panel(tmp_path / "panel.xlsx")

    def test_a_file_that_is_not_what_its_name_says_is_refused(self, tmp_path):
        (tmp_path / "panel.parquet").write_text("<html>")
        with pytest.raises(FormatError, match=r"panel\.parquet cannot be read as parquet"):
            read_panel(tmp_path / "panel.parquet")


@pytest.mark.notebooks
def test_the_command_takes_a_panel_of_any_names_and_prints_where_its_result_is(demo_week, tmp_path):
    project = demo_week.copy(tmp_path / "project")
    file = project.folder / "mpdta_like.csv"
    county_panel().to_csv(file, index=False)
    given = {"panel": file.name, **NAMES, "controls": "never", "smoke": "true"}
    done = project.run("study", "did", *(word for k, v in given.items() for word in ("--set", f"{k}={v}")))
    assert done.returncode == 0, done.stderr
    made = json.loads((project.folder / done.stdout.splitlines()[-1]).read_text())
    low, high = made["interval"]
    assert low < made["estimate"] < high
    assert made["estimate"] == pytest.approx(made["aggregations"]["simple"]["estimate"])
    assert made["panel"]["cohorts"] == {"2004": 12, "2006": 12, "2007": 12}
    page = (project.folder / "reports" / "demo" / "studies" / "did.html").read_text()
    assert "nothing on this page is about the league" in page

"""The race of samplers: one density for all engines, engines that cannot run said to be so, and nothing run twice.

Tolerances: those of the study for densities in single precision; everything else is equal.
"""

from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from workbench.bayes.families import FAMILIES
from workbench.bayes.networks.base import NetworkData
from workbench.bayes.sampling.compiled import compiled
from workbench.bayes.sampling.convergence import Convergence
from workbench.bayes.sampling.posterior import Posterior
from workbench.bayes.sampling.race import RaceTask
from workbench.bayes.zoo import network_named
from workbench.errors import ParameterError
from workbench.intervals import Estimate
from workbench.report.drawing import Finding
from workbench.report.stories import bnn_samplers as story
from workbench.stages.studies import bnn_density, bnn_race
from workbench.stages.studies.bnn_density import density_differences
from workbench.stages.studies.bnn_race import check_engines, entered
from workbench.stages.studies.bnn_samplers import SamplersStudy, bnn_samplers_study, race_table
from workbench.stages.studies.bnn_samplers_claims import HEADLINE, bnn_samplers_claims

GLM = network_named("glm")


def data(n: int = 40) -> NetworkData:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(n, 2)).astype(np.float32)
    zeros = np.zeros(n, np.int32)
    return NetworkData(inputs, inputs[:, 0].copy(), zeros, zeros, 2, 2, 40.0, 35.0)


@cache
def task() -> RaceTask:
    return RaceTask(network=GLM, data=data(), points=data(6), family=FAMILIES["normal"], warmup=10, draws=8)


@cache
def shapes() -> dict[str, tuple[int, ...]]:
    return compiled(GLM, data(), sigma=1.0).shapes


def chains(name: str, *, n_chains: int = 2, n: int = 50) -> Posterior:
    rng = np.random.default_rng(3)
    draws = {k: rng.normal(size=(n_chains, n, *shape)).astype(np.float32) for k, shape in shapes().items()}
    return Posterior(draws=draws, sampler=name, cpu_seconds=2.0, seconds=3.0, settings={"sigma": 1.0})


class TestDensity:
    def test_of_the_compiled_network_is_the_models_own(self):
        found = density_differences([GLM], data(), sigma=0.7, n_points=2).iloc[0]
        assert found["equal"]
        assert found["variables"] > 2

    def test_of_another_prior_scale_is_told_apart(self, monkeypatch):
        own = bnn_density._models_own
        monkeypatch.setattr(bnn_density, "_models_own", lambda network, rows, *, sigma: own(network, rows, sigma=1.5))
        assert not density_differences([GLM], data(), sigma=0.7, n_points=2).iloc[0]["equal"]


class TestEngines:
    def test_that_are_not_there_or_fail_say_so_and_the_others_are_kept(self, tmp_path, monkeypatch):
        asked: list[str] = []

        def missing(_: RaceTask) -> Posterior:
            asked.append("missing")
            raise ModuleNotFoundError(name="nutpie")

        def failing(_: RaceTask) -> Posterior:
            asked.append("failing")
            raise RuntimeError("all paths failed")

        def fine(_: RaceTask) -> Posterior:
            asked.append("fine")
            return chains("numpyro")

        made = {"nutpie": missing, "pathfinder": failing, "numpyro": fine}
        monkeypatch.setattr(bnn_race, "ENGINES", made)
        for _ in range(2):
            found = entered(tuple(made), task(), key="k", folder=tmp_path, limit_seconds=0)
            assert [entry.note for entry in found] == [
                "not installed: nutpie", "failed: RuntimeError: all paths failed", "",
            ]  # fmt: skip
        assert asked == ["missing", "failing", "fine"]
        again = found[2].posterior
        assert again.cpu_seconds == 2.0
        assert all((again.draws[name] == values).all() for name, values in chains("numpyro").draws.items())

    def test_whose_package_is_absent_are_not_tried(self, tmp_path, monkeypatch):
        monkeypatch.setattr(bnn_race, "_version", lambda name: "")
        (entry,) = entered(("nutpie",), task(), key="k", folder=tmp_path, limit_seconds=0)
        assert (entry.note, entry.posterior) == ("not installed", None)

    def test_out_of_time_say_so(self, tmp_path, monkeypatch):
        def late(*_: object) -> Posterior:
            raise TimeoutError

        monkeypatch.setattr(bnn_race, "_limited", late)
        (entry,) = entered(("pymc",), task(), key="k", folder=tmp_path, limit_seconds=120)
        assert entry.note == "not finished within 2 minutes of CPU time"

    def test_of_no_name_are_refused(self):
        with pytest.raises(ParameterError, match=r"no engine stan\. There are numpyro"):
            check_engines(["numpyro", "stan"])


@cache
def study() -> SamplersStudy:
    entries = [
        bnn_race.Entry("numpyro", chains("numpyro"), "", "1"), bnn_race.Entry("anchored", chains("a"), "", "1"),
        bnn_race.Entry("pymc", None, "not finished within 7 minutes of CPU time", "5"),
    ]  # fmt: skip
    density = pd.DataFrame([
        {"network": "glm", "variables": 3, "points": 2, "log_density": -9.0, "difference": 1e-4, "relative": 1e-5,
         "gradient": 3.0, "gradient_difference": 1e-6, "equal": True}
    ])  # fmt: skip
    gap = Estimate(0.05, 0.01, 0.03, 0.07, 100, 30)
    reference = Convergence(1.002, 1.001, 900.0, 950.0, 800.0, 800.0, 0, 3000, 2, 40, converged=True, reasons=())
    return SamplersStudy(
        race=race_table(entries, task(), reference=chains("nuts")), gaps={"numpyro": gap, "anchored": gap},
        reference=reference, reference_draws=1500, density=density, week_rows=20_000, week_seconds=10.0, network="glm",
        title="Rushing yards", rows=1000, tested=100, games=30, test_seasons=(2022,), limit_minutes=7.0, notes=(),
    )  # fmt: skip


class TestPage:
    def test_says_who_came_to_no_end_and_why_the_week_has_its_engine(self):
        said = " ".join(story.findings(study()))
        assert "PyMC's NUTS, not finished within 7 minutes" in said
        assert "the fast path takes 10 CPU seconds" in said
        assert "above zero" in said

    def test_full_sampling_of_all_rows_is_extrapolated_from_the_best_chains(self):
        found = study()
        rate = found.chains["least_per_cpu_second"].iloc[0]
        assert found.week_nuts_seconds == pytest.approx(400.0 / rate * 20.0)

    def test_claims_hold_the_headline_with_its_interval(self):
        claims = {claim.name: claim for claim in bnn_samplers_claims(study(), targets=True)}
        assert claims[HEADLINE].low < claims[HEADLINE].value < claims[HEADLINE].high
        assert claims["density_glm"].reached
        assert len(claims) > 8
        assert all(claim.reached is None for claim in bnn_samplers_claims(study(), targets=False))

    def test_the_race_has_effective_draws_for_chains_only(self):
        table = study().race.set_index("sampler")
        assert list(table.index) == ["numpyro", "anchored", "pymc"]
        assert table.loc["numpyro", "sd_ratio"] == 1.0
        assert table.loc["numpyro", "least_per_cpu_second"] == table.loc["numpyro", "ess_least"] / 2.0
        assert np.isnan(table.loc["anchored", "ess_least"])
        assert table.loc["pymc", "note"].startswith("not finished")

    def test_every_figure_and_table_is_drawn(self):
        found = study()
        drawn = [story.gap_figure(found), story.cost_figure(found)]
        assert all(isinstance(figure, Finding) and figure.alt for figure in drawn)
        assert len(story.race_shown(found)) == 3
        assert len(story.for_print(found, drawn[1])) == 3


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"engines": ["stan"]}, "no engine stan"),
        ({"rows": 3}, "needs 20 rows"),
        ({"network": "two_layers"}, "Did you mean 'two_layer'"),
        ({"target": "rushing"}, "no target 'rushing'"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_drawn(asked, said):
    with pytest.raises(ParameterError, match=said):
        bnn_samplers_study(SimpleNamespace(), **asked)

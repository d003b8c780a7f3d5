# A smoke size: what the table says is tested, not who wins; that is measured on real rows, with thousands of draws.
import numpy as np
import pytest

from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import observed_rows, side_by_side
from workbench.bayes.sampling.nuts_chain import NutsOptions
from workbench.bayes.sampling.posterior import Posterior
from workbench.bayes.sampling.race import COLUMNS, RaceTask, numpyro_nuts, race


class Normal:
    """The summaries of two outputs: mean and log sd."""

    @staticmethod
    def mean(outputs: np.ndarray) -> np.ndarray:
        return outputs[..., 0]

    @staticmethod
    def log_sd(outputs: np.ndarray) -> np.ndarray:
        return outputs[..., 1]


def _line(data: NetworkData, sigma: float) -> object:
    import pymc as pm

    with pm.Model() as model:
        rows = observed_rows(data)
        weights = pm.Normal("weights", 0.0, 1.0, shape=2)
        log_scale = pm.Normal("log_scale", 0.0, 1.0)
        location = rows.inputs @ weights * np.float32(sigma)
        pm.Deterministic(OUTPUTS, side_by_side(location, log_scale))
        pm.Potential("likelihood", -0.5 * ((rows.yards - location) * pm.math.exp(-log_scale)) ** 2 - log_scale)
    return model


def _data(rows: int, seed: int) -> NetworkData:
    rng = np.random.default_rng(seed)
    inputs = rng.normal(size=(rows, 2)).astype(np.float32)
    nobody = np.zeros(rows, dtype=np.int32)
    return NetworkData(inputs, inputs[:, 0] + rng.normal(size=rows).astype(np.float32), nobody, nobody, 1, 1, 0.0, 1.0)


TASK = RaceTask(
    network=Network("line", "A line", "normal", _line),  # type: ignore[arg-type]
    data=_data(50, 0), points=_data(6, 1), family=Normal(), warmup=150, draws=200,
    options=NutsOptions(max_tree_depth=5),
)  # fmt: skip


def _absent(task: RaceTask) -> Posterior:
    raise ModuleNotFoundError(f"No module for {task.network.name}", name="elsewhere")


def _narrow(task: RaceTask) -> Posterior:
    """Draws about the same means, half as wide: what a mean-field law does."""
    made = numpyro_nuts(task)
    centred = {name: values.mean(axis=(0, 1)) for name, values in made.draws.items()}
    halved = {name: centred[name] + 0.5 * (values - centred[name]) for name, values in made.draws.items()}
    return Posterior(draws=halved, sampler="narrow", cpu_seconds=2.0)


def test_the_table_counts_chains_compares_approximations_and_names_what_is_absent() -> None:
    engines = {"numpyro": numpyro_nuts, "narrow": _narrow, "elsewhere": _absent}
    table = race(TASK, engines=engines, without_chains=("narrow",)).set_index("sampler")
    assert ["sampler", *table.columns] == list(COLUMNS)
    ours, narrow, absent = table.loc["numpyro"], table.loc["narrow"], table.loc["elsewhere"]
    assert ours["draws"] == 400
    assert ours["ess_mean"] > 40
    assert ours["ess_per_cpu_second"] == pytest.approx(ours["ess_mean"] / ours["cpu_seconds"])
    assert ours["sd_ratio"] == pytest.approx(1.0)
    assert ours["correlation"] == pytest.approx(1.0)
    assert np.isnan(narrow["ess_mean"])
    assert narrow["sd_ratio"] == pytest.approx(0.5, abs=1e-3)
    assert narrow["correlation"] > 0.999
    assert absent["note"] == "not installed: elsewhere"
    assert np.isnan(absent["sd_ratio"])

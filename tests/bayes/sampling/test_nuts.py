# A straight line has a posterior in closed form: 1,500 draws know its means to about .04 of its sds, its sds to about
# 4 %; bounds are three to four times that. Chunks and processes must not move a single bit.
import sys
from dataclasses import replace
from functools import cache, partial

import cloudpickle
import numpy as np
import pytest

from workbench.bayes.networks.base import OUTPUTS, Network, NetworkData
from workbench.bayes.networks.layers import observed_rows, side_by_side
from workbench.bayes.networks.two_layer import TWO_LAYER
from workbench.bayes.sampling.compiled import compiled, float32_models, rows_of
from workbench.bayes.sampling.nuts import Progress, sample_nuts
from workbench.bayes.sampling.nuts_chain import Chunk, NutsOptions
from workbench.bayes.sampling.posterior import Posterior
from workbench.errors import ValidationError

ROWS, INPUTS, NOISE = 60, 3, 0.8
MEAN_BOUND, SD_BOUND = 0.15, 0.15
QUICK = NutsOptions(max_tree_depth=4, start_steps=20, chunk=7)


@cache
def _data() -> NetworkData:
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(ROWS, INPUTS)).astype(np.float32)
    yards = (inputs @ np.array([1.0, -0.5, 0.0]) + NOISE * rng.normal(size=ROWS)).astype(np.float32)
    nobody = np.zeros(ROWS, dtype=np.int32)
    return NetworkData(inputs, yards, nobody, nobody, 1, 1, 0.0, 1.0)


def _line(data: NetworkData, sigma: float) -> object:
    """A line through the origin with known noise: normal prior, normal likelihood, normal posterior."""
    import pymc as pm

    with pm.Model() as model:
        rows = observed_rows(data)
        weights = pm.Normal("weights", 0.0, 1.0, shape=INPUTS)
        location = rows.inputs @ weights * np.float32(sigma)
        pm.Deterministic(OUTPUTS, side_by_side(location, np.float32(np.log(NOISE))))
        pm.Potential("likelihood", -0.5 * ((rows.yards - location) / np.float32(NOISE)) ** 2)
    return model


# A worker process has no tests to import.
cloudpickle.register_pickle_by_value(sys.modules[__name__])
LINE = Network("line", "A line", "normal", _line)  # type: ignore[arg-type]


@cache
def _sampled() -> Posterior:
    return sample_nuts(LINE, _data(), sigma=0.7, warmup=300, draws=750, options=NutsOptions(max_tree_depth=6))


def test_a_line_has_the_posterior_of_the_closed_form() -> None:
    x, y = _data().inputs.astype(float) * 0.7, _data().yards.astype(float)
    covariance = np.linalg.inv(np.eye(INPUTS) + x.T @ x / NOISE**2)
    mean, sd = covariance @ x.T @ y / NOISE**2, np.sqrt(np.diag(covariance))
    drawn = _sampled().flat()["weights"]
    assert np.abs(drawn.mean(axis=0) - mean).max() < MEAN_BOUND * sd.min()
    np.testing.assert_allclose(drawn.std(axis=0), sd, rtol=SD_BOUND)
    correlation = covariance / np.outer(sd, sd)
    assert np.abs(np.corrcoef(drawn.T) - correlation).max() < SD_BOUND


def test_what_was_asked_and_found_is_written_down() -> None:
    made = _sampled()
    assert (made.sampler, made.n_chains, made.n_draws, made.divergences) == ("nuts", 2, 750, 0)
    assert {"sigma": 0.7, "warmup": 300, "target_accept": 0.8, "max_tree_depth": 6}.items() <= made.settings.items()
    assert 0.6 < made.settings["accept"] <= 1.0
    assert 0 < made.settings["warmup_cpu_seconds"] < made.cpu_seconds
    assert 1 <= made.tree_steps <= 63


def test_the_density_sampled_is_that_of_the_pymc_model() -> None:
    """Up to one constant: that of the standard normal prior, which both leave to the other."""
    data, rng = _data(), np.random.default_rng(2)
    functions = compiled(TWO_LAYER, data, sigma=1.3)
    with float32_models():
        model = TWO_LAYER.build(data, 1.3)
        theirs = model.compile_logp(mode="FAST_COMPILE")
    count = sum(int(np.prod(shape)) for shape in functions.shapes.values())
    for _ in range(3):
        values = {name: rng.normal(size=shape).astype(np.float32) for name, shape in functions.shapes.items()}
        ours = float(functions.log_posterior(values, rows_of(data))) - 0.5 * count * np.log(2 * np.pi)
        assert ours == pytest.approx(float(theirs(values)), rel=1e-4)


class StopError(Exception):
    pass


def test_a_run_that_stopped_goes_on_with_the_same_draws_in_another_process() -> None:
    """A chunk size of its own, two workers, and states through plain arrays: not a bit differs."""
    handed: list[Chunk] = []

    def stop(chunk: Chunk) -> None:
        handed.append(Chunk.from_arrays(chunk.to_arrays()))
        if len(handed) == 4:
            raise StopError

    whole = sample_nuts(LINE, _data(), sigma=1.0, warmup=10, draws=12, options=QUICK)
    with pytest.raises(StopError):
        sample_nuts(LINE, _data(), sigma=1.0, warmup=10, draws=12, options=QUICK, on_chunk=stop)
    assert {(chunk.chain, chunk.first) for chunk in handed} == {(0, 0), (1, 0), (0, 7), (1, 7)}
    other = replace(QUICK, chunk=5)
    again = sample_nuts(LINE, _data(), sigma=1.0, warmup=10, draws=12, options=other, kept=handed, workers=2)
    np.testing.assert_array_equal(again.draws["weights"], whole.draws["weights"])
    assert not np.array_equal(whole.draws["weights"][0], whole.draws["weights"][1])


def test_progress_is_told_and_a_longer_run_adds_to_a_shorter_one() -> None:
    told: list[Progress] = []
    chunks: list[Chunk] = []
    run = partial(sample_nuts, LINE, _data(), sigma=1.0, warmup=10, options=QUICK)
    short = run(draws=8, on_chunk=chunks.append)
    longer = run(draws=12, kept=chunks, on_progress=told.append)
    np.testing.assert_array_equal(longer.draws["weights"][:, :8], short.draws["weights"])
    assert [progress.done for progress in told] == [40, 44]
    assert {progress.total for progress in told} == {44}
    assert told[0].seconds_left > told[-1].seconds_left == 0.0
    shorter = run(draws=3, kept=chunks)
    np.testing.assert_array_equal(shorter.draws["weights"], short.draws["weights"][:, :3])


def test_a_gap_in_what_was_kept_is_refused() -> None:
    chunks = [
        Chunk(
            chain=0, first=first, draws={"weights": np.zeros((7, INPUTS))}, steps=np.ones(7), diverging=np.zeros(7),
            accept=np.ones(7), step_size=0.1, seconds=1.0, cpu_seconds=1.0, leaves=(),
        )
        for first in (0, 14)
    ]  # fmt: skip
    with pytest.raises(ValidationError, match="Chain 0 goes on at draw 7, the next chunk kept begins at 14"):
        sample_nuts(LINE, _data(), sigma=1.0, warmup=7, draws=14, chains=1, kept=chunks)


@pytest.mark.parametrize("wrong", [{"chains": 0}, {"draws": 0}, {"sigma": 0.0}, {"workers": 0}])
def test_counts_below_one_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="must be positive"):
        sample_nuts(LINE, _data(), **{"sigma": 1.0, "warmup": 5, "draws": 5, **wrong})  # type: ignore[arg-type]

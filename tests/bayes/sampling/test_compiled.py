"""The compiled functions are the PyMC model: this is what lets another engine sample it.

Tolerances: single precision over a few hundred rows leaves 2e-5 of a log posterior in the thousands, and 1e-3 of the
largest component of its gradient.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from workbench.bayes.families import FAMILIES
from workbench.bayes.networks.base import NetworkData
from workbench.bayes.sampling.compiled import Compiled, compiled, float32_models, rows_of
from workbench.bayes.zoo import ZOO


def made(n: int = 150, *, seed: int = 0) -> NetworkData:
    """Rows with zeros among the yards, five players and three teams."""
    rng = np.random.default_rng(seed)
    yards = np.where(rng.random(n) < 0.2, 0.0, np.rint(rng.gamma(1.5, 30.0, size=n) - 3.0))
    return NetworkData(
        inputs=rng.normal(size=(n, 5)).astype(np.float32),
        yards=((yards - 40.0) / 35.0).astype(np.float32),
        player=rng.integers(0, 6, n).astype(np.int32),
        team=rng.integers(0, 4, n).astype(np.int32),
        n_players=6, n_teams=4, centre=40.0, scale=35.0,
    )  # fmt: skip


DATA = made()


@pytest.fixture(scope="module", params=list(ZOO))
def network(request):
    return ZOO[request.param]


@pytest.fixture(scope="module")
def functions(network) -> Compiled:
    return compiled(network, DATA, sigma=0.7)


@pytest.fixture(scope="module")
def model(network):
    with float32_models():
        return network.build(DATA, 0.7)


def points(functions: Compiled, n: int = 3) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(1)
    return [{k: rng.normal(size=s).astype(np.float32) for k, s in functions.shapes.items()} for _ in range(n)]


@pytest.fixture(scope="module")
def theirs(model):
    """PyMC's own log density and its gradient, compiled together: that takes the time."""
    from pymc.pytensorf import compile as compile_expression

    with float32_models():
        return compile_expression(model.value_vars, [model.logp(), model.dlogp()], mode="FAST_COMPILE")


def test_density_and_gradient_are_the_models_own(functions, model, theirs):
    import jax

    names = [v.name for v in model.value_vars]
    constant = 0.5 * np.log(2.0 * np.pi) * sum(int(np.prod(s)) for s in functions.shapes.values())
    ours = jax.jit(jax.value_and_grad(functions.log_posterior))
    for values in points(functions):
        value, slope = ours(values, rows_of(DATA))
        expected, gradient = theirs(*(values[name] for name in names))
        assert_allclose(float(value) - constant, expected, rtol=2e-5)
        found = np.concatenate([np.ravel(slope[name]) for name in names])
        assert_allclose(found, gradient, atol=1e-3 * abs(gradient).max())


def test_the_posterior_is_prior_times_likelihood(functions):
    values = points(functions)[0]
    parts = functions.log_prior(values) + functions.log_likelihood(values, rows_of(DATA)).sum()
    assert_allclose(functions.log_posterior(values, rows_of(DATA)), parts, rtol=1e-6)


def test_a_held_variable_is_moved_by_its_prior_alone():
    import jax

    network = ZOO["glm"]
    held = compiled(network, DATA, sigma=0.7, hold=network.held)
    values = points(held)[0]
    slope = jax.grad(held.log_posterior)(values, rows_of(DATA))
    for name in network.held:
        assert_allclose(slope[name], -values[name])
    free = jax.grad(compiled(network, DATA, sigma=0.7).log_posterior)(values, rows_of(DATA))
    assert_allclose(slope["mean_weights"], free["mean_weights"])
    assert abs(free["player_log_sd"] - slope["player_log_sd"]) > 1e-3


def test_every_free_variable_is_standard_normal(functions, model):
    """The log prior of PyMC at a point is that of standard normals: whatever the builder wrote."""
    for variable in model.free_RVs:
        assert type(variable.owner.op).__name__ == "NormalRV"
        location, scale = variable.owner.op.dist_params(variable.owner)
        assert (location.eval(mode="FAST_COMPILE") == 0.0).all()
        assert (scale.eval(mode="FAST_COMPILE") == 1.0).all()
    assert set(functions.shapes) == {v.name for v in model.free_RVs}


def test_outputs_have_the_familys_width_on_any_rows(functions, network):
    outputs = functions.outputs(points(functions)[0], rows_of(made(7, seed=3)))
    assert outputs.shape == (7, FAMILIES[network.family].N_PARAMETERS)
    assert outputs.dtype == np.float32


def test_nothing_of_the_rows_a_network_was_built_on_stays_in_it():
    """Of one size and scale, built on other rows: tests of what is trained on what build a network once."""
    one, other = (compiled(ZOO["hierarchy"], rows, sigma=0.7) for rows in (DATA, made(40, seed=5)))
    values, seen = points(one)[0], rows_of(made(9, seed=3))
    assert_allclose(one.outputs(values, seen), other.outputs(values, seen))
    assert_allclose(one.log_posterior(values, seen), other.log_posterior(values, seen))


def test_outputs_do_not_look_at_yards(functions):
    values, blind = points(functions)[0], rows_of(DATA)
    blind["yards"] = np.full_like(blind["yards"], np.nan)
    assert_allclose(functions.outputs(values, blind), functions.outputs(values, rows_of(DATA)))


def test_compiled_functions_vectorize_over_draws(functions):
    import jax
    import jax.numpy as jnp

    draws = points(functions)
    stacked = {k: jnp.stack([d[k] for d in draws]) for k in functions.shapes}
    many = jax.jit(jax.vmap(functions.outputs, in_axes=(0, None)))(stacked, rows_of(DATA))
    assert_allclose(many[2], functions.outputs(draws[2], rows_of(DATA)), atol=1e-4)

"""The engines that lost against the anchored ensemble, kept small so that the comparison can be run again."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from workbench.bayes.networks.base import Network, NetworkData
from workbench.bayes.sampling.compiled import Compiled, compiled, rows_of
from workbench.bayes.sampling.posterior import Posterior


@dataclass(frozen=True, slots=True)
class RivalOptions:
    """How the rivals are run.

    Attributes
    ----------
    draws : int
    batch : int
        Rows a step.
    steps : int
        Of the mean field; Langevin takes three times as many, each a third of the work.
    rate : float
        Adam's largest step.
    langevin_step : float
        Variance of the noise of a Langevin step; ten times less mixed worse, more diverged.
    """

    draws: int = 128
    batch: int = 256
    steps: int = 3000
    rate: float = 0.02
    langevin_step: float = 1e-4


def mean_field_posterior(
    network: Network, data: NetworkData, *, sigma: float, seed: int = 0, options: RivalOptions | None = None
) -> Posterior:
    """Fit independent normals to the free variables by stochastic variational inference, eight noises a step.

    References
    ----------
    .. [1] Blundell et al. (2015), Weight uncertainty in neural networks, arXiv:1505.05424.
    """
    import jax
    import jax.numpy as jnp
    import optax

    options = options or RivalOptions()
    model, rng, started = compiled(network, data, sigma=sigma), np.random.default_rng(seed), time.perf_counter()
    rows = {name: jnp.asarray(values) for name, values in rows_of(data).items()}

    def loss(guide: Any, key: Any, batch: Any) -> Any:
        centre, log_sd = guide
        seen = {name: values[batch] for name, values in rows.items()}
        keys = jax.random.split(key, 8)
        fit = jax.vmap(lambda k: model.log_likelihood(_drawn(model, centre, log_sd, k), seen).mean())(keys).mean()
        gap = sum((0.5 * (centre[v] ** 2 + jnp.exp(2 * log_sd[v]) - 1) - log_sd[v]).sum() for v in model.shapes)
        return gap / len(data.yards) - fit

    schedule = optax.warmup_cosine_decay_schedule(0.0, options.rate, options.steps // 20, options.steps)
    adam, start = optax.adam(schedule), _start(model, rng)
    guide = (start, {name: jnp.full(shape, -3.0, jnp.float32) for name, shape in model.shapes.items()})

    def step(state: Any, noise: Any) -> Any:
        change, moments = adam.update(jax.grad(loss)(state[0], *noise), state[1])
        return (optax.apply_updates(state[0], change), moments), None

    noises = _noises(options.steps, seed=seed, rng=rng, n_rows=len(data.yards), options=options)
    centre, log_sd = jax.jit(lambda g: jax.lax.scan(step, (g, adam.init(g)), noises)[0][0])(guide)
    keys = jax.random.split(jax.random.PRNGKey(seed + 1), options.draws)
    return _posterior("mean_field", jax.vmap(lambda k: _drawn(model, centre, log_sd, k))(keys), started, sigma, options)


def langevin_posterior(
    network: Network, data: NetworkData, *, sigma: float, seed: int = 0, options: RivalOptions | None = None
) -> Posterior:
    """Draw by stochastic-gradient Langevin dynamics of one chain, its first fifth thrown away.

    References
    ----------
    .. [1] Welling & Teh (2011), Bayesian learning via stochastic gradient Langevin dynamics, ICML.
    """
    import jax
    import jax.numpy as jnp

    options = options or RivalOptions()
    model, rng, started = compiled(network, data, sigma=sigma), np.random.default_rng(seed), time.perf_counter()
    rows = {name: jnp.asarray(values) for name, values in rows_of(data).items()}
    size, n_steps = options.langevin_step, 3 * options.steps

    def density(values: Any, batch: Any) -> Any:
        seen = {name: of_row[batch] for name, of_row in rows.items()}
        return model.log_prior(values) + len(data.yards) * model.log_likelihood(values, seen).mean()

    def step(values: Any, noise: Any) -> Any:
        key, batch = noise
        slope = jax.grad(density)(values, batch)
        moved = {name: values[name] + 0.5 * size * slope[name] for name in model.shapes}
        log_sd = {name: jnp.full(shape, 0.5 * np.log(size), jnp.float32) for name, shape in model.shapes.items()}
        made = _drawn(model, moved, log_sd, key)
        return made, made

    noises = _noises(n_steps, seed=seed, rng=rng, n_rows=len(data.yards), options=options)
    chain = jax.jit(lambda values: jax.lax.scan(step, values, noises)[1])(_start(model, rng))
    kept = np.linspace(n_steps // 5, n_steps - 1, options.draws).astype(np.int64)
    return _posterior("langevin", {name: values[kept] for name, values in chain.items()}, started, sigma, options)


def _start(model: Compiled, rng: np.random.Generator) -> dict[str, Any]:
    return {name: 0.5 * rng.standard_normal(shape, np.float32) for name, shape in model.shapes.items()}


def _noises(n_steps: int, *, seed: int, rng: np.random.Generator, n_rows: int, options: RivalOptions) -> Any:
    """Return the random key and the rows of each step."""
    import jax

    batches = rng.integers(0, n_rows, (n_steps, min(options.batch, n_rows)), dtype=np.int32)
    return jax.random.split(jax.random.PRNGKey(seed), n_steps), batches


def _drawn(model: Compiled, centre: Any, log_sd: Any, key: Any) -> Any:
    """Return one draw of independent normals."""
    import jax
    import jax.numpy as jnp

    keys = dict(zip(model.shapes, jax.random.split(key, len(model.shapes)), strict=True))
    return {v: centre[v] + jnp.exp(log_sd[v]) * jax.random.normal(keys[v], model.shapes[v]) for v in model.shapes}


def _posterior(name: str, draws: Mapping[str, Any], started: float, sigma: float, options: RivalOptions) -> Posterior:
    """Return the draws as one chain; waits for them."""
    made = {variable: np.asarray(values)[None] for variable, values in draws.items()}
    settings = {"sigma": sigma, **asdict(options)}
    return Posterior(draws=made, sampler=name, seconds=time.perf_counter() - started, settings=settings)

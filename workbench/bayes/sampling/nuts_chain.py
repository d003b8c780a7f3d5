"""One chain of NUTS, chunk by chunk: what a worker does, and what it hands back as plain arrays.

The network is the PyMC model of ``networks``, compiled; the sampler is numpyro's. Between chunks a chain is nothing but
arrays, so it goes on where it stopped, in whichever process: the same draws as if it had never stopped.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from workbench.bayes.networks.base import Network, NetworkData
from workbench.bayes.sampling.compiled import compiled, rows_of

Array = NDArray[Any]
_DRAW: Final = "draw "
_LEAF: Final = "leaf "


@dataclass(frozen=True, slots=True, kw_only=True)
class NutsOptions:
    """How the sampler is set; the defaults are the cheapest seen to converge.

    Measured on the two-layer network (16 inputs, 2,663 rows, prior scale 1; worst of 30 rows, 300 draws of one chain):
    effective draws of the predictive mean a CPU second are 5.8 at depth 8, 2.8 at depth 7, 1.5 at depth 10; 2.9 at
    depth 8 with target acceptance .7; under .2 with a full mass matrix, which 500 draws cannot learn.

    Attributes
    ----------
    target_accept : float
        Mean acceptance that warm-up tunes the step to.
    max_tree_depth : int
        A trajectory is at most ``2 ** max_tree_depth - 1`` gradients long.
    dense_mass : bool
        Whether the mass matrix is full rather than diagonal.
    start_steps : int
        Adam steps towards a mode, from a start of each chain's own.
    start_rate : float
        Adam's step.
    jitter : float
        Noise about that mode, in prior standard deviations.
    chunk : int
        Draws between two saved states; no draw depends on it.
    """

    target_accept: float = 0.8
    max_tree_depth: int = 8
    dense_mass: bool = False
    start_steps: int = 300
    start_rate: float = 0.02
    jitter: float = 0.2
    chunk: int = 50

    @property
    def deciding(self) -> dict[str, Any]:
        """What decides the draws: all but ``chunk``."""
        return {name: value for name, value in asdict(self).items() if name != "chunk"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChainWork:
    """What the chains of one posterior have in common: picklable, small."""

    network: Network
    data: NetworkData
    sigma: float
    warmup: int
    seed: int
    options: NutsOptions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chunk:
    """Some draws of one chain in a row, and the sampler's state after them.

    Attributes
    ----------
    chain, first : int
        Which chain, and the number of the first draw, warm-up counted.
    draws : dict of str to ndarray, each shape (n, *shape)
    steps : ndarray of int32, shape (n,)
        Gradients a draw.
    diverging : ndarray of bool, shape (n,)
    accept : ndarray of float32, shape (n,)
        Mean acceptance along each trajectory.
    step_size : float
        After the last draw.
    seconds, cpu_seconds : float
    leaves : tuple of ndarray
        The state, in the sampler's own order.
    """

    chain: int
    first: int
    draws: dict[str, Array]
    steps: Array
    diverging: Array
    accept: Array
    step_size: float
    seconds: float
    cpu_seconds: float
    leaves: tuple[Array, ...]

    def __len__(self) -> int:
        return len(self.steps)

    def to_arrays(self) -> dict[str, Array]:
        """Return everything as named arrays, for a file without pickle."""
        plain = np.array([self.chain, self.first, self.step_size, self.seconds, self.cpu_seconds])
        return {
            "plain": plain, "steps": self.steps, "diverging": self.diverging, "accept": self.accept,
            **{f"{_DRAW}{name}": values for name, values in self.draws.items()},
            **{f"{_LEAF}{number:03d}": leaf for number, leaf in enumerate(self.leaves)},
        }  # fmt: skip

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Array]) -> Self:
        """Return what ``to_arrays`` was called on."""
        chain, first, step_size, seconds, cpu_seconds = (float(v) for v in arrays["plain"])
        return cls(
            chain=int(chain), first=int(first), step_size=step_size, seconds=seconds, cpu_seconds=cpu_seconds,
            draws={name.removeprefix(_DRAW): arrays[name] for name in arrays if name.startswith(_DRAW)},
            leaves=tuple(arrays[name] for name in sorted(arrays) if name.startswith(_LEAF)),
            **{name: arrays[name] for name in ("steps", "diverging", "accept")},
        )  # fmt: skip


class ChainEngine:
    """A compiled network with a sampler on it: compiled once in a process, for all its chains.

    Parameters
    ----------
    work : ChainWork
    """

    def __init__(self, work: ChainWork) -> None:
        import jax
        import jax.numpy as jnp
        from numpyro.infer import NUTS

        self.work = work
        functions = compiled(work.network, work.data, sigma=work.sigma)
        rows = {name: jnp.asarray(values) for name, values in rows_of(work.data).items()}
        self._shapes = functions.shapes
        self._energy = lambda values: -functions.log_posterior(values, rows)
        options = work.options
        self._kernel = NUTS(
            potential_fn=self._energy, target_accept_prob=options.target_accept,
            max_tree_depth=options.max_tree_depth, dense_mass=options.dense_mass,
        )  # fmt: skip
        # The kernel is whole only once it has been started; its state's structure is that of every chain.
        zeros = {name: jnp.zeros(shape, dtype=jnp.float32) for name, shape in self._shapes.items()}
        self._structure = jax.tree.structure(self._kernel.init(jax.random.PRNGKey(0), work.warmup, zeros))
        self._step = jax.jit(lambda state: self._kernel.sample(state, (), {}))
        self._ready = False

    def start(self, chain: int) -> tuple[Array, ...]:
        """Return the state a chain starts from: about a mode it has found from a random start of its own."""
        import jax

        streams = np.random.SeedSequence([self.work.seed, chain])
        rng, jitter = np.random.default_rng(streams), self.work.options.jitter
        begin = {name: rng.normal(size=shape).astype(np.float32) for name, shape in self._shapes.items()}
        near = {
            name: mode + np.float32(jitter) * rng.normal(size=mode.shape).astype(np.float32)
            for name, mode in self._mode(begin).items()
        }
        key = jax.random.PRNGKey(int(streams.generate_state(1)[0]))
        state = self._kernel.init(key, self.work.warmup, jax.tree.map(jax.numpy.asarray, near))
        return _leaves(state)

    def chunk(self, chain: int, *, first: int, n: int, leaves: Sequence[Array] | None) -> Chunk:
        """Draw ``n`` times from where the chain stands; None starts it."""
        import jax

        begin = self.start(chain) if leaves is None else leaves
        state = jax.tree.unflatten(self._structure, [jax.numpy.asarray(leaf) for leaf in begin])
        if not self._ready:
            jax.device_get(self._step(state).i)  # compiled before the clock starts
            self._ready = True
        wall, cpu, seen = time.perf_counter(), time.process_time(), []
        for _ in range(n):
            state = self._step(state)
            seen.append(jax.device_get((state.z, state.num_steps, state.diverging, state.accept_prob)))
        draws, steps, diverging, accept = zip(*seen, strict=True)
        return Chunk(
            chain=chain, first=first, leaves=_leaves(state), step_size=float(state.adapt_state.step_size),
            draws={name: np.stack([draw[name] for draw in draws]) for name in self._shapes},
            steps=np.array(steps, dtype=np.int32), diverging=np.array(diverging), accept=np.array(accept),
            seconds=time.perf_counter() - wall, cpu_seconds=time.process_time() - cpu,
        )  # fmt: skip

    def _mode(self, values: dict[str, Any]) -> dict[str, Array]:
        """Return the values after some Adam steps up the log posterior."""
        import jax
        import optax

        optimizer = optax.adam(self.work.options.start_rate)

        def step(_: int, state: Any) -> Any:
            at, moments = state
            moves, moments = optimizer.update(jax.grad(self._energy)(at), moments)
            return optax.apply_updates(at, moves), moments

        run = jax.jit(lambda at: jax.lax.fori_loop(0, self.work.options.start_steps, step, (at, optimizer.init(at))))
        found, _ = run({name: jax.numpy.asarray(value) for name, value in values.items()})
        return {name: np.asarray(value) for name, value in found.items()}


def _leaves(state: Any) -> tuple[Array, ...]:
    import jax

    return tuple(np.asarray(leaf) for leaf in jax.device_get(jax.tree.leaves(state)))

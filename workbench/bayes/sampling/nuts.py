"""Full NUTS for a network: chains in processes of their own, with progress, stopped and taken up again at will.

The model is the PyMC model, the sampler numpyro's on the same density in single precision. Nothing here touches the
disk: every chunk of draws is handed to a callback, and handing the chunks back goes on from there.
"""

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from workbench.bayes.networks.base import Network, NetworkData
from workbench.bayes.sampling.nuts_chain import Array, ChainEngine, ChainWork, Chunk, NutsOptions
from workbench.bayes.sampling.posterior import Posterior
from workbench.errors import ValidationError

#: The environment of a worker: JAX would start a thread a core in each, and they would fight.
WORKER_ENVIRONMENT: Final[Mapping[str, str]] = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
SAMPLER: Final = "nuts"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a posterior has come.

    Attributes
    ----------
    done, total : int
        Draws of all chains, warm-up counted.
    seconds, seconds_left : float
        Since this call began, and as the draws of this call suggest.
    """

    done: int
    total: int
    seconds: float
    seconds_left: float


def sample_nuts(
    network: Network, data: NetworkData, *, sigma: float, chains: int = 2, warmup: int = 500, draws: int = 1000,
    seed: int = 0, workers: int = 1, options: NutsOptions | None = None, kept: Sequence[Chunk] = (),
    on_progress: Callable[[Progress], None] | None = None, on_chunk: Callable[[Chunk], None] | None = None,
) -> Posterior:  # fmt: skip
    """Draw from a network's posterior by the No-U-Turn sampler.

    Parameters
    ----------
    network : Network
    data : NetworkData
    sigma : float
        Prior scale of weights and biases.
    chains, warmup, draws : int
        Chains, and draws a chain: thrown away while the step is tuned, and kept.
    seed : int
        Every chain has a stream of its own; the draws depend on neither workers nor chunks.
    workers : int
        Processes; 1 samples in this one.
    options : NutsOptions, optional
    kept : sequence of Chunk
        What an earlier call handed to ``on_chunk``, in any order: not drawn again. A longer run adds to a shorter one.
    on_progress : callable, optional
        Told after every chunk.
    on_chunk : callable, optional
        Handed every new chunk, in this process. What it raises stops the sampling; chunks handed out before are good.

    Returns
    -------
    Posterior
        float32; ``settings`` hold what was asked and, as ``step_sizes`` and ``accept``, what warm-up found.

    Raises
    ------
    ValidationError
        If a count is below one, or ``kept`` has a gap.

    References
    ----------
    .. [1] Hoffman & Gelman (2014), The No-U-Turn Sampler, JMLR 15(47).
    """
    options = options or NutsOptions()
    if min(chains, warmup, draws, workers, options.chunk) < 1 or sigma <= 0:
        raise ValidationError(
            f"Chains, warm-up, draws, workers, chunk and sigma must be positive, got "
            f"{(chains, warmup, draws, workers, options.chunk, sigma)}."
        )
    work = ChainWork(network=network, data=data, sigma=sigma, warmup=warmup, seed=seed, options=options)
    state = _Run(work=work, draws=draws, chunks=_by_chain(kept, chains), told=on_progress)
    started = time.perf_counter()
    with _pool(work, workers=min(workers, chains)) as submit:
        for chunk in _drawn(state, submit=submit, workers=min(workers, chains)):
            if on_chunk is not None:
                on_chunk(chunk)
            state.tell()
    return _posterior(state, seconds=time.perf_counter() - started)


@dataclass(slots=True)
class _Run:
    """The chunks there are of each chain, and what is missing."""

    work: ChainWork
    draws: int
    chunks: list[list[Chunk]]
    told: Callable[[Progress], None] | None
    began: float = field(default_factory=time.perf_counter)
    before: int = -1

    def __post_init__(self) -> None:
        self.before = self.done

    def length(self, chain: int) -> int:
        return sum(len(chunk) for chunk in self.chunks[chain])

    @property
    def total(self) -> int:
        return self.work.warmup + self.draws

    @property
    def done(self) -> int:
        return sum(min(self.length(chain), self.total) for chain in range(len(self.chunks)))

    def next_ask(self, chain: int) -> dict[str, Any] | None:
        """Return what to ask of a chain next; None if it is complete. No chunk spans the end of the warm-up."""
        first = self.length(chain)
        if first >= self.total:
            return None
        border = self.work.warmup if first < self.work.warmup else self.total
        leaves = self.chunks[chain][-1].leaves if self.chunks[chain] else None
        return {"chain": chain, "first": first, "n": min(self.work.options.chunk, border - first), "leaves": leaves}

    def tell(self) -> None:
        if self.told is None:
            return
        total, spent = self.total * len(self.chunks), time.perf_counter() - self.began
        left = spent * (total - self.done) / max(self.done - self.before, 1)
        self.told(Progress(self.done, total, spent, left))


def _by_chain(kept: Sequence[Chunk], chains: int) -> list[list[Chunk]]:
    found: list[list[Chunk]] = [[] for _ in range(chains)]
    for chunk in sorted(kept, key=lambda chunk: (chunk.chain, chunk.first)):
        if chunk.chain >= chains:
            continue
        expected = sum(len(earlier) for earlier in found[chunk.chain])
        if chunk.first != expected:
            raise ValidationError(
                f"Chain {chunk.chain} goes on at draw {expected}, the next chunk kept begins at {chunk.first}. "
                "Is a file missing?"
            )
        found[chunk.chain].append(chunk)
    return found


def _drawn(run: _Run, *, submit: "Callable[[dict[str, Any]], Future[Chunk]]", workers: int) -> Iterator[Chunk]:
    """Yield chunks as they come, asking each chain for its next as soon as its last is there."""
    waiting: dict[Future[Chunk], int] = {}
    idle = list(range(len(run.chunks)))
    while idle or waiting:
        while idle and len(waiting) < workers:
            ask = run.next_ask(idle[0])
            chain = idle.pop(0)
            if ask is not None:
                waiting[submit(ask)] = chain
        if not waiting:
            continue
        ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in ready:
            chain = waiting.pop(future)
            run.chunks[chain].append(future.result())
            idle.append(chain)
            yield run.chunks[chain][-1]


class _pool:  # noqa: N801 (used as a function)
    """Where chunks are drawn: this process, or loky's, which are never forked."""

    def __init__(self, work: ChainWork, *, workers: int) -> None:
        self._work, self._workers, self._token = work, workers, _token(work)
        self._executor: Any = None

    def __enter__(self) -> "Callable[[dict[str, Any]], Future[Chunk]]":
        if self._workers == 1:
            return self._here
        from joblib.externals.loky import ProcessPoolExecutor

        self._executor = ProcessPoolExecutor(max_workers=self._workers, env={**os.environ, **WORKER_ENVIRONMENT})
        return self._there

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=True, kill_workers=kind is not None)

    def _here(self, ask: dict[str, Any]) -> "Future[Chunk]":
        future: Future[Chunk] = Future()
        future.set_result(draw_chunk(self._token, self._work, ask))
        return future

    def _there(self, ask: dict[str, Any]) -> "Future[Chunk]":
        made: Future[Chunk] = self._executor.submit(draw_chunk, self._token, self._work, ask)
        return made


#: The engine of the posterior last at work in this process: compiling takes as long as many draws.
_ENGINES: dict[str, ChainEngine] = {}
#: What was last sampled from here, and its name among the engines.
_LAST: list[tuple[ChainWork, str]] = []


def _token(work: ChainWork) -> str:
    """Return a name for what is compiled: the last one if this is the very same network on the very same rows."""
    for last, token in _LAST:
        if last.network is work.network and last.data is work.data and _settings(last) == _settings(work):
            return token
    _LAST[:] = [(work, uuid.uuid4().hex)]
    return _LAST[0][1]


def _settings(work: ChainWork) -> tuple[Any, ...]:
    return work.sigma, work.warmup, work.seed, work.options.deciding


def draw_chunk(token: str, work: ChainWork, ask: dict[str, Any]) -> Chunk:
    """Draw one chunk in a worker, compiling the network when it is the first of its posterior."""
    if token not in _ENGINES:
        _ENGINES.clear()
        _ENGINES[token] = ChainEngine(work)
    chain = ask.pop("chain")
    return _ENGINES[token].chunk(chain, **ask)


def _posterior(run: _Run, *, seconds: float) -> Posterior:
    """Return the kept draws of all chains, cut to what was asked."""
    warmup, options = run.work.warmup, run.work.options

    def joined(part: Callable[[Chunk], Array]) -> Array:
        whole = [np.concatenate([part(chunk) for chunk in chain]) for chain in run.chunks]
        return np.stack([values[warmup : run.total] for values in whole])

    chunks = [chunk for chain in run.chunks for chunk in chain if chunk.first < run.total]
    found = {
        "step_sizes": [chain[-1].step_size for chain in run.chunks],
        "accept": float(joined(lambda chunk: chunk.accept).mean()),
        "warmup_cpu_seconds": sum(chunk.cpu_seconds for chunk in chunks if chunk.first < warmup),
    }
    asked = {"sigma": run.work.sigma, "warmup": warmup, "seed": run.work.seed, **options.deciding}
    names = list(chunks[0].draws)
    return Posterior(
        draws={name: joined(lambda chunk, name=name: chunk.draws[name]) for name in names},  # type: ignore[misc]
        sampler=SAMPLER, divergences=int(joined(lambda chunk: chunk.diverging).sum()),
        seconds=max(seconds, max(sum(c.seconds for c in chain) for chain in run.chunks)),
        cpu_seconds=sum(chunk.cpu_seconds for chunk in chunks),
        tree_steps=float(joined(lambda chunk: chunk.steps).mean()), settings={**asked, **found},
    )  # fmt: skip

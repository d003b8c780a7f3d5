"""The race of samplers: what an effective draw of the predictive mean costs, and how true the fast ones are.

Every engine draws from the same PyMC model. Chains are counted by their effective draws; an approximation has no chain,
so it is held against a reference: do its predictive means order the rows alike, is its spread as wide?
"""

import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pandas as pd

from workbench.bayes.networks.base import Network, NetworkData
from workbench.bayes.sampling.compiled import compiled, rows_of
from workbench.bayes.sampling.convergence import Family, Floats, convergence_of, predictive_functions
from workbench.bayes.sampling.nuts import sample_nuts
from workbench.bayes.sampling.nuts_chain import NutsOptions
from workbench.bayes.sampling.posterior import Posterior

#: Paths and steps of the approximations: their packages' defaults.
_PATHS: Final = 4
_ADVI_STEPS: Final = 30_000
COLUMNS: Final = (
    "sampler", "chains", "draws", "seconds", "cpu_seconds", "ess_mean", "ess_per_cpu_second", "r_hat", "divergences",
    "correlation", "sd_ratio", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaceTask:
    """What every engine is asked.

    Attributes
    ----------
    network : Network
    data : NetworkData
        Rows to learn from.
    points : NetworkData
        Test rows: predictive means are compared there.
    family : Family
    sigma : float
    chains, warmup, draws, seed : int
        Approximations make ``chains * draws`` draws.
    options : NutsOptions
        Of our own NUTS; target acceptance and tree depth also of the others'.
    advi_steps : int
    """

    network: Network
    data: NetworkData
    points: NetworkData
    family: Family
    sigma: float = 1.0
    chains: int = 2
    warmup: int = 500
    draws: int = 500
    seed: int = 0
    options: NutsOptions = field(default_factory=NutsOptions)
    advi_steps: int = _ADVI_STEPS


Engine = Callable[[RaceTask], Posterior]


def race(
    task: RaceTask,
    *,
    engines: Mapping[str, Engine],
    reference: Posterior | None = None,
    without_chains: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return what each engine did, one row an engine.

    Parameters
    ----------
    task : RaceTask
    engines : mapping of str to callable
        ``CHAINS``, ``APPROXIMATIONS``, or any ``task -> Posterior`` such as the fast path of the week.
    reference : Posterior, optional
        Converged draws of the same task; by default those of the first engine.
    without_chains : tuple of str
        Engines besides ``APPROXIMATIONS`` whose draws are no chain.

    Returns
    -------
    DataFrame
        ``sampler, chains, draws`` (of all chains), ``seconds, cpu_seconds`` (warm-up and compiling as the engine counts
        them), ``ess_mean`` (bulk, of the predictive mean, at the worst row), ``ess_per_cpu_second, r_hat`` (null for
        approximations), ``divergences, correlation`` (of the rows' predictive means with the reference's), ``sd_ratio``
        (of the posterior sds of those means to the reference's, median), ``note`` (``not installed``, where so).
    """
    functions = compiled(task.network, task.data, sigma=task.sigma)
    rows, made, notes = rows_of(task.points), {}, {}
    for name, engine in engines.items():
        try:
            made[name] = engine(task)
        except ImportError as error:
            notes[name] = f"not installed: {error.name}"
    means = {
        name: predictive_functions(posterior, functions, rows=rows, family=task.family)
        for name, posterior in made.items()
    }
    truth = next(iter(means.values()), None)
    if reference is not None:
        truth = predictive_functions(reference, functions, rows=rows, family=task.family)
    table = [
        _line(name, made.get(name), means.get(name), truth=truth, note=notes.get(name, ""),
              chained=name not in APPROXIMATIONS and name not in without_chains)
        for name in engines
    ]  # fmt: skip
    return pd.DataFrame(table, columns=list(COLUMNS))


def _line(
    name: str, posterior: Posterior | None, drawn: tuple[Floats, Floats] | None, *,
    truth: tuple[Floats, Floats] | None, note: str, chained: bool,
) -> dict[str, Any]:  # fmt: skip
    """Return an engine's row; what has no meaning for it is null."""
    if posterior is None or drawn is None or truth is None:
        return {"sampler": name, "note": note}
    cpu, total = posterior.cpu_seconds, posterior.n_chains * posterior.n_draws
    row = {"sampler": name, "chains": posterior.n_chains, "draws": total, "seconds": posterior.seconds, "note": note}
    row |= {"cpu_seconds": cpu, "divergences": posterior.divergences, **_agreement(drawn[0], truth[0])}
    if chained and posterior.n_chains > 1:
        found = convergence_of(*drawn, divergences=posterior.divergences)
        per_second = found.ess_mean / cpu if cpu else np.nan
        row |= {"ess_mean": found.ess_mean, "ess_per_cpu_second": per_second, "r_hat": found.r_hat_mean}
    return row


def _agreement(drawn: Floats, truth: Floats) -> dict[str, float]:
    """Return how an engine's predictive means compare with the reference's, each (n_chains, n_draws, n_points)."""
    ours, theirs = (values.reshape(-1, values.shape[2]) for values in (drawn, truth))
    correlation = np.corrcoef(ours.mean(axis=0), theirs.mean(axis=0))[0, 1]
    return {"correlation": float(correlation), "sd_ratio": float(np.median(ours.std(axis=0) / theirs.std(axis=0)))}


def numpyro_nuts(task: RaceTask) -> Posterior:
    """Our own: numpyro's NUTS on the compiled model, single precision."""
    return sample_nuts(
        task.network, task.data, sigma=task.sigma, chains=task.chains, warmup=task.warmup, draws=task.draws,
        seed=task.seed, options=task.options,
    )  # fmt: skip


def pymc_nuts(task: RaceTask) -> Posterior:
    """Run PyMC's NUTS, double precision; its time includes compiling."""
    import pymc as pm

    with _timed(task, "pymc") as timed, timed.model:
        timed.made = pm.sample(
            **_asked(task), tune=task.warmup, random_seed=task.seed, target_accept=task.options.target_accept,
            nuts={"max_treedepth": task.options.max_tree_depth}, cores=1, progressbar=False,
            compute_convergence_checks=False,
        )  # fmt: skip
    return timed.posterior


def nutpie_nuts(task: RaceTask) -> Posterior:
    """Run nutpie's NUTS on numba, double precision; compiling is left out of its time."""
    import nutpie

    with _timed(task, "nutpie") as timed:
        program = nutpie.compile_pymc_model(timed.model)
        timed.start()
        timed.made = nutpie.sample(
            program, **_asked(task), tune=task.warmup, seed=task.seed, cores=1, progress_bar=False,
            target_accept=task.options.target_accept, maxdepth=task.options.max_tree_depth,
        )  # fmt: skip
    return timed.posterior


def pathfinder(task: RaceTask) -> Posterior:
    """Run multi-path Pathfinder of pymc-extras: a normal law about the way to a mode, best of several paths."""
    import pymc_extras

    with _timed(task, "pathfinder") as timed:
        timed.made = pymc_extras.fit_pathfinder(
            model=timed.model, num_paths=_PATHS, num_draws=task.chains * task.draws, random_seed=task.seed,
            progressbar=False,
        )  # fmt: skip
    return timed.posterior


def advi(task: RaceTask) -> Posterior:
    """Run mean-field variational inference of PyMC."""
    import pymc as pm

    with _timed(task, "advi") as timed, timed.model:
        fitted = pm.fit(n=task.advi_steps, method="advi", random_seed=task.seed, progressbar=False)
        timed.made = fitted.sample(task.chains * task.draws, random_seed=task.seed)
    return timed.posterior


CHAINS: Final[Mapping[str, Engine]] = {"numpyro": numpyro_nuts, "pymc": pymc_nuts, "nutpie": nutpie_nuts}
APPROXIMATIONS: Final[Mapping[str, Engine]] = {"pathfinder": pathfinder, "advi": advi}


def _asked(task: RaceTask) -> dict[str, Any]:
    return {"chains": task.chains, "draws": task.draws}


@dataclass(slots=True)
class _Timed:
    """A foreign engine at work on the PyMC model, and its clocks."""

    name: str
    model: Any
    made: Any = None
    wall: float = 0.0
    cpu: float = 0.0

    def start(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        self.wall, self.cpu = time.perf_counter() - self.wall, time.process_time() - self.cpu

    @property
    def posterior(self) -> Posterior:
        """What the engine made, in our form: free variables only."""
        group = self.made["posterior"]
        names = [variable.name for variable in self.model.free_RVs]
        stats = self.made["sample_stats"] if "sample_stats" in self.made.groups() else {}
        return Posterior(
            draws={name: np.asarray(group[name], dtype=np.float32) for name in names},
            sampler=self.name, seconds=self.wall, cpu_seconds=self.cpu,
            divergences=int(np.asarray(stats["diverging"]).sum()) if "diverging" in stats else 0,
        )  # fmt: skip


@contextmanager
def _timed(task: RaceTask, name: str) -> Iterator[_Timed]:
    """Build the model for a foreign engine, and time what is done with it."""
    with warnings.catch_warnings():
        # They warn of their own affairs (no BLAS, few draws, deprecations); the table says what came of it.
        warnings.simplefilter("ignore")
        timed = _Timed(name, task.network.build(task.data, task.sigma))
        timed.start()
        yield timed
        timed.stop()

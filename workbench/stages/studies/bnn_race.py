"""The engines of the race, each in its own process under a limit of CPU time; what they made is kept by content."""

import hashlib
import json
import signal
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import numpy as np

from workbench.bayes.sampling.anchored import AnchoredOptions, fast_posterior
from workbench.bayes.sampling.nuts import WORKER_ENVIRONMENT
from workbench.bayes.sampling.posterior import Posterior
from workbench.bayes.sampling.race import APPROXIMATIONS, CHAINS, Engine, RaceTask
from workbench.errors import ParameterError
from workbench.store.atomic import replacing, write_text

#: Below a league's artifacts.
FOLDER: Final = "bnn_race"
#: The week's engine, by its name in the race.
FAST: Final = "anchored"
#: Seconds an engine has to notice its limit before it is ended by force.
_GRACE: Final = 30
#: On a few thousand rows an epoch is short: more of them, and smaller steps, than the week's own on all rows.
FAST_OPTIONS: Final = AnchoredOptions(members=64, epochs=200, batch=256, rate=0.03)
_SMOKE_OPTIONS: Final = AnchoredOptions(members=8, epochs=3)
_PACKAGES: Final = {
    "numpyro": "numpyro", "pymc": "pymc", "nutpie": "nutpie", "pathfinder": "pymc-extras", "advi": "pymc",
    FAST: "optax",
}  # fmt: skip


def anchored(task: RaceTask) -> Posterior:
    """Fit the anchored ensemble of the week on the rows of the race."""
    options = FAST_OPTIONS if len(task.data.yards) >= FAST_OPTIONS.batch else _SMOKE_OPTIONS
    return fast_posterior(task.network, task.data, sigma=task.sigma, seed=task.seed, options=options)


ENGINES: Final[Mapping[str, Engine]] = {**CHAINS, FAST: anchored, **APPROXIMATIONS}


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What one engine did.

    Attributes
    ----------
    name : str
    posterior : Posterior or None
        None where it did not come to an end.
    note : str
        Why not: not installed, out of time, or its own failure.
    version : str
        Of the engine's package.
    """

    name: str
    posterior: Posterior | None
    note: str
    version: str


def check_engines(names: Sequence[str]) -> None:
    """Refuse names of no engine.

    Raises
    ------
    ParameterError
    """
    unknown = sorted(set(names) - set(ENGINES))
    if unknown or not names:
        raise ParameterError(f"There is no engine {', '.join(unknown) or 'asked for'}. There are {', '.join(ENGINES)}.")


def entered(names: Sequence[str], task: RaceTask, *, key: str, folder: Path, limit_seconds: int) -> list[Entry]:
    """Return what each engine made of the task, run now where that is not kept.

    Parameters
    ----------
    names : sequence of str
        Of ``ENGINES``.
    task : RaceTask
    key : str
        Of the rows and the density.
    folder : Path
    limit_seconds : int
        CPU seconds an engine may use; 0: no limit, and this process does the work.
    """
    found = []
    for number, name in enumerate(names, start=1):
        path = folder / f"{name}-{_key(name, task, key=key, limit=limit_seconds)}"
        entry = _read(path, name=name)
        if entry is None:
            _say(f"engine {number} of {len(names)}: {name}", folder=folder)
            entry = _run(name, task, limit_seconds)
            _write(path, entry)
        found.append(entry)
    return found


def _run(name: str, task: RaceTask, limit_seconds: int) -> Entry:
    version = _version(name)
    if not version:
        return Entry(name, None, "not installed", "")
    try:
        made = _limited(name, task, limit_seconds) if limit_seconds else ENGINES[name](task)
    except ImportError as error:
        return Entry(name, None, f"not installed: {error.name}", version)
    except TimeoutError:
        return Entry(name, None, f"not finished within {limit_seconds / 60:.0f} minutes of CPU time", version)
    except (ArithmeticError, ValueError, RuntimeError) as error:  # an engine's own failure is a result of the race
        return Entry(name, None, f"failed: {type(error).__name__}: {str(error)[:120]}", version)
    return Entry(name, made, "", version)


def _limited(name: str, task: RaceTask, limit_seconds: int) -> Posterior:
    """Run an engine in a process that may use so much CPU time.

    Raises
    ------
    TimeoutError
        If it uses more.
    """
    from joblib.externals.loky import ProcessPoolExecutor
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    executor = ProcessPoolExecutor(max_workers=1, env=dict(WORKER_ENVIRONMENT))
    try:
        made: Posterior = executor.submit(run_limited, name, task, limit_seconds).result()
    except TerminatedWorkerError as error:
        raise TimeoutError from error
    finally:
        executor.shutdown(wait=True, kill_workers=True)
    return made


def run_limited(name: str, task: RaceTask, limit_seconds: int) -> Posterior:
    """Run an engine in this process, which is ended when its CPU time is used up."""
    import resource

    def out_of_time(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGXCPU, out_of_time)
    resource.setrlimit(resource.RLIMIT_CPU, (limit_seconds, limit_seconds + _GRACE))
    return ENGINES[name](task)


def _version(name: str) -> str:
    try:
        return metadata.version(_PACKAGES[name])
    except metadata.PackageNotFoundError:
        return ""


def _key(name: str, task: RaceTask, *, key: str, limit: int) -> str:
    words = {
        "rows": key, "chains": task.chains, "warmup": task.warmup, "draws": task.draws, "seed": task.seed,
        "sigma": task.sigma, "options": asdict(task.options), "advi": task.advi_steps, "limit": limit,
        "version": _version(name), "fast": asdict(FAST_OPTIONS),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()[:16]


def _write(path: Path, entry: Entry) -> None:
    """Write the draws, then the facts: an entry without facts is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    facts: dict[str, Any] = {"note": entry.note, "version": entry.version, "posterior": None}
    if entry.posterior is not None:
        made = entry.posterior
        with replacing(path.with_name(f"{path.name}.npz")) as temporary, temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **made.draws)
        names = ("sampler", "divergences", "seconds", "cpu_seconds", "tree_steps", "settings")
        facts["posterior"] = {name: getattr(made, name) for name in names}
    write_text(path.with_name(f"{path.name}.json"), json.dumps(facts, indent=1) + "\n")


def _read(path: Path, *, name: str) -> Entry | None:
    try:
        facts = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
        if facts["posterior"] is None:
            return Entry(name, None, facts["note"], facts["version"])
        with np.load(path.with_name(f"{path.name}.npz"), allow_pickle=False) as arrays:
            made = Posterior(draws=dict(arrays), **facts["posterior"])
    except (FileNotFoundError, KeyError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    return Entry(name, made, facts["note"], facts["version"])


def _say(text: str, *, folder: Path) -> None:
    # Past the notebook, whose page would keep every line.
    write_text(folder / "progress.txt", text + "\n")
    if sys.__stderr__ is not None:
        print(f"bnn_samplers: {text}", file=sys.__stderr__, flush=True)

"""Many leagues over several workers: chunks written whole, so that a killed run goes on and a larger one adds to it."""

import hashlib
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from workbench.data.demo.panel import panel_league
from workbench.errors import ValidationError
from workbench.stages.studies.planted_estimators import FAST, Estimator, Sample, Trial
from workbench.stages.studies.planted_slow import SLOW
from workbench.store.atomic import replacing, write_text

#: Leagues a chunk: small enough that a killed run loses a minute, large enough that files stay few.
CHUNK: Final = 10
#: Beside the chunks: how far a run has come and how long the rest will take.
PROGRESS: Final = "progress.txt"
_PACKAGE: Final = Path(__file__).parents[2]
#: What a trial depends on; anything else may change without a league being drawn anew.
_SOURCES: Final = ("causal", "data/demo", "features/panels")
_COLUMNS: Final = tuple(f.name for f in fields(Trial))
ESTIMATORS: Final[Mapping[str, Estimator]] = {**FAST, **SLOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of every league.

    Attributes
    ----------
    folder : Path
        Where chunks are kept, one folder a plan's key below it.
    seed : int
    seasons : tuple of int
    draws : int
        Of any bootstrap.
    size : int
        Leagues a chunk.
    source : str
        Digest of the code behind a trial, taken when the plan is made: an edit meanwhile does not split a run.
    """

    folder: Path
    seed: int
    seasons: tuple[int, ...]
    draws: int = 999
    size: int = CHUNK
    source: str = field(default_factory=lambda: _source_digest())

    @property
    def chunks(self) -> Path:
        """Where this plan's chunks are: by what decides them, not by how many leagues are wanted."""
        words = f"{self.seed} {self.seasons} {self.draws} {self.size} {self.source}"
        return self.folder / f"chunks-{hashlib.sha256(words.encode()).hexdigest()[:16]}"

    def file(self, estimator: str, chunk: int) -> Path:
        """Return the file of an estimator's trials on one chunk of leagues."""
        return self.chunks / estimator / f"{chunk:05d}.parquet"


@dataclass(frozen=True, slots=True)
class Job:
    """One chunk of leagues and the estimators that have not seen it."""

    plan: Plan
    chunk: int
    estimators: tuple[str, ...]


def trials(plan: Plan, *, leagues: Mapping[str, int], workers: int = 1) -> pd.DataFrame:
    """Return every trial of the estimators on their leagues, whatever the number of workers.

    Parameters
    ----------
    plan : Plan
    leagues : mapping of str to int
        How many leagues each estimator is tried on.
    workers : int

    Returns
    -------
    DataFrame
        The fields of ``Trial`` and ``league, group`` (the estimators' name in ``ESTIMATORS``), ``seconds`` (of
        all that the group was asked of the league; the only column that differs from run to run).

    Raises
    ------
    ValidationError
        If an estimator is not known, or no league is asked for.
    """
    unknown = sorted(set(leagues) - set(ESTIMATORS))
    if unknown:
        raise ValidationError(f"There are no estimators {unknown}; there are {', '.join(ESTIMATORS)}.")
    if not leagues or min(leagues.values()) < 1 or workers < 1:
        raise ValidationError(f"Leagues and workers must be 1 or more, got {dict(leagues)} and {workers}.")
    _run(_missing(plan, leagues), workers=workers, folder=plan.chunks)
    return pd.concat([_read(plan, name, count) for name, count in leagues.items()], ignore_index=True)


def _missing(plan: Plan, leagues: Mapping[str, int]) -> list[Job]:
    jobs = []
    for chunk in range(-(-max(leagues.values()) // plan.size)):
        left = tuple(
            name
            for name, count in leagues.items()
            if chunk * plan.size < count and not plan.file(name, chunk).is_file()
        )
        if left:
            jobs.append(Job(plan, chunk, left))
    return jobs


def _run(jobs: Sequence[Job], *, workers: int, folder: Path) -> None:
    """Run the jobs, saying now and then how long the rest will take."""
    if not jobs:
        return
    from joblib import Parallel, delayed, parallel_config  # late: only this study fans out

    started, said = time.monotonic(), 0.0
    with parallel_config(backend="loky", inner_max_num_threads=1):
        done = Parallel(n_jobs=workers, return_as="generator_unordered")(delayed(run_chunk)(job) for job in jobs)
        for number, _ in enumerate(done, start=1):
            spent = time.monotonic() - started
            if spent - said > 20.0:
                said = spent
                left = spent * (len(jobs) - number) / number / 60
                _say(f"{number} of {len(jobs)} chunks, {left:.1f} minutes left", folder=folder)


def _say(text: str, *, folder: Path) -> None:
    # Past the notebook, whose page would keep every line: to the process's own log, and to a file beside the chunks.
    write_text(folder / PROGRESS, text + "\n")
    if sys.__stderr__ is not None:
        print(f"planted_truth: {text}", file=sys.__stderr__, flush=True)


def run_chunk(job: Job) -> int:
    """Try the job's estimators on its leagues, write a file an estimator, and return the chunk's number."""
    from threadpoolctl import threadpool_limits

    found: dict[str, list[dict[str, object]]] = {name: [] for name in job.estimators}
    with threadpool_limits(limits=1):
        for number in range(job.chunk * job.plan.size, (job.chunk + 1) * job.plan.size):
            seed = league_seed(job.plan.seed, number)
            league = panel_league(seed, seasons=job.plan.seasons)
            for name in job.estimators:
                # A stream an estimator, so that what one draws moves no other.
                rng = np.random.default_rng([seed, list(ESTIMATORS).index(name)])
                started = time.perf_counter()
                made = [asdict(t) for t in ESTIMATORS[name](Sample(league=league, rng=rng, draws=job.plan.draws))]
                seconds = time.perf_counter() - started
                found[name] += [row | {"league": number, "seconds": seconds} for row in made]
    for name, rows in found.items():
        path = job.plan.file(name, job.chunk)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = pd.DataFrame(rows, columns=[*_COLUMNS, "league", "seconds"])
        with replacing(path) as temporary:
            frame.to_parquet(temporary, index=False)
    return job.chunk


def league_seed(seed: int, number: int) -> int:
    """Return a league's seed: leagues of one study and of neighbouring seeds never meet.

    Examples
    --------
    >>> league_seed(7, 3) != league_seed(8, 3)
    True
    """
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0] // 2)


def _read(plan: Plan, name: str, count: int) -> pd.DataFrame:
    files = [plan.file(name, chunk) for chunk in range(-(-count // plan.size))]
    frame = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    return frame[frame["league"] < count].assign(group=name)


def _source_digest() -> str:
    digest = hashlib.sha256()
    mine = [Path(__file__), *(Path(__file__).with_name(f"planted_{n}.py") for n in ("estimators", "slow"))]
    files = [p for folder in _SOURCES for p in (_PACKAGE / folder).rglob("*.py")]
    for path in sorted([*files, *mine]):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()

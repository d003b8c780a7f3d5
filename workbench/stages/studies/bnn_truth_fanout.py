"""Seasons of leagues over several workers: each kept whole once made, so that a killed run goes on."""

import hashlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pandas as pd

from workbench.data.demo.keys import stream
from workbench.stages.studies.bnn_truth_league import LeagueSeason, league_season
from workbench.store.atomic import replacing, sha256, write_text

PROGRESS: Final = "progress.txt"
#: Written last: where it stands, the others do.
_FRAMES: Final = ("intervals", "skill", "drift", "weeks", "rows")
_PACKAGE: Final = Path(__file__).parents[2]
#: What the numbers depend on; anything else may change without a league being drawn anew.
_SOURCES: Final = (
    "bayes/*.py", "bayes/networks/*.py", "bayes/families/*.py", "bayes/baselines/*.py", "bayes/conformal/*.py",
    "bayes/scores/*.py", "bayes/sampling/anchored.py", "bayes/sampling/compiled.py", "data/demo/keys.py",
    "data/demo/yards_*.py", "features/player_yards/*.py", "lifecycle/recalibrat*.py", "stages/calibration/deliver.py",
    "stages/calibration/split.py",    "stages/studies/bnn_truth_league.py", "stages/studies/bnn_truth_methods.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of every league.

    Attributes
    ----------
    folder : Path
        Where seasons are kept, one folder a plan's key below it.
    seed : int
    seasons, tested : tuple of int
        Drawn, and tested.
    networks : tuple of str
    sigma : float
    tiny : bool
    source : str
        Digest of the code behind the numbers, taken when the plan is made: an edit meanwhile does not split a run.
    """

    folder: Path
    seed: int
    seasons: tuple[int, ...]
    tested: tuple[int, ...]
    networks: tuple[str, ...]
    sigma: float
    tiny: bool = False
    source: str = field(default_factory=lambda: _source_digest())

    @property
    def kept(self) -> Path:
        """Where this plan's seasons are: by what decides them, not by how many leagues are wanted."""
        words = f"{self.seed} {self.seasons} {self.tested} {self.networks} {self.sigma} {self.tiny} {self.source}"
        return self.folder / f"leagues-{hashlib.sha256(words.encode()).hexdigest()[:16]}"

    def file(self, job: "Job", frame: str) -> Path:
        """Return the file of one frame of one season of a league."""
        return self.kept / f"{job.league:03d}-{job.season}" / f"{frame}.parquet"


@dataclass(frozen=True, slots=True)
class Job:
    """One season of one league."""

    league: int
    season: int


def league_seed(seed: int, number: int) -> int:
    """Return a league's seed.

    Examples
    --------
    >>> league_seed(7, 1) != league_seed(7, 2)
    True
    """
    return int(stream(seed, 4242, number).integers(2**31))


def league_frames(plan: Plan, *, leagues: int, workers: int = 1) -> dict[str, pd.DataFrame]:
    """Return the frames of every league and tested season, whatever the number of workers.

    Returns
    -------
    dict of str to DataFrame
        As ``league_season``, with ``league`` (its number); ``intervals`` and ``skill`` with the keys of their rows.
    """
    jobs = [Job(league, season) for league in range(1, leagues + 1) for season in plan.tested]
    _run(plan, [job for job in jobs if not plan.file(job, _FRAMES[-1]).is_file()], workers=workers)
    frames = {name: pd.concat([_read(plan, job, name) for job in jobs], ignore_index=True) for name in _FRAMES}
    keys = frames["rows"][["league", "season", "row", "week", "game_id", "role", "decile"]]
    for name in ("intervals", "skill"):
        frames[name] = frames[name].merge(keys, on=["league", "season", "row"], validate="many_to_one")
    return frames


def _run(plan: Plan, jobs: Sequence[Job], *, workers: int) -> None:
    """Run the jobs, saying after each how long the rest will take."""
    if not jobs:
        return
    from joblib import Parallel, delayed, parallel_config  # late: only studies fan out

    started = time.monotonic()
    with parallel_config(backend="loky", inner_max_num_threads=1):
        used = min(workers, len(jobs))
        done = Parallel(n_jobs=used, return_as="generator_unordered")(delayed(run_job)(plan, job) for job in jobs)
        for number, job in enumerate(done, start=1):
            left = (time.monotonic() - started) * (len(jobs) - number) / number / 60
            text = f"league {job.league}, {job.season}: {number} of {len(jobs)} seasons, {left:.1f} minutes left"
            # Past the notebook, whose page would keep every line.
            write_text(plan.kept / PROGRESS, text + "\n")
            if sys.__stderr__ is not None:
                print(f"bnn_truth: {text}", file=sys.__stderr__, flush=True)


def run_job(plan: Plan, job: Job) -> Job:
    """Make and keep one season of one league."""
    from threadpoolctl import threadpool_limits

    asked = LeagueSeason(
        league_seed=league_seed(plan.seed, job.league), seasons=plan.seasons, season=job.season,
        networks=plan.networks, sigma=plan.sigma, seed=plan.seed, tiny=plan.tiny,
    )  # fmt: skip
    with threadpool_limits(limits=1):
        found = league_season(asked)
    for name in _FRAMES:
        path = plan.file(job, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            found[name].to_parquet(temporary, index=False)
    return job


def _read(plan: Plan, job: Job, frame: str) -> pd.DataFrame:
    return pd.read_parquet(plan.file(job, frame)).assign(league=job.league, season=job.season)


def _source_digest() -> str:
    files = sorted({path for pattern in _SOURCES for path in _PACKAGE.glob(pattern)})
    lines = [f"{path.relative_to(_PACKAGE).as_posix()} {sha256(path)}" for path in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()

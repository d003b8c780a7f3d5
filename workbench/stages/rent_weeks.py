"""Weeks decided by every variant, each kept by the content of what it read: a new week is all that has to be walked."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import workbench
from workbench.backtest.fanout import fanned_out
from workbench.backtest.rent_walk import VariantWeeks, walk_variants
from workbench.backtest.season import PlannedWeek
from workbench.clock import DecisionInstant, Week
from workbench.errors import MissingArtifactError
from workbench.settings import Settings
from workbench.stages.bookkeeping import stage_policy
from workbench.stages.context import week_instant, week_over
from workbench.stages.models import fitted_season
from workbench.store.atomic import replacing, sha256
from workbench.store.tables import FactStore, FactsVersion

#: Below a league's artifacts.
FOLDER: Final = "variants"
#: Draws a game: a fifth of the week's. Both sides of a comparison are drawn as roughly, so that it stays fair.
RENT_DRAWS: Final = 2_000
#: What a variant reads of the season under way.
_TABLES: Final = ("games", "results", "quotes", "starters", "player_weeks", "injuries", "rosters", "plays")
#: Code that decides what a week comes to.
_SOURCES: Final = (
    "backtest/rent_walk.py", "backtest/walk.py", "clock.py", "decision", "features", "market", "risk", "schema.py",
    "simulate", "stages/models.py", "stages/rent_weeks.py", "stages/season_check.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RentJob:
    """Weeks of one season to be walked by every variant.

    Attributes
    ----------
    root : Path
        The league's artifacts.
    version : FactsVersion
        Of no later season.
    settings : Settings
    season : int
    weeks : tuple of (int, str)
        Week and the name of its files.
    decide_at : {"open", "wednesday"}
    names : tuple of str
        Of ``decision.variants.VARIANTS``.
    n_draws : int
    folder : Path
    """

    root: Path
    version: FactsVersion
    settings: Settings
    season: int
    weeks: tuple[tuple[int, str], ...]
    decide_at: DecisionInstant
    names: tuple[str, ...]
    n_draws: int
    folder: Path


def variant_weeks(
    store: FactStore,
    *,
    settings: Settings,
    weeks: Sequence[Week],
    names: Sequence[str],
    decide_at: DecisionInstant,
    n_draws: int = RENT_DRAWS,
    folder: Path | None = None,
) -> VariantWeeks:
    """Return what every variant said and picked in some weeks, walking those that are not kept.

    Parameters
    ----------
    store : FactStore
    settings : Settings
        Policy, model and seed; ``compute`` says over what seasons are fanned out.
    weeks : sequence of Week
        All of them over.
    names : sequence of str
    decide_at : {"open", "wednesday"}
    n_draws : int, default 2,000
    folder : Path, optional
        By default ``variants`` below the league's artifacts.

    Raises
    ------
    MissingArtifactError
        If no week is asked for.
    """
    if not weeks:
        raise MissingArtifactError("No week is over yet: there is nothing to compare variants on.")
    kept = folder or store.root / FOLDER
    kept.mkdir(parents=True, exist_ok=True)
    jobs = []
    for season in sorted({week.season for week in weeks}):
        version = _until(store.version, season)
        words = _words(settings, version=version, season=season, names=names, decide_at=decide_at, n_draws=n_draws)
        numbers = sorted({week.week for week in weeks if week.season == season})
        jobs.append(
            RentJob(
                root=store.root.resolve(), version=version, settings=settings, season=season, decide_at=decide_at,
                names=tuple(names), n_draws=n_draws, folder=kept.resolve(),
                weeks=tuple(zip(numbers, _keys(store, season=season, numbers=numbers, words=words), strict=True)),
            )
        )  # fmt: skip
    missing = [part for job in jobs for part in _parts(_missing(job), workers=settings.compute.workers)]
    compute = settings.compute
    fanned_out(
        walk_rent_job, missing[::-1], workers=compute.workers, engine=compute.engine, scheduler=compute.scheduler
    )
    return VariantWeeks.joined([_read(job.folder, name) for job in jobs for _, name in job.weeks])


def walk_rent_job(job: RentJob) -> int:
    """Walk the weeks of a job, leave each as soon as it is done, and return how many."""
    store = FactStore(job.root, job.version)
    plan = [_planned(store, Week(job.season, number), decide_at=job.decide_at) for number, _ in job.weeks]
    last = store.as_of(max(planned.instant for planned in plan))
    season = fitted_season(last, season=job.season, settings=job.settings)
    policy = stage_policy(job.settings)
    for planned, (_, name) in zip(plan, job.weeks, strict=True):
        model = replace(season.at(planned.instant), n_draws=job.n_draws)
        walked = walk_variants(store.as_of, planned=planned, model=model, policy=policy, names=job.names)
        for part in ("picks", "said"):
            with replacing(job.folder / f"{name}-{part}.parquet") as path:
                getattr(walked, part).to_parquet(path, index=False, compression="zstd")
    return len(plan)


def weeks_over(store: FactStore, *, season: int, through: int, by: pd.Timestamp) -> list[Week]:
    """Return the weeks of a season up to one that were over by an instant."""
    schedule = store.as_of(by).table("games", columns=["week"], seasons=[season])
    numbers = sorted({int(w) for w in schedule["week"] if w <= through})
    return [Week(season, w) for w in numbers if week_over(store, Week(season, w)) <= by]


def _planned(store: FactStore, week: Week, *, decide_at: DecisionInstant) -> PlannedWeek:
    return PlannedWeek(week, week_instant(store, week, decide_at=decide_at), week_over(store, week))


def _missing(job: RentJob) -> RentJob:
    absent = [(w, name) for w, name in job.weeks if not (job.folder / f"{name}-said.parquet").exists()]
    return replace(job, weeks=tuple(absent))


def _parts(job: RentJob, *, workers: int) -> list[RentJob]:
    """Split a season with much to walk, so that one season too keeps every worker busy; each part fits anew."""
    n = min(workers, max(len(job.weeks) // 4, 1))
    return [replace(job, weeks=job.weeks[i::n]) for i in range(n) if job.weeks[i::n]]


def _read(folder: Path, name: str) -> VariantWeeks:
    return VariantWeeks(*(pd.read_parquet(folder / f"{name}-{part}.parquet") for part in ("picks", "said")))


def _until(version: FactsVersion, season: int) -> FactsVersion:
    return replace(
        version, tables={name: tuple(f for f in files if f.season <= season) for name, files in version.tables.items()}
    )


def _words(
    settings: Settings, *, version: FactsVersion, season: int, names: Sequence[str], decide_at: str, n_draws: int
) -> str:
    """Return all that decides a season's weeks but the season's own facts."""
    asked = settings.keyed()
    earlier = {name: [f.sha256 for f in files if f.season < season] for name, files in sorted(version.tables.items())}
    part = {name: asked[name] for name in ("league", "policy", "model", "seed")}
    return json.dumps([part, earlier, season, list(names), decide_at, n_draws, _sources()], sort_keys=True)


def _keys(store: FactStore, *, season: int, numbers: Sequence[int], words: str) -> list[str]:
    """Return the name of each week's files, by a hash of all it may read."""
    sums = [_row_sums(store, table=name, season=season) for name in _TABLES]
    names = []
    for number in numbers:
        by = week_over(store, Week(season, number))
        seen = [int(hashes[known <= by.value].sum(dtype=np.uint64)) for known, hashes in sums]
        digest = hashlib.sha256(f"{words}{number}{by.isoformat()}{seen}".encode()).hexdigest()
        names.append(f"{season}_week{number:02d}-{digest[:24]}")
    return names


def _row_sums(store: FactStore, *, table: str, season: int) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Return when each row became known, and its hash: a sum of hashes names a set of rows, in whatever order."""
    view = store.as_of(pd.Timestamp("2200-01-01", tz="UTC"))
    if not view.has(table):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64)
    rows = view.table(table, seasons=[season])
    known = rows["known_at"].dt.tz_convert("UTC").astype("datetime64[ns, UTC]").astype("int64")
    hashes = pd.util.hash_pandas_object(rows, index=False)
    return np.asarray(known, dtype=np.int64), np.asarray(hashes, dtype=np.uint64)


@cache
def _sources() -> str:
    package, digest = Path(workbench.__file__).parent, hashlib.sha256()
    for name in _SOURCES:
        for path in sorted({package / name, *(package / name).rglob("*.py")}):
            if path.is_file():
                digest.update(f"{path.relative_to(package).as_posix()}\n{sha256(path)}\n".encode())
    return digest.hexdigest()

"""Seasons walked forward over workers, each kept by content: a killed run goes on, and what has not changed is read.

A season's walk is given the facts of no later season, so that not even a bug could look into them; what it is named by
holds no later season either, and a new season leaves the walks of the old ones as they are.
"""

import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from typing import Final

import pandas as pd

import workbench
from workbench.backtest.fanout import fanned_out
from workbench.backtest.held_back import HeldBack
from workbench.backtest.season import PlannedWeek, SeasonWalk, walk_season
from workbench.clock import DecisionInstant, Week
from workbench.decision.model import Model
from workbench.decision.week_model import WeekModel
from workbench.errors import MissingArtifactError
from workbench.settings import Settings
from workbench.stages.bookkeeping import stage_policy
from workbench.stages.context import week_instant, week_over
from workbench.stages.models import fitted_season
from workbench.store.atomic import write_text
from workbench.store.ledger import Ledger, open_ledger
from workbench.store.tables import FactStore, FactsVersion

#: Below a league's artifacts.
FOLDER: Final = "backtests"
LEDGER: Final = "ledger.sqlite"
#: How far a run has come and how long the rest will take.
PROGRESS: Final = "progress.txt"
_FRAMES: Final = tuple(f.name for f in fields(SeasonWalk))
_PACKAGE: Final = Path(workbench.__file__).parent
#: Code that decides a walk; anything else may change without a season being walked anew.
_SOURCES: Final = (
    "backtest/account.py", "backtest/held_back.py", "backtest/season.py", "backtest/walk.py", "clock.py", "decision",
    "features", "market", "risk", "schema.py", "simulate", "stages/bookkeeping.py", "stages/models.py",
    "stages/season_check.py", "stages/studies/backtest_seasons.py", "store/frames.py", "store/ledger",
    "store/tables.py",
)  # fmt: skip
#: Of these, what only models without some module, leagues with three outcomes or pages about walks ask for.
_ASIDE: Final = (
    "variant", "goals_model", "three_way_scores", "paired_scores", "reliability", "returns", "edge_buckets",
    "expected_clv", "clv_weeks", "until_known", "walk_performance", "slip_risk", "sharpness", "cells", "outcome_scores",
    "operating", "sequential", "forecast_alarms", "panels", "player_yards",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonJob:
    """One season to be walked.

    Attributes
    ----------
    root : Path
        The league's artifacts, where the facts lie.
    version : FactsVersion
        Of no later season.
    settings : Settings
    season : int
    decide_at : {"open", "wednesday"}
    held_back_hours : float
        How much later than it might the model is told (``backtest.held_back``).
    variant : str
        Which modules the model has; ``full`` has all (``decision.variants``).
    weeks : tuple of int
        Empty: all.
    folder : Path
        Where walks are kept.
    source : str
        Digest of the code, taken when the job is made: an edit meanwhile does not split a run.
    """

    root: Path
    version: FactsVersion
    settings: Settings
    season: int
    decide_at: DecisionInstant
    held_back_hours: float
    variant: str
    weeks: tuple[int, ...]
    folder: Path
    source: str

    @property
    def key(self) -> str:
        """A hash of all that decides the walk."""
        asked = self.settings.keyed()
        words = [
            {name: asked[name] for name in ("league", "policy", "model", "seed", "draws")}, self.version.digest,
            self.season, self.decide_at, self.held_back_hours, self.variant, self.weeks, self.source,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()[:24]

    @property
    def place(self) -> Path:
        """The folder of the walk; it is there only when the walk is whole."""
        return self.folder / f"{self.season}-{self.decide_at}-{self.key}"

    @property
    def account(self) -> str:
        """Under which name the ledger keeps the season's bets: each season begins with the policy's bankroll."""
        parts = [stage_policy(self.settings).name, self.decide_at, str(self.season)]
        held = [f"held back {self.held_back_hours:g} h"] if self.held_back_hours else []
        return " ".join([*parts, *held, *([self.variant] if self.variant != "full" else [])])


@dataclass(frozen=True, slots=True)
class Walked:
    """Seasons walked.

    Attributes
    ----------
    walk : SeasonWalk
        In order of time.
    ledgers : tuple of Path
        One SQLite ledger a season.
    fresh : int
        Seasons that were walked now; the others were read.
    seconds : float
        Of walking them, by the clock.
    """

    walk: SeasonWalk
    ledgers: tuple[Path, ...]
    fresh: int
    seconds: float


def walked_seasons(
    store: FactStore,
    *,
    settings: Settings,
    seasons: Sequence[int],
    decide_at: DecisionInstant,
    held_back_hours: float = 0.0,
    variant: str = "full",
    weeks: Sequence[int] = (),
    folder: Path | None = None,
) -> Walked:
    """Return the walks of some seasons, walking those that are not kept: the same digits whatever the workers.

    Parameters
    ----------
    store : FactStore
        Everything known; each season sees its own part.
    settings : Settings
        Policy, seed, draws; ``compute`` says over what the seasons are fanned out.
    seasons : sequence of int
    decide_at : {"open", "wednesday"}
    held_back_hours, variant, weeks
        As in `SeasonJob`.
    folder : Path, optional
        By default ``backtests`` below the league's artifacts.

    Raises
    ------
    MissingArtifactError
        If there are no facts of a season.
    """
    known = {file.season for file in store.version.tables.get("games", ())}
    if absent := sorted(set(seasons) - known):
        raise MissingArtifactError(f"There are no games of {absent} among the facts. Known: {sorted(known)}.")
    kept, source = folder or store.root / FOLDER, _source_digest(variants=variant != "full")
    jobs = [
        SeasonJob(
            root=store.root.resolve(), version=_until(store.version, season), settings=settings, season=season,
            decide_at=decide_at, held_back_hours=held_back_hours, variant=variant, weeks=tuple(weeks),
            folder=kept.resolve(), source=source,
        )
        for season in sorted(set(seasons))
    ]  # fmt: skip
    missing = [job for job in jobs if not job.place.is_dir()]
    started = time.monotonic()
    _fan_out(missing, settings=settings, folder=kept)
    seconds = time.monotonic() - started
    walk = SeasonWalk.joined([_read(job.place) for job in jobs])
    return Walked(walk, tuple(job.place / LEDGER for job in jobs), len(missing), seconds)


def season_plan(
    store: FactStore, *, season: int, decide_at: DecisionInstant, weeks: Sequence[int] = ()
) -> list[PlannedWeek]:
    """Return a season's weeks in order, each with the instant it is decided and the one by which all is known."""
    schedule = store.as_of(pd.Timestamp.max.tz_localize("UTC")).table("games", columns=["week"], seasons=[season])
    numbers = sorted({int(w) for w in schedule["week"]} & set(weeks or schedule["week"]))
    every = [Week(season, number) for number in numbers]
    return [PlannedWeek(w, week_instant(store, w, decide_at=decide_at), week_over(store, w)) for w in every]


def walk_job(job: SeasonJob) -> float:
    """Walk one season, leave its frames and its ledger, and return the seconds it took."""
    started = time.monotonic()
    job.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=job.folder, prefix=".walking-") as beside:
        half = Path(beside) / "walk"
        half.mkdir()
        ledger = open_ledger(f"sqlite:///{half / LEDGER}")
        try:
            walk = _walk(job, ledger)
        finally:
            ledger.close()
        for name in _FRAMES:
            getattr(walk, name).to_parquet(half / f"{name}.parquet", index=False, compression="zstd")
        if job.place.exists():  # another run was faster; equal jobs leave equal walks
            shutil.rmtree(half)
        else:
            half.rename(job.place)
    return time.monotonic() - started


def _walk(job: SeasonJob, ledger: Ledger) -> SeasonWalk:
    store = FactStore(job.root, job.version)
    plan = season_plan(store, season=job.season, decide_at=job.decide_at, weeks=job.weeks)
    last = store.as_of(max(planned.instant for planned in plan))
    model = fitted_season(last, season=job.season, settings=job.settings)

    def model_at(instant: pd.Timestamp) -> Model:
        whole = _varied(model.at(instant - pd.Timedelta(hours=job.held_back_hours)), job.variant)
        return HeldBack(whole, job.held_back_hours) if job.held_back_hours else whole

    return walk_season(
        store.as_of,
        plan=plan,
        model_at=model_at,
        policy=stage_policy(job.settings),
        ledger=ledger,
        league=job.settings.league,
        account=job.account,
        seed=job.settings.seed,
    )


def _varied(model: WeekModel, variant: str) -> Model:
    if variant == "full":
        return model
    from workbench.decision.variants import variant_of

    return variant_of(model, variant)


def _until(version: FactsVersion, season: int) -> FactsVersion:
    """Return the facts without those of later seasons."""
    return replace(
        version, tables={name: tuple(f for f in files if f.season <= season) for name, files in version.tables.items()}
    )


def _fan_out(jobs: Sequence[SeasonJob], *, settings: Settings, folder: Path) -> None:
    if not jobs:
        return
    folder.mkdir(parents=True, exist_ok=True)
    started, ended = time.monotonic(), 0
    # The longest first, so that the last worker is not left with it alone: later seasons have plays and more quotes.
    ordered = sorted(jobs, key=lambda job: job.season, reverse=True)

    def told(job: SeasonJob, _: float) -> None:
        nonlocal ended
        ended += 1
        left = (time.monotonic() - started) * (len(jobs) - ended) / ended / 60
        _say(f"{job.account} walked, {ended} of {len(jobs)}, {left:.1f} minutes left", folder=folder)

    compute = settings.compute
    fanned_out(
        walk_job, ordered, workers=compute.workers, engine=compute.engine, scheduler=compute.scheduler, on_done=told
    )


def _say(text: str, *, folder: Path) -> None:
    # Past the notebook, whose page would keep every line: to the process's own log, and to a file beside the walks.
    write_text(folder / PROGRESS, text + "\n")
    if sys.__stderr__ is not None:
        print(f"backtest: {text}", file=sys.__stderr__, flush=True)


def _read(place: Path) -> SeasonWalk:
    return SeasonWalk(**{name: pd.read_parquet(place / f"{name}.parquet") for name in _FRAMES})


@cache
def _source_digest(*, variants: bool) -> str:
    digest = hashlib.sha256()
    for name in _SOURCES:
        for path in sorted({_PACKAGE / name, *(_PACKAGE / name).rglob("*.py")}):
            relative = path.relative_to(_PACKAGE).as_posix()
            aside = any(word in relative for word in _ASIDE) and not (variants and "variant" in relative)
            if path.is_file() and not aside:
                digest.update(f"{relative}\n".encode() + path.read_bytes())
    return digest.hexdigest()

"""What every weekly notebook opens first: its week, its views of the facts, and a place for what it leaves."""

import io
import json
import math
import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from threadpoolctl import threadpool_limits

from workbench.clock import AsOf, Week, decision_instants, stats_known_at, utc
from workbench.errors import MissingArtifactError
from workbench.settings import Settings, settings_from_environment
from workbench.stages.catalogue import Stage, stage_named
from workbench.stages.keys import KEY_VARIABLE, git_revision, parameters, stage_key
from workbench.store.atomic import replacing, write_text
from workbench.store.locks import artifact_lock
from workbench.store.runs import PARTIAL, Manifest, RunStore
from workbench.store.tables import FactStore, FactsVersion

#: The facts version that the ingest stage names; every later stage reads these facts and no others.
FACTS = "facts.json"


@dataclass(frozen=True, slots=True)
class StageRun:
    """One run of one stage, open for writing.

    Attributes
    ----------
    stage : Stage
    settings : Settings
    week : Week
    key : str
        The name of the run.
    folder : Path
        Where its files are written until ``finish`` makes them permanent.
    store : RunStore
    upstream : mapping of str to Manifest
        What the stages it needs have left for this week.
    asked_as_of : Timestamp or None
        The instant the parameters cell asks for; None is the week's decision instant.
    started : str
        UTC instant, ISO 8601.
    """

    stage: Stage
    settings: Settings
    week: Week
    key: str
    folder: Path
    store: RunStore
    upstream: Mapping[str, Manifest]
    asked_as_of: pd.Timestamp | None
    started: str

    # --- reading -------------------------------------------------------------------------------------------------
    def read_table(self, stage: str, name: str) -> pd.DataFrame:
        """Return a parquet or CSV table an upstream stage left for this week, its content verified."""
        path = self.store.path(self._manifest(stage), name)
        return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)

    def read_json(self, stage: str, name: str) -> Any:
        """Return a JSON file an upstream stage left for this week, its content verified."""
        return json.loads(self.store.path(self._manifest(stage), name).read_text(encoding="utf-8"))

    def facts(self) -> FactStore:
        """Return the facts the ingest stage named."""
        version = FactsVersion.from_json(self.read_json("01_ingest", FACTS))
        return FactStore(self.settings.league_artifacts, version)

    def _manifest(self, stage: str) -> Manifest:
        return self.upstream[stage] if stage in self.upstream else self.store.require(stage, self.week)

    # --- writing -------------------------------------------------------------------------------------------------
    def save_table(self, name: str, frame: pd.DataFrame) -> None:
        """Leave a table as ``name`` (.parquet or .csv)."""
        with replacing(self.folder / name) as path:
            if name.endswith(".csv"):
                frame.to_csv(path, index=False, lineterminator="\n")
            else:
                buffer = io.BytesIO()
                frame.to_parquet(buffer, index=False, compression="zstd")
                path.write_bytes(buffer.getvalue())

    def save_json(self, name: str, content: object) -> None:
        """Leave a JSON file; keys sorted, so that equal content gives equal bytes. A missing number is null."""
        write_text(self.folder / name, json.dumps(plain(content), indent=1, sort_keys=True, allow_nan=False))

    def finish(
        self,
        *,
        status: str,
        findings: Sequence[str],
        numbers: Sequence[Any],
        as_of: pd.Timestamp,
        data_hash: str = "",
    ) -> Manifest:
        """Make the run permanent and point the week at it.

        Parameters
        ----------
        status : str
            The status word of the page.
        findings : sequence of str
            Sentences computed from results, the surprising one first.
        numbers : sequence of KeyNumber
            The strip; anything with ``as_dict``.
        as_of : Timestamp
            The instant after which nothing was known.
        data_hash : str
            The digest of the facts read; empty takes the ingest stage's.
        """
        ingest = self.upstream.get("01_ingest")
        manifest = Manifest(
            stage=self.stage.name,
            league=self.settings.league,
            kind=self.stage.kind,
            season=self.week.season,
            week=self.week.week,
            key=self.key,
            parameters=parameters(
                self.stage, self.settings, season=self.week.season, week=self.week.week,
                as_of="" if self.asked_as_of is None else self.asked_as_of.isoformat(),
            ),
            as_of=utc(as_of).isoformat(),
            data_hash=data_hash or (ingest.data_hash if ingest else ""),
            revision=git_revision(),
            upstream={name: m.key for name, m in self.upstream.items()},
            summary={"status": status, "findings": list(findings), "numbers": [n.as_dict() for n in numbers]},
            started=self.started,
            finished=_now(),
        )  # fmt: skip
        with nullcontext() if os.environ.get(KEY_VARIABLE) else artifact_lock(self.store.root, command="a notebook"):
            made = self.store.commit(manifest)
        from workbench.stages.bookkeeping import note_run  # only who finishes a run pays for a database

        note_run(self.settings, made)
        return made


def open_stage(name: str, *, profile: str, season: int, week: int, as_of: str = "") -> StageRun:
    """Open a run of a stage: what the first code cell of a weekly notebook does.

    Parameters
    ----------
    name : str
        Such as ``06_simulate``.
    profile : str
        A file in ``params/``; inside a run the settings the runner resolved are used.
    season, week : int
    as_of : str
        ISO instant with its zone; empty is the week's decision instant.

    Raises
    ------
    MissingArtifactError
        If an upstream stage has left nothing for the week; names the stage to run.
    """
    stage = stage_named(name)
    settings = settings_from_environment(profile=profile)
    store = RunStore(settings.league_artifacts)
    upstream = {needed: store.require(needed, (season, week)) for needed in stage.needs}
    key = stage_key(stage, settings, season=season, week=week, as_of=as_of)
    # As in the runner's kernels, so that JupyterLab computes the same bits: more threads add in another order.
    threadpool_limits(limits=1)
    store.open(key)
    return StageRun(
        stage=stage,
        settings=settings,
        week=Week(season, week),
        key=key,
        folder=store.root / "runs" / f"{key}{PARTIAL}",
        store=store,
        upstream=upstream,
        asked_as_of=utc(as_of) if as_of else None,
        started=_now(),
    )


def decision_instant(run: StageRun, facts: FactStore) -> pd.Timestamp:
    """Return the instant the week is decided at: the one asked for, or that of its games.

    Raises
    ------
    MissingArtifactError
        If the schedule has no game in that week.
    """
    if run.asked_as_of is not None:
        return run.asked_as_of
    return week_instant(facts, run.week, decide_at=run.settings.decide_at)


def week_instant(facts: FactStore, week: Week, *, decide_at: Any = "wednesday") -> pd.Timestamp:
    """Return the decision instant of a week: that of most of its games."""
    instants = decision_instants(_kickoffs(facts, week), decide_at=decide_at)
    return utc(instants.mode().iloc[0])


def week_over(facts: FactStore, week: Week) -> pd.Timestamp:
    """Return the instant at which everything about a week's games counts as known: Tuesday 06:00 ET after them."""
    return utc(stats_known_at(_kickoffs(facts, week)).max())


def view_at(facts: FactStore, instant: pd.Timestamp) -> AsOf:
    """Return what was known at an instant."""
    return facts.as_of(instant)


def _kickoffs(facts: FactStore, week: Week) -> "pd.Series[pd.Timestamp]":
    schedule = facts.as_of(pd.Timestamp.max.tz_localize("UTC")).table(
        "games", columns=["week", "kickoff_utc"], seasons=[week.season]
    )
    kickoffs = schedule.loc[schedule["week"] == week.week, "kickoff_utc"]
    if kickoffs.empty:
        raise MissingArtifactError(
            f"The schedule has no game in {week.season} week {week.week}. Weeks known: {_known_weeks(schedule)}."
        )
    return kickoffs


def _known_weeks(schedule: pd.DataFrame) -> str:
    weeks = sorted(schedule["week"].unique())
    return f"{weeks[0]} to {weeks[-1]}" if weeks else "none; is the season in the source?"


def plain(content: object) -> Any:
    """Return content as JSON can hold it: numpy numbers as numbers, missing ones as None, instants as ISO text."""
    if isinstance(content, Mapping):
        return {str(key): plain(value) for key, value in content.items()}
    if is_dataclass(content) and not isinstance(content, type):
        return plain(asdict(content))
    if isinstance(content, (list, tuple, set, frozenset)):
        return [plain(value) for value in content]
    if isinstance(content, (bool, str, int, type(None))):
        return content
    if isinstance(content, pd.DataFrame):
        return [plain(row) for row in content.to_dict("records")]
    if content is pd.NaT:
        return None
    if isinstance(content, datetime):
        return content.isoformat()
    if hasattr(content, "item"):
        return plain(content.item())
    return None if isinstance(content, float) and not math.isfinite(content) else content


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

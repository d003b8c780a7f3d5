"""What every study's notebook opens first: its facts, its parameters, and a place for what it leaves."""

import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.clock import utc
from workbench.data.ingest import load_league
from workbench.errors import MissingArtifactError, ValidationError
from workbench.settings import Settings, settings_from_environment
from workbench.stages.context import plain
from workbench.stages.keys import git_revision
from workbench.stages.studies.catalogue import Study, study_named
from workbench.stages.studies.claims import Claim
from workbench.stages.studies.keys import COMMAND_VARIABLE, SHEETS, given_path, study_folder, study_key, study_seasons
from workbench.store.atomic import replacing, write_text
from workbench.store.locks import artifact_lock
from workbench.store.tables import AsOfView, FactStore, write_facts

#: What every study leaves: the numbers its page shows.
RESULT = "result.json"
#: A study of the past may see all of it; what its forecasters may know is their own, tested, affair.
_ALWAYS = utc("2200-01-01T00:00:00+00:00")
_PATIENCE_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class StudyRun:
    """One run of one study.

    Attributes
    ----------
    study : Study
    settings : Settings
    profile : str
    parameters : mapping
        Every parameter of the notebook.
    key : str
    folder : Path
        Where its files go; the result is written last.
    facts : FactStore
        Everything known, from the league's ordinary door.
    started : str
        UTC instant, ISO 8601.
    """

    study: Study
    settings: Settings
    profile: str
    parameters: Mapping[str, Any]
    key: str
    folder: Path
    facts: FactStore
    started: str

    @property
    def own_data(self) -> bool:
        """Whether the study was given data that take the place of the league's games."""
        return any(self.parameters.get(name) for name in self.study.instead)

    @property
    def simulated(self) -> bool:
        """Whether what is studied is the simulated league."""
        return self.settings.simulated and not self.own_data

    @property
    def seasons(self) -> list[int]:
        """The seasons there are facts of."""
        return sorted({file.season for file in self.facts.version.tables.get("games", ())})

    @property
    def everything(self) -> AsOfView:
        """All facts, whenever they became known."""
        return self.facts.as_of(_ALWAYS)

    @property
    def as_of(self) -> pd.Timestamp:
        """When the last result read became known.

        Raises
        ------
        MissingArtifactError
            If there is no result at all.
        """
        files = self.facts.version.tables.get("results", ())
        if not files:
            raise MissingArtifactError("There is no result in the facts: nothing can be studied yet.")
        return max(utc(file.known_to) for file in files)

    def path(self, name: str) -> Path | None:
        """Return the file or folder that a parameter names; None where it is empty."""
        return given_path(str(self.parameters[name]), profile=self.profile)

    def save_table(self, name: str, frame: pd.DataFrame) -> None:
        """Leave a table as ``name`` (.parquet)."""
        buffer = io.BytesIO()
        frame.to_parquet(buffer, index=False, compression="zstd")
        with replacing(self.folder / name) as path:
            path.write_bytes(buffer.getvalue())

    def save_sheet(self, name: str, html: str) -> str:
        """Leave a whole page, such as ``2016.html``, that is published beside the study's; return its address there."""
        write_text(self.folder / SHEETS / name, html)
        return f"{self.study.name}/{name}"

    def finish(
        self, claims: Sequence[Claim], *, headline: str, findings: Sequence[str], more: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Write the result and return it.

        Parameters
        ----------
        claims : sequence of Claim
            The numbers the page shows.
        headline : str
            Name of the claim that is the study's estimate.
        findings : sequence of str
        more : mapping, optional
            Tables and notes beside them.

        Raises
        ------
        ValidationError
            If two claims have one name.
        """
        if len({claim.name for claim in claims}) < len(claims):
            raise ValidationError("Each claim of a study needs a name of its own.")
        chief = next((claim for claim in claims if claim.name == headline), None)
        result = self._stamp() | _estimate(chief) | {"findings": list(findings)}
        result |= {"claims": [claim.as_dict() for claim in claims], **(more or {})}
        content: dict[str, Any] = plain(result)
        write_text(self.folder / RESULT, json.dumps(content, indent=1, allow_nan=False) + "\n")
        return content

    def _stamp(self) -> dict[str, Any]:
        shown = {n: ("given" if v else "none") if n in self.study.files else v for n, v in self.parameters.items()}
        return {
            "study": self.study.name,
            "question": self.study.question,
            "run": self.key,
            "league": self.settings.league,
            "label": self.settings.label,
            "simulated": self.simulated,
            "parameters": shown,
            "as_of": self.as_of.isoformat(),
            "data_hash": self.facts.version.digest,
            "revision": git_revision(),
            "command": os.environ.get(COMMAND_VARIABLE, f"workbench study {self.study.name} --profile {self.profile}"),
            "started": self.started,
            "finished": _now(),
        }


def _estimate(chief: Claim | None) -> dict[str, Any]:
    if chief is None:
        return {"estimate": None, "standard_error": None, "interval": None}
    known = chief.low is not None and chief.high is not None
    return {
        "estimate": chief.value,
        "estimate_is": chief.what,
        "standard_error": chief.standard_error,
        "interval": [chief.low, chief.high] if known else None,
    }


def open_study(name: str, *, profile: str, **parameters: Any) -> StudyRun:
    """Open a run of a study: what the first code cell of its notebook does.

    Parameters
    ----------
    name : str
        Such as ``forecast_skill``.
    profile : str
        A file in ``params/``; inside a run the settings the runner resolved are used.
    **parameters
        Every other parameter of the notebook.

    Raises
    ------
    SourceError
        If there is no usable schedule.
    """
    study, settings = study_named(name), settings_from_environment(profile=profile)
    every = {"profile": profile, **parameters}
    key = study_key(study, settings, parameters=every)
    folder = study_folder(study, settings) / key
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RESULT).unlink(missing_ok=True)
    facts = study_facts(settings, first_season=study.first_season)
    return StudyRun(study, settings, profile, every, key, folder, facts, _now())


def study_facts(settings: Settings, *, first_season: int | None = None) -> FactStore:
    """Return the league's facts through the same door as a week's ingest, its lock held while they are written."""
    seasons = study_seasons(settings, first_season)
    root = settings.league_artifacts
    with artifact_lock(root, command="workbench study", wait_seconds=_PATIENCE_SECONDS):
        loaded = load_league(settings, seasons=seasons, root=root)
        return FactStore(root, write_facts(root, loaded.tables))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

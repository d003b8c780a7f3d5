"""What a study's run is named by: its notebook, the package, the lock, its parameters and what it reads."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError
from workbench.settings import Settings, profile_path
from workbench.stages.keys import KEY_VARIABLE, package_digest
from workbench.stages.studies.catalogue import Study
from workbench.store.atomic import sha256
from workbench.store.runs import lock_digest, run_key

_PROJECT = Path(__file__).parents[3]
#: How the command line tells a study's kernel what was typed, for the page and the table of numbers.
COMMAND_VARIABLE = "WORKBENCH_COMMAND"
#: Below a run: whole pages that stand beside the study's own.
SHEETS = "sheets"


def study_folder(study: Study, settings: Settings) -> Path:
    """Return where a study's runs are kept: one folder a run, below every league."""
    return settings.artifacts / "studies" / study.name


def given_path(text: str, *, profile: str) -> Path | None:
    """Return the file or folder a parameter names, relative ones from the project's folder; None where it is empty.

    Raises
    ------
    SettingsError
        If there is nothing of that name.
    """
    if not text:
        return None
    path = profile_path(profile).parents[1] / Path(text).expanduser()
    if not path.exists():
        raise SettingsError(f"There is no file or folder {text!r}. Relative names start at the project's folder.")
    return path


def study_seasons(settings: Settings, first_season: int | None) -> range:
    """Return the seasons a study reads: the profile's, and earlier ones where the study asks for them.

    A simulated league has no earlier ones.
    """
    first = settings.first_season
    earlier = first if first_season is None or settings.simulated else min(first, first_season)
    return range(earlier, settings.default_season + 1)


def content_digest(path: Path | None) -> str:
    """Return a hash of a file, or of every file in a folder with its name; empty for None."""
    if path is None:
        return ""
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    lines = [f"{p.relative_to(path.parent).as_posix()} {sha256(p)}" for p in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def study_key(study: Study, settings: Settings, *, parameters: Mapping[str, Any]) -> str:
    """Return the key of a study's run: the one the runner handed over, or, in JupyterLab, the same one computed.

    Parameters
    ----------
    study : Study
    settings : Settings
    parameters : mapping
        Every parameter of the notebook.
    """
    handed = os.environ.get(KEY_VARIABLE)
    if handed:
        return handed
    from workbench.data.ingest import fingerprint

    profile = str(parameters.get("profile", settings.league))
    seasons = study_seasons(settings, study.first_season)
    read = {"settings": hashlib.sha256(json.dumps(settings.keyed(), sort_keys=True).encode()).hexdigest()}
    read["sources"] = fingerprint(settings, seasons=seasons, root=settings.league_artifacts)
    read |= {n: content_digest(given_path(str(parameters.get(n, "")), profile=profile)) for n in study.files}
    return run_key(
        notebook=study.notebook.read_bytes(),
        source_digest=package_digest(),
        lock_digest=lock_digest(_PROJECT / "requirements.lock"),
        parameters={name: value for name, value in parameters.items() if name not in study.files},
        inputs=read,
    )

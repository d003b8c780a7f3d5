"""What a stage's run is named by: its notebook, the package, the lock, its parameters and what it reads.

The command line asks this before it starts anything, so pandas is imported only where facts have to be read.
"""

import hashlib
import json
import os
from functools import cache
from pathlib import Path

import workbench
from workbench.settings import Settings
from workbench.stages.catalogue import Stage
from workbench.store.runs import RunStore, lock_digest, run_key, source_digest

#: How the runner tells a kernel which run it makes.
KEY_VARIABLE = "WORKBENCH_RUN_KEY"

_PACKAGE = Path(workbench.__file__).parent


def parameters(stage: Stage, settings: Settings, *, season: int, week: int, as_of: str = "") -> dict[str, object]:
    """Return the parameters of a stage's notebook."""
    return {"profile": settings.league, "season": season, "week": week, "as_of": as_of}


def inputs(stage: Stage, settings: Settings, *, season: int, week: int) -> dict[str, str]:
    """Return what a stage reads, each by a hash of its content.

    Ingest asks its sources anew, so that new facts make a new run; the others read upstream manifests, and some the
    ledger as it stood before this week.

    Raises
    ------
    MissingArtifactError
        If an upstream stage has left nothing for the week; names the stage to run.
    """
    read = {"settings": hashlib.sha256(json.dumps(settings.keyed(), sort_keys=True).encode()).hexdigest()}
    if not stage.needs:
        from workbench.data.ingest import fingerprint

        seasons = range(settings.first_season, season + 1)
        read["sources"] = fingerprint(settings, seasons=seasons, root=settings.league_artifacts)
    store = RunStore(settings.league_artifacts)
    read |= {name: store.require(name, (season, week)).key for name in stage.needs}
    if stage.uses_ledger:
        from workbench.stages.bookkeeping import ledger_state

        read["ledger"] = ledger_state(settings, stage=stage.name, season=season, week=week)
    if stage.uses_registry:
        read["registry"] = _chosen_models(settings, season=season)
    return read


def _chosen_models(settings: Settings, *, season: int) -> str:
    from workbench.lifecycle.registry import open_registry

    with open_registry(settings) as registry:
        return registry.chosen(season)


def stage_key(stage: Stage, settings: Settings, *, season: int, week: int, as_of: str = "") -> str:
    """Return the key of a stage's run: the one the runner handed over, or, in JupyterLab, the same one computed."""
    handed = os.environ.get(KEY_VARIABLE)
    if handed:
        return handed
    return run_key(
        notebook=stage.notebook.read_bytes(),
        source_digest=package_digest(),
        lock_digest=lock_digest(_PACKAGE.parent / "requirements.lock"),
        parameters=parameters(stage, settings, season=season, week=week, as_of=as_of),
        inputs=inputs(stage, settings, season=season, week=week),
    )


@cache
def package_digest() -> str:
    """Return the digest of the package's source, read once a process."""
    return source_digest(_PACKAGE)


@cache
def git_revision() -> str:
    """Return the git revision for people to read (never keyed), with ``+`` where the tree has changes; or ''."""
    import subprocess

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=_PACKAGE.parent, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    revision = git("rev-parse", "--short=12", "HEAD")
    return f"{revision}+" if revision and git("status", "--porcelain", "--untracked-files=no") else revision

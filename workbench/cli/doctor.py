"""Where each setting came from, whether each source answers, and what the machine offers."""

import platform
import re
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import __version__
from workbench.errors import SourceError, StoreError
from workbench.settings import Settings
from workbench.store.locks import holder

if TYPE_CHECKING:
    from rich.console import Console

#: A week of one league leaves well under this.
COMFORTABLE_BYTES = 2 * 1024**3

Check = tuple[str, bool, str]


def show_doctor(settings: Settings) -> bool:
    """Print everything; return whether nothing stands in the way of a run."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    _show_settings(console, settings)
    checks = [*_machine(settings), *_models(settings), *_sources(settings)]
    for name, good, said in checks:
        console.print(f"{'[green]ok[/]' if good else '[red]NO[/]'}  {name}: ", end="")
        console.print(said, markup=False)
    return all(good for _, good, _ in checks)


def differing_packages(lock: str) -> list[str]:
    """Return the packages whose installed version is not the locked one, as ``name installed != locked``.

    Packages that are locked but not installed do not count: groups and extras are optional.

    Examples
    --------
    >>> differing_packages("typer==0.0.1")[0].endswith("!= 0.0.1")
    True
    """
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", lock, flags=re.MULTILINE)
    locked: dict[str, list[str]] = {}
    for name, number in pinned:  # a package may be locked at several versions, each for some machines
        locked.setdefault(name, []).append(number)
    found = ((name, _installed(name), numbers) for name, numbers in locked.items())
    return [f"{n} {here} != {' or '.join(there)}" for n, here, there in found if here not in ("", *there)]


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _show_settings(console: "Console", settings: Settings) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for title in ("setting", "value", "from"):
        table.add_column(title, overflow="fold")
    for key, (value, origin) in settings.shown().items():
        table.add_row(key, value, origin, style="" if origin == "default" else "bold")
    console.print(table)
    console.print()


def _machine(settings: Settings) -> Iterator[Check]:
    python = platform.python_version()
    yield "Python", python.startswith("3.11."), f"{python} (workbench {__version__})"
    lock = Path(__file__).parents[2] / "requirements.lock"
    differing = differing_packages(lock.read_text(encoding="utf-8")) if lock.is_file() else []
    said = f"{len(differing)} packages differ: {', '.join(differing[:5])}" if differing else "installed as locked"
    yield "lock", not differing, said if lock.is_file() else "no requirements.lock here: versions are not checked"
    root = settings.league_artifacts
    there = next(folder for folder in (root, *root.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    yield "disk", free > COMFORTABLE_BYTES, f"{free / 1024**3:.1f} GB free for {settings.artifacts}"
    at_work = holder(root)
    who = f"process {at_work.pid} (`{at_work.command}`), since {at_work.since}" if at_work else "free"
    yield "run lock", True, who


def _models(settings: Settings) -> Iterator[Check]:
    from workbench.cli.models import damaged_models

    try:
        used, damaged = damaged_models(settings)
    except StoreError as error:
        yield "models", False, str(error)
        return
    mend = "restore their files, or `workbench models promote NAME VERSION`"
    said = f"files gone or changed: {', '.join(damaged)}; {mend}" if damaged else f"{used} in use, files as written"
    yield "models", not damaged, said


def _sources(settings: Settings) -> Iterator[Check]:
    from workbench.data.ingest import probe

    try:
        answers = probe(settings, root=settings.league_artifacts)
    except SourceError as error:
        yield "sources", False, str(error)
        return
    for name, answered, said in answers:
        section = getattr(settings.sources, name, None)
        asked_for = section is None or bool(section.base)
        yield f"source {name}", answered or not asked_for, said if asked_for else "not set"

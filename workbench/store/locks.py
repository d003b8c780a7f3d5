"""One lock an artifact root and league, released when its holder dies."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from workbench.errors import LockedError
from workbench.store.atomic import disk_errors, write_text

LOCK_NAME = ".lock"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock.

    Attributes
    ----------
    pid : int
    since : str
        UTC instant, ISO 8601.
    command : str
        What it runs, such as ``workbench weekly``.
    """

    pid: int
    since: str
    command: str


@contextmanager
def artifact_lock(root: Path, *, command: str, wait_seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock of an artifact root; the operating system releases it if this process dies.

    Raises
    ------
    LockedError
        If another process holds it: names the process, since when, and what to do.
    """
    with disk_errors(str(LOCK_NAME)):
        root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(root / LOCK_NAME)
        try:
            lock.acquire(timeout=wait_seconds)
        except Timeout:
            raise LockedError(_refusal(root)) from None
    try:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        write_text(_note(root), json.dumps(asdict(Holder(pid=os.getpid(), since=now, command=command))))
        yield
    finally:
        _note(root).unlink(missing_ok=True)
        lock.release()


def holder(root: Path) -> Holder | None:
    """Return who holds the lock of an artifact root, or None if nobody does.

    A note left by a killed run does not count: only the lock itself says whether it is held.
    """
    if not (root / LOCK_NAME).exists():
        return None
    lock = FileLock(root / LOCK_NAME)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _read_note(root) or Holder(pid=0, since="unknown", command="unknown")
    lock.release()
    return None


def _note(root: Path) -> Path:
    return root / f"{LOCK_NAME}.json"


def _read_note(root: Path) -> Holder | None:
    try:
        return Holder(**json.loads(_note(root).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):  # the holder is between taking the lock and signing it
        return None


def _refusal(root: Path) -> str:
    other = _read_note(root)
    who = f"process {other.pid} (`{other.command}`, since {other.since})" if other else "another process"
    kill = "taskkill /PID" if sys.platform == "win32" else "kill"
    what = f", or stop it with `{kill} {other.pid}`" if other else ""
    return f"The artifacts of {root.name!r} are in use by {who}. Wait until it ends{what}; then run again."

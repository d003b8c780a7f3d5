"""What each run left behind: immutable folders named by their key, and a week's view that points into them.

Layout under one league's artifact root::

    runs/<key>.partial/                 a run at work, or what a killed one left; the next run replaces it
    runs/<key>/  + manifest.json        complete and never changed
    <kind>/{season}_week{week}/         the week's view: files linked from its run; manifest.json is renamed in last

Readers go through manifests: a file is handed out only if its hash is the one its manifest names.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, Self

from workbench.errors import MissingArtifactError, StoreError
from workbench.store.atomic import disk_errors, sha256, write_text

MANIFEST = "manifest.json"
PARTIAL = ".partial"
KEY_LENGTH = 24  # hexadecimal digits: 96 bits, short enough for a folder's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What one run of one stage was made from and what it left.

    Attributes
    ----------
    stage, league, kind : str
        ``kind`` names the view's folder, such as ``predictions``.
    season, week : int
    key : str
        Hash of notebook, package source, lock, parameters and inputs.
    parameters : mapping
        As the notebook got them; no paths, no secrets.
    as_of : str
        The instant of the view, ISO 8601 UTC.
    data_hash : str
        Digest of the facts read.
    revision : str
        The git revision: shown, never keyed.
    upstream : mapping of str to str
        Stage name to the key it was read under.
    files : mapping of str to str
        Relative name to SHA-256; ``RunStore.commit`` fills it in.
    summary : mapping
        ``{"status": str, "findings": [sentence], "numbers": [{label, value, low, high, unit, previous, digits}]}``.
    started, finished : str
        UTC instants, ISO 8601.
    status : {"complete", "failed"}
    """

    stage: str
    league: str
    kind: str
    season: int
    week: int
    key: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    as_of: str = ""
    data_hash: str = ""
    revision: str = ""
    upstream: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    started: str = ""
    finished: str = ""
    status: Literal["complete", "failed"] = "complete"

    def to_json(self) -> str:
        """Return the manifest as JSON, keys sorted."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a manifest.

        Raises
        ------
        StoreError
            If the text is not a manifest of this version.
        """
        try:
            payload = json.loads(text)
            return cls(**{name: payload[name] for name in (f.name for f in fields(cls)) if name in payload})
        except (ValueError, TypeError) as error:
            raise StoreError(f"A manifest cannot be read ({error}). Run its stage again with --force.") from error


def run_key(
    *,
    notebook: bytes,
    source_digest: str,
    lock_digest: str,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, str],
) -> str:
    """Return the key of a run: the same key means the same result.

    Parameters
    ----------
    notebook : bytes
        The notebook's file. Outputs, execution counts and editor metadata do not count, only its cells.
    source_digest, lock_digest : str
        Of the package and of the lock file.
    parameters : mapping
        Resolved, JSON-able; no paths, no secrets.
    inputs : mapping of str to str
        What the stage reads, by name, each as a digest of its content.

    Returns
    -------
    str
        24 hexadecimal digits.

    Examples
    --------
    >>> run_key(notebook=b"", source_digest="a", lock_digest="b", parameters={"week": 10}, inputs={})
    '5d6064c6f675947708a3ceb2'
    """
    parts = [_notebook_cells(notebook), source_digest, lock_digest, dict(parameters), dict(inputs)]
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:KEY_LENGTH]


def source_digest(package: Path, *, without: frozenset[str] = frozenset({"cli", "explore.py"})) -> str:
    """Return the digest of a package's files; ``without`` names top-level parts that cannot change a result."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        relative = path.relative_to(package)
        if path.is_file() and "__pycache__" not in relative.parts and relative.parts[0] not in without:
            digest.update(f"{relative.as_posix()}\0{sha256(path)}\n".encode())
    return digest.hexdigest()


def lock_digest(lock: Path) -> str:
    """Return the digest of the lock file; without one (not a checkout), a word that says so."""
    return sha256(lock) if lock.is_file() else "unlocked"


class RunStore:
    """The runs of one league under its artifact root.

    Examples
    --------
    >>> store = RunStore(Path("nowhere") / "demo")
    >>> store.latest("06_simulate", (2024, 10)) is None
    True
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, key: str) -> Path:
        """Return where the complete run of a key is, or would be."""
        return self.root / "runs" / key

    def open(self, key: str) -> Path:
        """Return an empty working folder for a run; what a killed run of the same key left is removed.

        Raises
        ------
        StoreError
            If the disk is full or refuses.
        """
        working = self.root / "runs" / f"{key}{PARTIAL}"
        with disk_errors(f"the working folder of run {key}"):
            shutil.rmtree(working, ignore_errors=True)
            working.mkdir(parents=True)
        return working

    def commit(self, manifest: Manifest) -> Manifest:
        """Make a run's working folder permanent, then point the week's view at it.

        Parameters
        ----------
        manifest : Manifest
            ``files`` may be empty: it is filled in from the working folder.

        Returns
        -------
        Manifest
            With its files and their hashes.

        Raises
        ------
        StoreError
            If the run was not opened, is not complete, or the disk is full; the view then is what it was before.
        """
        working = self.root / "runs" / f"{manifest.key}{PARTIAL}"
        if manifest.status != "complete":
            raise StoreError(f"Only a complete run is committed, {manifest.stage} is {manifest.status!r}.")
        if not working.is_dir():
            raise StoreError(f"Run {manifest.key} of {manifest.stage} was not opened, or was committed before.")
        with disk_errors(f"run {manifest.key} of {manifest.stage}"):
            whole = replace(manifest, files=_hashes(working))
            for name in whole.files:
                (working / name).chmod(0o444)  # the view links here: saving over it would change the run
            write_text(working / MANIFEST, whole.to_json())
            final = self.folder(manifest.key)
            replaced = final.with_name(f"{final.name}.replaced{PARTIAL}")
            shutil.rmtree(replaced, ignore_errors=True)
            if final.exists():  # a forced run: two renames, so that no reader meets a half-made folder
                final.rename(replaced)
            working.rename(final)
            shutil.rmtree(replaced, ignore_errors=True)
        self.promote(whole)
        return whole

    def promote(self, manifest: Manifest) -> Path:
        """Point the week's view at a complete run and return the view's folder; its manifest is renamed in last."""
        view = self._view(manifest)
        with disk_errors(f"the view {manifest.kind}/{view.name}"):
            view.mkdir(parents=True, exist_ok=True)
            for name in manifest.files:
                _link(self.folder(manifest.key) / name, view / name)
            write_text(view / MANIFEST, manifest.to_json())
            for path in sorted(view.rglob("*"), reverse=True):
                relative = path.relative_to(view).as_posix()
                if path.is_file() and relative != MANIFEST and relative not in manifest.files:
                    path.unlink()
        return view

    def latest(self, stage: str, week: tuple[int, int]) -> Manifest | None:
        """Return the manifest that the week's view of a stage points at, or None.

        Parameters
        ----------
        stage : str
        week : (season, week)
        """
        season, number = week
        for path in self.root.glob(f"*/{season}_week{number}/{MANIFEST}"):
            manifest = Manifest.from_json(path.read_text(encoding="utf-8"))
            if manifest.stage == stage:
                return manifest
        return None

    def require(self, stage: str, week: tuple[int, int]) -> Manifest:
        """Return the manifest of a stage's week.

        Raises
        ------
        MissingArtifactError
            If the stage has not been run for that week; names the command.
        """
        found = self.latest(stage, week)
        if found is None:
            raise MissingArtifactError(
                f"{stage} has left nothing for {week[0]} week {week[1]}. "
                f"Run `workbench run {stage} --season {week[0]} --week {week[1]}` first."
            )
        return found

    def manifest(self, key: str) -> Manifest | None:
        """Return the manifest of a complete run, or None if there is no such run."""
        path = self.folder(key) / MANIFEST
        return Manifest.from_json(path.read_text(encoding="utf-8")) if path.is_file() else None

    def path(self, manifest: Manifest, name: str) -> Path:
        """Return the path of a run's file, its content verified.

        Raises
        ------
        MissingArtifactError
            If the run never left that file, or it is gone; names the stage to run.
        StoreError
            If the content is not what the manifest names.
        """
        again = f"`workbench run {manifest.stage} --season {manifest.season} --week {manifest.week} --force`"
        path = self.folder(manifest.key) / name
        if name not in manifest.files or not path.is_file():
            raise MissingArtifactError(f"{manifest.stage} has not left {name!r} (run {manifest.key}). Run {again}.")
        if sha256(path) != manifest.files[name]:
            raise StoreError(f"{name!r} of {manifest.stage} is not what was written (hash differs). Run {again}.")
        return path

    def is_complete(self, key: str) -> bool:
        """Whether a key's run is there with every file as it was written; a damaged run is to be run again."""
        try:
            manifest = self.manifest(key)
            if manifest is None:
                return False
            for name in manifest.files:
                self.path(manifest, name)
        except StoreError:
            return False
        return True

    def is_current(self, manifest: Manifest) -> bool:
        """Whether the week's view points at this run."""
        view = self._view(manifest) / MANIFEST
        return view.is_file() and Manifest.from_json(view.read_text(encoding="utf-8")).key == manifest.key

    def weeks(self) -> Iterator[Manifest]:
        """Yield the manifest of every week's view, oldest week first."""
        found = [Manifest.from_json(p.read_text(encoding="utf-8")) for p in self.root.glob(f"*/*_week*/{MANIFEST}")]
        yield from sorted(found, key=lambda m: (m.season, m.week, m.stage))

    def sweep(self) -> list[str]:
        """Remove what killed runs left; call it under the lock. Returns the names removed."""
        left = sorted((self.root / "runs").glob(f"*{PARTIAL}"))
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
        return [folder.name for folder in left]

    def _view(self, manifest: Manifest) -> Path:
        return self.root / manifest.kind / f"{manifest.season}_week{manifest.week}"


def _notebook_cells(content: bytes) -> Any:
    try:
        cells = json.loads(content)["cells"]
    except (ValueError, KeyError, TypeError):
        return hashlib.sha256(content).hexdigest()
    return [[c["cell_type"], "".join(c["source"]), sorted(c.get("metadata", {}).get("tags", []))] for c in cells]


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}{PARTIAL}")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:  # another device, or a file system without links
        shutil.copy(source, temporary)
    temporary.replace(target)

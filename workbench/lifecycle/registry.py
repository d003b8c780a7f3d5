"""The model registry: versions of trained models, who is champion, and one step back.

Entries, aliases, their history and the decisions about calibration are tables of the ledger's database; the draws are
files beside the league's other artifacts, found by their content. No path is stored, so both may be moved.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection, Engine

from workbench.errors import StoreError
from workbench.lifecycle import posterior_files, registry_rows
from workbench.lifecycle.choices import choices_digest, persons_choice
from workbench.lifecycle.registry_rows import read_challenger, read_champion, read_version
from workbench.lifecycle.versions import (
    CHALLENGER,
    CHAMPION,
    Action,
    AliasChange,
    AliasEvent,
    ModelDecision,
    ModelVersion,
    TrainedModel,
    model_season,
    refuse_leak,
)
from workbench.settings import Settings
from workbench.store.ledger.engine import opened

__all__ = [
    "AliasChange",
    "AliasEvent",
    "ModelDecision",
    "ModelRegistry",
    "ModelVersion",
    "TrainedModel",
    "open_registry",
]

#: Any number, the same everywhere but unlike the migration's: PostgreSQL's advisory lock while the registry is written.
_WRITE_LOCK = 20240902


class ModelRegistry:
    """The trained models of one league.

    Parameters
    ----------
    engine : Engine
        On a migrated ledger (``store.ledger.engine.opened``).
    folder : Path
        The league's artifact root; files go to ``models/<name>/<content hash>/``.
    league : str

    Examples
    --------
    >>> ModelRegistry(opened("sqlite://"), Path("artifacts"), league="demo").champion("rushing_yards@2024") is None
    True
    """

    def __init__(self, engine: Engine, folder: Path, *, league: str) -> None:
        self._engine = engine
        self.folder = folder
        self.league = league

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def register(self, trained: TrainedModel, *, by: str = "workbench", why: str = "") -> ModelVersion:
        """Keep a trained model: the first of a name is champion, a later one challenger.

        The same content registered again is the same version: damaged files are mended, and where other code made it,
        the entry says so and names that code from now on.

        Raises
        ------
        LeakageError
            If it was trained past the season before last, as its name counts.
        StoreError
            If its name, arrays, JSON or metrics cannot be kept, or the disk refuses.
        """
        if not trained.training_seasons:
            raise StoreError(f"A model says which seasons it was trained on, {trained.name} names none.")
        refuse_leak(trained.name, training_seasons=trained.training_seasons, season=model_season(trained.name))
        contents = posterior_files.file_contents(trained)
        with self._writing() as connection:
            versions = registry_rows.read_versions(connection, league=self.league, name=trained.name)
            same = next((v for v in versions if v.content_hash == trained.content_hash), None)
            if same is not None:
                self._mend(connection, same, contents)
                registry_rows.note_reproduced(connection, same, trained, by=by, why=why)
                return read_version(connection, trained.name, same.version, league=self.league)
            return self._add(connection, trained, contents=contents, version=len(versions) + 1, by=by, why=why)

    def champion(self, name: str, *, season: int | None = None) -> ModelVersion | None:
        """Return the champion of a name, or None where nothing is registered.

        Parameters
        ----------
        name : str
            Such as ``rushing_yards@2024``.
        season : int, optional
            The season to be forecast; by default the name's.

        Raises
        ------
        LeakageError
            If that model has seen more than may be known when the season is forecast.
        """
        return self._pointed(name, alias=CHAMPION, season=season)

    def challenger(self, name: str, *, season: int | None = None) -> ModelVersion | None:
        """Return the challenger of a name, or None; refuses as :meth:`champion` does."""
        return self._pointed(name, alias=CHALLENGER, season=season)

    def versions(self, name: str | None = None) -> tuple[ModelVersion, ...]:
        """Return the versions of a name, or of all, by name and number."""
        with self._reading() as connection:
            return registry_rows.read_versions(connection, league=self.league, name=name)

    def version(self, name: str, number: int) -> ModelVersion:
        """Return one version.

        Raises
        ------
        StoreError
            If there is none; names those there are.
        """
        with self._reading() as connection:
            return read_version(connection, name, number, league=self.league)

    def required(self, name: str) -> ModelVersion:
        """Return the champion of a name, whichever season asks.

        Raises
        ------
        StoreError
            If no model has that name; names those there are.
        """
        with self._reading() as connection:
            number = read_champion(connection, name, league=self.league)["version"]
            return read_version(connection, name, number, league=self.league)

    def promote(
        self, name: str, number: int | None = None, *, by: str, why: str = "", automatic: bool = False
    ) -> AliasChange:
        """Make a version champion; the one it replaces is remembered.

        Parameters
        ----------
        name : str
        number : int, optional
            By default the challenger.
        by, why : str
            Stand in the history.
        automatic : bool
            Whether a stage does this by its own rules, which is no person's choice.

        Raises
        ------
        StoreError
            If there is no such version, no challenger, or its files are damaged.
        """
        with self._writing() as connection:
            now = read_champion(connection, name, league=self.league)
            if number is None:
                wanted = read_challenger(connection, name, league=self.league)
            else:
                wanted = read_version(connection, name, number, league=self.league)
            if now["version"] == wanted.version:
                return AliasChange(wanted, before=wanted.version, changed=False)
            action: Action = "succeeded" if automatic else "promoted"
            return self._crown(connection, wanted, before=now["version"], action=action, by=by, why=why)

    def rollback(self, name: str, *, by: str, why: str = "") -> AliasChange:
        """Give the title back to whom the champion replaced; done twice, it changes nothing more.

        Raises
        ------
        StoreError
            If no model has that name, or the files of the version to go back to are damaged.
        """
        with self._writing() as connection:
            now = read_champion(connection, name, league=self.league)
            number = now["previous_version"] or now["version"]
            wanted = read_version(connection, name, number, league=self.league)
            if now["previous_version"] is None:
                return AliasChange(wanted, before=wanted.version, changed=False)
            return self._crown(connection, wanted, before=now["version"], action="rolled_back", by=by, why=why)

    def history(self, name: str) -> tuple[AliasEvent, ...]:
        """Return every change of a name's aliases, oldest first: who, when, why."""
        with self._reading() as connection:
            return registry_rows.read_events(connection, league=self.league, name=name)

    def record(self, decision: ModelDecision) -> bool:
        """Keep a decision about a model's calibration, one a version and week; return whether anything changed.

        Raises
        ------
        StoreError
            If there is no such version, or the evidence is not plain JSON.
        """
        with self._writing() as connection:
            read_version(connection, decision.name, decision.version, league=self.league)
            return registry_rows.write_decision(connection, decision, league=self.league)

    def decisions(self, name: str | None = None) -> tuple[ModelDecision, ...]:
        """Return the decisions about a name, or about all, in order of name and week."""
        with self._reading() as connection:
            return registry_rows.read_decisions(connection, league=self.league, name=name)

    def load(self, version: ModelVersion) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return a version's JSON and its draws, verified.

        Raises
        ------
        StoreError
            If a file is gone or was changed; says how to go on.
        """
        return posterior_files.read_model(self.folder, version)

    def is_whole(self, version: ModelVersion) -> bool:
        """Whether a version's files are there as they were written."""
        return posterior_files.is_whole(self.folder / version.folder, version.files)

    def chosen_by(self, name: str) -> AliasEvent | None:
        """Return the event by which a person chose the present champion; None where it is the stage's own."""
        return persons_choice(self.history(name))

    def chosen(self, season: int) -> str:
        """Return a digest of the season's champions that persons chose against the stage's own; empty without any.

        The stage's own follow from facts and code, which its key holds already: nothing that a stage does by itself
        changes this digest, a person's promotion does, and taking it back restores it.
        """
        held = [v for v in self.versions() if CHAMPION in v.aliases and model_season(v.name) == season]
        return choices_digest({v.name: v for v in held if self.chosen_by(v.name)})

    def find(self, name: str, *, data_hash: str, source_digest: str) -> ModelVersion | None:
        """Return the newest version trained on these rows by this code, whatever its alias; None if there is none."""
        same = [v for v in self.versions(name) if (v.data_hash, v.source_digest) == (data_hash, source_digest)]
        return same[-1] if same else None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._engine.connect().execution_options(reading=True) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One writer at a time: SQLite's transaction sees to it by itself, PostgreSQL is asked for a lock."""
        with self._engine.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITE_LOCK})
            yield connection

    def _add(
        self, connection: Connection, trained: TrainedModel, *,
        contents: dict[str, bytes], version: int, by: str, why: str,
    ) -> ModelVersion:  # fmt: skip
        registry_rows.insert_version(
            connection, trained, league=self.league, version=version, files=posterior_files.hashes(contents)
        )
        added = read_version(connection, trained.name, version, league=self.league)
        alias = CHAMPION if version == 1 else CHALLENGER
        replaced = registry_rows.read_alias(connection, trained.name, alias=alias, league=self.league)
        registry_rows.point(connection, added, alias=alias)
        registry_rows.note_event(
            connection, added, action="registered", alias=alias, before=replaced.get("version"), by=by, why=why
        )
        posterior_files.write_folder(self.folder / added.folder, contents)  # last: if it fails, nothing was registered
        return read_version(connection, trained.name, version, league=self.league)

    def _crown(
        self, connection: Connection, wanted: ModelVersion, *, before: int, action: Action, by: str, why: str
    ) -> AliasChange:
        if not self.is_whole(wanted):
            raise StoreError(
                f"{wanted.name} version {wanted.version} cannot be champion: its files in {wanted.folder} are gone or "
                f"changed. Version {before} stays; restore the files from a copy, or name another version."
            )
        previous = None if action == "rolled_back" else before  # one step back, not a way round in circles
        registry_rows.point(connection, wanted, alias=CHAMPION, previous=previous)
        registry_rows.unpoint(connection, wanted, alias=CHALLENGER)
        registry_rows.note_event(connection, wanted, action=action, alias=CHAMPION, before=before, by=by, why=why)
        champion = read_version(connection, wanted.name, wanted.version, league=self.league)
        return AliasChange(champion, before=before, changed=True)

    def _mend(self, connection: Connection, version: ModelVersion, contents: dict[str, bytes]) -> None:
        if not self.is_whole(version):
            posterior_files.write_folder(self.folder / version.folder, contents)
            registry_rows.update_files(connection, version, files=posterior_files.hashes(contents))

    def _pointed(self, name: str, *, alias: str, season: int | None) -> ModelVersion | None:
        wanted = model_season(name) if season is None else season
        found = next((version for version in self.versions(name) if alias in version.aliases), None)
        if found is not None:
            refuse_leak(name, training_seasons=found.training_seasons, season=wanted)
        return found


def open_registry(settings: Settings) -> ModelRegistry:
    """Open the registry of a league: the ledger's database and the league's artifact root.

    Raises
    ------
    StoreError
        If the ledger cannot be opened.
    """
    return ModelRegistry(opened(settings.ledger_url), settings.league_artifacts, league=settings.league)

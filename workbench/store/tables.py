"""The fact store: parquet files named by their content, read through DuckDB as of an instant.

A facts version is a list of files and hashes. Writing never changes a file that is there, so a reader of an older
version is never disturbed, and a season that did not change is not written again.
"""

import hashlib
import io
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.clock import utc
from workbench.errors import StoreError
from workbench.schema import FACT_TABLES, FACTS_RELEASE
from workbench.store import atomic
from workbench.store.frames import (
    FrameAsOf,
    check_columns,
    conform,
    empty_facts,
    fact_table,
    pandas_types,
    refuse_later,
    typed,
)

__all__ = ["AsOfView", "FactFile", "FactStore", "FactsVersion", "FrameAsOf", "latest_facts", "write_facts"]

FOLDER = "facts"
#: Which version was written last: what the next ingest compares itself with. Readers go by their manifest.
LATEST = "latest.json"
#: Beside the tables of a version, no table itself: what release wrote it.
_RELEASE = "release"


@dataclass(frozen=True, slots=True)
class FactFile:
    """One season of one fact table on disk.

    Attributes
    ----------
    season : int
    sha256 : str
        Of the file's bytes.
    rows : int
    file : str
        Relative to the store's root.
    known_from, known_to : str
        ISO instants of the first and last ``known_at``: a view earlier than the first never opens the file.
    """

    season: int
    sha256: str
    rows: int
    file: str
    known_from: str
    known_to: str


@dataclass(frozen=True, slots=True)
class FactsVersion:
    """Which files make up one state of the facts.

    Attributes
    ----------
    tables : dict of str to tuple of FactFile
        By fact table, in season order. A table that is absent is not there at all.
    """

    tables: dict[str, tuple[FactFile, ...]]

    @property
    def digest(self) -> str:
        """One hash over every file's hash: equal facts, equal digest."""
        lines = [f"{name} {f.season} {f.sha256}" for name in sorted(self.tables) for f in self.tables[name]]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """Return the version as plain lists and dicts, for a manifest, with the release that wrote it."""
        return {_RELEASE: FACTS_RELEASE} | {n: [asdict(file) for file in files] for n, files in self.tables.items()}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "FactsVersion":
        """Return the version a manifest holds.

        Raises
        ------
        StoreError
            If it was written when facts meant something else, an entry lacks a field or a table does not exist.
        """
        written = plain.get(_RELEASE, 1)  # the first did not say
        if written != FACTS_RELEASE:
            raise StoreError(
                f"Facts of another release cannot be read: theirs is {written}, this one reads {FACTS_RELEASE}, where "
                "the same columns mean something else. Run the ingest stage again."
            )
        named = [name for name in plain if name != _RELEASE]
        try:
            return cls({fact_table(name).name: tuple(FactFile(**file) for file in plain[name]) for name in named})
        except TypeError as error:
            message = f"A facts version in a manifest is malformed: {error}. Run the ingest stage again."
            raise StoreError(message) from error


def write_facts(root: Path, tables: Mapping[str, pd.DataFrame]) -> FactsVersion:
    """Write fact tables as one content-addressed parquet file a table and season.

    Parameters
    ----------
    root : Path
        The league's artifact folder; files go to ``facts/<table>/``.
    tables : mapping of str to DataFrame
        By fact table name. Rows may come in any order: equal rows give an equal file.

    Returns
    -------
    FactsVersion

    Raises
    ------
    StoreError
        For an unknown table, a required column that is absent, or a disk that refuses.
    """
    facts = {fact_table(name).name: conform(frame, name=name) for name, frame in tables.items()}
    version = FactsVersion({n: tuple(_season_files(root / FOLDER / n, facts[n])) for n in FACT_TABLES if n in facts})
    atomic.write_text(root / FOLDER / LATEST, json.dumps(version.to_json()))
    return version


def latest_facts(root: Path) -> FactsVersion | None:
    """Return the version written last below a root, whichever run wrote it; None where there is none.

    Raises
    ------
    StoreError
        If the note of it cannot be read, or is another release's.
    """
    try:
        return FactsVersion.from_json(json.loads((root / FOLDER / LATEST).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise StoreError(
            f"The note of the latest facts cannot be read: {error}. Run the ingest stage again."
        ) from error


def _season_files(folder: Path, facts: pd.DataFrame) -> Iterator[FactFile]:
    order = ["known_at", *(key for key in FACT_TABLES[folder.name].key if key != "known_at")]
    for season, rows in facts.groupby("season", sort=True):
        content = parquet_bytes(rows.sort_values(order, kind="stable"))
        sha256 = hashlib.sha256(content).hexdigest()
        path = folder / f"{season}-{sha256[:16]}.parquet"
        if not _holds(path, sha256):
            atomic.write_bytes(path, content)
        known = rows["known_at"]
        yield FactFile(
            season=int(str(season)),
            sha256=sha256,
            rows=len(rows),
            file=f"{FOLDER}/{folder.name}/{path.name}",
            known_from=known.min().isoformat(),
            known_to=known.max().isoformat(),
        )


def _holds(path: Path, sha256: str) -> bool:
    """Whether the file is there undamaged; a damaged one is written anew, so that the next run recovers."""
    return path.exists() and atomic.sha256(path) == sha256


def parquet_bytes(rows: pd.DataFrame) -> bytes:
    """Return a frame as parquet bytes that depend on the rows alone."""
    table = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata(None)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", row_group_size=16_384)
    return sink.getvalue()


class FactStore:
    """The facts of one version, to be looked at as of an instant.

    Parameters
    ----------
    root : Path
        The league's artifact folder.
    version : FactsVersion
    """

    def __init__(self, root: Path, version: FactsVersion) -> None:
        self.root = root
        self.version = version
        self._verified: set[str] = set()
        self._local = threading.local()

    def as_of(self, instant: pd.Timestamp) -> "AsOfView":
        """Return the view of what was known at an instant."""
        return AsOfView(self, utc(instant))

    def verified(self, file: FactFile) -> str:
        """Return the path of a file whose bytes match its hash.

        Raises
        ------
        StoreError
            If the file is gone or was changed.
        """
        path = self.root / file.file
        if file.sha256 not in self._verified:
            if not path.exists():
                raise StoreError(f"The facts file {file.file} is gone. Run the ingest stage again.")
            found = atomic.sha256(path)
            if found != file.sha256:
                raise StoreError(
                    f"The facts file {file.file} must hash to {file.sha256[:16]}, got {found[:16]}: it was changed. "
                    "Run the ingest stage again."
                )
            self._verified.add(file.sha256)
        return str(path)

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return this thread's DuckDB connection (one thread, one connection, no sharing)."""
        if not hasattr(self._local, "connection"):
            self._local.connection = duckdb.connect(config={"threads": 1})
        connection: duckdb.DuckDBPyConnection = self._local.connection
        return connection


class AsOfView:
    """What was known at an instant: implements :class:`workbench.clock.AsOf` and cannot return a later row."""

    def __init__(self, store: FactStore, instant: pd.Timestamp) -> None:
        self._store = store
        self._instant = instant

    @property
    def instant(self) -> pd.Timestamp:
        """The instant, in UTC."""
        return self._instant

    def has(self, name: str) -> bool:
        """Whether the fact table exists at all."""
        fact_table(name)
        return name in self._store.version.tables

    def earlier(self, instant: pd.Timestamp) -> "AsOfView":
        """Return the same facts as of an earlier instant; a later one raises ``LeakageError``."""
        return AsOfView(self._store, refuse_later(self._instant, instant))

    def table(
        self, name: str, *, columns: Sequence[str] | None = None, seasons: Sequence[int] | None = None
    ) -> pd.DataFrame:
        """Return the rows of a fact table with ``known_at <= instant``, ordered by known_at and key.

        Parameters
        ----------
        name : str
        columns : sequence of str, optional
            Default: every column of the schema.
        seasons : sequence of int, optional
            Default: every season.

        Raises
        ------
        StoreError
            For a table or column the schema does not define, a file that was changed, or one of an earlier release.
        """
        check_columns(name, columns)
        wanted = list(pandas_types(fact_table(name))) if columns is None else list(columns)
        files = self._files(name, seasons)
        if not files:
            return empty_facts(name)[wanted]
        return typed(self._query(files, wanted), name=name, columns=wanted)

    def _files(self, name: str, seasons: Sequence[int] | None) -> list[str]:
        wanted = None if seasons is None else set(seasons)
        return [
            self._store.verified(file)
            for file in self._store.version.tables.get(name, ())
            if (wanted is None or file.season in wanted) and pd.Timestamp(file.known_from) <= self._instant
        ]

    def _query(self, files: list[str], columns: list[str]) -> pd.DataFrame:
        # The names were checked against the schema, so they are safe to put into the statement.
        names = ", ".join(f'"{column}"' for column in columns)
        query = f"SELECT {names} FROM read_parquet(?) WHERE known_at <= ?"
        try:
            found = self._store.connection().sql(query, params=[files, self._instant.to_pydatetime()])
        except duckdb.BinderException as error:
            said = str(error).splitlines()[0]
            message = f"Facts of an earlier release cannot be read ({said}). Run the ingest stage again."
            raise StoreError(message) from error
        frame: pd.DataFrame = found.to_arrow_table().to_pandas()
        return frame

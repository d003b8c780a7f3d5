"""The one module that opens sockets: files from a URL or a folder, kept verbatim by hash.

A half download never becomes data: bytes are checked first, then written aside, flushed and renamed. Beside the bytes
lies a small note per file (hash, ETag, Last-Modified), so that an unchanged file costs one conditional request.
Nothing here imports pandas: asking whether anything changed must stay cheap.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from workbench.data.source import RawFile
from workbench.errors import FetchError, FormatError, SourceError
from workbench.store import atomic

if TYPE_CHECKING:
    import httpx

Kind = Literal["parquet", "json", "csv"]

_MAGIC = b"PAR1"
#: Answers worth another try: busy, broken or gateway trouble.
_RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Answer:
    """What one look at a file gave: fresh bytes with their validators, or nothing new."""

    content: bytes | None
    validators: dict[str, str]


@dataclass(slots=True)
class Fetcher:
    """Fetches files below one base and keeps their bytes under ``raw/``.

    Attributes
    ----------
    base : str
        A URL (http, https) or a folder with the same layout.
    raw : Path
        The folder for bytes by hash; notes lie in ``raw/notes``.
    timeout_seconds : float
    retries : int
        Further tries after the first.
    backoff_seconds : float
        Before the first retry; doubles, with jitter.
    """

    base: str
    raw: Path
    timeout_seconds: float = 30.0
    retries: int = 3
    backoff_seconds: float = 0.5
    _unreachable: str = ""
    _client: httpx.Client | None = field(default=None, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def remote(self) -> bool:
        """Whether the base is a URL."""
        return self.base.startswith(("http://", "https://"))

    def fetch(self, name: str, *, kind: Kind = "parquet", query: Mapping[str, str] | None = None) -> RawFile | None:
        """Return a file, revalidated; None where the source does not have it and never had.

        When the source fails or sends something else, the previous good bytes stay in use and ``stale`` says why.
        ``query`` goes to a URL only and is kept nowhere: it may hold a key.

        Raises
        ------
        FetchError
            If it cannot be fetched and no earlier bytes are kept.
        FormatError
            If it is not what it should be and no earlier bytes are kept.
        StoreError
            If the disk refuses to keep it.
        """
        note = self._read_note(name)
        try:
            answer = self._look(name, note, query=query)
            if answer is None:
                # A release that is being replaced lacks its file for a moment.
                return self._kept(name, note, stale=f"the source no longer has {name}") if note else None
            if answer.content is None:
                return self._kept(name, note)
            check_format(answer.content, name=name, kind=kind)
        except SourceError as error:
            if not note:
                raise
            return self._kept(name, note, stale=str(error))
        with self._lock:  # one writer at a time
            return self._keep(name, answer)

    def names(self) -> list[str]:
        """Return the files directly in the base folder, sorted; a URL cannot be listed, and no base has none."""
        folder = Path(self.base)
        if not self.base or self.remote or not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))

    def _look(self, name: str, note: dict[str, str], *, query: Mapping[str, str] | None) -> Answer | None:
        return self._request(name, note, query=query) if self.remote else self._read_folder(name, note)

    def _read_folder(self, name: str, note: dict[str, str]) -> Answer | None:
        if not self.base:
            return None
        path = Path(self.base) / name
        try:
            state = path.stat()
            stamp = f"{state.st_size}-{state.st_mtime_ns}-{state.st_ino}"
            if note.get("stamp") == stamp:
                return Answer(None, {})
            return Answer(path.read_bytes(), {"stamp": stamp})
        except FileNotFoundError:
            return None
        except OSError as error:
            raise FetchError(f"Could not read {name}: {error.strerror or error}.") from error

    def _request(self, name: str, note: dict[str, str], *, query: Mapping[str, str] | None) -> Answer | None:
        import httpx

        if self._unreachable:
            raise FetchError(self._unreachable)
        failure, url = "", f"{self.base.rstrip('/')}/{name}"
        for attempt in range(self.retries + 1):
            if attempt:
                time.sleep(self.backoff_seconds * 2 ** (attempt - 1) * (0.5 + random.random()))
            try:
                response = self._http().get(url, params=query, headers=_conditions(note))
            except httpx.TransportError as error:
                failure = _transport_words(error)
                if attempt == self.retries and isinstance(error, httpx.ConnectError | httpx.TimeoutException):
                    # The other files would only wait as long for the same host.
                    self._unreachable = f"The source cannot be reached: {failure}. Offline?"
                continue
            if response.status_code not in _RETRY_STATUS:
                return _answer(name, response)
            failure = f"HTTP {response.status_code}"
        raise FetchError(f"Could not fetch {name} in {self.retries + 1} tries, last: {failure}.")

    def _http(self) -> httpx.Client:
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(timeout=self.timeout_seconds, follow_redirects=True)
            return self._client

    def close(self) -> None:
        """Close what connections are open; the next fetch opens them again."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _kept(self, name: str, note: dict[str, str], *, stale: str = "") -> RawFile:
        return RawFile(name, note["sha256"], self.raw / note["sha256"], stale=stale)

    def _keep(self, name: str, answer: Answer) -> RawFile:
        content = answer.content or b""
        sha256 = hashlib.sha256(content).hexdigest()
        path = self.raw / sha256
        if not path.exists() or atomic.sha256(path) != sha256:
            atomic.write_bytes(path, content)
        note = {"name": name, "sha256": sha256, "size": str(len(content)), **answer.validators}
        atomic.write_bytes(self._note_path(name), json.dumps(note, sort_keys=True).encode())
        return RawFile(name, sha256, path)

    def _note_path(self, name: str) -> Path:
        # The base is part of the name: a folder's file and a URL's are not each other's previous bytes.
        return self.raw / "notes" / f"{hashlib.sha256(f'{self.base}|{name}'.encode()).hexdigest()[:32]}.json"

    def _read_note(self, name: str) -> dict[str, str]:
        try:
            note: dict[str, Any] = json.loads(self._note_path(name).read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        known = {key: str(value) for key, value in note.items()}
        path = self.raw / known.get("sha256", "-")
        return known if path.exists() and str(path.stat().st_size) == known.get("size") else {}


def _transport_words(error: httpx.TransportError) -> str:
    """Say what went wrong without the error's own text: it may hold the address, and the address a key."""
    import httpx

    if isinstance(error, httpx.RemoteProtocolError):
        return "the answer broke off or was no HTTP"
    return "no answer in time" if isinstance(error, httpx.TimeoutException) else type(error).__name__


def _conditions(note: dict[str, str]) -> dict[str, str]:
    names = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
    return {header: note[key] for key, header in names.items() if note.get(key)}


def _answer(name: str, response: httpx.Response) -> Answer | None:
    if response.status_code in (404, 410):
        return None
    if response.status_code == 304:
        return Answer(None, {})
    if response.status_code != 200:
        raise FetchError(f"Could not fetch {name}: HTTP {response.status_code}.")
    headers = response.headers
    validators = {"etag": headers.get("etag", ""), "last_modified": headers.get("last-modified", "")}
    return Answer(response.content, validators)


def check_format(content: bytes, *, name: str, kind: Kind) -> None:
    """Refuse bytes that are not what the file's name promises.

    Raises
    ------
    FormatError
        For HTML or anything else that is not parquet, a parquet file cut short, text that is not JSON, or a table in
        text whose first line has no commas.
    """
    if kind == "csv":
        first = content.lstrip().split(b"\n", 1)[0]
        if b"," not in first or first[:1] == b"<":
            raise FormatError(f"{name} must be CSV, got {_glimpse(content)}. A login or error page?")
        return
    if kind == "json":
        try:
            json.loads(content)
        except ValueError as error:
            raise FormatError(f"{name} must be JSON, got {_glimpse(content)}. A login or error page?") from error
        return
    if content[:4] != _MAGIC:
        page = content.lstrip()[:1] == b"<"
        likely = "An HTML page: moved, or an error page?" if page else "Another format, or an empty file?"
        raise FormatError(f"{name} must be parquet, got {_glimpse(content)}. {likely}")
    footer = int.from_bytes(content[-8:-4], "little")
    if content[-4:] != _MAGIC or footer + 12 > len(content):
        raise FormatError(f"{name} must end as parquet does, got {len(content):,} bytes cut short. A broken download?")


def _glimpse(content: bytes) -> str:
    return repr(content[:24].decode("utf-8", "replace")) if content else "no bytes"

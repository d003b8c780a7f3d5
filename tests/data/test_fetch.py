"""Fetching from a folder and from a small server on loopback: faults are told, good bytes stay in use."""

import hashlib
import io
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest

from workbench.data.fetch import Fetcher, check_format
from workbench.errors import FetchError, FormatError, StoreError


def parquet(value: int) -> bytes:
    sink = io.BytesIO()
    pd.DataFrame({"x": [value] * 50}).to_parquet(sink)
    return sink.getvalue()


GOOD, NEWER = parquet(1), parquet(2)
HTML = b"<!DOCTYPE html><html><body>Not here</body></html>"


@dataclass
class Script:
    """What the server answers, one entry a request, the last one for ever; and what it was asked."""

    answers: list[tuple[int, bytes, dict[str, str]]]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@dataclass
class Server:
    script: Script
    base: str


@pytest.fixture
def server() -> Iterator[Server]:
    script = Script([])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.asked.append((self.path, dict(self.headers)))
            status, body, headers = script.answers[min(len(script.asked), len(script.answers)) - 1]
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield Server(script, f"http://127.0.0.1:{http.server_port}/releases")
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def fetcher(server: Server, tmp_path: Path) -> Iterator[Fetcher]:
    made = Fetcher(server.base, tmp_path / "raw", timeout_seconds=5, retries=2, backoff_seconds=0.001)
    yield made
    made.close()


def test_bytes_are_kept_verbatim_under_their_hash(server: Server, fetcher: Fetcher) -> None:
    server.script.answers = [(200, GOOD, {})]
    raw = fetcher.fetch("pbp/a.parquet")
    assert raw is not None
    assert raw.path.name == raw.sha256 == hashlib.sha256(GOOD).hexdigest()
    assert raw.path.read_bytes() == GOOD
    assert server.script.asked[0][0] == "/releases/pbp/a.parquet"


def test_an_unchanged_file_costs_one_conditional_request(server: Server, fetcher: Fetcher) -> None:
    stamp = "Wed, 06 Nov 2024 10:00:00 GMT"
    server.script.answers = [(200, GOOD, {"ETag": '"v1"', "Last-Modified": stamp}), (304, b"", {})]
    first, second = fetcher.fetch("a.parquet"), fetcher.fetch("a.parquet")
    assert first == second
    headers = {name.lower(): value for name, value in server.script.asked[1][1].items()}
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"v1"', stamp)


def test_a_busy_server_is_asked_again(server: Server, fetcher: Fetcher) -> None:
    server.script.answers = [(503, b"", {}), (429, b"", {}), (200, GOOD, {})]
    assert fetcher.fetch("a.parquet") is not None
    assert len(server.script.asked) == 3


def test_a_server_that_stays_broken_is_told_with_the_number_of_tries(server: Server, fetcher: Fetcher) -> None:
    server.script.answers = [(500, b"", {})]
    with pytest.raises(FetchError, match=r"a\.parquet in 3 tries, last: HTTP 500"):
        fetcher.fetch("a.parquet")


def test_a_refusal_is_not_asked_again(server: Server, fetcher: Fetcher) -> None:
    server.script.answers = [(403, b"", {})]
    with pytest.raises(FetchError, match="HTTP 403"):
        fetcher.fetch("a.parquet")
    assert len(server.script.asked) == 1


def test_a_missing_season_is_none_and_no_error(server: Server, fetcher: Fetcher) -> None:
    server.script.answers = [(404, HTML, {})]
    assert fetcher.fetch("a.parquet") is None


@pytest.mark.parametrize(
    ("body", "words"),
    [(HTML, "HTML page"), (GOOD[: len(GOOD) // 2], "cut short"), (b"", "no bytes"), (b"PAR1", "cut short")],
    ids=["html", "truncated", "empty", "magic only"],
)
def test_what_is_not_parquet_is_refused_and_never_kept(
    server: Server, fetcher: Fetcher, body: bytes, words: str
) -> None:
    server.script.answers = [(200, body, {})]
    with pytest.raises(FormatError, match=words):
        fetcher.fetch("a.parquet")
    assert not fetcher.raw.exists()


@pytest.mark.parametrize("fault", [(200, HTML, {}), (200, GOOD[:90], {}), (500, b"", {}), (404, b"", {})])
def test_good_bytes_stay_in_use_and_say_they_are_stale_until_the_source_recovers(
    server: Server, fetcher: Fetcher, fault: tuple[int, bytes, dict[str, str]]
) -> None:
    server.script.answers = [(200, GOOD, {})]
    fetcher.fetch("a.parquet")
    server.script.answers = [fault]
    stale = fetcher.fetch("a.parquet")
    server.script.answers = [(200, NEWER, {})]
    fresh = fetcher.fetch("a.parquet")
    assert stale is not None
    assert fresh is not None
    assert stale.stale
    assert stale.path.read_bytes() == GOOD
    assert (fresh.stale, fresh.path.read_bytes()) == ("", NEWER)


def test_a_download_that_breaks_off_never_becomes_data(server: Server, fetcher: Fetcher) -> None:
    server.script.answers = [(200, GOOD[:90], {"Content-Length": str(len(GOOD))})]
    with pytest.raises(FetchError, match="broke off"):
        fetcher.fetch("a.parquet")
    assert not fetcher.raw.exists()


def test_a_host_that_cannot_be_reached_is_waited_for_once(tmp_path: Path) -> None:
    # Port 9 of loopback (discard) refuses; the second file must not try it again.
    fetcher = Fetcher("http://127.0.0.1:9", tmp_path / "raw", retries=1, backoff_seconds=0.001)
    with pytest.raises(FetchError, match="2 tries"):
        fetcher.fetch("a.parquet")
    with pytest.raises(FetchError, match="cannot be reached"):
        fetcher.fetch("b.parquet")
    fetcher.close()


def test_a_key_in_the_query_is_sent_and_kept_nowhere(server: Server, fetcher: Fetcher) -> None:
    server.script.answers = [(200, b"[]", {})]
    fetcher.fetch("odds", kind="json", query={"apiKey": "s3cret"})
    assert server.script.asked[0][0].endswith("odds?apiKey=s3cret")
    kept = [path for path in fetcher.raw.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"s3cret" in path.read_bytes() or "s3cret" in path.name for path in kept)


def test_a_folder_with_the_same_layout_serves_as_well(tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    (folder / "pbp").mkdir(parents=True)
    (folder / "pbp" / "a.parquet").write_bytes(GOOD)
    fetcher = Fetcher(str(folder), tmp_path / "raw")
    first, again = fetcher.fetch("pbp/a.parquet"), fetcher.fetch("pbp/a.parquet")
    assert first == again
    assert fetcher.fetch("pbp/b.parquet") is None
    (folder / "pbp" / "a.parquet").write_bytes(NEWER)
    newer = fetcher.fetch("pbp/a.parquet")
    assert newer is not None
    assert newer.path.read_bytes() == NEWER
    assert first is not None
    assert first.path.read_bytes() == GOOD, "the raw bytes of an older run stay"


def test_a_lost_copy_is_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "a.parquet").write_bytes(GOOD)
    fetcher = Fetcher(str(tmp_path / "mirror"), tmp_path / "raw")
    raw = fetcher.fetch("a.parquet")
    assert raw is not None
    raw.path.write_bytes(GOOD[:10])
    again = fetcher.fetch("a.parquet")
    assert again is not None
    assert again.path.read_bytes() == GOOD


def test_no_base_has_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "history_2024.parquet").write_bytes(GOOD)
    monkeypatch.chdir(tmp_path)
    fetcher = Fetcher("", tmp_path / "raw")
    assert fetcher.names() == []
    assert fetcher.fetch("history_2024.parquet") is None


def test_a_full_disk_is_a_store_error_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "a.parquet").write_bytes(GOOD)

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    fetcher = Fetcher(str(tmp_path / "mirror"), tmp_path / "raw")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreError, match="disk is full"):
            fetcher.fetch("a.parquet")
    assert not [path for path in (tmp_path / "raw").rglob("*") if path.is_file()]
    assert fetcher.fetch("a.parquet") is not None, "the next run recovers"


def test_json_is_checked_as_json() -> None:
    check_format(json.dumps([1]).encode(), name="odds", kind="json")
    with pytest.raises(FormatError, match="must be JSON"):
        check_format(HTML, name="odds", kind="json")

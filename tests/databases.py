"""Databases for tests: a SQLite file, and a throwaway PostgreSQL where its server is installed."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.store.ledger import Ledger, open_ledger
from workbench.store.ledger.engine import opened
from workbench.store.ledger.schema import METADATA

_START_SECONDS = 30.0


def _server_binaries() -> Path | None:
    """The newest server of Debian's layout, or whatever is on the path."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda found: int(found.parts[-3]))
    on_path = shutil.which("postgres")
    return versions[-1].parent if versions else Path(on_path).parent if on_path else None


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root: the user to run it as, None for ourselves."""
    if os.geteuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _wait_for_socket(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not (folder / ".s.PGSQL.5432").exists():
        if server.poll() is not None or time.monotonic() > deadline:
            pytest.skip("PostgreSQL is installed, but a throwaway server did not start")
        time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL of our own on a unix socket in a temporary folder, stopped by its own process at the end."""
    binaries = _server_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server: install Debian's postgresql to run the ledger's tests on it")
    pytest.importorskip("psycopg", reason="no PostgreSQL driver: install the postgres extra")
    folder = Path(tempfile.mkdtemp(prefix="ledger-"))
    user = _unprivileged_user()
    if user:
        shutil.chown(folder, user)
    cluster = folder / "cluster"
    made = subprocess.run(
        [binaries / "initdb", "-D", cluster, "-U", "ledger", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
        user=user, cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        shutil.rmtree(folder)
        pytest.skip("PostgreSQL is installed, but initdb failed here")
    options = ["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=20"]
    server = subprocess.Popen(
        [binaries / "postgres", "-D", cluster, "-k", folder, *options],
        user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for_socket(server, folder)
        _wait_until_it_answers(f"host={folder} user=ledger dbname=postgres")
        yield f"postgresql://ledger@/postgres?host={folder}"
    finally:
        server.send_signal(signal.SIGINT)  # a fast shutdown of our own server
        server.wait(timeout=_START_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_until_it_answers(address: str) -> None:
    import psycopg

    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(address).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                pytest.skip("PostgreSQL is installed, but a throwaway server did not answer")
            time.sleep(0.1)
        else:
            return


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledgers' / 'ledger.sqlite'}"
    return _new_database(request.getfixturevalue("postgres_url"))


def _new_database(url: str) -> str:
    import psycopg

    folder = url.partition("?host=")[2]
    name = f"ledger_{os.urandom(6).hex()}"
    with psycopg.connect(f"host={folder} user=ledger dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def shared_postgres(postgres_url: str) -> str:
    """A migrated database that tests empty before use: making one for each costs more than the tests."""
    url = _new_database(postgres_url)
    open_ledger(url).close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """An empty ledger, of either kind."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("shared_postgres")
        engine = opened(url)
        with engine.begin() as connection:
            for table in METADATA.tables.values():
                connection.execute(table.delete())
        engine.dispose()
    found = open_ledger(url)
    yield found
    found.close()

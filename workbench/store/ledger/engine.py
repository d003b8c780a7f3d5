"""Open the ledger's database: SQLite in WAL mode or PostgreSQL, migrated to the newest tables."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from workbench.errors import StoreError

#: The newest migration; a test holds it against the scripts.
HEAD = "0003"
MIGRATIONS = Path(__file__).parent
#: Seconds a writer waits for another.
_PATIENCE = 30.0
#: Any number, the same everywhere: PostgreSQL's advisory lock while tables are migrated.
_MIGRATION_LOCK = 20240901


def opened(url: str) -> Engine:
    """Return an engine on a migrated ledger; a missing SQLite file is made.

    Raises
    ------
    StoreError
        If the URL is neither SQLite nor PostgreSQL, or the database cannot be reached.
    """
    try:
        address = make_url(url)
    except sa.exc.ArgumentError as error:
        raise StoreError(
            "The ledger's URL must be one SQLAlchemy reads, such as sqlite:///ledger.sqlite; this one is not."
        ) from error
    engine = _engine(address)
    try:
        migrate(engine)
    except StoreError:
        engine.dispose()
        raise
    except sa.exc.OperationalError as error:
        engine.dispose()
        # the driver's text may quote the URL's password: name the database only
        where = address.render_as_string(hide_password=True)
        raise StoreError(
            f"The ledger at {where} cannot be opened. Is the server up, and the folder writable?"
        ) from error
    return engine


def migrate(engine: Engine) -> None:
    """Bring the tables up to date; nothing happens if they are. Safe when two runs open the ledger at once."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        if current_revision(connection) != HEAD:
            _upgrade(connection)


def current_revision(connection: Connection) -> str | None:
    """Return the migration a database stands at, None for an empty one."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    # imported late: an up-to-date ledger, the usual case, needs no migration library
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    scripts = ScriptDirectory(str(MIGRATIONS))

    def steps(revision: Any, context: Any) -> Any:
        return scripts._upgrade_revs("head", revision)

    try:
        with EnvironmentContext(Config(), scripts, fn=steps) as environment:
            environment.configure(connection=connection, transactional_ddl=True)
            environment.run_migrations()
    except CommandError as error:
        raise StoreError(
            f"The ledger stands at migration {current_revision(connection)}, which this workbench does not know. "
            "Was it written by a newer one?"
        ) from error


def _engine(address: URL) -> Engine:
    backend = address.get_backend_name()
    if backend == "postgresql":
        try:
            return sa.create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise StoreError("A ledger in PostgreSQL needs its driver: install the `postgres` extra.") from error
    if backend != "sqlite":
        raise StoreError(f"The ledger is SQLite or PostgreSQL, got a URL of {backend}.")
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, connect_args={"timeout": _PATIENCE})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # the driver's own transactions commit before DDL; ours are begun by hand below
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")


def _begin_sqlite(connection: Connection) -> None:
    # a transaction that will write takes its lock at once: two writers wait for each other instead of failing midway
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

"""Opening a ledger: migrations, two runs at once, addresses that are none."""

import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from workbench.errors import StoreError
from workbench.store.ledger import open_ledger
from workbench.store.ledger.engine import HEAD, MIGRATIONS, current_revision, opened
from workbench.store.ledger.schema import METADATA


def test_the_scripts_end_where_the_code_says() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


def test_migrations_build_exactly_the_tables_the_code_uses(ledger_url: str) -> None:
    engine = opened(ledger_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert current_revision(connection) == HEAD
    engine.dispose()


def test_opening_twice_migrates_once(ledger_url: str) -> None:
    for _ in range(2):
        engine = opened(ledger_url)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar() == 1
        engine.dispose()


def step_back_to(connection: sa.Connection, revision: str) -> None:
    """Undo what later releases added, as a ledger of that release would stand."""
    for name in ("confidence", "needs_approval"):
        connection.execute(sa.text(f"ALTER TABLE weekly_bets DROP COLUMN {name}"))
    if revision == "0001":
        for name in [name for name in METADATA.tables if name.startswith("model") and name != "model_evaluations"]:
            connection.execute(sa.text(f"DROP TABLE {name}"))
    connection.execute(sa.text("UPDATE alembic_version SET version_num = :at"), {"at": revision})


def test_a_ledger_of_the_first_release_gets_the_newer_tables_and_keeps_its_rows(ledger_url: str) -> None:
    engine = opened(ledger_url)
    with engine.begin() as connection:
        step_back_to(connection, "0001")
        connection.execute(sa.text("INSERT INTO runs (run_key, stage) VALUES ('k', '01_ingest')"))
    engine.dispose()
    found = open_ledger(ledger_url)
    assert found.table("runs")["run_key"].tolist() == ["k"]
    assert found.table("models").empty
    found.close()


def test_bets_placed_before_the_mark_existed_are_kept_and_their_mark_is_unknown(ledger_url: str) -> None:
    engine = opened(ledger_url)
    with engine.begin() as connection:
        step_back_to(connection, "0002")
        connection.execute(
            sa.text(
                "INSERT INTO weekly_bets (league, policy, season, week, game_id, market, side, stake_units, status) "
                "VALUES ('nfl', 'default', 2024, 9, 'g1', 'spread', 'home', 12.5, 'proposed')"
            )
        )
    engine.dispose()
    found = open_ledger(ledger_url)
    bet = found.bets(league="nfl", policy="default").iloc[0]
    found.close()
    assert (bet["stake_units"], bet["status"]) == (12.5, "proposed")
    assert bet[["confidence", "needs_approval"]].isna().all()


def test_two_runs_may_open_an_empty_ledger_at_once(ledger_url: str) -> None:
    failures: list[BaseException] = []
    gate = threading.Barrier(4)

    def run() -> None:
        gate.wait()
        try:
            open_ledger(ledger_url).close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_sqlite_keeps_a_write_ahead_log(tmp_path: Path) -> None:
    engine = opened(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"
    engine.dispose()


def test_a_ledger_of_a_newer_workbench_is_refused_and_left_alone(ledger_url: str) -> None:
    engine = opened(ledger_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"migration 9999.*newer"):
        open_ledger(ledger_url)
    with engine.connect() as connection:
        assert current_revision(connection) == "9999"
    engine.dispose()


@pytest.mark.parametrize("url", ["ledger.sqlite", "mysql://localhost/ledger"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match="ledger"):
        open_ledger(url)


def test_a_server_that_is_down_is_named_without_its_password() -> None:
    pytest.importorskip("psycopg", reason="no PostgreSQL driver: install the postgres extra")
    with pytest.raises(StoreError, match="Is the server up") as raised:
        open_ledger("postgresql://someone:secret@127.0.0.1:1/ledger")
    assert "secret" not in str(raised.value)

"""Opening a store: every way it can be unusable is a sentence, and its schema is what the tables say."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from monitor.store import Store, StoreError, open_store, schema, tables

ROOT = Path(__file__).parents[3]


def run_row(key: str) -> dict[str, object]:
    return {"key": key, "job": "ingest", "state": "done", "started_at": datetime(2026, 5, 4, tzinfo=UTC)}


def refusal(url: str, **how: bool) -> str:
    with pytest.raises(StoreError) as caught:
        open_store(url, **how)
    return str(caught.value)


def test_the_migrations_give_exactly_the_tables(empty_database: str) -> None:
    with open_store(empty_database) as store, store.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, tables.metadata) == []
        found = inspect(connection)
        for table in tables.metadata.tables.values():
            uniques = {tuple(each["column_names"]) for each in found.get_unique_constraints(table.name)}
            expected = {
                tuple(column.name for column in each.columns)
                for each in table.constraints
                if type(each).__name__ == "UniqueConstraint"
            }
            assert uniques == expected, table.name


def test_opening_again_changes_nothing(empty_database: str) -> None:
    with open_store(empty_database) as store, store.write() as connection:
        connection.execute(insert(tables.run), [run_row("a")])
    with open_store(empty_database, create=False) as store, store.read() as connection:
        assert connection.execute(select(tables.run.c.key)).scalars().all() == ["a"]
        assert schema.schema_version(connection) == schema.HEAD


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    assert ScriptDirectory.from_config(schema.alembic_config()).get_current_head() == schema.HEAD


def test_there_is_no_database_yet(empty_database: str) -> None:
    told = refusal(empty_database, create=False)
    assert told.endswith(": there is no database yet; `leftturn once` or `leftturn run` makes it")
    with open_store(empty_database):
        pass
    with open_store(empty_database, create=False):
        pass


def test_looking_makes_no_file(tmp_path: Path) -> None:
    refusal(f"sqlite:///{tmp_path / 'new.db'}", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_newer_schema_is_refused_and_left_alone(empty_database: str) -> None:
    with open_store(empty_database) as store, store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    told = refusal(empty_database)
    knows = f"(its schema is 0999, this program knows up to {schema.HEAD})"
    assert f"was written by a newer LeftTurn {knows}" in told
    assert "install that version or a newer one" in told
    assert told == refusal(empty_database, create=False)


def test_a_migration_that_fails_half_way_leaves_nothing(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    upgrade = command.upgrade

    def fails(*arguments: object) -> None:
        upgrade(*arguments)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(command, "upgrade", fails)
        with pytest.raises(KeyboardInterrupt):
            open_store(empty_database)
    engine = create_engine(empty_database)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    with open_store(empty_database) as store, store.read() as connection:
        assert schema.schema_version(connection) == schema.HEAD


def test_tables_of_another_program_are_not_taken_over(empty_database: str) -> None:
    engine = create_engine(empty_database)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE notice (id INTEGER)"))
    engine.dispose()
    assert "holds tables of the same names that are not LeftTurn's (notice)" in refusal(empty_database)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    told = refusal(f"sqlite:///{tmp_path / 'nowhere' / 'x.db'}")
    assert f"the folder {tmp_path / 'nowhere'} does not exist; make it, or mend `database`" in told


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    assert "is a folder, not a database file" in refusal(f"sqlite:///{tmp_path}")


def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "deals.db"
    path.write_text("opportunity_id,stage\n" * 100)
    told = refusal(f"sqlite:///{path}")
    assert told.startswith(f"{path} is not a database file; move it away, or mend `database`")
    assert path.read_text().startswith("opportunity_id")


def test_a_damaged_file_is_told_from_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with open_store(f"sqlite:///{path}") as store, store.write() as connection:
        connection.execute(insert(tables.run), [run_row(str(key)) for key in range(2_000)])
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x55" * (len(content) - 4096)
    path.write_bytes(content)
    assert "is damaged; restore the newest backup in its place" in refusal(f"sqlite:///{path}")


def test_a_database_that_cannot_be_written_can_be_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    open_store(f"sqlite:///{path}").close()
    with open_store(f"sqlite:///file:{path}?mode=ro&uri=true") as store:
        with store.read() as connection:
            assert connection.execute(select(func.count()).select_from(tables.run)).scalar_one() == 0
        with (
            pytest.raises(StoreError, match="cannot be written; give the user of LeftTurn the right"),
            store.write() as connection,
        ):
            connection.execute(insert(tables.run), [run_row("a")])


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://leftturn@127.0.0.1:1/leftturn"
    with pytest.raises(StoreError) as caught:
        open_store(url, password="hunter2")
    assert "cannot be reached; is the server running, and is `database` right?" in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.postgres
def test_a_missing_postgresql_database_is_a_sentence(postgres_server: object) -> None:
    url = postgres_server.set(database="nowhere").render_as_string(hide_password=False)  # type: ignore[attr-defined]
    assert "does not exist there" in refusal(url)


def test_sqlite_keeps_what_was_committed_and_its_rules(sqlite_store: Store) -> None:
    with sqlite_store.write() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_restored_copy_is_written_ahead_again(sqlite_store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with sqlite3.connect(tmp_path / "leftturn.db") as connection:
        connection.execute(f"VACUUM INTO '{copy}'")
    connection.close()
    with open_store(f"sqlite:///{copy}") as store, store.read() as reader:
        assert reader.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_failed_write_leaves_nothing(store: Store) -> None:
    def fails() -> None:
        with store.write() as connection:
            connection.execute(insert(tables.run), [run_row("a")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    with store.read() as connection:
        assert connection.execute(select(func.count()).select_from(tables.run)).scalar_one() == 0


def test_a_broken_rule_is_the_drivers_own_error(store: Store) -> None:
    with pytest.raises(IntegrityError), store.write() as connection:
        connection.execute(insert(tables.run), [run_row("a"), run_row("a")])


def test_an_error_of_a_statement_shows_no_row(store: Store) -> None:
    with pytest.raises(IntegrityError) as caught, store.write() as connection:
        connection.execute(insert(tables.run), [run_row("Jane Doe"), run_row("Jane Doe")])
    assert "parameters hidden" in str(caught.value)


def test_two_writers_that_read_first_lose_nothing(store: Store) -> None:
    """Both read a count and write it back: without taking turns from the beginning, one count is lost."""

    def count_up(times: int) -> None:
        for _ in range(times):
            with store.write() as connection:
                number = connection.execute(select(func.count()).select_from(tables.run)).scalar_one()
                connection.execute(insert(tables.run), [run_row(str(number))])

    threads = [threading.Thread(target=count_up, args=(15,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as connection:
        keys = connection.execute(select(tables.run.c.key)).scalars().all()
    assert sorted(map(int, keys)) == list(range(45))


def test_a_reader_sees_one_state_throughout(store: Store) -> None:
    def how_many(connection: Connection) -> int:
        return connection.execute(select(func.count()).select_from(tables.run)).scalar_one()

    with store.read() as reader:
        before = how_many(reader)
        with store.write() as writer:
            writer.execute(insert(tables.run), [run_row("a")])
        assert how_many(reader) == before
    with store.read() as reader:
        assert how_many(reader) == before + 1


def test_the_store_loads_no_statistics() -> None:
    heavy = ("statsmodels", "matplotlib", "scipy", "alembic")
    code = f"import sys, monitor.store; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == "[]"

"""Bringing the schema up to date when the store is opened: alembic, under a lock, in one transaction.

Only ever forwards. A program that is older than the schema refuses to touch it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, String, Table, inspect, select

from monitor.store.failures import StoreError, place_of
from monitor.store.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

    from monitor.store.engine import Store

MIGRATIONS = Path(__file__).with_name("migrations")
HEAD = "0006"
"""The newest schema this program knows; that it is the newest file in migrations/ is tested."""
_VERSION = Table("alembic_version", MetaData(), Column("version_num", String(32)))


def bring_up_to_date(store: Store, *, create: bool) -> None:
    """Create or upgrade the tables. Raises StoreError for a newer schema, or none where `create` is False."""
    with store.read() as connection:
        found = schema_version(connection)
    if found is None and not create:
        place = place_of(store.engine.url)
        raise StoreError(f"{place}: there is no database yet; `leftturn once` or `leftturn run` makes it")
    if create and store.engine.dialect.name == "sqlite":
        _write_ahead(store)
    if found == HEAD:
        return
    with store.write() as connection:
        found = schema_version(connection)  # another process may have been quicker
        if found != HEAD:
            _upgrade(connection, found)


def schema_version(connection: Connection) -> str | None:
    """The schema the database has; None where it has none of our tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar_one_or_none()


def alembic_config() -> Config:
    """Alembic's configuration without a file: the migrations lie in the package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _write_ahead(store: Store) -> None:
    """Let readers and the writer not wait for each other; the file remembers it, a restored copy may not."""
    raw = store.engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA journal_mode=WAL").close()
    except sqlite3.OperationalError:
        return  # it cannot be written, so there is no writer to wait for
    finally:
        raw.close()


def _upgrade(connection: Connection, found: str | None) -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = alembic_config()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"{place_of(connection.engine.url)} was written by a newer LeftTurn (its schema is {found}, this program "
            f"knows up to {HEAD}); install that version or a newer one"
        )
    if found is None and (ours := set(inspect(connection).get_table_names()) & set(metadata.tables)):
        raise StoreError(
            f"{place_of(connection.engine.url)} holds tables of the same names that are not LeftTurn's "
            f"({', '.join(sorted(ours))}); give it a database of its own"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")

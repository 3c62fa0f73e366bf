"""Copying every row of every table from one store into another, whatever their databases.

Through the Core tables, so that instants, money and JSON arrive as they left; foreign keys hold at every moment since
tables are copied in the order of their dependence.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from monitor.store import tables

ROWS_AT_ONCE = 2_000


def copy_all(source: Connection, target: Connection) -> dict[str, int]:
    """Copy every table's rows into the same, empty table of `target`; returns how many, by table."""
    copied: dict[str, int] = {}
    for table in tables.metadata.sorted_tables:
        rows = source.execution_options(yield_per=ROWS_AT_ONCE).execute(select(table))
        copied[table.name] = 0
        for part in rows.mappings().partitions(ROWS_AT_ONCE):
            target.execute(insert(table), [dict(row) for row in part])
            copied[table.name] += len(part)
    return copied


def empty_all(connection: Connection) -> None:
    """Remove every row of every table, dependent ones first."""
    for table in reversed(tables.metadata.sorted_tables):
        connection.execute(table.delete())


def count_all(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    return {
        table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for table in tables.metadata.sorted_tables
    }


def number_on(connection: Connection) -> None:
    """Let PostgreSQL number new rows after the copied ones; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables.metadata.sorted_tables:
        key = table.autoincrement_column
        if key is not None:
            sequence = func.pg_get_serial_sequence(f'"{table.name}"', key.name)
            connection.execute(select(func.setval(sequence, select(func.max(key)).scalar_subquery())))

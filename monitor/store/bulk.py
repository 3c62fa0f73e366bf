"""Whole frames into tables and back, without a Python object a cell where the driver spares it.

Columns travel as text the database understands (see `_as_stored`): many rows a statement to SQLite, COPY to and from
PostgreSQL. Values come back exactly as they went in.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

import polars as pl
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    Select,
    String,
    Table,
    cast,
    func,
    select,
    type_coerce,
)

from monitor.store.columns import Instant, Money
from monitor.types import INSTANT, MONEY

A_STATEMENT = 20_000
"""Rows a statement: more cost memory and save no time."""
MOST_PARAMETERS = 5_000
"""Of one statement to SQLite, which allows 32,766: more rows a statement save nothing."""
INSTANT_TEXT = "%Y-%m-%dT%H:%M:%S%.6fZ"
POSTGRES_INSTANT = 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'


def insert_frame(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Insert every row of `frame`, whose columns are named as the table's; JSON columns hold JSON as text.

    Raises KeyError for a column the table does not have.
    """
    if unknown := set(frame.columns) - set(table.c.keys()):
        raise KeyError(f"{table.name} has no column {', '.join(sorted(unknown))}")
    if frame.height == 0:
        return
    for part in frame.iter_slices(A_STATEMENT):
        _insert(connection, table, part)


def _insert(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Insert some rows; a column without any value is left out, as most of a deal's are."""
    told = {name for name in frame.columns if frame[name].null_count() < frame.height}
    columns = [column for column in table.c if column.name in told]  # the order SQLAlchemy compiles in
    stored = frame.select(_as_stored(column) for column in columns)
    if connection.dialect.name == "postgresql":
        names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in stored.columns)
        _copy_in(connection, f"COPY {table.name} ({names}) FROM STDIN (FORMAT csv)", stored)
    else:
        _many_rows(connection, table, stored)


def _many_rows(connection: Connection, table: Table, stored: pl.DataFrame) -> None:
    """Insert rows many a statement; what all of them have alike stands in it. A third cheaper than one at a time."""
    alike = {name: text for name in stored.columns if (text := _literal(stored[name])) is not None}
    if len(alike) == stored.width:
        alike.popitem()  # without any parameter there is nothing to count the rows by
    names = ", ".join(map(connection.dialect.identifier_preparer.quote, stored.columns))
    one = ", ".join(alike.get(name, "?") for name in stored.columns)
    told_apart = zip(*(stored[name].to_list() for name in stored.columns if name not in alike), strict=True)
    for rows in _batched(told_apart, max(1, MOST_PARAMETERS // (stored.width - len(alike)))):
        values = ", ".join([f"({one})"] * len(rows))
        statement = f"INSERT INTO {table.name} ({names}) VALUES {values}"  # noqa: S608  literals are quoted
        connection.exec_driver_sql(statement, tuple(chain.from_iterable(rows)))


def _batched(rows: Iterable[tuple[Any, ...]], most: int) -> Iterator[list[tuple[Any, ...]]]:
    """The rows in lists of at most `most`.

    >>> [len(part) for part in _batched([(1,), (2,), (3,)], 2)]
    [2, 1]
    """
    left = iter(rows)
    while part := list(islice(left, most)):
        yield part


def _literal(column: pl.Series) -> str | None:
    """SQL of the one value that all of a column has; None where there are several."""
    first = column[0]
    if first is None or column.len() < 2 or column[-1] != first or column.n_unique() > 1:
        return None
    if isinstance(first, int):
        return str(first)
    return "'" + first.replace("'", "''") + "'" if isinstance(first, str) and "\x00" not in first else None


def select_frame(
    connection: Connection, columns: Sequence[Column[Any]], *where: Any, order_by: Column[Any]
) -> pl.DataFrame:
    """The rows of a table as a frame with `columns`; JSON columns come as text."""
    wanted = select(*columns).where(*where).order_by(order_by)
    fetch = _copy_out if connection.dialect.name == "postgresql" else _fetch
    stored = fetch(connection, wanted)
    return stored.select(_as_read(column) for column in columns)


def _as_stored(column: Column[Any]) -> pl.Expr:
    value = pl.col(column.name)
    if isinstance(column.type, Instant):
        return value.dt.strftime(INSTANT_TEXT)
    if isinstance(column.type, Date | Money):
        return value.cast(pl.String)
    return value.cast(pl.Int8) if isinstance(column.type, Boolean) else value


def _as_read(column: Column[Any]) -> pl.Expr:
    value = pl.col(column.name)
    if isinstance(column.type, Instant):
        return value.str.to_datetime(INSTANT_TEXT.removesuffix("Z") + "Z", time_unit="us").cast(INSTANT)
    if isinstance(column.type, Date):
        return value.str.to_date("%Y-%m-%d")
    if isinstance(column.type, Money):
        return value.cast(MONEY)
    if isinstance(column.type, Boolean):
        return value.cast(pl.Int8).cast(pl.Boolean)
    return value.cast(_plain(column))


def _plain(column: Column[Any]) -> pl.DataType:
    kinds: Mapping[type, pl.DataType] = {
        Float: pl.Float64(),
        Integer: pl.Int64(),
        String: pl.String(),
        JSON: pl.String(),
    }
    return kinds[type(column.type)]


def _fetch(connection: Connection, wanted: Select[Any]) -> pl.DataFrame:
    """Through the driver's own rows: SQLite hands out exactly what is stored."""
    columns = list(wanted.selected_columns)
    raw = wanted.with_only_columns(*(type_coerce(column, String).label(column.name) for column in columns))
    rows = connection.execute(raw).fetchall()
    kinds = {
        column.name: pl.Int64()
        if isinstance(column.type, Boolean | Integer)
        else pl.Float64()
        if isinstance(column.type, Float)
        else pl.String()
        for column in columns
    }
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _copy_in(connection: Connection, statement: str, frame: pl.DataFrame) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(frame.write_csv(include_header=False).encode())


def _copy_out(connection: Connection, wanted: Select[Any]) -> pl.DataFrame:
    columns = list(wanted.selected_columns)
    shown = wanted.with_only_columns(*(_shown(column).label(column.name) for column in columns))
    query = str(shown.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        content = b"".join(bytes(block) for block in copy)
    names = [column.name for column in columns]
    if not content:
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
    return pl.read_csv(io.BytesIO(content), has_header=False, new_columns=names, infer_schema=False)


def _shown(column: Any) -> Any:
    if isinstance(column.type, Instant):
        return func.to_char(func.timezone("UTC", column), POSTGRES_INSTANT)
    return cast(column, Integer) if isinstance(column.type, Boolean) else column

"""A database as a source: one query or table, read in a session that cannot write, from a mark on.

Where `modified_at` is mapped, rows are read in the order of (modified_at, deal_id), and the next read begins at the
last of them less LOOKBACK: a row may be committed later than one that was modified after it. Without it, everything
is read at every turn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Connection, String, cast, column, select, table, text, type_coerce
from sqlalchemy.exc import SQLAlchemyError

from monitor.sources.contract import Contract
from monitor.sources.file_read import FileRead, Mark, ReadError, RefusedFileError, refused_read
from monitor.sources.grid import Grid, grid
from monitor.sources.parsing import read_parts
from monitor.sources.sql_session import Session, without_secrets

if TYPE_CHECKING:
    from config.settings import Company, Source

PAGE = 50_000
LOOKBACK = timedelta(hours=1)
AT, ID = "leftturn_at", "leftturn_id"
"""The mark's two halves as the database has them, beside the cells as text."""


class SqlSource:
    """The rows of one query. `page` is how many are taken at a time."""

    keeps_mark: ClassVar[bool] = True

    def __init__(
        self,
        source: Source,
        company: Company,
        motions: Mapping[str, Sequence[str]],
        *,
        page: int = PAGE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source, self._page = source, page
        today = now().astimezone(ZoneInfo(company.timezone)).date()
        self._contract = Contract(source=source, company=company, motions=motions, today=today)
        self._name = source.table or "query"

    def read(self, skip: Callable[[str], bool], since: Mark | None = None) -> Iterator[FileRead]:
        """See `Reader.read`."""
        if self._source.role == "lines":
            since = None  # the lines of an order count together, changed or not
        try:
            with Session(self._source) as connection:
                yield from self._pages(connection, skip, since)
        except SQLAlchemyError as error:
            raise ReadError(f"{self._place()}: {without_secrets(error, self._source)}", again=True) from None

    def _place(self) -> str:
        from sqlalchemy.engine import make_url

        address = self._source.address.get_secret_value() if self._source.address is not None else ""
        return make_url(address).render_as_string() if address else self._source.name

    def _pages(
        self, connection: Connection, skip: Callable[[str], bool], since: Mark | None
    ) -> Iterator[FileRead]:
        query, number, mark = self._query(), 0, since
        try:
            wanted = self._wanted(connection, query)
            rows = connection.execution_options(stream_results=True, max_row_buffer=self._page).execute(
                self._statement(query, wanted, since)
            )
            while True:
                page = rows.fetchmany(self._page)
                if not page and number:
                    return
                found = self._page_read(page, wanted, number, changes=since is not None)
                mark = _mark(page[-1]) if page and self._marked() else mark
                if not skip(found.content_hash):
                    yield replace(found, mark=mark)
                number += max(len(page), 1)
                if len(page) < self._page:
                    return
        except RefusedFileError as error:
            yield refused_read(self._name, "", error)

    def _marked(self) -> bool:
        return "modified_at" in self._source.columns

    def _query(self) -> Any:
        if self._source.table is not None:
            schema, _, name = self._source.table.rpartition(".")
            return table(name, schema=schema or None)
        written = str(self._source.query).rstrip().rstrip(";").replace(":", "\\:")  # a colon is no parameter
        return text(written).columns().subquery("q")

    def _wanted(self, connection: Connection, query: Any) -> list[str]:
        """The names of the columns to read. Raises RefusedFileError where one is not there."""
        from monitor.sources.header import positions

        shown = connection.execute(select(text("*")).select_from(query).limit(0))
        names = tuple(shown.keys())
        positions(names, 1, self._contract.wanted(), ",")
        return list(dict.fromkeys(self._contract.wanted()))

    def _statement(self, query: Any, wanted: Sequence[str], since: Mark | None) -> Any:
        cells = [cast(column(name), String).label(f"c{place}") for place, name in enumerate(wanted)]
        if not self._marked():
            return select(*cells).select_from(query)
        columns = self._contract.columns()
        at: Any = column(columns["modified_at"])
        key: Any = column(columns[self._contract.key])
        statement = select(*cells, at.label(AT), cast(key, String).label(ID)).select_from(query)
        if since is not None:
            statement = statement.where(at >= type_coerce(_from(since), at.type))
        return statement.order_by(at, key)

    def _page_read(
        self, page: Sequence[Any], wanted: Sequence[str], number: int, *, changes: bool
    ) -> FileRead:
        names = [f"c{place}" for place in range(len(wanted))]
        cells = [tuple(row[: len(names)]) for row in page]
        frame = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
        digest = hashlib.sha256(frame.write_csv().encode()).hexdigest()

        def parts() -> list[Grid]:
            return [grid(frame, wanted, header_row=0, first=number + 1)]

        found = read_parts(parts, self._contract, name=self._name, digest=digest, age=0.0)
        return found.changed() if changes or self._source.contains == "changes" else found


def _mark(row: Any) -> Mark | None:
    """How far the source is read with a row, in plain values; None where the database says no moment of it."""
    at = row[-2]
    if at is None:
        return None
    if isinstance(at, datetime):
        return {"at": at.isoformat(), "kind": "moment", "id": row[-1]}
    if isinstance(at, (int, float)):
        return {"at": at, "kind": "number", "id": row[-1]}
    return {"at": str(at), "kind": "text", "id": row[-1]}


def _from(mark: Mark) -> Any:
    """Where to read on from: the mark less LOOKBACK, where it is a moment."""
    at = mark["at"]
    if mark["kind"] == "number":
        return at
    try:
        moment = datetime.fromisoformat(at) - LOOKBACK
    except ValueError:
        return at
    if mark["kind"] == "moment":
        return moment
    if len(at) == len("2026-01-31"):
        return moment.date().isoformat()  # a day: all of it again, and of the one before
    written = moment.isoformat(sep=at[10])
    return written.replace("+00:00", "Z") if at.endswith("Z") else written

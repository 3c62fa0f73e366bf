"""Deals and accounts from CSV files: one file, or all that match a pattern."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from monitor.sources.contract import ROW, Contract
from monitor.sources.decoding import decode
from monitor.sources.file_read import REJECTED, FileRead, ReadError, RefusedFileError
from monitor.sources.header import positions
from monitor.sources.landing import SYSTEM, Disk, find, growing, mark_of
from monitor.sources.records import Records, read_records
from monitor.sources.repeats import single

if TYPE_CHECKING:
    from config.settings import Company, Source

CUT_NOW = ", as if it were still being written; it is read at the next turn"
CUT_LONG_AGO = "; it was cut off, so export it again"
LONG_AGO = 600.0
"""Seconds after which a file that ends in the middle of a row is not being written any more."""


class CsvSource:
    """The CSV files of one configured source.

    motions   name → labels, as configured
    disk      how files are looked at, and the time
    """

    def __init__(
        self,
        source: Source,
        company: Company,
        motions: Mapping[str, Sequence[str]],
        disk: Disk = SYSTEM,
    ) -> None:
        self._source = source
        self._disk = disk
        today = datetime.fromtimestamp(disk.now(), UTC).astimezone(ZoneInfo(company.timezone)).date()
        self._contract = Contract(source=source, company=company, motions=motions, today=today)

    def read(self, skip: Callable[[str], bool]) -> Iterator[FileRead]:
        """See `Reader.read`."""
        root, files = self._files()
        unsettled = growing(files, self._disk)
        for file in files:
            name, digest = file.relative_to(root).as_posix(), ""
            try:
                content, age = self._content(file, unsettled)
                digest = hashlib.sha256(content).hexdigest()
                if skip(digest):
                    continue
                found = self._rows(content, name, digest, age=age)
            except RefusedFileError as error:
                found = _refused(name, digest, error)
            yield found

    def _files(self) -> tuple[Path, list[Path]]:
        path = self._source.path
        try:
            root, files = find(path)
        except (OSError, ValueError) as error:
            raise ReadError(f"{path}: cannot be looked for: {error}", again=False) from error
        if not files:
            folder = Path(path).is_dir()
            what = "is a folder without a CSV file in it" if folder else "no such file"
            raise ReadError(f"{path}: {what}", again=True)
        return root, files

    def _content(self, file: Path, unsettled: set[Path]) -> tuple[bytes, float]:
        """A file's bytes, and how many seconds ago it was written."""
        before = mark_of(file, self._disk)
        try:
            content = file.read_bytes()
        except OSError as error:
            raise RefusedFileError(f"cannot be read: {error.strerror or error}", again=True) from error
        after = mark_of(file, self._disk)
        if file in unsettled or before != after or after is None:
            raise RefusedFileError("is still being written; it is read at the next turn", again=True)
        return content, self._disk.now() - after[1] / 1e9

    def _rows(self, content: bytes, name: str, digest: str, *, age: float) -> FileRead:
        records = self._records(content, age)
        source = self._contract
        at = positions(records.header, records.header_row, source.wanted(), self._source.format.delimiter)
        cells = records.cells.select(
            pl.col("row").alias(ROW), *(pl.col(str(place)).alias(column) for column, place in at.items())
        )
        accepted = source.accept(cells)
        rows, torn, duplicates = single(accepted.rows, source.key)
        key_at = at[source.columns()[source.key]]
        rejected = _with_raw(pl.concat([accepted.rejected, torn]), records)
        return FileRead(
            file=name,
            content_hash=digest,
            rows_read=records.rows_read,
            deals=rows.drop("row"),
            rejected=pl.concat([rejected, _broken(records, key_at)]).sort("row"),
            duplicates=duplicates,
            ignored=accepted.ignored.len() + records.blank,
            ignored_keys=accepted.ignored.drop_nulls(),
            messages=accepted.messages,
        )

    def _records(self, content: bytes, age: float) -> Records:
        text = decode(content, self._source.format.encoding)
        records = read_records(text, self._source.format.delimiter)
        if records is None:
            raise RefusedFileError("is empty; it must begin with a line of column names", again=True)
        if records.cut_off:
            end = f"ends in the middle of a row{CUT_NOW if age < LONG_AGO else CUT_LONG_AGO}"
            raise RefusedFileError(end, line=len(records.lines), again=True)
        return records


def _refused(name: str, digest: str, error: RefusedFileError) -> FileRead:
    place = name if error.line is None else f"{name}:{error.line}"
    return FileRead(
        file=name,
        content_hash=digest,
        rows_read=0,
        deals=pl.DataFrame(),
        rejected=pl.DataFrame(schema=REJECTED),
        rejected_file=f"{place}: {error}",
        again=error.again,
    )


def _with_raw(rejected: pl.DataFrame, records: Records) -> pl.DataFrame:
    taken = rejected.join(records.cells.select("row", "lines"), on="row", how="left", maintain_order="left")
    raw = [_kept(records, row, lines) for row, lines in taken.select("row", "lines").iter_rows()]
    return rejected.with_columns(pl.Series("raw", raw, dtype=pl.String)).select(*REJECTED)


def _broken(records: Records, key_at: int) -> pl.DataFrame:
    """Records that are no rows; the key is in its place where the row reaches so far."""
    rows = [
        (
            broken.row,
            None,
            str(broken.reason),
            broken.detail,
            (broken.cells[key_at].strip() or None) if key_at < len(broken.cells) else None,
            _kept(records, broken.row, broken.lines),
        )
        for broken in records.broken
    ]
    return pl.DataFrame(rows, schema=REJECTED, orient="row")


def _kept(records: Records, row: int, lines: int) -> str:
    """The row as it stands in the file, but for NUL, which no database takes."""
    return records.raw(row, lines).replace("\0", "\u2400")

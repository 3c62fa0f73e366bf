"""A file as it lies there: of what kind it is, where its header stands, and every cell as text."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from monitor.first_config.languages import TOTALS, folded

if TYPE_CHECKING:
    from monitor.sources.grid import Grid

ENCODINGS = ("utf-8", "cp1252")
MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DELIMITERS = (",", ";", "\t", "|")
CSV = (".csv", ".txt", ".tsv")
PARQUET = (".parquet", ".pq")
EXCEL = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
MOST_ROWS = 500_000
"""Guesses need no more; what stands further down is read when the source is."""
SEARCHED = 50
"""The header is looked for in so many rows, lines of a report's end in as many."""
WIDE = 4
"""From so many cells on, a line with one that is filled is no row."""


class FileError(ValueError):
    """A file that no configuration can be made from; the sentence names it and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file with every cell as text, trimmed; blank where nothing stands.

    kind      the type of the source that reads it: csv, parquet or excel
    sheet     the sheet of a workbook with several
    header    the line of the column names, where something stands above it; from 1
    footer    how many lines at the end are no rows
    shown     of a folder with several files, the one that was read
    """

    path: Path
    frame: pl.DataFrame
    kind: str = "csv"
    encoding: str = "utf-8"
    delimiter: str = ""
    sheet: str | None = None
    header: int | None = None
    footer: int = 0
    shown: Path | None = None

    @property
    def name(self) -> str:
        """The file's name, with the sheet of a workbook with several."""
        return f"{self.path.name} ({self.sheet})" if self.sheet else self.path.name

    @property
    def columns(self) -> list[str]:
        """The headers, as written."""
        return self.frame.columns

    def cells(self, column: str) -> pl.Series:
        """The cells of a column that are not blank."""
        series = self.frame.get_column(column)
        return series.filter(series.str.len_chars() > 0)


def read_table(path: Path) -> Table:
    """Read a CSV, Parquet or Excel file as text; raises FileError where it is none, or holds no rows."""
    suffix = path.suffix.lower()
    if suffix in CSV:
        table = _csv(path)
    elif suffix in PARQUET:
        table = _parquet(path)
    elif suffix in EXCEL:
        return read_sheets(path)[0]
    else:
        raise FileError(f"{path}: CSV, Parquet and Excel files are read; export it as one of them")
    if table.frame.height == 0:
        raise FileError(f"{path}: a header and no rows")
    return table


def read_sheets(path: Path) -> list[Table]:
    """The sheets of a workbook that hold a table, in its order; raises FileError where none does."""
    from monitor.sources.excel_file import sheets_of
    from monitor.sources.file_read import RefusedFileError

    try:
        names = sheets_of(path)
    except RefusedFileError as error:
        raise FileError(f"{path}: {error}") from None
    found, wrong = [], f"{path}: a header and no rows"
    for name in names:
        try:
            table = _sheet(path, name, alone=len(names) == 1)
        except RefusedFileError as error:
            wrong = f"{path}: {error}"
            continue
        if table.frame.height > 0:
            found.append(table)
    if not found:
        raise FileError(wrong)
    return found


def _tidy(frame: pl.DataFrame) -> pl.DataFrame:
    trimmed = frame.with_columns(pl.all().fill_null("").str.strip_chars())
    return trimmed.filter(pl.any_horizontal(pl.all() != ""))


def _sheet(path: Path, name: str, *, alone: bool) -> Table:
    """One sheet, through the reader that its source will use; raises RefusedFileError."""
    from config.settings_sources import FileFormat
    from monitor.sources.excel_file import ExcelSource

    parts = list(ExcelSource.parts(path, FileFormat(sheet=name), ()))
    footer = _last_cells(parts[-1].cells.select(pl.exclude("row", "lines")))
    frame = _tidy(_named(parts))
    kept = frame.head(frame.height - footer)
    return Table(path=path, frame=kept, kind="excel", sheet=None if alone else name, footer=footer)


def _parquet(path: Path) -> Table:
    """A file of typed cells, through the reader that its source will use."""
    from config.settings_sources import FileFormat
    from monitor.sources.file_read import RefusedFileError
    from monitor.sources.parquet_file import ParquetSource, names_of

    try:
        parts = list(ParquetSource.parts(path, FileFormat(), names_of(path)))
    except RefusedFileError as error:
        raise FileError(f"{path}: {error}") from None
    return Table(path=path, frame=_tidy(_named(parts)), kind="parquet")


def _named(parts: Sequence[Grid]) -> pl.DataFrame:
    """The cells of `parts` under the names of the first; of two columns of one name, the first."""
    header = parts[0].header
    named = {str(place): name for place, name in enumerate(header) if name and header.index(name) == place}
    return pl.concat([part.cells for part in parts]).head(MOST_ROWS).select(*named).rename(named)


def _last_cells(cells: pl.DataFrame) -> int:
    """How many of a sheet's rows that say anything are, at its end, totals and remarks."""
    told = _tidy(cells)
    narrow = 0
    for row in reversed(told.tail(SEARCHED).rows()):
        if not _ends_report(list(row)):
            break
        narrow += 1
    return narrow if narrow < told.height else 0


def _csv(path: Path) -> Table:
    content = path.read_bytes()
    if not content.strip():
        raise FileError(f"{path}: empty")
    text, encoding = _decoded(path, content)
    delimiter, at = _header(text)
    if at is None:
        raise FileError(f"{path}: one column only; is it a CSV file with a header?")
    lines = text.splitlines(keepends=True)
    footer = _footer(lines, delimiter)
    telling = [place for place, line in enumerate(lines) if line.strip()]
    last = telling[-footer] if footer else len(lines)
    try:
        frame = pl.read_csv(
            io.StringIO("".join(lines[at:last])),
            separator=delimiter,
            infer_schema=False,
            truncate_ragged_lines=True,
            n_rows=MOST_ROWS,
        )
    except pl.exceptions.PolarsError as error:
        raise FileError(f"{path}: cannot be read as CSV: {str(error).splitlines()[0]}") from None
    return Table(
        path=path,
        frame=_tidy(frame),
        encoding=encoding,
        delimiter=delimiter,
        header=None if at == telling[0] else at + 1,
        footer=footer,
    )


def _header(text: str) -> tuple[str, int | None]:
    """The delimiter, and the place of the column names: the first row as wide as most rows are.

    What stands above it, a report's title or the day it was made, is narrower.
    """
    found: list[tuple[int, str, int]] = []
    for delimiter in DELIMITERS:
        rows, begins = [], 0
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for row in islice(reader, SEARCHED):
            rows.append((len(row), begins))
            begins = reader.line_num
        widths = Counter(width for width, _ in rows if width > 1)
        if widths:
            usual = max(widths, key=lambda width: (widths[width], width))
            found.append((usual, delimiter, next(place for width, place in rows if width >= usual)))
    if not found:
        return ",", None
    _, delimiter, place = max(found, key=lambda each: each[0])
    return delimiter, place


def _footer(lines: list[str], delimiter: str) -> int:
    """How many lines at the end are a report's totals and remarks."""
    ended = lines[-1].endswith(("\n", "\r"))
    telling = [line for line in lines[-SEARCHED:] if line.strip()]
    narrow = 0
    for line in reversed(telling):
        cells = next(csv.reader([line], delimiter=delimiter), [])
        if not _ends_report(cells):
            break
        narrow += 1
    return narrow if ended and narrow < len(telling) else 0


def _ends_report(cells: list[str]) -> bool:
    """Whether a line is no row: it holds one cell, or begins like a total and is mostly blank."""
    told = [cell for cell in cells if cell.strip()]
    if len(cells) == 1 or not told:
        return True
    if len(cells) < WIDE:
        return False
    return len(told) == 1 or (2 * len(told) < len(cells) and re.match(TOTALS, folded(told[0])) is not None)


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    if b"\x00" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(f"{path}: holds NUL bytes; is it a CSV file?")
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace"), encoding
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise FileError(f"{path}: neither UTF-8 nor Windows-1252; save it as UTF-8")

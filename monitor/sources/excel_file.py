"""Excel workbooks: one sheet, its header found among titles and merged cells, dates as dates."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl

from monitor.sources.file_read import RefusedFileError
from monitor.sources.file_source import FileSource
from monitor.sources.grid import Grid, as_text, grid
from monitor.sources.limits import MOST_TIMES, UNPACKED_FREELY

if TYPE_CHECKING:
    from config.settings_sources import FileFormat

SEARCHED = 50
"""The header is looked for in so many rows."""
MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
LARGEST_SHEET = 2**30


class ExcelSource(FileSource):
    """The workbooks of one configured source."""

    patterns: ClassVar[tuple[str, ...]] = ("*.xlsx", "*.xlsm", "*.xlsb", "*.xls", "*.ods")
    kind: ClassVar[str] = "Excel"

    @staticmethod
    def harmless(path: Path) -> bool:  # noqa: ARG004
        """Never: a workbook is a packed archive."""
        return False

    @staticmethod
    def parts(path: Path, form: FileFormat, wanted: Iterable[str]) -> Iterator[Grid]:
        """The rows of the sheet, with the numbers that Excel shows beside them."""
        _not_swollen(path)
        book = _opened(path)
        sheet = _sheet(book, form.sheet)
        table = _cells(book, sheet)
        at = _header(table, form, list(wanted))
        names = [cell or "" for cell in table.row(at)] if table.height else []
        if not any(name.strip() for name in names):
            raise RefusedFileError(
                f"sheet '{sheet}' is empty; it must begin with a row of column names", again=True
            )
        body = table.slice(at + 1)
        if form.decimal != ".":
            body = _numbers_marked(book, sheet, at, body, form.decimal)
        if form.footer:
            telling = body.select(pl.any_horizontal(pl.all().is_not_null())).to_series().arg_true()
            body = body.head(int(telling[-form.footer]) if len(telling) >= form.footer else 0)
        tidy = body.select(pl.all().str.replace(MIDNIGHT, "$1"))
        yield grid(tidy, names, header_row=at + 1, first=at + 2)


def _not_swollen(path: Path) -> None:
    """Raise RefusedFileError for an archive that declares far more than it is; what it hides, the limits meet."""
    if not zipfile.is_zipfile(path):
        return  # the old binary kind, or no workbook: the reader says which
    with zipfile.ZipFile(path) as archive:
        size = sum(member.file_size for member in archive.infolist())
    packed = path.stat().st_size
    if size > LARGEST_SHEET or (size > UNPACKED_FREELY and size > MOST_TIMES * packed):
        raise RefusedFileError(f"unpacks to {size >> 20:,} MB from {packed:,} bytes; nothing is read of it")


def sheets_of(path: Path) -> list[str]:
    """The names of a workbook's sheets, in its order. Raises RefusedFileError."""
    _not_swollen(path)
    names: list[str] = _opened(path).sheet_names
    return names


def _opened(path: Path) -> Any:
    import fastexcel

    try:
        return fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        told = (str(error).splitlines() or [""])[0]
        raise RefusedFileError(f"cannot be read as an Excel workbook: {told}", again=True) from error


def _sheet(book: Any, wanted: str | None) -> str:
    names: list[str] = book.sheet_names
    if wanted is None:
        if len(names) == 1:
            return names[0]
        raise RefusedFileError(f"has several sheets; name one in format.sheet: {', '.join(names)}")
    if wanted not in names:
        raise RefusedFileError(f"has no sheet '{wanted}'; it has {', '.join(names)}")
    return wanted


def _cells(book: Any, sheet: str, **how: Any) -> pl.DataFrame:
    import fastexcel

    try:
        loaded = book.load_sheet(sheet, **(how or {"header_row": None, "skip_rows": 0, "dtypes": "string"}))
        table: pl.DataFrame = loaded.to_polars()
    except (fastexcel.FastExcelError, pl.exceptions.PolarsError) as error:
        told = (str(error).splitlines() or [""])[0]
        raise RefusedFileError(f"sheet '{sheet}' cannot be read: {told}") from error
    return table


def _header(table: pl.DataFrame, form: FileFormat, wanted: list[str]) -> int:
    """The place of the header: as declared, else the first row with every wanted name, else the first with a cell.

    Where nothing is wanted yet, the first row that no other has more cells than.
    """
    if form.header is not None:
        if form.header > table.height:
            raise RefusedFileError(f"has no row {form.header}, which format.header names", again=True)
        return form.header - 1
    if not wanted:
        filled = [sum(bool(cell) for cell in row) for row in table.head(SEARCHED).iter_rows()]
        return filled.index(max(filled)) if filled else 0
    first = None
    for place, row in enumerate(table.head(SEARCHED).iter_rows()):
        said = {cell.strip() for cell in row if cell}
        if said.issuperset(wanted):
            return place
        if first is None and said:
            first = place
    return first or 0


def _numbers_marked(book: Any, sheet: str, at: int, body: pl.DataFrame, decimal: str) -> pl.DataFrame:
    """`body` with the numbers of purely numeric columns in the source's decimal mark: a sheet has none of its own."""
    typed = _cells(book, sheet, header_row=at, schema_sample_rows=None)
    if typed.height != body.height or typed.width != body.width:
        return body
    return body.with_columns(
        typed.select(as_text(theirs, kind, decimal).alias(ours)).to_series()
        for ours, (theirs, kind) in zip(body.columns, typed.schema.items(), strict=True)
        if kind.is_numeric()
    )

"""Text into records: header, well-formed rows as cells, and rows that are not, each with its line in the file.

Lines without a quotation mark, the many, are split natively. Records with quotes go through the standard library's
strict reader one by one. A record whose quotes do not add up costs its own line only: reading goes on with the next
line, so that a mark left open swallows nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from monitor.sources.reasons import Reason

QUOTE = '"'
LONGEST_CELL = 65_536
MOST_LINES = 1_000
"""A record of more lines than this is a mark left open."""
COLUMNS_TO_TELL = 4
"""From so many columns on, a line inside quotes that has a whole row's delimiters is a row that was swallowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A record that is no row: the line it begins on, why, what was found, the cells as far as they can be told."""

    row: int
    reason: Reason
    detail: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A file's records.

    header   the names of the columns, without outer blanks; on line `header_row` (1 is the file's first)
    cells    `row` (the line on which it begins), `lines` (how many it takes) and a String column "0", "1", … a column
    blank    rows of which every cell is blank
    lines    the file's lines
    cut_off  whether the last record ends before its last cell and without a line end
    """

    header: tuple[str, ...]
    header_row: int
    cells: pl.DataFrame
    blank: int
    broken: tuple[Broken, ...]
    lines: list[str]
    cut_off: bool

    @property
    def rows_read(self) -> int:
        """How many rows the file has: all records but the header; lines without anything are none."""
        return self.cells.height + self.blank + len(self.broken)

    def raw(self, row: int, lines: int) -> str:
        """A record as it stands in the file."""
        return "\n".join(self.lines[row - 1 : row - 1 + lines])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quoted:
    """A record with quotes: its first line (0 is the file's first), how many it takes, its cells or what is wrong."""

    first: int
    lines: int
    cells: tuple[str, ...]
    wrong: str | None = None
    unclosed: bool = False


def read_records(text: str, delimiter: str) -> Records | None:
    """The records of `text`; None where there is not even a header."""
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) == 1 and "\r" in text:
        lines = text.split("\r")
    ended = not lines[-1]
    start = next((place for place, line in enumerate(lines) if line.strip()), None)
    if start is None:
        return None
    head = _header(lines, start, delimiter)
    header = tuple(cell.strip() for cell in head.cells)
    first = start + head.lines
    quoted = list(_quoted(lines, first, delimiter, len(header)))
    plain = _plain(lines, first, quoted)
    good, broken = _split(plain, delimiter, len(header), lines)
    more, wrong = _sort_out(quoted, len(header))
    cells = pl.concat([good, more]).sort("row")
    blank = pl.all_horizontal(pl.col(str(place)).str.strip_chars() == "" for place in range(len(header)))
    full = cells.filter(~blank)
    broken = sorted([*broken, *wrong], key=lambda each: each.row)
    return Records(
        header=header,
        header_row=start + 1,
        cells=full,
        blank=cells.height - full.height,
        broken=tuple(broken),
        lines=lines,
        cut_off=not ended and _cut_off(broken, quoted, lines, len(header)),
    )


def _header(lines: list[str], start: int, delimiter: str) -> _Quoted:
    if QUOTE not in lines[start]:
        return _Quoted(first=start, lines=1, cells=tuple(lines[start].split(delimiter)))
    head = _record(lines, start, delimiter)
    if head.wrong is None:
        return head
    return _Quoted(first=start, lines=1, cells=tuple(lines[start].split(delimiter)))


def _quoted(lines: list[str], first: int, delimiter: str, width: int) -> Iterator[_Quoted]:
    """Every record that has a quotation mark, in order."""
    free = first
    for place in range(first, len(lines)):
        if place < free or QUOTE not in lines[place]:
            continue
        record = _record(lines, place, delimiter)
        if record.lines > 1 and (record.wrong or len(record.cells) != width):
            record = _only_first_line(record, lines, delimiter)
        elif record.lines > 2 and width >= COLUMNS_TO_TELL:
            inner = lines[place + 1 : place + record.lines - 1]
            if any(line.count(delimiter) == width - 1 for line in inner):
                record = _only_first_line(record, lines, delimiter)
        free = place + record.lines
        yield record


def _record(lines: list[str], place: int, delimiter: str) -> _Quoted:
    """The record that begins on a line, by the strict reader."""
    last = min(len(lines), place + MOST_LINES)
    feed = (f"{line}\n" for line in _upto(lines, place, last))
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    try:
        cells = tuple(next(reader))
    except csv.Error as error:
        unclosed = "unexpected end" in str(error)
        return _Quoted(
            first=place, lines=max(reader.line_num, 1), cells=(), wrong=str(error), unclosed=unclosed
        )
    return _Quoted(first=place, lines=reader.line_num, cells=cells)


def _upto(lines: list[str], first: int, last: int) -> Iterator[str]:
    for place in range(first, last):
        yield lines[place]


def _only_first_line(record: _Quoted, lines: list[str], delimiter: str) -> _Quoted:
    """The record as its first line alone: what follows is read as rows of their own."""
    return _Quoted(
        first=record.first,
        lines=1,
        cells=tuple(lines[record.first].split(delimiter)),
        wrong="a quotation mark is left open",
        unclosed=record.unclosed,
    )


def _plain(lines: list[str], first: int, quoted: list[_Quoted]) -> pl.DataFrame:
    """The lines that belong to no record with quotes and are not empty: `row`, `line`."""
    taken = [place for record in quoted for place in range(record.first, record.first + record.lines)]
    frame = pl.DataFrame(
        {"row": pl.int_range(first + 1, len(lines) + 1, eager=True), "line": lines[first:]},
        schema={"row": pl.Int64, "line": pl.String},
    )
    if taken:
        frame = frame.filter(~pl.col("row").is_in(pl.Series(taken, dtype=pl.Int64) + 1))
    return frame.filter(pl.col("line").str.strip_chars(" ") != "")


def _split(
    plain: pl.DataFrame, delimiter: str, width: int, lines: list[str]
) -> tuple[pl.DataFrame, list[Broken]]:
    counted = plain.with_columns(
        count=pl.col("line").str.count_matches(delimiter, literal=True) + 1,
        nul=pl.col("line").str.contains("\0", literal=True),
    )
    whole = (pl.col("count") == width) & ~pl.col("nul")
    good = counted.filter(whole).select(
        "row",
        pl.lit(1, pl.Int64).alias("lines"),
        pl.col("line").str.split_exact(delimiter, width - 1).alias("cells"),
    )
    fields = [pl.col("cells").struct.field(f"field_{place}").alias(str(place)) for place in range(width)]
    wrong = counted.filter(~whole)
    broken = [_broken(row, tuple(lines[row - 1].split(delimiter)), width) for row in wrong["row"].to_list()]
    return good.select("row", "lines", *fields), broken


def _broken(row: int, cells: tuple[str, ...], width: int) -> Broken:
    if any("\0" in cell for cell in cells):
        detail = "the row holds a NUL character; export the file again"
        return Broken(row=row, reason=Reason.CONTROL_CHARACTER, detail=detail, cells=cells)
    detail = f"{len(cells)} cells where the header has {width}; put a cell that holds the delimiter in quotes"
    return Broken(row=row, reason=Reason.RAGGED, detail=detail, cells=cells)


def _sort_out(quoted: list[_Quoted], width: int) -> tuple[pl.DataFrame, list[Broken]]:
    good: list[tuple[int | str, ...]] = []
    broken: list[Broken] = []
    for record in quoted:
        row = record.first + 1
        if record.wrong is not None:
            detail = f"{record.wrong}; a quotation mark inside a quoted cell is written twice"
            broken.append(Broken(row=row, reason=Reason.BROKEN_QUOTES, detail=detail, cells=record.cells))
        elif len(record.cells) != width or any("\0" in cell for cell in record.cells):
            broken.append(_broken(row, record.cells, width))
        else:
            good.append((row, record.lines, *record.cells))
    schema = {"row": pl.Int64, "lines": pl.Int64, **{str(place): pl.String for place in range(width)}}
    return pl.DataFrame(good, schema=schema, orient="row"), broken


def _cut_off(broken: list[Broken], quoted: list[_Quoted], lines: list[str], width: int) -> bool:
    """Whether the last line, which has no end, holds less than a row; or a mark is open to the end."""
    if any(record.unclosed for record in quoted):
        return True
    last = broken[-1] if broken else None
    return last is not None and last.row == len(lines) and len(last.cells) < width

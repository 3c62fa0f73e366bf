"""Text into records: header, well-formed rows as cells, and rows that are not, each with its line in the file.

Lines that are rows by themselves, nearly all, are split natively; the others go through `monitor.sources.quoting`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import polars as pl

from monitor.sources.file_read import RefusedFileError
from monitor.sources.quoting import QUOTE, Quoted, record_at, walk, whole_rows
from monitor.sources.reasons import Reason

NUL = "\0"
MOST_RAGGED = 100_000
"""More rows of a block with another number of cells than the header has are no slips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A record that is no row: where it begins, how many lines it takes, why, what was found, its cells if any."""

    row: int
    lines: int
    reason: Reason
    detail: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A file's records.

    header   the names of the columns, without outer blanks; on line `header_row` (1 is the file's first)
    cells    `row` (the line on which it begins), `lines` (how many it takes) and a String column "0", "1", … a column
    blank    rows of which every cell is blank
    lines    the text's lines, the first of them line `first` of the file
    cut_off  whether the last record ends before its last cell and without a line end
    ends     whether these are the file's last
    """

    header: tuple[str, ...]
    header_row: int
    cells: pl.DataFrame
    blank: int
    broken: tuple[Broken, ...]
    lines: list[str]
    cut_off: bool
    first: int = 1
    ends: bool = False

    @property
    def ends_in_a_cell(self) -> bool:
        """Whether the file ends with a line that has no end: its last cell may be cut."""
        return self.ends and bool(self.lines[-1].strip()) and not self.cut_off

    @property
    def rows_read(self) -> int:
        """How many rows the file has: all records but the header; lines without anything are none."""
        return self.cells.height + self.blank + len(self.broken)

    def raw(self, row: int, lines: int) -> str:
        """A record as it stands in the file."""
        at = row - self.first
        return "\n".join(self.lines[at : at + lines])

    def raws(self, rows: pl.DataFrame) -> list[str]:
        """Records as they stand in the file, but for NUL, which no database takes; `rows` has `row`."""
        taken = rows.join(self.cells.select("row", "lines"), on="row", how="left", maintain_order="left")
        return [kept(self.raw(row, lines)) for row, lines in taken.select("row", "lines").iter_rows()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The header of a file: its cells, the line it begins on (1 is the first) and how many it takes."""

    cells: tuple[str, ...]
    row: int
    lines: int


def kept(text: str) -> str:
    """A text as it may be stored."""
    return text.replace("\0", "\u2400")


def head_of(lines: list[str], delimiter: str, line: int | None) -> Head | None:
    """The header among the first lines of a file: the first that says anything, or the one that is named."""
    start = (
        next((place for place, text in enumerate(lines) if text.strip()), None) if line is None else line - 1
    )
    if start is None or start >= len(lines):
        return None
    head = record_at(lines, start, delimiter)
    return Head(cells=tuple(cell.strip() for cell in head.cells), row=start + 1, lines=head.lines)


def read_records(text: str, delimiter: str) -> Records | None:
    """The records of `text`; None where there is not even a header."""
    lines = split_lines(text)
    head = head_of(lines, delimiter, None)
    return None if head is None else records_of(lines, head, delimiter, ends=True)


def records_of(lines: list[str], head: Head, delimiter: str, *, first: int = 1, ends: bool) -> Records:
    """The records of lines that stand under `head`.

    first   the number of lines[0] in the file; the header may stand before it
    ends    whether these are the file's last lines
    """
    skip = max(0, head.row + head.lines - first)
    width = len(head.cells)
    body = _body(lines, skip, delimiter, width)
    rows = body.filter("whole", "marks")
    places = (body.filter(~pl.col("whole"), "marks")["row"] - 1).to_list()
    quoted = list(walk(lines, places, frozenset((rows["row"] - 1).to_list()), delimiter, width))
    taken = [place + 1 for each in quoted for place in range(each.first, each.first + each.lines)]
    plain = body.filter(~pl.col("marks"), ~pl.col("row").is_in(taken))
    good, ragged = _split(plain, delimiter, width)
    more, wrong = _sort_out(quoted, width)
    cells = pl.concat([good, _unquoted(rows, delimiter, width), more]).sort("row")
    broken = sorted([*ragged, *wrong], key=lambda each: each.row)
    blank = pl.all_horizontal(pl.col(str(place)).str.strip_chars() == "" for place in range(width))
    full = cells.filter(~blank)
    cut_off = ends and bool(lines[-1]) and _cut_off(cells, broken, quoted, lines, width)
    shift = first - 1
    return Records(
        header=head.cells,
        header_row=head.row,
        cells=full.with_columns(pl.col("row") + shift) if shift else full,
        blank=cells.height - full.height,
        broken=tuple(replace(each, row=each.row + shift) for each in broken),
        lines=lines,
        cut_off=cut_off,
        first=first,
        ends=ends,
    )


def split_lines(text: str) -> list[str]:
    """The lines of a text; the last one is empty where the text ends with a line end."""
    lines = text.replace("\r\n", "\n").split("\n")
    return text.split("\r") if len(lines) == 1 else lines


def _body(lines: list[str], first: int, delimiter: str, width: int) -> pl.DataFrame:
    """The lines after the header that are not empty: `row`, `line`, `marks` (holds a mark), `whole` (is a row)."""
    line = pl.col("line")
    body = pl.DataFrame({"line": lines[first:]}, schema={"line": pl.String}).with_row_index("row", first + 1)
    body = body.filter(line.str.strip_chars(" ") != "").with_columns(
        pl.col("row").cast(pl.Int64), marks=line.str.contains(QUOTE, literal=True)
    )
    whole = whole_rows(line, delimiter, width) & ~line.str.contains(NUL, literal=True)
    marked = body.filter("marks").with_columns(whole=whole)
    return body.join(marked.select("row", "whole"), on="row", how="left", maintain_order="left").with_columns(
        pl.col("whole").fill_null(False)
    )


def _split(plain: pl.DataFrame, delimiter: str, width: int) -> tuple[pl.DataFrame, list[Broken]]:
    """Lines without marks, cut at every delimiter."""
    line = pl.col("line")
    count = line.str.count_matches(delimiter, literal=True)
    fits = (count == width - 1) & ~line.str.contains(NUL, literal=True)
    parts = line.str.split_exact(delimiter, width - 1).struct
    cells = [parts.field(f"field_{place}").alias(str(place)) for place in range(width)]
    good = plain.filter(fits).select("row", pl.lit(1, pl.Int64).alias("lines"), *cells)
    wrong = plain.filter(~fits)
    if wrong.height > MOST_RAGGED:
        raise RefusedFileError(
            f"{wrong.height:,} rows do not have the {width} cells of the header; it is another kind of table",
            line=int(wrong["row"][0]),
        )
    return good, [
        _broken(row, 1, tuple(text.split(delimiter)), width)
        for row, text in wrong.select("row", "line").iter_rows()
    ]


def _unquoted(rows: pl.DataFrame, delimiter: str, width: int) -> pl.DataFrame:
    """Lines that are rows by themselves and hold marks."""
    names = [str(place) for place in range(width)]
    if rows.height == 0:
        return pl.DataFrame(schema={"row": pl.Int64, "lines": pl.Int64, **dict.fromkeys(names, pl.String)})
    cells = pl.read_csv(
        io.BytesIO("\n".join(rows["line"].to_list()).encode()),
        has_header=False,
        new_columns=names,
        separator=delimiter,
        quote_char=QUOTE,
        infer_schema=False,
    )
    if cells.shape != (rows.height, width):
        raise RuntimeError(f"{rows.height} rows of {width} cells were read as {cells.shape}")
    return cells.select(rows["row"], pl.lit(1, pl.Int64).alias("lines"), pl.col(names).fill_null(""))


def _sort_out(quoted: list[Quoted], width: int) -> tuple[pl.DataFrame, list[Broken]]:
    """Records of the strict reader as cells, and the broken ones among them."""
    good: list[tuple[int | str, ...]] = []
    broken: list[Broken] = []
    for record in quoted:
        row = record.first + 1
        if record.wrong is not None:
            detail = f"{record.wrong}; a quotation mark inside a quoted cell is written twice"
            broken.append(
                Broken(row=row, lines=1, reason=Reason.BROKEN_QUOTES, detail=detail, cells=record.cells)
            )
        elif len(record.cells) != width or any(NUL in cell for cell in record.cells):
            broken.append(_broken(row, record.lines, record.cells, width))
        else:
            good.append((row, record.lines, *record.cells))
    schema = {"row": pl.Int64, "lines": pl.Int64, **{str(place): pl.String for place in range(width)}}
    return pl.DataFrame(good, schema=schema, orient="row"), broken


def _broken(row: int, lines: int, cells: tuple[str, ...], width: int) -> Broken:
    if any(NUL in cell for cell in cells):
        detail = "the row holds a NUL character; export the file again"
        return Broken(row=row, lines=lines, reason=Reason.CONTROL_CHARACTER, detail=detail, cells=cells)
    mend = (
        "the row is cut short" if len(cells) < width else "a cell that holds the delimiter stands in quotes"
    )
    detail = f"{len(cells)} cells where the header has {width}; {mend}"
    return Broken(row=row, lines=lines, reason=Reason.RAGGED, detail=detail, cells=cells)


def _cut_off(
    cells: pl.DataFrame, broken: list[Broken], quoted: list[Quoted], lines: list[str], width: int
) -> bool:
    """Whether the last line, which has no end, holds less than a row, or lies inside a cell that is never closed."""
    rows = cells["row"].to_list()
    if any(each.unclosed and each.first + 1 > max(rows, default=0) for each in quoted):
        return True
    last = broken[-1] if broken else None
    return last is not None and last.row == len(lines) and len(last.cells) < width

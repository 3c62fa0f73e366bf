"""Records with quotation marks, read strictly, one by one.

A record whose marks do not add up costs its own line only: reading goes on with the next line, so that a mark left
open swallows nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

QUOTE = '"'
CELL = '"(?:[^"]|"")*"'
MOST_LINES = 1_000
"""A record of more lines than this is a mark left open."""
COLUMNS_TO_TELL = 4
"""From so many columns on, a line inside a quoted cell with a whole row's delimiters is a row that was swallowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A record with quotation marks.

    first     its first line; 0 is the file's first
    lines     how many it takes
    cells     of a broken one, its first line cut at every delimiter
    wrong     what is wrong with it; None where nothing is
    unclosed  whether a mark is open to the end of the file
    """

    first: int
    lines: int
    cells: tuple[str, ...]
    wrong: str | None = None
    unclosed: bool = False


def whole_rows(line: pl.Expr, delimiter: str, width: int) -> pl.Expr:
    """Whether a line is by itself a row of `width` cells, each either quoted from end to end or free of marks.

    Inside a quoted cell marks are doubled, so that no line of one looks like that.
    """
    mark, bare = re.escape(delimiter), f'[^"{re.escape(delimiter)}]*'
    shape = f"^(?:{CELL}|{bare})(?:{mark}(?:{CELL}|{bare}))*$"
    outside = line.str.replace_all(CELL, "")
    return line.str.contains(shape) & (outside.str.count_matches(delimiter, literal=True) == width - 1)


def walk(
    lines: Sequence[str], places: Iterable[int], rows: Collection[int], delimiter: str, width: int
) -> Iterator[Quoted]:
    """The records that begin on `places`, lines with a mark; `rows` are lines that are rows by themselves."""
    free = 0
    for place in places:
        if place < free:
            continue
        record = record_at(lines, place, delimiter)
        if record.wrong is None and _swallowed(record, lines, rows, delimiter, width):
            record = _broken(lines, place, delimiter, "a quotation mark is left open", unclosed=False)
        free = place + record.lines
        yield record


def record_at(lines: Sequence[str], place: int, delimiter: str) -> Quoted:
    """The record that begins on a line, by the strict reader."""
    last = min(len(lines), place + MOST_LINES)
    reader = csv.reader((f"{lines[at]}\n" for at in range(place, last)), delimiter=delimiter, strict=True)
    try:
        cells = tuple(next(reader))
    except csv.Error as error:
        unclosed = "unexpected end" in str(error)
        wrong = "a quotation mark is left open" if unclosed else str(error)
        return _broken(lines, place, delimiter, wrong, unclosed=unclosed and last == len(lines))
    return Quoted(first=place, lines=reader.line_num, cells=cells)


def _swallowed(
    record: Quoted, lines: Sequence[str], rows: Collection[int], delimiter: str, width: int
) -> bool:
    """Whether a record of several lines has taken in rows that are none of its own."""
    if record.lines == 1:
        return False
    inside = range(record.first + 1, record.first + record.lines)
    if len(record.cells) != width or any(place in rows for place in inside):
        return True
    free = (lines[place] for place in inside if QUOTE not in lines[place])
    return width >= COLUMNS_TO_TELL and any(line.count(delimiter) == width - 1 for line in free)


def _broken(lines: Sequence[str], place: int, delimiter: str, wrong: str, *, unclosed: bool) -> Quoted:
    cells = tuple(lines[place].split(delimiter))
    return Quoted(first=place, lines=1, cells=cells, wrong=wrong, unclosed=unclosed)

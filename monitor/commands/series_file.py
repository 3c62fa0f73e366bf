"""A time,value[,n] table in a CSV file, read by contract: what cannot be read is named by line and column."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TIMES = ("time", "date", "week", "day", "month", "period", "timestamp", "at", "t", "ds", "index")
VALUES = ("value", "y", "rate", "share", "mean", "amount", "price", "x")
COUNTS = ("n", "count", "counts", "deals", "trials", "weight", "size")
DELIMITERS = (",", ";", "\t")
MISSING = ("", "na", "n/a", "nan", "null", "none", "-")


class TableError(ValueError):
    """A table that cannot be read; the sentence names file, line and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesTable:
    """A series as written: `values` are nan where missing, `counts` None without such a column."""

    times: tuple[str, ...]
    values: tuple[float, ...]
    counts: tuple[float, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    time: int
    value: int
    count: int | None
    header: bool
    names: tuple[str, ...]


def read_series(path: Path) -> SeriesTable:
    """Read the table at `path`; raises TableError.

    The columns are found by name (time, value, n and their usual other names), else by place: first the time,
    then the first column that holds numbers. A missing value is a blank or NA.
    """
    rows, delimiter = _rows(path)
    columns = _columns(path, rows)
    body = rows[1:] if columns.header else rows
    if not body:
        raise TableError(f"{path}: a header and no rows; nothing to scan")
    width = len(columns.names)
    times, values, counts = [], [], []
    for line, row in body:
        if len(row) != width:
            raise TableError(f"{path}:{line}: {len(row)} columns where the first line has {width}")
        times.append(row[columns.time].strip())
        values.append(_number(path, line, columns.names[columns.value], row[columns.value], delimiter))
        if columns.count is not None:
            counts.append(_count(path, line, columns.names[columns.count], row[columns.count], delimiter))
    return SeriesTable(
        times=tuple(times), values=tuple(values), counts=tuple(counts) if columns.count is not None else None
    )


def _rows(path: Path) -> tuple[list[tuple[int, list[str]]], str]:
    """All rows that are not blank, each with its line in the file, and the delimiter."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except IsADirectoryError:
        raise TableError(f"{path}: a folder; name a CSV file") from None
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise TableError(f"{path}:{reader.line_num}: {error}; is a quote left open?") from None
    if not rows:
        raise TableError(f"{path}: empty; it needs a time and a value column")
    return rows, delimiter


def _columns(path: Path, rows: Sequence[tuple[int, list[str]]]) -> _Columns:
    line, first = rows[0]
    if len(first) < 2:
        raise TableError(f"{path}:{line}: one column only; it needs a time and a value, separated by commas")
    names = [cell.strip().lower() for cell in first]
    header = not any(_is_number(cell) for cell in first[1:])
    if not header:
        count = 2 if len(first) == 3 else None
        numbered = tuple(f"column {index + 1}" for index in range(len(first)))
        return _Columns(time=0, value=1, count=count, header=False, names=numbered)
    time = _named(names, TIMES)
    time = 0 if time is None else time
    count = _named(names, COUNTS)
    value = _named(names, VALUES)
    if value is None:
        others = [index for index in range(len(names)) if index not in {time, count}]
        value = next((index for index in others if _holds_numbers(rows[1:], index)), None)
    if value is None or value == time:
        raise TableError(
            f"{path}:{line}: no column of numbers beside the time; its columns are {', '.join(first)}"
        )
    return _Columns(
        time=time, value=value, count=count, header=True, names=tuple(cell.strip() for cell in first)
    )


def _named(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def _holds_numbers(rows: Sequence[tuple[int, list[str]]], index: int) -> bool:
    cells = [
        row[index] for _, row in rows[:50] if index < len(row) and row[index].strip().lower() not in MISSING
    ]
    return bool(cells) and all(_is_number(cell) for cell in cells)


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip().rstrip("%").replace(",", "."))
    except ValueError:
        return False
    return cell.strip().lower() not in MISSING


def _number(path: Path, line: int, column: str, cell: str, delimiter: str) -> float:
    text = cell.strip()
    if text.lower() in MISSING:
        return math.nan
    percent = text.endswith("%")
    plain = text.rstrip("%").strip()
    if delimiter != ",":  # where commas do not part columns, one is a decimal comma
        plain = plain.replace(",", ".")
    try:
        number = float(plain.replace("_", "x"))  # Python reads 1_000 as a number; a file that says so is odd
    except ValueError:
        raise TableError(f"{path}:{line}: column {column!r}: {cell!r} is no number") from None
    if not math.isfinite(number):
        raise TableError(f"{path}:{line}: column {column!r}: {cell!r} is not finite")
    return number / 100 if percent else number


def _count(path: Path, line: int, column: str, cell: str, delimiter: str) -> float:
    number = _number(path, line, column, cell, delimiter)
    if number < 0:
        raise TableError(
            f"{path}:{line}: column {column!r}: {cell!r} is negative; it counts what is behind a value"
        )
    return 0.0 if math.isnan(number) else number

"""What the values of a column look like: days, numbers, names of few kinds, names that are never repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from monitor.first_config.files import Table
from monitor.sources.amounts import number

DateOrder = Literal["iso", "month_first", "day_first"]

ISO = r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?$"
PARTS = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(\s.*)?$"
NAMED = {
    "%d-%b-%Y": r"^\d{1,2}-[A-Za-z]{3}-\d{4}$",
    "%d-%b-%y": r"^\d{1,2}-[A-Za-z]{3}-\d{2}$",
    "%d %b %Y": r"^\d{1,2} [A-Za-z]{3} \d{4}$",
    "%d %B %Y": r"^\d{1,2} [A-Za-z]{4,} \d{4}$",
    "%b %d, %Y": r"^[A-Za-z]{3} \d{1,2}, \d{4}$",
    "%B %d, %Y": r"^[A-Za-z]{4,} \d{1,2}, \d{4}$",
}
"""Days with a month's English name: the pattern that reads them, and what they look like."""
CODES = "EUR|USD|GBP|CHF|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|JPY|CNY|INR|BRL|MXN|ZAR|SGD"
MARK = rf"(?:\p{{Lu}}{{0,2}}[$€£¥₹]|{CODES}|zł|Kč)"
NUMBER = rf"^[-+(−]?\s?{MARK}?\s?[-−]?\d[\d., '’\u00a0\u202f]*({MARK}|%)?\)?$"
DECIMAL_COMMA = r",(\d{1,2}|\d{4,})$|\.\d{3},\d+$"
DECIMAL_POINT = r"\.(\d{1,2}|\d{4,})$|,\d{3}\.\d+$"
"""What only a decimal mark can be: three figures after a mark may be thousands as well."""
THOUSANDS = {",": r"^[-+]?\d{1,3}(,\d{3})+$", ".": r"^[-+]?\d{1,3}(\.\d{3})+$"}
UNGROUPED = r"^[-+]?\d{4,}([.,]|$)"
MOSTLY = 0.9
NEARLY = 0.98
HALF = 0.5
ALL_IN_PERCENT = 100
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """How a file writes its days: an order, or a pattern; `sure` is False where no value tells month from day."""

    order: DateOrder | str
    sure: bool


def share_matching(cells: pl.Series, pattern: str) -> float:
    """The share of cells that match; 0 of none."""
    return float(cells.str.contains(pattern).mean() or 0.0) if len(cells) else 0.0  # type: ignore[arg-type]


def are_dates(table: Table, column: str) -> bool:
    """Whether nearly all of a column's values are days."""
    cells = table.cells(column)
    named = max(share_matching(cells, pattern) for pattern in NAMED.values())
    return share_matching(cells, ISO) + share_matching(cells, PARTS) + named >= MOSTLY


def are_numbers(table: Table, column: str) -> bool:
    """Whether nearly all of a column's values are numbers."""
    return share_matching(table.cells(column), NUMBER) >= MOSTLY


def are_shares(table: Table, column: str) -> bool:
    """Whether the numbers of a column can be shares, or percent: what is deducted in money goes beyond 100."""
    figures = _figures(table, column)
    return are_numbers(table, column) and float((figures <= ALL_IN_PERCENT).mean() or 0.0) >= MOSTLY  # type: ignore[arg-type]


def in_percent(table: Table, column: str) -> bool:
    """Whether shares are in percent though no sign says so: half of those that are any are above one.

    >>> from pathlib import Path
    >>> offs = pl.DataFrame({"off": ["12.5", "0", "0.5", "30"], "share": ["0.1", "0", "0.15", "1"]})
    >>> [in_percent(Table(path=Path("deals.csv"), frame=offs), column) for column in offs.columns]
    [True, False]
    """
    if table.cells(column).str.ends_with("%").any():
        return False
    told = _figures(table, column)
    given = told.filter(told > 0)
    return len(given) > 0 and float((given > 1).mean() or 0.0) > HALF  # type: ignore[arg-type]


def _figures(table: Table, column: str) -> pl.Series:
    bare = pl.col(column).str.strip_chars(" %")
    read = number(bare, decimal_mark(table, [column]))
    return table.frame.select(read).to_series().drop_nulls()


def are_unique(table: Table, column: str) -> bool:
    """Whether no value comes twice and none is missing."""
    return table.frame.get_column(column).n_unique() == table.frame.height == len(table.cells(column))


def name_rows(table: Table, column: str) -> bool:
    """Whether nearly every value is another one: an export repeats a row now and then, lines of an order mostly."""
    return kinds(table, column) >= NEARLY * table.frame.height


def kinds(table: Table, column: str) -> int:
    """How many different values there are."""
    return table.cells(column).n_unique()


def counts(table: Table, column: str) -> dict[str, int]:
    """How often each value comes, the most frequent first."""
    tally = table.cells(column).value_counts(sort=True)
    return dict(zip(tally[tally.columns[0]].to_list(), tally["count"].to_list(), strict=True))


def date_order(table: Table, columns: list[str]) -> Dates:
    """How the days in `columns` are written: a value over 12 tells which part is the day."""
    cells = pl.concat([table.cells(column) for column in columns]) if columns else pl.Series(dtype=pl.String)
    parts = cells.str.extract_groups(PARTS).struct.unnest()
    first, second = parts["1"].cast(pl.Int32), parts["2"].cast(pl.Int32)
    days_first = int((first > MONTHS_A_YEAR).sum())
    days_second = int((second > MONTHS_A_YEAR).sum())
    if first.null_count() == len(first):
        return Dates(order=_named(cells) or "iso", sure=True)
    if days_first == days_second == 0:
        european = table.delimiter == ";" or bool(cells.str.contains(r"^\d{1,2}\.").any())
        return Dates(order="day_first" if european else "month_first", sure=False)
    return Dates(order="day_first" if days_first > days_second else "month_first", sure=True)


def _named(cells: pl.Series) -> str | None:
    """The pattern of days with a month's name; None where they are written in figures alone."""
    shares = {pattern: share_matching(cells, shape) for pattern, shape in NAMED.items()}
    most = max(shares, key=lambda pattern: shares[pattern])
    return most if shares[most] > 0 else None


def currency_mark(table: Table, columns: list[str]) -> str | None:
    """The currency's mark that stands most often in the cells of `columns`; None where none stands there."""
    cells = [table.cells(column) for column in columns]
    marks = pl.concat(cells).str.extract(f"({MARK})", 1).drop_nulls() if cells else pl.Series(dtype=pl.String)
    return str(marks.value_counts(sort=True)[marks.name][0]) if len(marks) else None


def decimal_mark(table: Table, columns: list[str]) -> str:
    """The decimal mark of the numbers in `columns`.

    Where no number has decimals, points between thousands tell that the comma is the mark: "1.200", and no "1200".
    """
    if not columns:
        return "."
    cells = pl.concat([table.cells(column) for column in columns])
    cells = cells.str.replace_all(rf"{MARK}|[%()]|[ '’\u00a0\u202f]", "")
    commas, points = share_matching(cells, DECIMAL_COMMA), share_matching(cells, DECIMAL_POINT)
    if commas != points:
        return "," if commas > points else "."
    grouped = {mark: share_matching(cells, pattern) for mark, pattern in THOUSANDS.items()}
    only_points = grouped["."] > grouped[","] and share_matching(cells, UNGROUPED) == 0
    return "," if only_points else "."

"""What the values of a column look like: days, numbers, names of few kinds, names that are never repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import polars as pl

from monitor.first_config.files import Table

DateOrder = Literal["iso", "month_first", "day_first"]

ISO = r"^\d{4}-\d{1,2}-\d{1,2}([T ].*)?$"
PARTS = r"^(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(\s.*)?$"
NUMBER = r"^[-+]?[$€£]?\s?\d[\d., ]*%?$"
DECIMAL_COMMA = r"^[-+]?\d{1,3}(\.\d{3})*,\d+$|^[-+]?\d+,\d{1,2}$"
DECIMAL_POINT = r"^[-+]?\d{1,3}(,\d{3})*\.\d+$|^[-+]?\d+\.\d+$"
MOSTLY = 0.9
NEARLY = 0.98
MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """How a file writes its days; `sure` is False where no value tells month from day."""

    order: DateOrder
    sure: bool


def share_matching(cells: pl.Series, pattern: str) -> float:
    """The share of cells that match; 0 of none."""
    return float(cells.str.contains(pattern).mean() or 0.0) if len(cells) else 0.0  # type: ignore[arg-type]


def are_dates(table: Table, column: str) -> bool:
    """Whether nearly all of a column's values are days."""
    cells = table.cells(column)
    return share_matching(cells, ISO) + share_matching(cells, PARTS) >= MOSTLY


def are_numbers(table: Table, column: str) -> bool:
    """Whether nearly all of a column's values are numbers."""
    return share_matching(table.cells(column), NUMBER) >= MOSTLY


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
        return Dates(order="iso", sure=True)
    if days_first == days_second == 0:
        european = table.delimiter == ";" or bool(cells.str.contains(r"^\d{1,2}\.").any())
        return Dates(order="day_first" if european else "month_first", sure=False)
    return Dates(order="day_first" if days_first > days_second else "month_first", sure=True)


def decimal_mark(table: Table, columns: list[str]) -> str:
    """The decimal mark of the numbers in `columns`."""
    if not columns:
        return "."
    cells = pl.concat([table.cells(column) for column in columns])
    commas, points = share_matching(cells, DECIMAL_COMMA), share_matching(cells, DECIMAL_POINT)
    return "," if commas > points and table.delimiter != "," else "."

"""Tables that come as cells rather than as text: Parquet files, sheets, the rows of a query.

A typed value becomes the text that says exactly it, and is then read by contract as any text is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from monitor.sources.file_read import RefusedFileError
from monitor.sources.records import Broken, kept

MIDNIGHT = r"T00:00:00(?:\.0+)?$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Rows of cells, as `Records` has them: the names of the columns, and String columns "0", "1", … beside `row`.

    The header may be longer than the cells: names of columns that were not asked for stand at its end.
    """

    header: tuple[str, ...]
    header_row: int
    cells: pl.DataFrame
    blank: int
    broken: tuple[Broken, ...] = ()
    cut_off: bool = False

    @property
    def rows_read(self) -> int:
        """How many rows there are."""
        return self.cells.height + self.blank

    def raws(self, rows: pl.DataFrame) -> list[str]:
        """The rows as a line of a CSV file would have them, without columns nobody reads; `rows` has `row`."""
        names = [name for name in self.cells.columns if name.isdigit()]
        taken = rows.select("row").join(self.cells, on="row", how="left", maintain_order="left").select(names)
        return (
            [kept(line) for line in taken.write_csv(include_header=False).splitlines()] if rows.height else []
        )


def grid(table: pl.DataFrame, header: Iterable[str], *, header_row: int, first: int) -> Grid:
    """A grid of String columns under `header`; the first row is number `first`. Blank rows are counted apart."""
    names = [str(place) for place in range(table.width)]
    cells = table.rename(dict(zip(table.columns, names, strict=True))).with_columns(
        pl.col(names).fill_null("")
    )
    cells = cells.select(
        pl.int_range(first, first + table.height, dtype=pl.Int64).alias("row"),
        pl.lit(1, pl.Int64).alias("lines"),
        *names,
    )
    blank = pl.all_horizontal(pl.col(name).str.strip_chars() == "" for name in names)
    full = cells.filter(~blank)
    return Grid(
        header=tuple(name.strip() for name in header),
        header_row=header_row,
        cells=full,
        blank=cells.height - full.height,
    )


def as_text(name: str, kind: pl.DataType, decimal: str) -> pl.Expr:
    """A typed column as text without loss; numbers with the source's decimal mark, moments in ISO.

    A naive moment at midnight is a date: databases and sheets have no other way to keep one in such a column.
    Raises RefusedFileError for a column whose values are no single values.
    """
    column = pl.col(name)
    if isinstance(kind, pl.String | pl.Categorical | pl.Enum):
        return column.cast(pl.String)
    if isinstance(kind, pl.Datetime):
        if kind.time_zone is not None:
            return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")
        return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f").str.replace(MIDNIGHT, "")
    if isinstance(kind, pl.Date):
        return column.dt.strftime("%Y-%m-%d")
    if kind.is_float() or kind.is_decimal():
        text = column.cast(pl.String)
        return text if decimal == "." else text.str.replace(".", decimal, literal=True)
    if kind.is_integer() or isinstance(kind, pl.Boolean | pl.Null | pl.Time | pl.Duration):
        return column.cast(pl.String)
    if isinstance(kind, pl.Binary):
        return column.cast(pl.String, strict=False)
    raise RefusedFileError(f"column '{name}' holds {kind}, not single values; unnest it where it is written")

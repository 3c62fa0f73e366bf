"""Parquet files: typed columns, of which only the wanted ones are read, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from monitor.sources.file_read import RefusedFileError
from monitor.sources.file_source import FileSource
from monitor.sources.grid import Grid, as_text, grid
from monitor.sources.limits import MOST_ROWS

if TYPE_CHECKING:
    from config.settings_sources import FileFormat

ROWS = 100_000
MAGIC = b"PAR1"


class ParquetSource(FileSource):
    """The Parquet files of one configured source."""

    patterns: ClassVar[tuple[str, ...]] = ("*.parquet", "*.pq")
    kind: ClassVar[str] = "Parquet"

    @staticmethod
    def harmless(path: Path) -> bool:  # noqa: ARG004
        """Never: a megabyte can hold fifty million rows, and say that it is a megabyte."""
        return False

    @staticmethod
    def parts(path: Path, form: FileFormat, wanted: Iterable[str]) -> Iterator[Grid]:
        """The rows of a file, some at a time. Row 1 is the header, so that the first row is number 2."""
        _whole(path)
        try:
            lazy = pl.scan_parquet(path, glob=False, hive_partitioning=False)
            schema = lazy.collect_schema()
            rows = int(lazy.select(pl.len()).collect().item())
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
            raise _refused(error) from error
        if rows > MOST_ROWS:
            raise RefusedFileError(f"has {rows:,} rows; at most {MOST_ROWS:,} are read")
        names = [name for name in dict.fromkeys(wanted) if name in schema]
        header = (*names, *(name for name in schema if name not in names))
        text = [as_text(name, schema[name], form.decimal) for name in names]
        for first in range(0, max(rows, 1), ROWS):
            try:
                part = lazy.slice(first, ROWS).select(text).collect()
            except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
                raise _refused(error) from error
            part = part.head(max(0, rows - form.footer - first))
            yield grid(part, header, header_row=1, first=first + 2)


def names_of(path: Path) -> list[str]:
    """The names of a file's columns, in its order. Raises RefusedFileError."""
    _whole(path)
    try:
        return list(pl.scan_parquet(path, glob=False, hive_partitioning=False).collect_schema())
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _refused(error) from error


def _whole(path: Path) -> None:
    """Raise RefusedFileError for what is no Parquet file, or not all of one yet."""
    with path.open("rb") as file:
        begins = file.read(4)
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - 4))
        ends = file.read(4)
    if begins != MAGIC:
        raise RefusedFileError("is no Parquet file; its type may be csv or excel", again=size == 0)
    if size < 12 or ends != MAGIC:
        raise RefusedFileError("lacks its end, as if it were still being written", again=True)


def _refused(error: BaseException) -> RefusedFileError:
    told = (str(error).splitlines() or [type(error).__name__])[0]
    return RefusedFileError(f"cannot be read as Parquet: {told}")

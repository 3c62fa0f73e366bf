"""Several files of one source read as one table: one row a deal over all of them, a part at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from monitor.sources.file_read import FileRead
from monitor.sources.repeats import newest_of_files


class Together:
    """The rows of the files that can be used, of one key the newest (see `newest_of_files`)."""

    def __init__(self, reads: Sequence[FileRead], key: str | None) -> None:
        """`key` is None where every row stands."""
        self._reads = [read for read in reads if read.rejected_file is None]
        self._kept: Mapping[int, pl.Series] | None = None
        if key is not None and len(self._reads) > 1:
            self._kept = _kept(self._reads, key)

    def height(self, read: FileRead) -> int:
        """How many rows of a file stand in the end."""
        if read.rejected_file is not None:
            return 0
        if self._kept is None:
            return read.rows.height
        place = next(place for place, each in enumerate(self._reads) if each is read)
        return self._kept[place].len()

    def parts(self) -> Iterator[pl.DataFrame]:
        """The rows of all files, some at a time."""
        for read in self._reads:
            yield from self.parts_of(read)

    def parts_of(self, read: FileRead) -> Iterator[pl.DataFrame]:
        """The rows of one file that stand, some at a time; none of a file that cannot be used."""
        place, at = next((p for p, each in enumerate(self._reads) if each is read), None), 0
        for part in read.rows.parts() if place is not None else ():
            rows = part
            if self._kept is not None and place is not None:
                here = pl.int_range(at, at + part.height, eager=True)
                rows = part.filter(here.is_in(self._kept[place].implode()))
            at += part.height
            yield rows


def _kept(reads: Sequence[FileRead], key: str) -> Mapping[int, pl.Series]:
    """By file, the places of the rows that stand, from the columns that decide it alone."""
    tables = []
    for file, read in enumerate(reads):
        for part in read.rows.parts():
            dated = [name for name in ("modified_at",) if name in part.columns]
            tables.append(part.select(key, *dated, file=pl.lit(file, pl.Int32)))
    rows = pl.concat(tables).with_columns(place=pl.int_range(pl.len()).over("file"))
    newest = newest_of_files(rows, key)
    return {file: newest.filter(pl.col("file") == file)["place"].sort() for file in range(len(reads))}

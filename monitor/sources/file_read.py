"""What every source gives: files read by contract, every row of them accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import polars as pl

if TYPE_CHECKING:
    from config.settings import Company, Source

REJECTED: Mapping[str, pl.DataType] = {
    "row": pl.Int64(),
    "column": pl.String(),
    "reason": pl.String(),
    "detail": pl.String(),
    "key": pl.String(),
    "raw": pl.String(),
}
"""A row set aside.

row      the line it begins on; the header is line 1
column   the file's name of the column at fault; null where it is the row as a whole
reason   a `Reason`
detail   what was found, and how to mend it
key      the deal or account it is about, where that can be read
raw      the row as it stands in the file
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRead:
    """One file of a source, read.

    file           its name, below the folder the source names
    content_hash   sha256 of its bytes
    deals          accepted rows: DEAL_COLUMNS and attributes; of accounts: source, account and attributes
    rejected       rows set aside, see REJECTED
    duplicates     rows that say what another row says, or less recently
    ignored        rows that are no deals by configuration, and rows of blank cells
    ignored_keys   which deals or accounts the ignored rows are about
    messages       sentences about the file as a whole that is used all the same
    rejected_file  why nothing of the file is used, naming file and line; None where it is
    again          whether a refused file may be whole at the next look (it is still being written)

    rows_read = deals + rejected + duplicates + ignored, always.
    """

    file: str
    content_hash: str
    rows_read: int
    deals: pl.DataFrame
    rejected: pl.DataFrame
    duplicates: int = 0
    ignored: int = 0
    ignored_keys: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    messages: tuple[str, ...] = ()
    rejected_file: str | None = None
    again: bool = False

    def __post_init__(self) -> None:
        told = self.deals.height + self.rejected.height + self.duplicates + self.ignored
        if told != self.rows_read:
            raise RuntimeError(
                f"{self.file}: {self.rows_read} rows read but {told} accounted for; none was used, please report this"
            )


class ReadError(Exception):
    """A source that cannot be read at all. `again`: whether trying again later can help.

    The sentence names the source's path and the mend.
    """

    def __init__(self, sentence: str, *, again: bool) -> None:
        super().__init__(sentence)
        self.again = again


class RefusedFileError(ValueError):
    """A file of which nothing is used; the sentence lacks its name. `line` is where it shows.

    `again`: it may be whole at the next look.
    """

    def __init__(self, sentence: str, *, line: int | None = None, again: bool = False) -> None:
        super().__init__(sentence)
        self.line = line
        self.again = again


class Reader(Protocol):
    """What a kind of source does."""

    def __init__(self, source: Source, company: Company, motions: Mapping[str, Sequence[str]], /) -> None: ...

    def read(self, skip: Callable[[str], bool]) -> Iterator[FileRead]:
        """Each file of the source in the order of their names, but those whose content hash `skip` takes.

        A file that cannot be used comes with `rejected_file` and does not hinder the next. Raises ReadError where
        there is nothing to read.
        """
        ...

"""What every source gives: files read by contract, every row of them accounted for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias

import polars as pl

from monitor.sources.rows import Rows

if TYPE_CHECKING:
    from config.settings import Company, Source

Mark: TypeAlias = "Mapping[str, Any]"
"""How far a source is read, in plain values; only the source knows what they mean."""

MOST_OTHERS = 200
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
    rows           accepted rows: DEAL_COLUMNS and attributes; of accounts: source, account and attributes
    rejected       rows set aside, see REJECTED
    duplicates     rows that say what another row says, or less recently
    ignored        rows that are no deals by configuration, and rows of blank cells
    ignored_keys   which deals or accounts the ignored rows are about
    messages       sentences about the file as a whole that is used all the same
    others         columns of the file that are not read, by its names; at most MOST_OTHERS
    rejected_file  why nothing of the file is used, naming file and line; None where it is
    again          whether a refused file may be whole at the next look (it is still being written)
    changes        whether these are only the rows that changed, so that nothing follows from what is missing
    mark           how far the source is read with this; the next read begins there. None: always all of it

    rows_read = rows + rejected + duplicates + ignored, always.
    """

    file: str
    content_hash: str
    rows_read: int
    rows: Rows
    rejected: pl.DataFrame
    duplicates: int = 0
    ignored: int = 0
    ignored_keys: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    messages: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    rejected_file: str | None = None
    again: bool = False
    changes: bool = False
    mark: Mark | None = None

    @property
    def deals(self) -> pl.DataFrame:
        """The accepted rows in one frame."""
        return self.rows.whole()

    def changed(self) -> FileRead:
        """The same, said to be only what changed."""
        return replace(self, changes=True)

    def newest_day(self, today: date) -> date | None:
        """The newest creation or closing that is not in the future; None where there is none."""
        newest: date | None = None
        for part in self.rows.parts():
            for name in ("created_on", "closed_on"):
                if name in part.columns:
                    day = part[name].filter(part[name] <= today).max()
                    if isinstance(day, date) and (newest is None or day > newest):
                        newest = day
        return newest

    def __post_init__(self) -> None:
        told = self.rows.height + self.rejected.height + self.duplicates + self.ignored
        if told != self.rows_read:
            raise RuntimeError(
                f"{self.file}: {self.rows_read} rows read but {told} accounted for; none was used, please report this"
            )


def refused_read(name: str, digest: str, error: RefusedFileError) -> FileRead:
    """A file of which nothing is used, and why."""
    place = name if error.line is None else f"{name}:{error.line}"
    return FileRead(
        file=name,
        content_hash=digest,
        rows_read=0,
        rows=Rows.of(pl.DataFrame()),
        rejected=pl.DataFrame(schema=REJECTED),
        rejected_file=f"{place}: {error}",
        again=error.again,
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
    """What a kind of source does.

    keeps_mark   whether it is read from a mark on (a database, a CRM) rather than as whole files
    """

    keeps_mark: ClassVar[bool]

    def __init__(self, source: Source, company: Company, motions: Mapping[str, Sequence[str]], /) -> None: ...

    def read(self, skip: Callable[[str], bool], since: Mark | None = None) -> Iterator[FileRead]:
        """Each file of the source in the order of their names, but those whose content hash `skip` takes.

        A file that cannot be used comes with `rejected_file` and does not hinder the next. Raises ReadError where
        there is nothing to read.

        A source that keeps a mark gives one `FileRead` a page, in the order of its marks, each with `mark`; `since`
        is the mark that is stored, None where everything is to be read. What a page says and its mark are saved in
        one transaction, so that a source resumes where it stopped.
        """
        ...

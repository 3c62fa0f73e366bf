"""Accepted rows of a file: in memory where they are few, else in files on disk, to be taken a part at a time."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl


class Spool:
    """A folder for rows on their way from one process to another; gone when nothing speaks of it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="leftturn-read-"))
        self._gone = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows with one schema, in parts.

    height   how many there are
    frames   the parts in memory
    files    the parts on disk, as Arrow files; `spool` keeps them
    hidden   columns that are there and not given
    """

    height: int
    frames: tuple[pl.DataFrame, ...] = ()
    files: tuple[Path, ...] = ()
    spool: Spool | None = None
    hidden: tuple[str, ...] = ()

    @classmethod
    def of(cls, frame: pl.DataFrame) -> Rows:
        """The rows of one frame in memory."""
        return cls(height=frame.height, frames=(frame,))

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[pl.DataFrame]:
        """Each part, or the `columns` of it."""
        for frame in self.frames:
            yield frame.drop(self.hidden) if columns is None else frame.select(columns)
        for file in self.files:
            if columns is None:
                yield pl.read_ipc(file).drop(self.hidden)
            else:
                yield pl.read_ipc(file, columns=list(columns))

    def whole(self) -> pl.DataFrame:
        """All rows in one frame."""
        parts = list(self.parts())
        if len(parts) == 1:
            return parts[0]
        return pl.concat(parts) if parts else pl.DataFrame()


def together(rows: Sequence[Rows]) -> Rows:
    """The rows of several as one."""
    return Rows(
        height=sum(each.height for each in rows),
        frames=tuple(frame for each in rows for frame in each.frames),
        files=tuple(file for each in rows for file in each.files),
        spool=next((each.spool for each in rows if each.spool is not None), None),
    )

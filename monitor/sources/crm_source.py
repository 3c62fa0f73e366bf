"""What the CRMs have in common as sources: pages of records, read by contract, from a mark on.

With no mark, everything is read; else what was modified since it, and for LOOKBACK before: a record may come to be
seen later than one that was modified after it. A call that fails after some pages ends the read there: what came is
kept, and the next read goes on from it.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

import polars as pl

from monitor.sources.contract import Contract
from monitor.sources.file_read import FileRead, Mark, ReadError, RefusedFileError, refused_read
from monitor.sources.grid import Grid, grid
from monitor.sources.header import near
from monitor.sources.paging import Page, RemoteError, Row, Watermark
from monitor.sources.parsing import read_parts

if TYPE_CHECKING:
    from config.settings import Company, Source

LOOKBACK = timedelta(hours=1)
HISTORY = ("id", "value", "at")
"""What a record of a deal's stages has: which deal, which stage, from when."""
NOT_IN_FORM = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What taking a part out of an answer raises that is not there, or is something else."""
SAID = 120


class CrmSource(ABC):
    """The records of one kind in a CRM. `now` tells aware UTC."""

    keeps_mark: ClassVar[bool] = True

    def __init__(
        self,
        source: Source,
        company: Company,
        motions: Mapping[str, Sequence[str]],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._source = source
        self._now = now
        today = now().astimezone(ZoneInfo(company.timezone)).date()
        self._contract = Contract(source=source, company=company, motions=motions, today=today)

    @property
    @abstractmethod
    def _kind(self) -> str:
        """What its records are called, in messages."""

    @abstractmethod
    def _missing(self, names: Sequence[str]) -> tuple[list[str], Sequence[str]]:
        """Which of the columns there are not, and the names of those there are, where they are known."""

    @abstractmethod
    def _everything(self, names: Sequence[str]) -> Iterator[Page]:
        """All records."""

    @abstractmethod
    def _changed(self, names: Sequence[str], since: Watermark) -> Iterator[Page]:
        """Records modified at `since` or later, deleted ones too, in order."""

    @abstractmethod
    def _stages(self) -> Iterator[Page]:
        """What stages deals had: HISTORY."""

    def read(self, skip: Callable[[str], bool], since: Mark | None = None) -> Iterator[FileRead]:
        """See `Reader.read`."""
        number = 0
        try:
            for page in self._in_form(self._pages(since)):
                found = self._page_read(page.rows, number, changes=since is not None)
                number += len(page.rows)
                if not skip(found.content_hash):
                    yield replace(found, mark=_as_mark(page.upto) or since)
        except RefusedFileError as error:
            yield refused_read(self._kind, "", error)
        except RemoteError as error:
            if not number:
                raise ReadError(str(error), again=error.again) from None
            yield refused_read(
                self._kind, "", RefusedFileError(f"is read in part: {error}", again=error.again)
            )

    def _in_form(self, pages: Iterator[Page]) -> Iterator[Page]:
        """`pages`, where an answer that lacks what the vendor documents ends the read with a sentence.

        The readers of answers take them as documented: a check of every field there would hide what they do.
        """
        try:
            yield from pages
        except (RemoteError, RefusedFileError):
            raise
        except NOT_IN_FORM as error:
            said = " ".join(f"{type(error).__name__}: {error}".split())[:SAID]
            raise RemoteError(
                f"source {self._source.name}: an answer on {self._kind} is not as documented ({said}); "
                "it is asked again at the next turn",
                again=True,
            ) from error

    def _pages(self, since: Mark | None) -> Iterator[Page]:
        if self._source.role == "history":
            yield from self._stages()
            return
        names = list(self._contract.wanted())
        self._look_for(names)
        pages = self._everything(names) if since is None else self._changed(names, _from(since))
        newest: Watermark | None = None
        empty = True
        for page in pages:
            newest = max((mark for mark in (newest, page.upto) if mark is not None), default=None)
            yield replace(page, upto=newest)
            empty = False
        if empty:
            yield Page(rows=(), upto=None)

    def _look_for(self, names: Sequence[str]) -> None:
        """Raise RefusedFileError where a column is not there, naming it and the nearest that is."""
        missing, known = self._missing(names)
        if missing:
            wrongs = "; ".join(f"there is no column '{name}'{near(name, tuple(known))}" for name in missing)
            raise RefusedFileError(
                f"{wrongs}. See columns, attributes and outcome of source {self._source.name}"
            )

    def _page_read(self, rows: Sequence[Row], number: int, *, changes: bool) -> FileRead:
        names = list(HISTORY) if self._source.role == "history" else list(self._contract.wanted())
        cells = {f"c{place}": [row.get(name) for row in rows] for place, name in enumerate(names)}
        try:
            frame = pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))
        except UnicodeEncodeError:  # half of a pair of surrogates, which JSON can say and no text can
            whole = {name: [_whole(cell) for cell in column] for name, column in cells.items()}
            frame = pl.DataFrame(whole, schema=dict.fromkeys(cells, pl.String))
        digest = hashlib.sha256(frame.write_csv().encode()).hexdigest()

        def parts() -> list[Grid]:
            return [grid(frame, names, header_row=0, first=number + 1)]

        found = read_parts(parts, self._contract, name=self._kind, digest=digest, age=0.0)
        return found.changed() if changes or self._source.contains == "changes" else found


def _whole(cell: str | None) -> str | None:
    """The cell with a question mark where there is half a character."""
    return None if cell is None else cell.encode(errors="replace").decode()


def _as_mark(upto: Watermark | None) -> Mark | None:
    return None if upto is None else {"at": upto.modified_at.isoformat(), "id": upto.id}


def _from(mark: Mark) -> Watermark:
    at = datetime.fromisoformat(str(mark["at"])) - LOOKBACK
    return Watermark(modified_at=at, id="")

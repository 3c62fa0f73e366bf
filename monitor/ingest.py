"""Rooms 1 and 2: what a source holds becomes versions of deals and accounts, in the caller's one transaction.

Files are read whole, all of them at a turn; nothing is read where they are those of the last turn. A file that cannot
be used hinders no other, but nothing is concluded from what is missing then. A database or a CRM is read from the
mark on that the last read left, and now and then everything again, to find what was deleted or missed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import Connection

from monitor.bringing import Bringing
from monitor.sources import SOURCES, FileRead, Mark, Reader
from monitor.sources.contract import Contract
from monitor.sources.line_rows import added_up
from monitor.sources.together import Together
from monitor.stage_history import bring_stages
from monitor.store import holds, watermarks
from monitor.store.reads import LastRead, ReadFile, last_read, save_read
from monitor.suspicion import VANISHED, content_of, look_over
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings, Source

FEW_FILES = 3
"""With rows set aside in more files than these, one sentence is said of all of them."""
READER = 1
"""Raised when the same cells come to be read differently: every source is then read anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What reading a source came to. rows_read = accepted + quarantined + duplicates + ignored, always.

    files         the files that were read
    new_versions  versions of deals or accounts added, deletions aside
    unchanged     rows that say what was known
    deleted       deals that are gone from the source
    messages      what a person should look at
    skipped       the files are those of the last read, so nothing was read
    again         whether a file that could not be used may be whole at the next look
    others        columns of the files that are not read
    """

    source: str
    files: tuple[str, ...] = ()
    rows_read: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicates: int = 0
    ignored: int = 0
    new_versions: int = 0
    unchanged: int = 0
    deleted: int = 0
    messages: tuple[str, ...] = ()
    skipped: bool = False
    again: bool = False
    others: tuple[str, ...] = ()


def ingest(connection: Connection, settings: Settings, source: Source, *, now: datetime) -> IngestReport:
    """Read `source` and bring the store up to date with it, in the transaction that `connection` is in.

    Raises ReadError where there is nothing to read.
    """
    return _Turn(connection, settings, source, now).report()


class _Turn:
    """One turn of reading a source."""

    def __init__(self, connection: Connection, settings: Settings, source: Source, now: datetime) -> None:
        self._connection, self._settings, self._source, self._now = connection, settings, source, now
        self._today = local_day(settings.company.timezone, now)
        self._contract = Contract(
            source=source, company=settings.company, motions=settings.motions, today=now.date()
        )
        self._reader = SOURCES[source.type](source, settings.company, settings.motions)
        self._reading = _reading(settings, source)
        self._before = last_read(connection, source.name)

    def report(self) -> IngestReport:
        """Read, bring, and write down what was read."""
        before, names = self._before, sorted(self._contract.columns())
        same_way = before is not None and before.reading == self._reading
        if before is not None and same_way and self._nothing_new(before):
            return IngestReport(source=self._source.name, skipped=True)
        bringing = Bringing(
            connection=self._connection,
            settings=self._settings,
            source=self._source,
            key=self._contract.key,
            now=self._now,
            names=None
            if before is None or same_way
            else [name for name in names if name not in before.names],
        )
        if self._source.role in ("lines", "history"):
            return self._beside_deals(bringing, names)
        if self._reader.keeps_mark:
            return self._from_mark(bringing, names, same_way=same_way)
        reads = list(self._reader.read(lambda _: False))
        together = Together(reads, self._contract.key)
        none = _no_deals(together.parts(), reads, self._contract.key)
        if bringing.names is not None:
            bringing.anew(pl.concat(list(together.parts())), none)
        aged = []
        for read in reads:
            before_it = bringing.aged
            for rows in together.parts_of(read):
                bringing.bring(rows, again=False)
            aged.append(bringing.aged - before_it)
        files = [self._file(read, together.height(read), old) for read, old in zip(reads, aged, strict=True)]
        return self._closed(bringing, files, none, names, changes=False)

    def _beside_deals(self, bringing: Bringing, names: Sequence[str]) -> IngestReport:
        """Read lines or changes of stage, always all of them: those of one deal may stand anywhere."""
        reads = list(self._reader.read(lambda _: False))
        together, said = Together(reads, None), tuple[str, ...]()
        files = [self._file(read, together.height(read)) for read in reads]
        rows = list(together.parts())
        if self._source.role == "lines":
            if any(part.height for part in rows):
                bringing.bring(added_up(pl.concat(rows)))
        elif rows:
            brought = bring_stages(self._connection, self._settings, pl.concat(rows), self._now)
            bringing.new_versions += brought.added
            said = tuple(brought.told())
            if brought.unknown_deals:
                files = [replace(file, whole=False, again=True) for file in files]
        if self._reader.keeps_mark:
            files = _as_one(files)
        return self._closed(bringing, files, [], names, changes=False, said=said)

    def _from_mark(self, bringing: Bringing, names: Sequence[str], *, same_way: bool) -> IngestReport:
        """Read page by page; how far that came is saved with the rows."""
        name = self._source.name
        since = watermarks.since(self._connection, name, self._now) if same_way else None
        mark, changes, ignored = since, False, list[pl.Series]()
        files = list[ReadFile]()
        for page in self._pages(bringing, since):
            before_it = bringing.aged
            if page.rejected_file is None:
                bringing.bring(page.deals)
                mark = page.mark or mark
            changes = changes or page.changes
            ignored.append(page.ignored_keys.cast(pl.String))
            files.append(self._file(page, page.rows.height, bringing.aged - before_it))
        whole = all(file.whole for file in files)
        if mark is not None and (
            whole or since is not None
        ):  # changes come in order: go on from where it stopped
            move = partial(watermarks.move, reading=self._reading, everything=since is None)
            move(self._connection, name, mark, self._now)
        none = pl.concat(ignored).unique() if ignored else pl.Series(dtype=pl.String)
        none = none.filter(~none.is_in(bringing.keys().implode()))
        return self._closed(bringing, _as_one(files), none.to_list(), names, changes=changes)

    def _pages(self, bringing: Bringing, since: Mark | None) -> Iterable[FileRead]:
        pages = self._reader.read(lambda _: False, since)
        if bringing.names is None:
            return pages
        whole = list(pages)
        rows = [page.deals for page in whole if page.rejected_file is None]
        if rows:
            bringing.anew(pl.concat(rows), _no_deals(rows, whole, self._contract.key))
        return whole

    def _closed(
        self,
        bringing: Bringing,
        files: Sequence[ReadFile],
        none: Sequence[str],
        names: Sequence[str],
        *,
        changes: bool,
        said: tuple[str, ...] = (),
    ) -> IngestReport:
        """What follows from what is missing, and what was read written down."""
        source, before = self._source, self._before
        content = content_of(file.content_hash for file in files)
        deleted, suspects = 0, None
        if (
            not changes
            and source.contains == "everything"
            and source.role == "deals"
            and any(file.whole for file in files)
        ):
            lacking = bringing.close(
                pl.concat([file.rejected for file in files]),
                none,
                whole=all(file.whole for file in files),
                accepted=holds.accepted(self._connection, source.name, VANISHED, content),
            )
            deleted, suspects = lacking.deleted.height, lacking.said[0] if lacking.suspects else None
            said = () if lacking.suspects else lacking.said
        look = partial(look_over, self._connection, self._settings, source, files, content)
        held = () if changes else look(suspects=suspects, now=self._now)
        self._save(files, names, changes=changes)
        return IngestReport(
            source=source.name,
            files=tuple(file.file for file in files),
            rows_read=sum(file.rows_read for file in files),
            accepted=sum(file.accepted for file in files),
            quarantined=sum(file.rejected.height for file in files),
            duplicates=sum(file.duplicates for file in files),
            ignored=sum(file.ignored for file in files),
            new_versions=bringing.new_versions,
            unchanged=bringing.unchanged,
            deleted=deleted,
            messages=(
                *_of_files(files),
                *_backfilled(bringing, before),
                *said,
                *held,
            ),
            again=any(file.again for file in files if not file.whole),
            others=tuple(dict.fromkeys(name for file in files for name in file.others)),
        )

    def _save(self, files: Sequence[ReadFile], names: Sequence[str], *, changes: bool) -> None:
        before, reading = self._before, self._reading
        if before is not None and (not files or (changes and not any(file.rows_read for file in files))):
            return  # nothing changed since the mark
        if before is not None and not all(file.whole for file in files):
            reading, names = before.reading, sorted(before.names)  # not all was read in the new way yet
        save_read(
            self._connection,
            self._source.name,
            files,
            reading=reading,
            names=names,
            at=self._now,
            changes=changes,
        )

    def _nothing_new(self, before: LastRead) -> bool:
        """Whether every file is one that was read before, and nobody asked for another look."""
        if self._reader.keeps_mark or not (before.whole or before.for_good):
            return False
        if any(each.state == "accepted" for each in holds.active_holds(self._connection, self._source.name)):
            return False
        return _hashes(self._reader) == before.hashes

    def _file(self, read: FileRead, kept: int, aged: int = 0) -> ReadFile:
        """What reading a file came to; rows that are too `aged` to be taken in count as ignored."""
        return ReadFile(
            file=read.file,
            content_hash=read.content_hash,
            whole=read.rejected_file is None,
            rows_read=read.rows_read,
            accepted=kept - aged,
            duplicates=read.duplicates + read.rows.height - kept,
            ignored=read.ignored + aged,
            rejected=read.rejected,
            message="; ".join(_said(read)),
            again=read.again,
            newest_day=read.newest_day(self._today),
            others=read.others,
        )


def _backfilled(bringing: Bringing, before: LastRead | None) -> Iterable[str]:
    """A line on deals that came in late and tell of the past: nobody else hears of them."""
    if before is not None and bringing.backfilled:
        yield (
            f"{bringing.backfilled:,} deals are new and were over before this source may still change them: they are "
            f"taken for history, shown as of their dates, and alert about nothing in the past"
        )


def _as_one(pages: Sequence[ReadFile]) -> list[ReadFile]:
    """The pages of one read as the one thing that was read."""
    if not pages:
        return []
    said = dict.fromkeys(page.message for page in pages if page.message)
    return [
        ReadFile(
            file=pages[0].file,
            content_hash=content_of(page.content_hash for page in pages),
            whole=all(page.whole for page in pages),
            rows_read=sum(page.rows_read for page in pages),
            accepted=sum(page.accepted for page in pages),
            duplicates=sum(page.duplicates for page in pages),
            ignored=sum(page.ignored for page in pages),
            rejected=pl.concat([page.rejected for page in pages]),
            message="; ".join(said),
            again=any(page.again for page in pages),
            newest_day=max((page.newest_day for page in pages if page.newest_day is not None), default=None),
        )
    ]


def _no_deals(rows: Iterable[pl.DataFrame], reads: Sequence[FileRead], key: str) -> list[str]:
    """What the ignored rows are about, unless another row is a deal of the same name."""
    if not reads:
        return []
    ignored = pl.concat([read.ignored_keys.cast(pl.String) for read in reads]).unique()
    if ignored.is_empty():
        return []
    for part in rows:
        ignored = ignored.filter(~ignored.is_in(part[key].implode()))
    return ignored.to_list()


def _hashes(reader: Reader) -> frozenset[str] | None:
    """The hashes of all files; None where one of them cannot even be read."""
    seen: list[str] = []

    def note(digest: str) -> bool:
        seen.append(digest)
        return True

    refused = list(reader.read(note))
    return None if refused else frozenset(seen)


def _reading(settings: Settings, source: Source) -> str:
    """A digest of everything that decides how a row is read; not of where it lies or how often."""
    how = source.model_dump(
        mode="json", exclude={"path", "every", "late_by", "revises"}, exclude_defaults=True
    )
    company, motions = settings.company, {name: list(labels) for name, labels in settings.motions.items()}
    everything = [READER, how, company.timezone, company.currency, motions]
    return hashlib.sha256(json.dumps(everything, sort_keys=True).encode()).hexdigest()


def _said(read: FileRead) -> Iterable[str]:
    if read.rejected_file is not None:
        yield f"{read.rejected_file} (nothing of the file was used)"
        return
    yield from (f"{read.file}: {message}" for message in read.messages)
    if read.rejected.height:
        yield _set_aside(read.file, read.rejected)


def _set_aside(where: str, rejected: pl.DataFrame) -> str:
    counts = rejected.group_by("reason").len().sort("len", "reason", descending=[True, False])
    reasons = ", ".join(f"{reason} {count:,}" for reason, count in counts.iter_rows())
    rows, them = ("row", "it") if rejected.height == 1 else ("rows", "them")
    return f"{where}: {rejected.height:,} {rows} set aside ({reasons}); leftturn quarantine shows {them}"


def _of_files(files: Sequence[ReadFile]) -> list[str]:
    """What is said of each file; of rows set aside in many files, one sentence for all of them."""
    aside = [file for file in files if file.rejected.height]
    if len(aside) <= FEW_FILES:
        return [file.message for file in files if file.message]
    alone = (file.message.removesuffix(_set_aside(file.file, file.rejected)).rstrip("; ") for file in files)
    where = f"{len(aside):,} files, {aside[0].file} first"
    return [
        *(message for message in alone if message),
        _set_aside(where, pl.concat([f.rejected for f in aside])),
    ]

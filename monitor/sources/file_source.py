"""A source made of files: which there are, whether each is whole and new, and who reads it.

A plain small CSV file is read in place; whatever could blow up or take long goes to a process of its own, all files
of a turn to one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from zoneinfo import ZoneInfo

from monitor.sources.contract import Contract
from monitor.sources.file_read import FileRead, Mark, ReadError, RefusedFileError, refused_read
from monitor.sources.landing import SYSTEM, Disk, find, growing, mark_of
from monitor.sources.limits import LARGEST_FILE, TRUSTED_BYTES
from monitor.sources.parsing import Part, parts_of, read_parts

if TYPE_CHECKING:
    from config.settings import Company, Source
    from config.settings_sources import FileFormat

GROWING = "is still being written; it is read at the next turn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A file to be read: where it lies, what it is called, its hash, its size, and its age in seconds."""

    path: Path
    name: str
    digest: str
    size: int
    age: float


class FileSource:
    """The files of one configured source.

    patterns  which files of a folder count
    kind      what they are called
    motions   name → labels, as configured
    disk      how files are looked at, and the time
    """

    keeps_mark: ClassVar[bool] = False
    patterns: ClassVar[tuple[str, ...]]
    kind: ClassVar[str]

    def __init__(
        self,
        source: Source,
        company: Company,
        motions: Mapping[str, Sequence[str]],
        disk: Disk = SYSTEM,
    ) -> None:
        self._source = source
        self._disk = disk
        today = datetime.fromtimestamp(disk.now(), UTC).astimezone(ZoneInfo(company.timezone)).date()
        self._contract = Contract(source=source, company=company, motions=motions, today=today)

    @staticmethod
    def harmless(path: Path) -> bool:
        """Whether a file, if it is small, may be read in this process."""
        raise NotImplementedError

    @staticmethod
    def parts(path: Path, form: FileFormat, wanted: Iterable[str]) -> Iterator[Part]:
        """The rows of a file, some at a time. Raises RefusedFileError where it cannot be used."""
        raise NotImplementedError

    def read(self, skip: Callable[[str], bool], since: Mark | None = None) -> Iterator[FileRead]:  # noqa: ARG002
        """See `Reader.read`; all of every file is read at every turn, so no mark is kept."""
        from monitor.sources.child import Child

        root, files = self._files()
        unsettled = growing(files, self._disk)
        with Child(type(self), self._contract) as child:
            for file in files:
                name, digest = file.relative_to(root).as_posix(), ""
                try:
                    before = self._mark(file, root, unsettled)
                    digest = _hash(file)
                    if self._disk_mark(file) != before:
                        raise RefusedFileError(GROWING, again=True)
                    if skip(digest):
                        continue
                    age = self._disk.now() - before[1] / 1e9
                    task = Task(path=file, name=name, digest=digest, size=before[0], age=age)
                    found = self._read(task, child)
                    if self._disk_mark(file) != before:
                        raise RefusedFileError(GROWING, again=True)
                except RefusedFileError as error:
                    found = refused_read(_printable(name), digest, error)
                yield found

    def _read(self, task: Task, child: Callable[[Task], FileRead]) -> FileRead:
        if task.size <= TRUSTED_BYTES and self.harmless(task.path):
            parts = parts_of(self, task.path, self._contract)
            return read_parts(parts, self._contract, name=task.name, digest=task.digest, age=task.age)
        return child(task)

    def _files(self) -> tuple[Path, list[Path]]:
        path = str(self._source.path)
        try:
            root, files = find(path, self.patterns)
        except (OSError, ValueError) as error:
            raise ReadError(f"{path}: cannot be looked for: {error}", again=False) from error
        if not files:
            raise ReadError(f"{path}: {self._nothing_at(Path(path))}", again=True)
        return root, files

    def _nothing_at(self, path: Path) -> str:
        if path.is_dir():
            return f"is a folder without {'an' if self.kind[0] in 'AEIO' else 'a'} {self.kind} file in it"
        return "is no regular file" if path.exists() else "no such file"

    def _mark(self, file: Path, root: Path, unsettled: set[Path]) -> tuple[int, int]:
        """Size and time of a file that may be read. Raises RefusedFileError where it may not, or not yet."""
        if not file.name.isprintable():
            raise RefusedFileError("has a name with characters that cannot be shown; rename it")
        if _leads_out(file, root, self._source.path):
            raise RefusedFileError("is a link to a place outside of its folder; copy the file")
        mark = self._disk_mark(file)
        if file in unsettled or mark is None:
            raise RefusedFileError(GROWING, again=True)
        if mark[0] > LARGEST_FILE:
            raise RefusedFileError(f"has {mark[0] >> 20:,} MB; at most {LARGEST_FILE >> 20:,} are read")
        return mark

    def _disk_mark(self, file: Path) -> tuple[int, int] | None:
        return mark_of(file, self._disk)


def _leads_out(file: Path, root: Path, path: str | None) -> bool:
    """Whether a file that a folder or a pattern gave is a link that leads out of it; a path in full may be one."""
    return file.is_symlink() and str(file) != path and not file.resolve().is_relative_to(root.resolve())


def _hash(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise RefusedFileError(f"cannot be read: {error.strerror or error}", again=True) from error


def _printable(name: str) -> str:
    return name if name.isprintable() else repr(name)[1:-1]

"""The bytes of a file, unpacked where it is packed: gzip, zstandard, or a zip archive of one file.

What it is shows in its first bytes, not in its name. Content out of proportion to its size is refused while it is
being unpacked, long before it is all there.
"""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from monitor.sources.file_read import RefusedFileError
from monitor.sources.limits import LARGEST_CONTENT, MOST_TIMES, UNPACKED_FREELY

GZIP, ZSTD, ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
SHORT_LINES = 200_000


class Bytes(Protocol):
    """What gives bytes."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


@contextmanager
def unpacked(path: Path) -> Iterator[Bytes]:
    """The content of a file. Raises RefusedFileError for what cannot be unpacked or is out of proportion."""
    with path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        size = path.stat().st_size
        try:
            if magic.startswith(GZIP):
                with gzip.open(file) as plain:
                    yield _Measured(plain, size)
            elif magic == ZSTD:
                yield _Measured(_Zstandard(path), size)
            elif magic == ZIP:
                with _only_member(file) as plain:
                    yield _Measured(plain, size)
            else:
                yield file
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, OSError) as error:
            if isinstance(error, OSError) and not isinstance(error, gzip.BadGzipFile):
                raise
            cut = isinstance(error, EOFError)
            end = (
                "ends too early, as if it were still being written" if cut else f"cannot be unpacked: {error}"
            )
            raise RefusedFileError(end, again=True) from error


def is_packed(path: Path) -> bool:
    """Whether a file is packed, by its first bytes."""
    with path.open("rb") as file:
        magic = file.read(4)
    return magic.startswith(GZIP) or magic in (ZSTD, ZIP)


def _only_member(file: IO[bytes]) -> IO[bytes]:
    archive = zipfile.ZipFile(file)
    inside = [member for member in archive.infolist() if not member.is_dir()]
    if len(inside) != 1:
        raise RefusedFileError(f"is an archive of {len(inside)} files; put one file into it")
    if inside[0].flag_bits & 0x1:
        raise RefusedFileError("is an archive with a password; pack it without one")
    return archive.open(inside[0])


class _Measured:
    """Bytes that are counted against the packed size."""

    def __init__(self, plain: Bytes, packed: int) -> None:
        self._plain, self._packed, self._given = plain, packed, 0

    def read(self, size: int, /) -> bytes:
        content = self._plain.read(size)
        self._given += len(content)
        swollen = self._given > UNPACKED_FREELY and self._given > MOST_TIMES * self._packed
        if swollen or self._given > LARGEST_CONTENT:
            raise RefusedFileError(
                f"unpacks to more than {self._given >> 20:,} MB from {self._packed:,} bytes; nothing is read of it"
            )
        return content


class _Zstandard:
    """Zstandard through polars, which has it, by lines of UTF-8."""

    def __init__(self, path: Path) -> None:
        import polars as pl

        self._parts = pl.scan_lines(path, glob=False).collect_batches(
            chunk_size=SHORT_LINES, maintain_order=True
        )
        self._rest = io.BytesIO()

    def read(self, size: int, /) -> bytes:
        import polars as pl

        while not (content := self._rest.read(size)):
            try:
                part = next(self._parts, None)
            except pl.exceptions.ComputeError as error:
                told = str(error).splitlines()[0]
                raise RefusedFileError(f"cannot be unpacked as lines of utf-8: {told}", again=True) from error
            if part is None:
                return b""
            self._rest = io.BytesIO(("\n".join(part.to_series().to_list()) + "\n").encode())
        return content

"""A file that somebody asked for, written whole or not at all: what stood there stays until the new one is there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from monitor.errors import UsageError

ELSEWHERE = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENAMETOOLONG),
}
"""Errors that another path mends; the others are the disk's."""


class NotWrittenError(RuntimeError):
    """The disk did not take a file; the sentence says why, and that nothing half-written is left."""


def write_whole(file: Path, content: bytes, *, option: str) -> None:
    """Write `content` beside `file`, have it reach the disk, and give it its name; a device is written at once.

    option  what named the file on the command line, for the sentence

    Raises UsageError where no file can be made there, NotWrittenError where the disk fails.
    """
    try:
        if file.exists() and not file.is_file() and not file.is_dir():
            file.write_bytes(content)
        else:
            _write_beside(file, content)
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno in ELSEWHERE:
            raise UsageError(
                f"{option} {file}: cannot be written there ({why}); name another file or folder"
            ) from None
        raise NotWrittenError(f"{file}: {why}; nothing was written") from error


def _write_beside(file: Path, content: bytes) -> None:
    if file.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    unfinished = file.with_name(file.name + ".unfinished")
    try:
        with unfinished.open("wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        unfinished.replace(file)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise

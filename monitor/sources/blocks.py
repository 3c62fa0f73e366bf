"""A long text a block at a time, cut where a record ends: a file of a gigabyte costs the memory of a block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.sources.decoding import decode
from monitor.sources.file_read import RefusedFileError
from monitor.sources.limits import LONGEST_LINE
from monitor.sources.quoting import QUOTE
from monitor.sources.records import split_lines
from monitor.sources.unpacked import Bytes

BLOCK = 8 * 2**20
LOOKED_BACK = 5_000
"""So many lines from the end of a block it is tried to cut it between two rows without quotation marks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines of a file. first: the number of the first of them, from 1; ends: whether they are the last."""

    lines: list[str]
    first: int
    ends: bool


def blocks(content: Bytes, encoding: str, delimiter: str, size: int = BLOCK) -> Iterator[Block]:
    """The lines of `content`; only the last block may end with less than a line.

    Raises RefusedFileError for bytes that are not of the encoding, and for what has no lines at all.
    """
    if '\n"'.encode(encoding)[-2:] != b'\n"' or "a".encode(encoding) != b"a":
        yield _whole(content, encoding)
        return
    carried: list[str] = []
    first, offset, rest, start = 1, 0, b"", True
    while True:
        read = content.read(size)
        rest += read
        if read and b"\n" not in read and len(rest) < LONGEST_LINE:
            continue
        if read and b"\n" not in rest:
            raise RefusedFileError(f"has a line of more than {len(rest) >> 20} MB; it is no table")
        end = rest.rindex(b"\n") + 1 if read else len(rest)
        text = decode(rest[:end], encoding, offset=offset, line=first + len(carried), start=start)
        offset, rest, start = offset + end, rest[end:], False
        lines = carried + split_lines(text)
        if not read:
            yield Block(lines=lines, first=first, ends=True)
            return
        lines.pop()  # what follows the last line end: nothing
        cut = _cut(lines, delimiter)
        yield Block(lines=lines[:cut], first=first, ends=False)
        carried, first = lines[cut:], first + cut


def _whole(content: Bytes, encoding: str) -> Block:
    """All lines at once, of an encoding whose line ends are not to be seen in bytes."""
    parts = []
    while part := content.read(BLOCK):
        parts.append(part)
    text = decode(b"".join(parts), encoding, offset=0, line=1, start=True)
    return Block(lines=split_lines(text), first=1, ends=True)


def _cut(lines: Sequence[str], delimiter: str) -> int:
    """Where to cut: between two lines that look like whole rows, else at the end."""
    for at in range(len(lines) - 1, max(0, len(lines) - LOOKED_BACK), -1):
        above, below = lines[at - 1], lines[at]
        if QUOTE not in above and QUOTE not in below and above.count(delimiter) == below.count(delimiter) > 0:
            return at
    return len(lines)

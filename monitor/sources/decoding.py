"""Bytes to text by the declared encoding and no other."""

from __future__ import annotations

import codecs

from monitor.sources.file_read import RefusedFileError


def decode(content: bytes, encoding: str, *, offset: int = 0, line: int = 1, start: bool = True) -> str:
    """The text of `content`, without a byte order mark. Raises RefusedFileError, naming the byte.

    offset   where it begins in the file, in bytes
    line     the line it begins on
    start    whether it is the beginning of the file, where a byte order mark may stand
    """
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        at = line + content[: error.start].count(b"\n")
        found = " ".join(f"{byte:02x}" for byte in content[error.start : error.start + 3])
        begins = content if start else b""
        sentence = f"byte {offset + error.start:,} ({found}) is not {encoding}{_likely(begins, encoding)}"
        cut = error.end >= len(content) and "unexpected end" in error.reason
        raise RefusedFileError(sentence, line=at, again=cut) from None
    return text.removeprefix("\ufeff") if start else text


def _likely(content: bytes, encoding: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "; the file begins as UTF-16 does: set format.encoding to utf-16"
    if encoding == "utf-8":
        return "; if the file was written on Windows, set format.encoding to cp1252"
    return "; set format.encoding to what it was written in"

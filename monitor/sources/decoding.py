"""Bytes to text by the declared encoding and no other."""

from __future__ import annotations

import codecs

from monitor.sources.file_read import RefusedFileError


def decode(content: bytes, encoding: str) -> str:
    """The text of `content`, without a byte order mark. Raises RefusedFileError, naming the byte."""
    try:
        return content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = " ".join(f"{byte:02x}" for byte in content[error.start : error.start + 3])
        sentence = f"byte {error.start:,} ({found}) is not {encoding}{_likely(content, encoding)}"
        cut = error.end >= len(content) and "unexpected end" in error.reason
        raise RefusedFileError(sentence, line=line, again=cut) from None


def _likely(content: bytes, encoding: str) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "; the file begins as UTF-16 does: set format.encoding to utf-16"
    if encoding == "utf-8":
        return "; if the file was written on Windows, set format.encoding to cp1252"
    return "; set format.encoding to what it was written in"

"""A CSV file as it lies there: its encoding, delimiter, and every cell as text."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import polars as pl

ENCODINGS = ("utf-8", "cp1252")
MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
DELIMITERS = (",", ";", "\t", "|")
MOST_ROWS = 500_000
"""Guesses need no more; what stands further down is read when the source is."""


class FileError(ValueError):
    """A file that no configuration can be made from; the sentence names it and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A file with every cell as text, trimmed; blank where nothing stands."""

    path: Path
    encoding: str
    delimiter: str
    frame: pl.DataFrame

    @property
    def columns(self) -> list[str]:
        """The headers, as written."""
        return self.frame.columns

    def cells(self, column: str) -> pl.Series:
        """The cells of a column that are not blank."""
        series = self.frame.get_column(column)
        return series.filter(series.str.len_chars() > 0)


def read_table(path: Path) -> Table:
    """Read a CSV file as text; raises FileError where it is none."""
    if path.suffix.lower() not in {".csv", ".txt", ".tsv"}:
        raise FileError(f"{path}: only CSV files are read in this version; export it as CSV")
    content = path.read_bytes()
    if not content.strip():
        raise FileError(f"{path}: empty")
    text, encoding = _decoded(path, content)
    header = text.lstrip().splitlines()[0]
    delimiter = max(DELIMITERS, key=header.count)
    if delimiter not in header:
        raise FileError(f"{path}: one column only; is it a CSV file with a header?")
    try:
        frame = pl.read_csv(
            io.StringIO(text),
            separator=delimiter,
            infer_schema=False,
            truncate_ragged_lines=True,
            n_rows=MOST_ROWS,
        )
    except pl.exceptions.PolarsError as error:
        raise FileError(f"{path}: cannot be read as CSV: {str(error).splitlines()[0]}") from None
    if frame.height == 0:
        raise FileError(f"{path}: a header and no rows")
    return Table(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        frame=frame.with_columns(pl.all().fill_null("").str.strip_chars()),
    )


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    if b"\x00" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileError(f"{path}: holds NUL bytes; is it a CSV file?")
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return content.decode("utf-8-sig" if encoding == "utf-8" else encoding, "replace"), encoding
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise FileError(f"{path}: neither UTF-8 nor Windows-1252; save it as UTF-8")

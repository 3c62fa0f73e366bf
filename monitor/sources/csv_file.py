"""CSV files: text, a block at a time, into records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from monitor.sources.blocks import Block, blocks
from monitor.sources.file_read import RefusedFileError
from monitor.sources.file_source import FileSource
from monitor.sources.records import Head, Records, head_of, records_of
from monitor.sources.unpacked import is_packed, unpacked

if TYPE_CHECKING:
    from config.settings_sources import FileFormat

EMPTY = "is empty; it must begin with a line of column names"


class CsvSource(FileSource):
    """The CSV files of one configured source, packed or not."""

    patterns: ClassVar[tuple[str, ...]] = ("*.csv", "*.csv.gz", "*.csv.zst", "*.csv.zip")
    kind: ClassVar[str] = "CSV"

    @staticmethod
    def harmless(path: Path) -> bool:
        """Whether what is read is no more than what is seen."""
        return not is_packed(path)

    @staticmethod
    def parts(path: Path, form: FileFormat, wanted: Iterable[str]) -> Iterator[Records]:  # noqa: ARG004
        """The records of a file, a block at a time."""
        with unpacked(path) as content:
            head: Head | None = None
            for block in blocks(content, form.encoding, form.delimiter):
                lines = _without_footer(block, form.footer)
                if head is None:
                    head = head_of(lines, form.delimiter, form.header)
                    if head is None:
                        raise RefusedFileError(EMPTY, again=True)
                yield records_of(lines, head, form.delimiter, first=block.first, ends=block.ends)


def _without_footer(block: Block, footer: int) -> list[str]:
    """The lines of a block without the last `footer` that say anything, where the file ends with it."""
    lines = block.lines
    if not footer or not block.ends:
        return lines
    telling = [place for place, line in enumerate(lines) if line.strip()]
    cut = telling[-footer] if len(telling) >= footer else 0
    return [*lines[:cut], ""]

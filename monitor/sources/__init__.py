"""Where deals come from: one kind of source a file, all of them in SOURCES."""

from monitor.sources.csv_file import CsvSource
from monitor.sources.file_read import FileRead, Reader, ReadError

SOURCES: dict[str, type[Reader]] = {"csv": CsvSource}

__all__ = ["SOURCES", "CsvSource", "FileRead", "ReadError", "Reader"]

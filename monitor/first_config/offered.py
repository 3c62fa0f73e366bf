"""What is offered to guess from: a file, every sheet of a workbook, or a drop folder by its largest file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from monitor.first_config.files import CSV, EXCEL, PARQUET, FileError, Table, read_sheets, read_table

DROPPED = (CSV[0], *PARQUET, *EXCEL)
"""What the source of a folder reads."""


def offered(paths: Sequence[Path]) -> list[Table]:
    """The tables at `paths`; raises FileError where one holds none."""
    return [table for path in paths for table in _tables(path)]


def _tables(path: Path) -> list[Table]:
    if path.is_dir():
        return [_folder(path)]
    return read_sheets(path) if path.suffix.lower() in EXCEL else [read_table(path)]


def _folder(folder: Path) -> Table:
    """The folder as its largest file: of dumps it is the fullest, and of changes the one that shows most."""
    files = [path for path in sorted(folder.iterdir()) if path.suffix.lower() in DROPPED and path.is_file()]
    if not files:
        raise FileError(f"{folder}: holds no CSV, Parquet or Excel file")
    kinds = {"excel" if path.suffix.lower() in EXCEL else path.suffix.lower() for path in files}
    if len(kinds) > 1:
        raise FileError(f"{folder}: holds files of several kinds; keep each kind in a folder of its own")
    largest = max(files, key=lambda path: (path.stat().st_size, path.name))
    table = read_sheets(largest)[0] if "excel" in kinds else read_table(largest)
    return replace(table, path=folder, shown=largest if len(files) > 1 else None)

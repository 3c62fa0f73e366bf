"""Files as they land: which there are, and whether one is still growing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

FRESH = 1.0
"""Seconds within which a file that was written to is looked at twice."""
BREATH = 0.1
WILD = "*?["


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """How files are looked at. `now` in seconds since 1970, as file times are."""

    now: Callable[[], float]
    stat: Callable[[Path], os.stat_result]
    pause: Callable[[float], None]


SYSTEM = Disk(now=time.time, stat=os.stat, pause=time.sleep)


def find(path: str, patterns: Sequence[str]) -> tuple[Path, list[Path]]:
    """The folder that names are told from, and the files of a path in the order of their names.

    A path is a file, a folder (of which all files of `patterns` count, in any case) or a pattern; a file of exactly
    that name comes before what it means as a pattern. Hidden files, as copying programs make, do not count, nor do
    pipes, devices and whatever else is no regular file.

    Raises OSError, and ValueError for what is no pattern.
    """
    exact = Path(path)
    if exact.is_dir():
        return exact, sorted({file for pattern in patterns for file in _visible(exact, _any_case(pattern))})
    if exact.is_file() or not any(sign in path for sign in WILD):
        return exact.parent, [exact] if exact.is_file() else []
    parts = Path(path).parts
    steady = next(place for place, part in enumerate(parts) if any(sign in part for sign in WILD))
    root = Path(*parts[:steady]) if steady else Path()
    return root, _visible(root, str(Path(*parts[steady:])))


def _visible(root: Path, pattern: str) -> list[Path]:
    return sorted(each for each in root.glob(pattern) if each.is_file() and not each.name.startswith("."))


def _any_case(pattern: str) -> str:
    """The pattern for letters of either case.

    >>> _any_case("*.csv")
    '*.[cC][sS][vV]'
    """
    return "".join(f"[{sign}{sign.upper()}]" if sign.isalpha() else sign for sign in pattern)


def growing(files: Sequence[Path], disk: Disk) -> set[Path]:
    """The files that are being written to now: fresh ones that change within a breath."""
    fresh = {file: mark for file in files if (mark := mark_of(file, disk)) and _is_fresh(mark, disk)}
    if not fresh:
        return set()
    disk.pause(BREATH)
    return {file for file, mark in fresh.items() if mark_of(file, disk) != mark}


def mark_of(file: Path, disk: Disk) -> tuple[int, int] | None:
    """Size and time of the last write (nanoseconds): what changes with every write. None where it is gone."""
    try:
        found = disk.stat(file)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def _is_fresh(mark: tuple[int, int], disk: Disk) -> bool:
    return abs(disk.now() - mark[1] / 1e9) < FRESH

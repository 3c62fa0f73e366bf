"""What an experiment hands back: figures, each with its target, and whether it was met."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Size = Literal["short", "tenth", "long"]
"""Short forms run with the tests, in a second or two; long ones with `make proof`."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: what was counted, what came out, what it must be, and whether it is."""

    what: str
    found: str
    target: str
    met: bool


def none(what: str, found: int, of: int | None = None) -> Figure:
    """A count that must be zero, of so many.

    >>> none("lost", 0, 4600)
    Figure(what='lost', found='0 of 4,600', target='0', met=True)
    """
    return Figure(what, f"{found:,}" if of is None else f"{found:,} of {of:,}", "0", found == 0)


def at_least(what: str, found: float, least: float, unit: str = "") -> Figure:
    """A count that must be at least so much."""
    return Figure(what, f"{found:,g}{unit}", f"at least {least:,g}{unit}", found >= least)


def under(what: str, found: float, most: float, unit: str) -> Figure:
    """A measure that must stay under a limit."""
    return Figure(what, f"{found:,.3g} {unit}", f"under {most:,g} {unit}", found < most)


def peak_megabytes() -> float:
    """The most memory this process ever held. Not `ru_maxrss`, which begins with what its parent held at the fork."""
    told = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(told.split()[1]) / 1024

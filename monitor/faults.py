"""What fails with one metric, or one segment dimension, stops no other: it is left out, and the rest goes on.

A defect in one metric must not hold back the alarm of another. What is left out keeps its part of the false-alarm
budget, its open inflections stay as they are, and it is read from the beginning once it can be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from polars.exceptions import PanicException

T = TypeVar("T")
FAULTS = (Exception, PanicException)
"""What a defect raises. A defect within polars is no `Exception`; a machine without memory is no defect."""
LONGEST = 300
Part = Literal["metric", "segment", "cause", "evidence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What could not be done in a week: a metric judged, deals put in segments, a cause named, its evidence kept.

    about   the metric, the dimension, the series whose change it is, or the inflection
    why     what went wrong, in the program's words
    """

    part: Part
    about: str
    why: str

    @property
    def key(self) -> str:
        """What tells it from other faults of a week."""
        return f"{self.part}:{self.about}"


@dataclass(slots=True)
class Apart:
    """Does each thing apart from the others where it `isolates`; else what goes wrong is raised, as in a backtest."""

    isolates: bool
    raised: dict[tuple[Part, str], BaseException] = field(default_factory=dict)

    def tried(self, part: Part, about: str, work: Callable[[], T]) -> T | None:
        """What `work` comes to; None where it fails, and what went wrong is kept."""
        try:
            return work()
        except MemoryError:
            raise
        except FAULTS as error:
            if not self.isolates:
                raise
            self.raised[part, about] = error
            return None

    def failed(self, part: Part) -> frozenset[str]:
        """Everything of that part that went wrong."""
        return frozenset(about for kind, about in self.raised if kind == part)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What went wrong, in order."""
        return tuple(
            Fault(part=part, about=about, why=why(error)) for (part, about), error in self.raised.items()
        )


def why(error: BaseException) -> str:
    """An error in a line: its kind, and the first thing it says.

    >>> why(ZeroDivisionError("division by zero"))
    'ZeroDivisionError: division by zero'
    """
    said = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {said}".rstrip(": ")[:LONGEST]

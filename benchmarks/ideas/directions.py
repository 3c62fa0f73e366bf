"""More of the budget on the harmful direction: 90 or 95 % instead of 80."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.ideas.matched import Case, Form, Row, Sizes, compared, win
from detectors import scan_batch
from detectors.calibrate import LOWEST, strengths
from detectors.simulate import Weekly
from detectors.types import FloatArray

CASES = [Case(name=f"win n={deals}", make=win(deals), points=(-8, -12, 8, 12)) for deals in (20, 60)]


def weighted(share: float) -> Form:
    """The detector with `share` of its budget on falls."""

    def strength(made: Weekly) -> FloatArray:
        return strengths(
            scan_batch(made.values, made.n, made.terms, arl=LOWEST, harmful="down", harmful_weight=share)
        )

    return Form(name=f"{share:.0%} on falls", strength=strength)


def rows(sizes: Sizes) -> Iterator[Row]:
    """Falls and rises, for each share."""
    for place, case in enumerate(CASES):
        yield from compared(case, [weighted(share) for share in (0.8, 0.9, 0.95)], sizes, 10 + place)

"""Mutated files, configurations and replies: nothing uncaught, no row unaccounted for, little memory and time."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import fuzz
from figures import Figure, Size, none, peak_megabytes, under

SHARE: dict[Size, float] = {"short": 0.002, "tenth": 0.1, "long": 1.0}


def run(size: Size) -> list[Figure]:
    """Every kind's storm; the first case that is not answered as promised ends it, and is named."""
    figures, slowest = [], 0.0
    for kind, (count, _) in fuzz.KINDS.items():
        cases = max(1, round(count * SHARE[size]))
        what = f"{kind}: uncaught errors or rows unaccounted for"
        try:
            tally = fuzz.storm(kind, cases)
        except Exception as error:
            figures.append(Figure(what, f"{type(error).__name__}: {error}"[:200], "0", met=False))
            continue
        slowest = max(slowest, tally.slowest)
        figures.append(none(what, 0, tally.cases))
    return [
        *figures,
        under("slowest case", slowest, 1, "s of CPU"),
        under("most memory", peak_megabytes(), 300, "MB"),
    ]

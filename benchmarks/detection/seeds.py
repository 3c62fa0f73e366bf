"""The seeds of the measurements, and those of tuning, which they never share.

A generator is seeded with a sequence, the first number of which says what it is for. Whoever tunes a default of the
detectors draws from TUNING; whoever measures draws from MEASURING; the tests use small numbers of their own.
"""

from __future__ import annotations

import numpy as np

TUNING = range(20260101, 20270101)
MEASURING = 20270101
COMPARING = 20270102
CUTTING = 20270103

SENTENCE = (
    f"Every generator is seeded with `[{MEASURING}, table, family, row]`;\ndefaults were chosen on sequences that "
    f"begin with {TUNING.start} to {TUNING.stop - 1}, or with less than 1,000,000: the two never\nmeet."
)


def generator(*place: int) -> np.random.Generator:
    """The generator of one cell of one table of detection-figures.md."""
    return np.random.default_rng([MEASURING, *place])

"""Times ruptures' PELT, rerun with each week, for `benchmarks.detection.speed`: JSON in, microseconds out.

It runs in the environment of the peers, so it imports nothing else of the project.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import numpy as np
import ruptures


def main() -> None:
    """The best of three for the C implementation; once for the Python one, which is a hundred times slower."""
    asked = json.load(sys.stdin)
    values, first = np.array(asked["values"]), int(asked["first"])
    said = f"ruptures {version('ruptures')}"
    fast = min(_timed(values, first, _c) for _ in range(3))
    slow = _timed(values[:1], values.shape[1] - 2, _python)
    json.dump(
        {f"PELT in C ({said}, KernelCPD linear)": fast, f"PELT in Python ({said}, l2)": slow}, sys.stdout
    )


def _timed(values: Any, first: int, rerun: Callable[[Any, float], Any]) -> float:
    """Processor time a series-week."""
    begun, done = time.process_time(), 0
    for series in values:
        for week in range(first, values.shape[1]):
            past = series[: week + 1]
            rerun(past, 2.0 * np.log(len(past)) * float(past.var()))
            done += 1
    return 1e6 * (time.process_time() - begun) / done


def _c(past: Any, penalty: float) -> Any:
    return ruptures.KernelCPD(kernel="linear", min_size=2).fit(past).predict(pen=penalty)


def _python(past: Any, penalty: float) -> Any:
    return ruptures.Pelt(model="l2", min_size=2, jump=1).fit(past).predict(pen=penalty)


if __name__ == "__main__":
    main()

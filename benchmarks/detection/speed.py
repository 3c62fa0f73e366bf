"""Time a series-week and state a series, beside methods that are rerun each week on the same series."""

from __future__ import annotations

import json
import math
import pickle
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.detection.families import BASELINE, WIN_60
from benchmarks.detection.seeds import generator
from benchmarks.detection.tables import MISSED, Row, Table
from benchmarks.detection.targets import BAR, STATE
from detectors import Scan
from detectors.simulate import Weekly

SERIES = 64
CANDIDATES = 150
WEEKS = 24  # timed, around the week with CANDIDATES candidates
RERUN = 4  # series on which the others are timed

HEAD = ("what", "figure", "target", "verdict")
FIRST = BASELINE + CANDIDATES - WEEKS // 2


def rows(peers: Path | None, long: int) -> list[Row]:
    """The detector, then each peer with how many times slower it is; `peers` is a Python that has ruptures.

    `long` is how many weeks the state that is weighed has seen.
    """
    made = WIN_60.make(generator(90), SERIES, FIRST + WEEKS)
    _settle()
    own = _batch(made)
    cusum = _microseconds(lambda: _ols_cusum(made))
    found: list[Row] = [
        (f"this detector, batch of {SERIES}, {CANDIDATES} candidates", f"{own:.0f} µs", "-", "-"),
        (
            "OLS-CUSUM of statsmodels, rerun each week",
            f"{cusum:.0f} µs",
            "not faster",
            "met" if own <= cusum else MISSED,
        ),
    ]
    for name, micros in _pelt(peers, made).items():
        ratio = micros / own
        verdict = (MISSED if ratio < 4 else "met") + (", stretch too" if ratio >= 10 else "")
        found.append(
            (
                f"{name}, rerun each week",
                f"{micros:.0f} µs, {ratio:.1f} times",
                "4 times (stretch 10)",
                verdict,
            )
        )
    if len(found) == 2:
        found.append(("PELT of ruptures", "not installed", "4 times (stretch 10)", "-"))
    size = state(long)
    found.append(
        (
            f"state of a series after {long:,} weeks, pickled",
            f"{size:,.0f} bytes",
            f"{STATE:,.0f} bytes",
            "met" if size <= STATE else MISSED,
        )
    )
    return found


def _settle() -> None:
    """Let the C library keep the memory that is freed, as it does in a process that has read a table of deals.

    Before it has freed one large block, glibc hands every freed array of 128 kB back to the system and faults it in
    again: ten microseconds a series-week that measure the allocator of a fresh process.
    """
    np.ones(4_000_000).sum()


def _batch(made: Weekly) -> float:
    """Microseconds a series-week around CANDIDATES candidates; the best of three scans."""
    best = math.inf
    for _ in range(3):
        scan = Scan(learning=np.full(SERIES, BASELINE), arl=BAR, harmful=["down"] * SERIES)
        for week in range(FIRST):
            scan.advance(made.values[:, week], made.n[:, week], made.terms[week])
        begun = time.process_time()
        for week in range(FIRST, FIRST + WEEKS):
            scan.advance(made.values[:, week], made.n[:, week], made.terms[week])
        best = min(best, (time.process_time() - begun) / (SERIES * WEEKS))
    return 1e6 * best


def _ols_cusum(made: Weekly) -> int:
    """The test for a break in the residuals, on all data up to each week."""
    from statsmodels.stats.diagnostic import breaks_cusumolsresid

    design = np.column_stack([np.ones(len(made.terms)), made.terms])
    for values in made.values[:RERUN]:
        for week in range(FIRST, FIRST + WEEKS):
            x, y = design[: week + 1], values[: week + 1]
            rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
            breaks_cusumolsresid(rest, ddof=x.shape[1])
    return RERUN * WEEKS


def _microseconds(work: Callable[[], int]) -> float:
    """The best of three, processor time a unit of work; the first run warms the caches."""
    best = math.inf
    for _ in range(3):
        begun = time.process_time()
        units = work()
        best = min(best, (time.process_time() - begun) / units)
    return 1e6 * best


def _pelt(peers: Path | None, made: Weekly) -> dict[str, float]:
    """Microseconds a series-week of PELT, timed by the Python that has it; nothing where there is none."""
    if peers is None or not peers.exists():
        return {}
    asked = json.dumps({"values": made.values[:RERUN].tolist(), "first": FIRST})
    done = subprocess.run(
        [str(peers), "-m", "benchmarks.peers.pelt_speed"],
        input=asked,
        capture_output=True,
        text=True,
        check=True,
    )
    timed: dict[str, float] = json.loads(done.stdout)
    return timed


def state(weeks: int) -> float:
    """Bytes that pickling a scan of SERIES takes a series, after so many weeks."""
    made = WIN_60.make(generator(91), SERIES, weeks)
    scan = Scan(learning=np.full(SERIES, BASELINE), arl=BAR, harmful=["down"] * SERIES)
    for week in range(weeks):
        scan.advance(made.values[:, week], made.n[:, week], made.terms[week])
    return len(pickle.dumps(scan)) / SERIES


def table(found: list[Row]) -> Table:
    """The table."""
    return Table(title="Processor time a series-week, and state", head=HEAD, rows=found)

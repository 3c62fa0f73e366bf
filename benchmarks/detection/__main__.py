"""`python -m benchmarks.detection`: measure, print, write; what was missed is said on the page."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.detection.measure import Sizes, measure
from benchmarks.detection.page import page

OUT = Path(__file__).resolve().parents[2] / "docs" / "detection-figures.md"
SHORT = Sizes(nulls=4, odd=4, runs=4, weeks=230, long=120)


def main() -> int:
    """Parse the command line and do what it says; 0 whatever was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection", description=__doc__)
    parser.add_argument("--nulls", type=int, default=Sizes().nulls, help="series without a change, a family")
    parser.add_argument("--odd", type=int, default=Sizes().odd, help="of a stretch, and of the oracle")
    parser.add_argument("--runs", type=int, default=Sizes().runs, help="series a change")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--peers", type=Path, default=None, help="a Python that has ruptures, to time it")
    parser.add_argument("--keep", type=Path, default=None, help="folder from which a stopped run goes on")
    parser.add_argument(
        "--short", action="store_true", help="a handful of each, nothing written: does it run?"
    )
    parser.add_argument("--out", type=Path, default=None, help=f"default docs/{OUT.name}")
    options = parser.parse_args()
    sizes = SHORT if options.short else Sizes(nulls=options.nulls, odd=options.odd, runs=options.runs)
    out = options.out or (None if options.short else OUT)
    begun = time.monotonic()
    if options.keep is not None:
        options.keep.mkdir(parents=True, exist_ok=True)
    tables = measure(
        sizes,
        options.workers,
        options.peers,
        options.keep,
        lambda line: print(line, file=sys.stderr, flush=True),
    )
    text = page(tables, sizes, time.monotonic() - begun, options.workers)
    print(text)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

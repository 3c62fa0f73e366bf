"""`python -m benchmarks.peers`: compare, print, write."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from benchmarks.peers.compare import Sizes, measure
from benchmarks.peers.page import page

OUT = Path(__file__).resolve().parents[2] / "docs" / "detection-peers.md"


def main() -> int:
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--nulls", type=int, default=Sizes().nulls, help="series without a change")
    parser.add_argument("--runs", type=int, default=Sizes().runs, help="series a change")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    sizes = Sizes(nulls=options.nulls, runs=options.runs)
    begun = time.monotonic()
    text = page(measure(sizes, options.workers), sizes, time.monotonic() - begun)
    print(text)
    options.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

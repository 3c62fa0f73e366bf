"""`python -m benchmarks.lifetimes [part ...]`: the parts named, or all of them, as tables in Markdown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks.detection.tables import Row, Table
from benchmarks.lifetimes import restarts, returns, revision, thinning

PARTS: dict[str, tuple[Callable[[int], Iterator[Row]], int]] = {
    "revision": (revision.rows, 256),
    "restarts": (restarts.rows, 400),
    "returns": (returns.rows, 300),
    "thinning": (thinning.rows, 120),
}
"""What yields a part's rows, and of how many series unless told otherwise."""
HEAD = ("what", "form", "series", "found")


def main() -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lifetimes", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; default all")
    parser.add_argument("--series", type=int, default=None, help="how many of each kind")
    options = parser.parse_args()
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no part called {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    for name in options.parts or PARTS:
        rows, series = PARTS[name]
        module = sys.modules[rows.__module__]
        found = list(rows(options.series or series))
        print(Table(title=name, head=HEAD, rows=found, note=module.__doc__ or "").markdown, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

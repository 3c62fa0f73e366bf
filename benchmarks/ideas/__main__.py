"""`python -m benchmarks.ideas [idea ...]`: the ideas named, or all of them, as tables in Markdown."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks.detection.tables import Table
from benchmarks.ideas import binomial, borrowing, covariates, days, directions, scale, sums
from benchmarks.ideas.matched import HEAD, Row, Sizes

IDEAS: dict[str, Callable[[Sizes], Iterator[Row]]] = {
    "directions": directions.rows,
    "sums": sums.rows,
    "binomial": binomial.rows,
    "scale": scale.rows,
    "days": days.rows,
    "borrowing": borrowing.rows,
    "covariates": covariates.rows,
}


def main() -> int:
    """Measure and print; 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ideas", description=__doc__)
    parser.add_argument("ideas", nargs="*", metavar="idea", help=f"of {', '.join(IDEAS)}; default all")
    parser.add_argument("--nulls", type=int, default=Sizes().nulls)
    parser.add_argument("--runs", type=int, default=Sizes().runs)
    parser.add_argument("--weeks", type=int, default=Sizes().weeks)
    options = parser.parse_args()
    sizes = Sizes(nulls=options.nulls, runs=options.runs, weeks=options.weeks)
    unknown = set(options.ideas) - set(IDEAS)
    if unknown:
        parser.error(f"no idea called {', '.join(sorted(unknown))}; there are {', '.join(IDEAS)}")
    for name in options.ideas or IDEAS:
        module = sys.modules[IDEAS[name].__module__]
        print(
            Table(title=name, head=HEAD, rows=list(IDEAS[name](sizes)), note=module.__doc__ or "").markdown,
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())

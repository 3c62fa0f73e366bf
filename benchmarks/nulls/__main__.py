"""How quiet LeftTurn is where nothing happens: `make bench-nulls`, writes docs/null-figures.md.

Every company is kept under .cache, by the code it rests on, so that a run that was cut short goes on.
"""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from benchmarks.nulls.lived import Lived, live
from benchmarks.nulls.page import opened, page
from benchmarks.nulls.scenarios import NULLS
from benchmarks.prove_verdict import JUDGING, code
from benchmarks.verdict.lived import settings_of

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "nulls"
FIGURES = ROOT / "docs" / "null-figures.md"
FULL = "0-49"
LIVED = tuple(f"benchmarks/nulls/{name}.py" for name in ("live", "lived", "naive", "quick", "scenarios"))


def one(name: str, seed: int, version: str) -> Lived:
    """The company lived through, or as it was when it was lived through last."""
    kept = CACHE / version / f"{name}-{seed}.json"
    if kept.is_file():
        held = json.loads(kept.read_text(encoding="utf-8"))
        return Lived(**{**held, "opened": tuple(held["opened"])})
    made = live(name, seed)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def main() -> int:
    """Print and write the page; 1 where a budget is surely not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", default=FULL, help=f"first-last (default {FULL})")
    parser.add_argument("--only", help="nulls, comma-separated (all)")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--write", action="store_true", help=f"write docs/{FIGURES.name}")
    options = parser.parse_args()
    first, _, last = options.seeds.partition("-")
    names = options.only.split(",") if options.only else list(NULLS)
    seeds = range(int(first), int(last or first) + 1)
    cases = [(name, seed) for seed in seeds for name in names]
    version = code((*JUDGING, *LIVED))
    found: dict[str, list[Lived]] = {name: [] for name in names}
    with ProcessPoolExecutor(options.workers) as pool:
        each = pool.map(one, *zip(*cases, strict=True), [version] * len(cases))
        for (name, seed), lived in zip(cases, each, strict=True):
            found[name].append(lived)
            print(f"{name} {seed}: {list(lived.opened)}, naive {lived.naive}", file=sys.stderr, flush=True)
    budget = settings_of("").attention.false_alarms_per_year
    text = page(
        found,
        f"make bench-nulls NULL_SEEDS={options.seeds}",
        f"make bench-nulls NULL_SEEDS={FULL}",
        options.seeds,
        budget,
    )
    print(text)
    if options.write:
        FIGURES.write_text(text, encoding="utf-8")
    return 1 if any(opened(lived).low > budget for lived in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

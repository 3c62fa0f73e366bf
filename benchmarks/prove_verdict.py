"""Whether the verdict is right: `make prove-verdict`, a confusion matrix over scenarios whose truth is known.

Every case is a company of its own, simulated deal by deal and lived through in the ordinary rooms. Outcomes are kept
under .cache, by case and by the code they rest on, so that a run that was cut short goes on where it stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from benchmarks.verdict.companies import COMPANIES
from benchmarks.verdict.figures import LEAST_VOLUME, page, targets
from benchmarks.verdict.lived import USUAL, Case, Outcome, live
from benchmarks.verdict.scenarios import FULL_SIZE, SCENARIOS

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache" / "verdict"
FIGURES = ROOT / "docs" / "verdict-figures.md"
JUDGING = ("config", "detectors", "monitor", "benchmarks/verdict")


def code(rooms: Sequence[str] = JUDGING) -> str:
    """A digest of everything that an outcome rests on: rooms, or single files."""
    digest = hashlib.sha256()
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")) or [ROOT / room]:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def outcome(case: Case, version: str) -> Outcome:
    """The case lived through, or as it was when it was lived through last."""
    kept = CACHE / version / f"{case.company}-{case.scenario}-{case.seed}-{case.size:g}-{case.volume:g}.json"
    if kept.is_file():
        return Outcome(**json.loads(kept.read_text(encoding="utf-8")))
    made = live(case)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def run(cases: Sequence[Case], workers: int) -> Iterator[tuple[Case, Outcome]]:
    """Every case with its outcome, in order."""
    version = code()
    with ProcessPoolExecutor(workers) as pool:
        yield from zip(cases, pool.map(outcome, cases, [version] * len(cases)), strict=True)


def main() -> int:
    """Print the matrix and the targets; 1 where one is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", default="0-7", help="first-last (default 0-7)")
    parser.add_argument(
        "--elsewhere", help="seeds of sizes and volumes other than 12 points, 60 deals (those of --seeds)"
    )
    parser.add_argument(
        "--sizes", default=f"{FULL_SIZE:g}", help="points of win rate, comma-separated (0.12)"
    )
    parser.add_argument("--volumes", default="60", help="new deals a week, comma-separated (60)")
    parser.add_argument("--only", help="scenarios, comma-separated (all)")
    parser.add_argument("--company", default=USUAL, choices=COMPANIES, help=f"which company ({USUAL})")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help=f"write {FIGURES.name}")
    parser.add_argument("--cases", action="store_true", help="print every case as well")
    options = parser.parse_args()
    seeds = _seeds(options.seeds)
    elsewhere = _seeds(options.elsewhere or options.seeds)
    cases = [
        Case(
            scenario=name,
            seed=seed,
            size=float(size),
            volume=float(volume) if options.company == USUAL else COMPANIES[options.company].weekly_deals,
            company=options.company,
        )
        for seed in sorted({*seeds, *elsewhere})  # a run that is cut short has some of everything
        for volume in options.volumes.split(",")
        for size in options.sizes.split(",")
        if seed in (seeds if (float(size), float(volume)) == (FULL_SIZE, LEAST_VOLUME) else elsewhere)
        for name in (options.only.split(",") if options.only else SCENARIOS)
    ]
    found = []
    for case, one in run(cases, options.workers):
        found.append((case, one))
        if options.cases:
            print(_line(case, one), flush=True)
    command = f"make prove-verdict SEEDS={options.seeds} SIZES={options.sizes} VOLUMES={options.volumes}"
    command += f" ELSEWHERE={options.elsewhere}" if options.elsewhere else ""
    text = page(found, command)
    print(text)
    if options.write:
        FIGURES.write_text(text, encoding="utf-8")
    return 0 if all(target.met for target in targets(found)) else 1


def _seeds(text: str) -> range:
    """`first-last`, both included, or one alone."""
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def _line(case: Case, one: Outcome) -> str:
    shares = {name: f"{share:+.3f}" for name, share in one.shares.items() if share is not None}
    return (
        f"{case.scenario} {case.size:g} {case.volume:g} {case.seed}: {one.weeks} {one.first} -> {one.last} "
        f"({one.flips}) {one.headline} {one.whole if one.whole is None else round(one.whole, 3)} {shares} "
        f"{'' if one.dated else 'not dated'} {dict(Counter(one.others)) or ''}"
    )


if __name__ == "__main__":
    sys.exit(main())

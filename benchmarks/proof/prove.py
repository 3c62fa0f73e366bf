"""`make proof`: every experiment, its figures beside their targets, and docs/proof.md.

ONLY=E1,E4 runs some of them and writes nothing; SIZE=short runs the short forms, as `make test` does.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "tests" / "support")]

from figures import Figure, Size  # noqa: E402  found by the line above


@dataclass(frozen=True, slots=True)
class Experiment:
    """A claim and the module whose `run(size)` puts it to the test."""

    claim: str
    module: str


EXPERIMENTS: Mapping[str, Experiment] = {
    "E1": Experiment(
        "Killed at any point, nothing is lost and nothing doubled outside one window", "e01_kills"
    ),
    "E2": Experiment("That harness catches the outboxes that lose and double", "e02_mutants"),
    "E4": Experiment("Whatever a mail server does, its answer is read for what it is", "e04_smtp"),
    "E6": Experiment("No change of clocks anywhere skips or doubles a period", "e06_calendar"),
    "E8": Experiment("Three daemons at once tell everything once, without any lease", "e08_race"),
    "E9": Experiment(
        "When the active daemon dies another one takes over, and nothing stale is kept", "e09_failover"
    ),
    "E11": Experiment("A migration killed anywhere is taken up again", "e11_migrations"),
    "E16": Experiment("Ten thousand alarms at once are one mail to each reader", "e16_storm"),
    "E17": Experiment("Three years of history loaded at once alarm nobody", "e17_backfill"),
}
"""Every experiment, in the order they run."""

NOT_SHOWN = (
    "Power loss: a killed process loses nothing that it gave to the kernel. What the disk keeps when the power goes "
    "is left to SQLite's `synchronous=FULL` and PostgreSQL's defaults, which are set and not tested here.",
    "A real partition: all processes are on one machine. A stopped process and a restarted database stand for it.",
    "The reader's inbox: a server's 250 is that server's promise. What it does with the mail afterwards is not seen.",
    "Two copies of a mail may still be shown as two: the same Message-ID lets a mail program fold them, not all do.",
)


def main() -> int:
    """Run what is asked for; 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="names of experiments, by comma")
    parser.add_argument("--size", choices=get_args(Size), default="long")
    parser.add_argument("--out", type=Path, default=None, help="where the figures are written")
    asked = parser.parse_args()
    names = [name.strip() for name in asked.only.split(",") if name.strip()] or list(EXPERIMENTS)
    if unknown := set(names) - set(EXPERIMENTS):
        parser.error(f"no experiment {', '.join(sorted(unknown))}; there are {', '.join(EXPERIMENTS)}")
    results = {name: prove(name, asked.size) for name in names}
    if asked.out is not None:
        asked.out.write_text(report(results))
    missed = [name for name, (figures, _) in results.items() if not all(figure.met for figure in figures)]
    print("every target was met" if not missed else f"missed: {', '.join(missed)}", flush=True)
    return 1 if missed else 0


def prove(name: str, size: Size) -> tuple[list[Figure], float]:
    """Run one experiment and print its figures; how many seconds it took."""
    experiment = EXPERIMENTS[name]
    print(f"{name}  {experiment.claim}", flush=True)
    begun = time.monotonic()
    figures: list[Figure] = importlib.import_module(experiment.module).run(size)
    seconds = time.monotonic() - begun
    for figure in figures:
        print(
            f"    {'met   ' if figure.met else 'MISSED'}  {figure.what}: {figure.found} (target: {figure.target})"
        )
    print(f"    {seconds:.0f} s", flush=True)
    return figures, seconds


def report(results: Mapping[str, tuple[Iterable[Figure], float]]) -> str:
    """The figures as a page of docs/."""
    machine = f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"
    lines = [
        "# What was proved, and what was not",
        "",
        f"Written by `make proof` ({machine}). One experiment again: `make proof ONLY=E1`. The experiments are in",
        "`benchmarks/proof/`; a short form of each runs in `make test`.",
        "",
    ]
    for name, (figures, seconds) in results.items():
        experiment = EXPERIMENTS[name]
        lines += [f"## {name}: {experiment.claim}", "", "| | found | target | |", "|---|---|---|---|"]
        lines += [
            f"| {f.what} | {f.found} | {f.target} | {'met' if f.met else '**missed**'} |" for f in figures
        ]
        lines += ["", f"`benchmarks/proof/{experiment.module}.py`, {seconds:,.0f} s", ""]
    lines += ["## What these figures do not show", "", *(f"- {line}" for line in NOT_SHOWN), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())

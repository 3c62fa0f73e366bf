"""`make proof`: every experiment, its figures beside their targets, and docs/proof.md.

ONLY=E1,E4 runs some of them, and writes their figures beside those of the others. `--size short` runs the short
forms, as `make test` does, and writes nothing; `--size tenth` a tenth of the long ones, and says so.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
import time
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, get_args

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE, FIGURES = ROOT / "docs" / "proof.md", ROOT / "docs" / "proof-figures.json"
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
    "E3": Experiment("Whichever call to the outside fails, in whichever way, nothing is lost", "e03_faults"),
    "E4": Experiment("Whatever a mail server does, its answer is read for what it is", "e04_smtp"),
    "E5": Experiment("Whatever is read, nothing is uncaught and no row unaccounted for", "e05_inputs"),
    "E6": Experiment("No change of clocks anywhere skips or doubles a period", "e06_calendar"),
    "E7": Experiment("A clock that leaps loses and doubles nothing", "e07_clocks"),
    "E8": Experiment("Three daemons at once tell everything once, without any lease", "e08_race"),
    "E9": Experiment(
        "When the active daemon dies another one takes over, and nothing stale is kept", "e09_failover"
    ),
    "E10": Experiment("One daemon, three, and one that keeps dying tell the same", "e10_same"),
    "E11": Experiment("A migration killed anywhere is taken up again", "e11_migrations"),
    "E12": Experiment("No text from outside becomes anything but text", "e12_injection"),
    "E13": Experiment("What is broken is noticed from outside", "e13_dead_man"),
    "E14": Experiment("It does not grow", "e14_soak"),
    "E15": Experiment("After a restore nothing is lost, and what may be a copy says so", "e15_restore"),
    "E16": Experiment("Ten thousand alarms at once are one mail to each reader", "e16_storm"),
    "E17": Experiment("Three years of history loaded at once alarm nobody", "e17_backfill"),
    "E18": Experiment(
        "A replica that takes over without the last commits loses no alert, and copies say so",
        "e18_lost_commits",
    ),
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
    asked = parser.parse_args()
    names = [name.strip() for name in asked.only.split(",") if name.strip()] or list(EXPERIMENTS)
    if unknown := set(names) - set(EXPERIMENTS):
        parser.error(f"no experiment {', '.join(sorted(unknown))}; there are {', '.join(EXPERIMENTS)}")
    missed = []
    for name in names:
        proved = prove(name, asked.size)
        missed += [name] if any(not met for *_, met in proved["figures"]) else []
        if asked.size != "short":
            known = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
            FIGURES.write_text(json.dumps({**known, name: proved}, indent=1, sort_keys=True) + "\n")
            PAGE.write_text(report({**known, name: proved}))
    print("every target was met" if not missed else f"missed: {', '.join(missed)}", flush=True)
    return 1 if missed else 0


def prove(name: str, size: Size) -> dict[str, Any]:
    """Run one experiment and print its figures; they, the seconds it took, and what it ran on."""
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
    return {
        "figures": [astuple(figure) for figure in figures],
        "seconds": round(seconds),
        "size": size,
        "machine": f"{os.cpu_count()} processors, Python {platform.python_version()}",
    }


def report(proved: Mapping[str, Mapping[str, Any]]) -> str:
    """The figures as a page of docs/."""
    lines = [
        "# What was proved, and what was not",
        "",
        "Written by `make proof`; `make proof ONLY=E1` does one experiment again. They are in `benchmarks/proof/`,",
        "and a short form of each runs in `make test`.",
        "",
    ]
    for name, experiment in EXPERIMENTS.items():
        lines += [f"## {name}: {experiment.claim}", ""]
        if name not in proved:
            lines += [f"The long form has not been run here: `make proof ONLY={name}`.", ""]
            continue
        one = proved[name]
        lines += ["| | found | target | |", "|---|---|---|---|"]
        for what, found, target, met in one["figures"]:
            lines.append(f"| {what} | {found} | {target} | {'met' if met else '**missed**'} |")
        lines += [
            "",
            f"`benchmarks/proof/{experiment.module}.py`, {one['seconds']:,} s on {one['machine']}{_part(one)}",
            "",
        ]
    lines += ["## What these figures do not show", "", *(f"- {line}" for line in NOT_SHOWN), ""]
    return "\n".join(lines)


def _part(proved: Mapping[str, Any]) -> str:
    return "; a tenth of the long form, which `make proof` runs" if proved.get("size") == "tenth" else ""


if __name__ == "__main__":
    sys.exit(main())

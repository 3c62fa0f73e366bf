"""Whether the intervals hold what they claim: `make bench-verdict`, at the level of the diagnosis.

Invented deals in weeks with a luck of their own, in three tiers, with newcomers and an import, whose true parts are
known. Printed for each share and for the size: how often the 90 % interval held it, over so many runs; and what a
diagnosis costs beside a week's judging.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from datetime import timedelta

import numpy as np

from benchmarks.verdict.lived import Case, history_of, settings_of
from benchmarks.verdict.scenarios import SCENARIOS, begins
from monitor.demo.company import Company
from monitor.demo.simulate import simulate
from monitor.diagnosis.attribution import Cells, attribute, cells
from monitor.diagnosis.dates import step_date
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.weekly import Seen, Weekly

BEFORE, AFTER, A_WEEK = 40, 20, 50
RATES = np.array([0.36, 0.24, 0.12])
SHARES = (np.array([0.5, 0.3, 0.2]), np.array([0.35, 0.3, 0.35]))
STAYING, IMPORTED, FALL, NEWCOMERS, LUCK = 0.7, 0.10, 0.30, 0.25, 0.03


def period(rng: np.random.Generator, weeks: int, *, later: bool) -> Cells:
    """The cells of a period: before the change, or after it."""
    week = np.repeat(np.arange(weeks), A_WEEK)
    stratum = rng.choice(3, week.size, p=SHARES[int(later)])
    stays = rng.random(week.size) < STAYING
    marked = (rng.random(week.size) < IMPORTED) & later
    chance = RATES[stratum] * (1 - FALL * later) * np.where(~stays & later, 1 - NEWCOMERS, 1.0) * ~marked
    lucky = np.clip(chance + rng.normal(0, LUCK, weeks)[week] * ~marked, 0, 1)
    value = (rng.random(week.size) < lucky).astype(float)
    return cells(
        week, value, np.ones(week.size), stratum, 3, suspect=marked, staying=stays, weeks=np.arange(weeks)
    )


def truth() -> dict[str, float]:
    """The parts without any luck, from the shares and chances of the cells themselves."""
    expected = []
    for later in (False, True):
        sums = np.zeros((1, 2, 3, 2, 2))
        for marked in (0, 1):
            for stratum in range(3):
                for staying in (0, 1):
                    imported = IMPORTED * later
                    mass = SHARES[int(later)][stratum] * (imported if marked else 1 - imported)
                    mass *= (1 - STAYING) if staying else STAYING
                    chance = RATES[stratum] * (1 - FALL * later) * (1 - NEWCOMERS * later * staying)
                    sums[0, marked, stratum, staying] = (0.0 if marked else mass * chance, mass)
        expected.append(Cells(sums=np.repeat(sums * 1e6, 8, axis=0)))
    parts = attribute(*expected)
    assert parts.people is not None
    names = ("whole", "recording", "mix", "rest")
    return {name: getattr(parts, name).value for name in names} | {"people": parts.people.value}


def coverage(runs: int) -> dict[str, float]:
    """How often each interval held the truth. A share is the part of a whole, so its truth is that of the whole."""
    true, held = truth(), dict.fromkeys(("size", "recording", "mix", "people", "rest", "start"), 0)
    for seed in range(runs):
        rng = np.random.default_rng([seed, 7])
        parts = attribute(period(rng, BEFORE, later=False), period(rng, AFTER, later=True))
        held["size"] += parts.whole.low <= true["whole"] <= parts.whole.high
        for name in ("recording", "mix", "people", "rest"):
            part = getattr(parts, name)
            given = true[name] / true["whole"] * parts.whole.value
            held[name] += part is not None and part.low <= given <= part.high
        weekly = 0.3 + rng.normal(0, 0.06, BEFORE + AFTER) - 0.08 * (np.arange(BEFORE + AFTER) >= BEFORE)
        found = step_date(weekly, np.full(BEFORE + AFTER, 50.0))
        held["start"] += found is not None and found.low <= BEFORE <= found.high
    return {name: count / runs for name, count in held.items()}


def cost() -> tuple[float, float]:
    """CPU seconds of a week's judging without a change, and of one diagnosis with its facts."""
    case = Case(scenario="market_shift", seed=1)
    scenario, on = SCENARIOS[case.scenario], begins(case.seed)
    settings = settings_of("")
    made = simulate(1, drift=0, shift=0, company=Company(), forces=scenario.forces(on, case.size))
    history, weekly = history_of(made.deals, made.accounts), Weekly(settings=settings)
    week = on
    while not weekly.ledger.inflections:
        judged = weekly.judge(week, ready_at(plan_of(settings), week), history)
        week += timedelta(weeks=1)
    weekly.ledger.inflections = []
    start = time.process_time()
    looked = weekly.look(week, ready_at(plan_of(settings), week), history, judged.changes)
    judging = time.process_time() - start
    headline = judged.changes.opened[0].findings[0]
    seen = Seen(week=week, deals=looked.deals, panels=looked.panels, history=history)
    start = time.process_time()
    for _ in range(5):
        weekly.diagnose(seen, [replace(headline)])
    return judging, (time.process_time() - start) / 5


def main() -> int:
    """Print coverage and cost; 1 where a share's interval holds less than it claims."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=600)
    options = parser.parse_args()
    held = coverage(options.runs)
    print(f"of {options.runs} runs, the 90 % interval held the truth (86 to 94 % asked):")
    for name, share in held.items():
        print(f"  {name:<10} {share:6.1%}")
    judging, diagnosis = cost()
    print(
        f"a week's judging {judging:.2f} s of CPU, one diagnosis {diagnosis:.3f} s ({diagnosis / judging:.0%})"
    )
    return 0 if all(0.86 <= share <= 0.94 for name, share in held.items() if name != "start") else 1


if __name__ == "__main__":
    sys.exit(main())

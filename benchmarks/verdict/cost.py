"""What a verdict costs, on a company of forty series and three years of weeks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import polars as pl

from benchmarks.verdict.lived import Case, history_of, settings_of
from benchmarks.verdict.scenarios import SCENARIOS, begins
from monitor.demo.company import FIRST_DAY, WEEKS, Company
from monitor.demo.simulate import simulate
from monitor.evidence.pack import pack_of
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.weekly import History, Seen, Weekly

MORE_METRICS = (
    "  no_decision: {where: {motion: new}, matters_if: 5 points}\n"
    "  cycle_time: {where: {motion: new}, matters_if: 20 %}\n"
)
EARLIER = WEEKS
"""Weeks of another history before the company's own, so that three years are known when it falls."""
TIMES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """CPU seconds of a week's judging without a diagnosis, of a verdict, and of the evidence kept with it."""

    series: int
    weeks: int
    deals: int
    judging: float
    verdict: float
    evidence: float

    def __str__(self) -> str:
        tick = self.judging + self.verdict + self.evidence
        return (
            f"{self.series} series, {self.weeks} weeks, {self.deals:,} deals: on top of {self.judging:.2f} s of CPU "
            f"for reading and judging the week, a verdict takes {self.verdict:.3f} s, {self.verdict / tick:.0%} of "
            f"the whole, and the evidence that is kept with a new one, placebo included, {self.evidence:.3f} s, "
            f"{self.evidence / tick:.0%}. Asked: at most 2 s."
        )


def three_years() -> tuple[Weekly, History, date]:
    """A company of 156 weeks and some forty series that falls near the end, and the week in which that is found."""
    case = Case(scenario="market_shift", seed=1)
    scenario, on = SCENARIOS[case.scenario], begins(case.seed)
    settings = settings_of("", MORE_METRICS)
    late = simulate(1, drift=0, shift=0, company=Company(), forces=scenario.forces(on, case.size))
    early = simulate(2, drift=0, shift=0, company=Company())
    back = timedelta(weeks=EARLIER)
    days = ("created_on", "close_date", "last_modified")
    before = early.deals.filter(pl.col("created_on") < FIRST_DAY + back, pl.col("close_date").is_not_null())
    named = "Former " + pl.col("account")  # another company's customers
    before = before.with_columns(
        *(pl.col(day) - back for day in days), opportunity_id="E" + pl.col("opportunity_id"), account=named
    )
    accounts = pl.concat([late.accounts, early.accounts.with_columns(account=named)])
    history, weekly = history_of(pl.concat([before, late.deals]), accounts), Weekly(settings=settings)
    return weekly, history, on


def cost() -> Cost:
    """CPU seconds of a week's judging, of a verdict, and of the evidence kept with it."""
    weekly, history, week = three_years()
    at = partial(ready_at, plan_of(weekly.settings))
    judged = weekly.judge(week, at(week), history)
    while not judged.changes.opened:
        week += timedelta(weeks=1)
        judged = weekly.judge(week, at(week), history)
    inflection = judged.changes.opened[0]
    start = time.process_time()
    looked = weekly.look(week + timedelta(weeks=1), at(week + timedelta(weeks=1)), history, judged.changes)
    judging = time.process_time() - start
    seen = Seen(week=looked.week, at=looked.at, deals=looked.deals, panels=looked.panels, history=history)
    start = time.process_time()
    for _ in range(TIMES):
        weekly.diagnose(seen, inflection.findings)
    verdict = (time.process_time() - start) / TIMES
    start = time.process_time()
    pack_of(inflection, seen, looked.at, weekly, weekly.settings)
    panels = looked.panels.values()
    return Cost(
        series=sum(len(panel.series) for panel in panels),
        weeks=max(len(panel.weeks) for panel in panels),
        deals=looked.deals.height,
        judging=judging,
        verdict=verdict,
        evidence=time.process_time() - start,
    )

"""One company of one null, lived through week by week in the ordinary rooms, and the naive chart beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from alerts.gate import FOR_OPERATIONS
from benchmarks.nulls.naive import LEARNING, naive_alarms
from benchmarks.nulls.quick import A_WEEK, first_alarm, stands
from benchmarks.nulls.scenarios import NULLS
from benchmarks.verdict.lived import settings_of
from config.settings import Settings
from monitor.demo.company import FIRST_DAY
from monitor.demo.simulate import Simulated, simulate
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.weekly import History, Weekly


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What became of one company of a null, over `weeks` judged by LeftTurn and `naive_weeks` by the chart.

    opened   what LeftTurn opened, each "verdict: series, week"; told: how many of them go to leadership
    naive    alarms of the chart
    """

    weeks: int
    opened: tuple[str, ...]
    told: int
    naive: int
    naive_weeks: int


def live(name: str, seed: int) -> Lived:
    """Live through the null `name` with `seed`, from the first week that may be judged to the last."""
    settings, made, history = company(name, seed)
    until = made.planted.last_day
    since = first_alarm(settings, history, until) or until if stands(history) else None
    weekly, _ = walk(settings, history, until=until, since=since)
    first = weekly.judged_from(history) or until
    counts = NULLS[name].naive(history, settings)
    opened = weekly.ledger.inflections
    return Lived(
        weeks=(until - first).days // 7 + 1,
        opened=tuple(f"{i.cause.verdict}: {i.headline.key}, {i.opened_week}" for i in opened),
        told=sum(i.cause.verdict not in FOR_OPERATIONS for i in opened),
        naive=naive_alarms(counts, settings.attention.false_alarms_per_year),
        naive_weeks=counts.shape[1] - LEARNING,
    )


def company(name: str, seed: int, shift: float = 0.0) -> tuple[Settings, Simulated, History]:
    """The null's company with its settings and history.

    shift   a fall of the win rate to plant, in points: no null then, and there to see that it would be found
    """
    null, own = NULLS[name], seed * len(NULLS) + list(NULLS).index(name)  # no two nulls share their luck
    rng = np.random.default_rng([own, 9])
    made = simulate(own, drift=0, shift=shift, company=null.company)
    made = replace(made, deals=null.mess(rng, made.deals))
    history = null.history(rng, made)
    if "order" in made.deals.columns:
        orders = made.deals.select(pl.col("opportunity_id").alias("deal_id"), "order")
        history = replace(history, versions=_with_orders(history.versions, orders))
    return settings_of(""), made, history


def walk(
    settings: Settings, history: History, *, until: date, since: date | None = None
) -> tuple[Weekly, int]:
    """Every week that ends by `until` judged in the ordinary rooms; returns what judged them and how many."""
    weekly, judged = Weekly(settings=settings), 0
    week = max(weekly.judged_from(history) or until, since or FIRST_DAY)
    while week + A_WEEK - timedelta(days=1) <= until:
        weekly.judge(week, ready_at(plan_of(settings), week), history)
        week, judged = week + A_WEEK, judged + 1
    return weekly, judged


def _with_orders(versions: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    columns = versions.columns
    return (
        versions.drop("order").join(orders, on="deal_id", how="left", maintain_order="left").select(columns)
    )

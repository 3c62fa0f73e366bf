"""One company of one null, lived through week by week in the ordinary rooms, and the naive chart beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl

from alerts.gate import FOR_OPERATIONS
from benchmarks.nulls.naive import LEARNING, WEEKS_A_YEAR, naive_alarms
from benchmarks.nulls.scenarios import NULLS
from benchmarks.verdict.lived import settings_of
from monitor.demo.company import FIRST_DAY
from monitor.demo.simulate import simulate
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.weekly import Weekly

ENDS = timedelta(days=6)


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


def live(name: str, seed: int, *, weeks: int | None = None, shift: float = 0.0) -> Lived:
    """Live through the null `name` with `seed`.

    weeks   judge so many weeks at most, from the first that may be judged
    shift   a fall of the win rate to plant, in points: not a null, and there to see that one is found
    """
    null, settings = NULLS[name], settings_of("")
    rng = np.random.default_rng([seed, 9])
    made = simulate(seed, drift=0, shift=shift, company=null.company)
    made = replace(made, deals=null.mess(rng, made.deals))
    history = null.history(rng, made)
    if "order" in made.deals.columns:
        orders = made.deals.select(pl.col("opportunity_id").alias("deal_id"), "order")
        history = replace(history, versions=_with_orders(history.versions, orders))
    weekly, judged = Weekly(settings=settings), 0
    week = weekly.judged_from(history) or FIRST_DAY
    while week <= made.planted.last_day - ENDS and (weeks is None or judged < weeks):
        weekly.judge(week, ready_at(plan_of(settings), week), history)
        week, judged = week + timedelta(weeks=1), judged + 1
    counts = null.naive(history, settings)
    opened = weekly.ledger.inflections
    return Lived(
        weeks=judged,
        opened=tuple(f"{i.cause.verdict}: {i.headline.key}, {i.opened_week}" for i in opened),
        told=sum(i.cause.verdict not in FOR_OPERATIONS for i in opened),
        naive=naive_alarms(counts, settings.attention.false_alarms_per_year),
        naive_weeks=counts.shape[1] - LEARNING,
    )


def _with_orders(versions: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    columns = versions.columns
    return versions.drop("order").join(orders, on="deal_id", how="left", maintain_order="left").select(columns)


def years(weeks: Sequence[int]) -> float:
    """Weeks as years."""
    return sum(weeks) / WEEKS_A_YEAR

"""Deals aged out: judging goes on as if they were there, and nothing of them stays or comes back."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sqlalchemy import select

from alerts.channels import Channel
from config.settings import Settings
from monitor.pipeline import Pipeline
from monitor.plan import plan_of
from monitor.remembered import Remembered
from monitor.schedule import Period, ready_at
from monitor.store import Store, open_store, tables
from monitor.store.deals import save_deals
from monitor.weekly import Weekly

FIRST = date(2024, 1, 1)
KEEP, WEEKS = 77, 102
BEGIN, FALL = 93, 94
"""The weeks from which on both are judged, and in which the win rate falls."""
FLOOR = """\
company: {name: Acme, timezone: UTC, currency: USD}
sources:
  - name: crm
    role: deals
    type: csv
    path: deals.csv
    late_by: 3 days
    columns: {deal_id: id, order: order, account: account, owner: owner, creator: creator, closed_by: closed_by,
              created_at: created, qualified_at: qualified, closed_at: closed, amount: amount, list_amount: list,
              quantity: quantity, term_months: term, motion: type, loss_reason: reason}
    attributes: {region: region, product: product, icp: icp}
    outcome: {column: stage, won: [Won], lost: [Lost], no_decision: [Dark], open: [Open]}
profile: [{effective: 2020-01-01, tier_column: icp, tiers: {A: 0.8, B: 0.5}, core: [A]}]
segments: [region, {by: owner, at_most: 3}]
attention: {learning: 12 weeks}
privacy: {keep: 77 weeks}
metrics:
  win_rate: {matters_if: 5 points}
  fit_mix: {matters_if: 8 points}
  volume: {matters_if: 20 %}
  discount: {adjust_for: [product, term_months], matters_if: 2 points}
  price_per_unit: {matters_if: 5 %}
  stalled: {matters_if: 5 points}
  loss_reasons: {matters_if: 5 points}
"""


def week(index: int) -> date:
    return FIRST + timedelta(weeks=index)


def of_two_years(versions_of: Callable[..., pl.DataFrame]) -> pl.DataFrame:
    """A company with everything that is learned from first weeks: batches, strata, small regions, odd spellings."""
    frame = versions_of(
        5, weeks=WEEKS, a_week=24.0, cycle=20.0, win=lambda w: np.where(w >= FALL, 0.03, 0.45)
    )
    rng = np.random.default_rng(9)
    size, number = frame.height, np.arange(frame.height)
    created = frame["created_on"].to_numpy()
    early = created < np.datetime64(week(45))
    small = (rng.random(size) < np.where(early, 0.08, 0.3)) & (number % 2 == 0)
    region = np.where(
        small, "South", np.where(rng.random(size) < 0.2, "north ", frame["attr:region"].to_numpy())
    )
    region = np.where((region == "North") & early & (rng.random(size) < 0.9), "NORTH", region)
    # In no week that is learned from, too small to be watched for long, large enough at last while weeks are aged.
    chance = np.where(
        created < np.datetime64(week(13)), 0.0, np.where(created < np.datetime64(week(83)), 0.08, 0.4)
    )
    region = np.where(rng.random(size) < chance, "Islands", region)
    lost = frame["outcome"].is_in(["lost", "no_decision"]).to_numpy()
    reason = np.where(lost, rng.choice(np.array(["Price", "Timing", "Rival"], dtype=object), size), None)
    late = created >= np.datetime64(week(-20))
    return frame.with_columns(
        pl.Series("attr:region", region.astype(object).tolist(), dtype=pl.String),
        pl.Series("loss_reason", reason.tolist(), dtype=pl.String),
        pl.Series("quantity", rng.integers(1, 9, size).astype(float)),
        pl.Series("term_months", rng.choice([12.0, 24.0, 36.0], size) + rng.integers(0, 4, size)),
        pl.Series("closed_by", [f"clerk {n}" for n in rng.integers(0, 3, size)]),
        pl.Series("order", [f"O{n // 3}" if n % 9 < 3 else None for n in number], dtype=pl.String),
        qualified_on=pl.when(pl.Series(late) & pl.Series(rng.random(size) < 0.97)).then("created_on"),
    )


class Walk:
    """One store walked through its weeks by the pipeline's own jobs."""

    def __init__(self, settings: Settings, store: Store, deals: pl.DataFrame) -> None:
        self.settings, self.store = settings, store
        with store.write() as conn:
            save_deals(conn, deals)
        self.restart()

    def restart(self) -> None:
        self.pipeline = Pipeline(
            settings=self.settings, store=self.store, channel=Quiet(), remembered=Remembered(self.settings)
        )

    def at(self, index: int) -> datetime:
        return ready_at(plan_of(self.settings), week(index))

    def judge(self, first: int, last: int) -> None:
        for index in range(first, last + 1):
            period = Period(job="judge", key=f"judge:{week(index)}", due_at=self.at(index), week=week(index))
            assert self.pipeline.judge(period, self.at(index)).held is None

    def age(self, index: int) -> Any:
        at = self.at(index)
        return self.pipeline.age(Period(job="age", key=f"age:{at:%Y-%m-%d}", due_at=at), at).deals

    def rows(self, table: Any) -> list[dict[str, Any]]:
        with self.store.read() as conn:
            return [dict(row) for row in conn.execute(select(table)).mappings()]


class Quiet(Channel):
    """No mail leaves the house."""

    def deliver(self, emails: Any, handing_over: Any = None) -> Any:
        return iter(())


@pytest.fixture(scope="module")
def made(settings_with: Callable[..., Settings], versions_of: Callable[..., pl.DataFrame]) -> Any:
    return settings_with("", floor=FLOOR), of_two_years(versions_of)


@pytest.fixture(scope="module")
def unaged(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The company walked with every deal there."""
    path: Path = tmp_path_factory.mktemp("unaged") / "leftturn.db"
    with open_store(f"sqlite:///{path}") as store:
        walk = Walk(made[0], store, made[1])
        walk.judge(BEGIN, WEEKS - 2)
        yield walk


def figures(row: dict[str, Any]) -> dict[str, float]:
    told = {**(row.get("reading") or {}), **(row.get("shares") or {})}
    told |= {name: row[name] for name in row if isinstance(row[name], float | int)}
    return {name: math.nan if value is None else float(value) for name, value in told.items()}


def alike(one: list[dict[str, Any]], other: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    """The rows are of the same things, and every figure in them is the same to 1e-9."""
    by_key = {tuple(row[name] for name in names): row for row in other}
    assert [tuple(row[name] for name in names) for row in one] == list(by_key)
    for row in one:
        here, there = figures(row), figures(by_key[tuple(row[name] for name in names)])
        assert here == pytest.approx(there, abs=1e-9, rel=1e-9, nan_ok=True), row


KEYS = ("week", "metric", "segment", "contrast", "quiet")


def test_an_aged_store_judges_as_one_that_has_every_deal(
    made: Any, unaged: Walk, sqlite_store: Store
) -> None:
    aged = Walk(made[0], sqlite_store, made[1])
    aged.judge(BEGIN, BEGIN)
    first = aged.age(BEGIN)
    assert first.before == week(BEGIN - KEEP)
    assert first.deals > 300
    aged.judge(BEGIN + 1, FALL + 3)
    assert aged.age(FALL + 3).deals > 20
    aged.restart()
    aged.judge(FALL + 4, WEEKS - 3)
    assert aged.age(WEEKS - 3) is not None
    aged.judge(WEEKS - 2, WEEKS - 2)
    before = week(WEEKS - 3 - KEEP)
    left = [row for row in aged.rows(tables.deal_version) if row["outcome"] != "open"]
    assert not [row for row in left if not row["order"] and max(row["created_on"], row["closed_on"]) < before]
    assert [row for row in left if row["closed_on"] < before]  # their orders have deals that are younger
    alike(aged.rows(tables.judgement), unaged.rows(tables.judgement), KEYS)
    rows = [row for row in aged.rows(tables.judgement) if row["segment"].endswith("Islands")]
    firsts = [
        min(row["week"] for row in rows if row["metric"] == name) for name in {r["metric"] for r in rows}
    ]
    assert week(BEGIN) < max(firsts)  # in one metric it became large enough when weeks were figures already
    opened = aged.rows(tables.inflection)
    assert opened, "nothing fell, and no diagnosis was compared"
    alike(opened, unaged.rows(tables.inflection), ("id", "verdict", "state", "started_on", "closed_on"))
    named = ("inflection_id", "position", "metric", "segment")
    alike(aged.rows(tables.finding), unaged.rows(tables.finding), named)
    alike(
        aged.rows(tables.regime), unaged.rows(tables.regime), ("metric", "segment", "contrast", "since_week")
    )


@pytest.mark.postgres
def test_it_does_so_on_postgresql(made: Any, unaged: Walk, postgres_url: str) -> None:
    with open_store(postgres_url) as store:
        aged = Walk(made[0], store, made[1])
        aged.judge(BEGIN, BEGIN)
        assert aged.age(BEGIN).deals > 300
        aged.restart()
        aged.judge(BEGIN + 1, BEGIN + 1)
        until = [row for row in unaged.rows(tables.judgement) if row["week"] <= week(BEGIN + 1)]
        alike(aged.rows(tables.judgement), until, KEYS)


def test_under_other_settings_judging_begins_where_history_is_whole(
    made: Any, settings_with: Callable[..., Settings], sqlite_store: Store
) -> None:
    aged = Walk(made[0], sqlite_store, made[1])
    aged.judge(BEGIN, BEGIN)
    aged.age(BEGIN)
    other = FLOOR.replace("discount: {adjust_for: [product, term_months]", "discount: {adjust_for: [product]")
    aged.settings = settings_with("", floor=other.split("  price_per_unit")[0])
    aged.restart()
    aged.judge(BEGIN + 1, BEGIN + 1)
    whole = week(BEGIN - KEEP)
    newest = [row for row in aged.rows(tables.judgement) if row["week"] == week(BEGIN + 1)]
    weeks = {row["metric"]: row["weeks"] for row in newest if not row["segment"]}
    since = {row["metric"]: row["since_week"] for row in aged.rows(tables.regime) if not row["segment"]}
    assert since["win_rate"] == min(since.values()) < whole  # read as ever
    assert since["discount"] == whole
    assert weeks["discount"] == (week(BEGIN + 1) - whole).days // 7 - 12 + 1
    with sqlite_store.read() as conn:
        history = Remembered(aged.settings).history(conn)
    assert Weekly(settings=aged.settings).first_week(history) == whole  # as a backtest reads it

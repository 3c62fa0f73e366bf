"""Companies to which nothing happens, in short: quiet where a naive chart is not, and not deaf."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from alerts.gate import FOR_OPERATIONS
from benchmarks.nulls.live import ENRICHED
from benchmarks.nulls.lived import Lived, company, walk
from benchmarks.nulls.naive import LEARNING, WEEKS_A_YEAR, by_closing, naive_alarms
from benchmarks.nulls.page import page
from benchmarks.nulls.quick import first_alarm, stands
from benchmarks.nulls.scenarios import JOB_RUNS, NULLS
from monitor.demo.company import FIRST_DAY
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.weekly import Weekly

SHORT = ("batches", "lines_in_orders")


@pytest.mark.parametrize("name", SHORT)
def test_a_null_is_quiet_and_a_fall_in_it_is_found(name: str) -> None:
    """Two years of it; and the same two years with a fall of 12 points in the last half."""
    found = []
    for shift in (0.0, 0.12):
        settings, made, history = company(name, 0, shift)
        found.append(first_alarm(settings, history, made.planted.last_day))
    assert found[0] is None
    assert found[1] is not None
    assert found[1] > FIRST_DAY + timedelta(weeks=78)


def test_the_quick_walk_opens_in_the_week_in_which_the_walk_of_every_week_does() -> None:
    """A few weeks before the first alarm are judged one by one: they stay quiet, and it opens on time."""
    settings, made, history = company("batches", 0, 0.12)
    assert stands(history)
    week = first_alarm(settings, history, made.planted.last_day)
    assert week is not None
    weekly, judged = walk(settings, history, until=week + timedelta(days=6), since=week - timedelta(weeks=3))
    assert judged == 4
    assert [one.opened_week for one in weekly.ledger.inflections] == [week]


def test_the_naive_chart_keeps_its_budget_on_binomial_weeks_and_not_on_lines() -> None:
    """Nominal on what it is made for, 0.5 a year: over 400 years 200 alarms, give or take five deviations."""
    rng, years = np.random.default_rng(7), 400
    of = np.full((years, LEARNING + WEEKS_A_YEAR), 60.0)
    alarms = sum(naive_alarms(np.stack([rng.binomial(60, 0.3, len(row)), row]), 0.5) for row in of)
    assert 0.3 < alarms / years < 0.7
    settings, _, history = company("lines_in_orders", 1)
    assert naive_alarms(by_closing(history, settings), 0.5) > 5


def test_the_integration_user_closes_while_it_runs_and_at_no_other_time() -> None:
    _, made, _ = company("integration_user", 1)
    own = made.deals.filter(pl.col("closed_by") == "crm-sync")["close_date"]
    begins, ends = JOB_RUNS
    assert own.min() == begins
    assert own.max() <= ends
    assert (own == begins).sum() > 100


def test_late_losses_are_not_known_when_their_week_is_judged() -> None:
    settings, _, history = company("late_data", 1)
    assert not stands(history)
    known: Counter[str] = Counter()
    later: Counter[str] = Counter()
    for number in range(50, 58):
        week = FIRST_DAY + timedelta(weeks=number)
        deals = Weekly(settings=settings).deals(ready_at(plan_of(settings), week), history)
        for outcome in ("won", "lost"):
            known[outcome] += _closed(deals, week, outcome)
            later[outcome] += _closed(history.versions, week, outcome)
    assert known["won"] == later["won"]
    assert known["lost"] < 0.95 * later["lost"]


def _closed(deals: pl.DataFrame, week: date, outcome: str) -> int:
    """Deals with the outcome that closed in the week."""
    during = pl.col("closed_on").is_between(week, week + timedelta(days=6))
    return deals.filter(pl.col("outcome") == outcome, during).height


def test_what_a_data_vendor_made_of_the_tiers_is_told_as_recording() -> None:
    """The weeks around the one in which the mix alarms; told to nobody but operations, with parts that add up."""
    settings, made, history = company("enrichment", 4)
    alarms = FIRST_DAY + timedelta(weeks=65)
    assert alarms + timedelta(weeks=2) < made.planted.last_day
    weekly, _ = walk(settings, history, until=alarms + timedelta(days=13), since=alarms - timedelta(weeks=1))
    assert [one.headline.key.metric for one in weekly.ledger.inflections] == ["fit_mix"]
    cause, headline = weekly.ledger.inflections[0].cause, weekly.ledger.inflections[0].headline
    assert cause.verdict == "recording"
    assert cause.verdict in FOR_OPERATIONS
    assert [(rival.on, rival.name) for rival in cause.rivals] == [
        (ENRICHED, "the field 'industry' rewritten for many accounts")
    ]
    assert sum(share or 0.0 for share in cause.shares.values()) == pytest.approx(
        headline.after - headline.before, abs=1e-9
    )


def test_the_page_says_what_is_kept_and_what_is_not() -> None:
    quiet = Lived(weeks=520, opened=(), told=0, naive=30, naive_weeks=520)
    loud = Lived(
        weeks=520, opened=("price_erosion: discount, 2026-01-05",) * 12, told=12, naive=5, naive_weeks=520
    )
    text = page({"tidy": [quiet], "batches": [loud]}, "make x", "make y", "0", 0.5)
    assert (
        "| 10.0 | 0.00 (0.00 to 0.37) | 0.00 (0.00 to 0.37) | **kept** | 3.00 (2.02 to 4.28) | 6 x |" in text
    )
    assert "| 1.20 (0.62 to 2.10) | *not kept* |" in text
    assert "- `batches`: price_erosion: discount, 12" in text
    assert set(NULLS) >= {"batches", "late_data", "enrichment"}

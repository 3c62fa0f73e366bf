"""One company of one scenario, lived through week by week in the ordinary rooms, without files.

The deals go from the simulator into the history as an export would bring them. Weeks before the scenario begins are
not judged one by one: the detectors read them in the first week that is, and remember the same of the past.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from benchmarks.verdict.companies import COMPANIES
from benchmarks.verdict.scenarios import FULL_SIZE, SCENARIOS, begins
from config import load
from config.settings import Settings
from monitor.demo.export import configuration
from monitor.demo.simulate import simulate
from monitor.ledger import FOLLOW, Inflection
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.types import DEAL_COLUMNS, INSTANT
from monitor.weekly import History, Weekly

USUAL = "usual"
WITHIN = 26
"""Weeks in which a change must be found."""
READ_AT = datetime(2030, 1, 1, tzinfo=UTC)
OUTCOMES = {
    "Won": "won",
    "Lost": "lost",
    "Gone Dark": "no_decision",
    "Disqualified": "disqualified",
    "Prospecting": "open",
    "Engaging": "open",
}
MOTIONS = {"New Business": "new", "Renewal": "renewal", "Web": "self_serve"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is run: a scenario, a seed, its size in points of win rate, new deals a week, and which company.

    `volume` is of the usual company; the others (`benchmarks.verdict.companies`) have their own.
    """

    scenario: str
    seed: int
    size: float = FULL_SIZE
    volume: float = 60.0
    company: str = "usual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it.

    weeks      from the beginning to the first inflection; None: nothing was found in time
    first      its verdict when it opened; last: after it was followed (or closed)
    flips      how often its verdict changed
    headline   the series that names it; others: verdicts of further inflections
    shares     the shares of the last week, and the whole move
    dated      whether the day it began lies in the stated interval
    """

    weeks: int | None
    first: str | None
    last: str | None
    flips: int
    headline: str | None
    whole: float | None
    shares: dict[str, float | None]
    intervals: dict[str, tuple[float, float] | None]
    dated: bool
    others: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The outcome as plain values."""
        return asdict(self)


def live(case: Case) -> Outcome:
    """Live through the case and say what was found of it."""
    scenario, on = SCENARIOS[case.scenario], begins(case.seed)
    settings = settings_of(scenario.more.format(on=on))
    company = replace(COMPANIES[case.company], weekly_renewals=0.0, weekly_self_serve=0.0)
    if case.company == USUAL:
        company = replace(company, weekly_deals=case.volume)
    forces = scenario.forces(on, case.size)
    forces = tuple(replace(one, region=one.region and company.regions[1]) for one in forces)
    made = simulate(case.seed, drift=0, shift=0, company=company, forces=forces)
    history = history_of(made.deals, made.accounts)
    weekly = Weekly(settings=settings)
    first: Inflection | None = None
    verdicts: list[str] = []
    week, end = on, on + timedelta(weeks=WITHIN - 1)
    while week <= end:
        weekly.judge(week, ready_at(plan_of(settings), week), history)
        if first is None and weekly.ledger.inflections:
            first = weekly.ledger.inflections[0]
            end = min(week + timedelta(weeks=FOLLOW), made.planted.last_day - timedelta(days=6))
        if first is not None:
            verdicts.append(_now(weekly, first).cause.verdict)
        week += timedelta(weeks=1)
    return _outcome(on, weekly, first, verdicts)


def _outcome(on: date, weekly: Weekly, first: Inflection | None, verdicts: list[str]) -> Outcome:
    if first is None:
        return Outcome(
            weeks=None, first=None, last=None, flips=0, headline=None, whole=None, shares={}, intervals={},
            dated=False, others=(),
        )  # fmt: skip
    now = _now(weekly, first)
    headline = now.headline
    low, high = headline.started_between
    return Outcome(
        weeks=(first.opened_week - on).days // 7 + 1,
        first=verdicts[0],
        last=verdicts[-1],
        flips=sum(a != b for a, b in pairwise(verdicts)),
        headline=str(headline.key),
        whole=headline.after - headline.before,
        shares=dict(now.cause.shares),
        intervals=dict(now.cause.intervals),
        dated=low - timedelta(days=6) <= on <= high + timedelta(days=6),
        others=tuple(
            f"{i.cause.verdict}:{i.headline.key}" for i in weekly.ledger.inflections if i.id != first.id
        ),
    )


def _now(weekly: Weekly, inflection: Inflection) -> Inflection:
    return next(i for i in weekly.ledger.inflections if i.id == inflection.id)


@cache
def settings_of(more: str, metrics: str = "") -> Settings:
    """The demo's configuration with more lines and metrics; lines that begin with blanks are more of the profile."""
    text = configuration().replace("\nmetrics:\n", f"\nmetrics:\n{metrics}")
    if more.startswith(" "):
        text = text.replace("\nsegments:", f"\n{more}\nsegments:".replace("\n\n  -", "\n  -"), 1)
    else:
        text += more
    with TemporaryDirectory(prefix="leftturn-") as folder:
        path = Path(folder) / "leftturn.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, environ={})


def history_of(deals: pl.DataFrame, accounts: pl.DataFrame) -> History:
    """The simulated export as versions that were read on one day, later than all of it."""
    read = {"known_at": pl.lit(READ_AT, INSTANT), "observed": pl.lit(False), "source": pl.lit("crm")}
    known = {
        "deal_id": "opportunity_id", "modified_at": None, "account": "account", "owner": "sales_agent",
        "creator": "created_by", "closed_by": "closed_by", "created_on": "created_on", "closed_on": "close_date",
        "amount": "close_value", "list_amount": "list_price", "attr:region": "region", "attr:product": "product",
    }  # fmt: skip
    columns = {name: pl.col(column) for name, column in known.items() if column is not None}
    versions = deals.select(
        **columns,
        **read,
        outcome=pl.col("deal_stage").replace_strict(OUTCOMES, return_dtype=pl.String),
        motion=pl.col("type").replace_strict(MOTIONS, return_dtype=pl.String),
        stage=pl.col("deal_stage"),
        deleted=pl.lit(False),
    )
    missing = [
        pl.lit(None, kind).alias(name) for name, kind in DEAL_COLUMNS.items() if name not in versions.columns
    ]
    versions = versions.with_columns(*missing).with_columns(
        pl.col(name).cast(kind) for name, kind in DEAL_COLUMNS.items()
    )
    rows = accounts.select(
        **{**read, "source": pl.lit("accounts")},
        account="account",
        **{"attr:industry": "sector", "attr:employees": "employees"},
    )
    return History(versions=versions, accounts=rows)

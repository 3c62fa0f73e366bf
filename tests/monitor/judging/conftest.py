"""Companies for the tests of judging: invented deal by deal, as a history that no file was read for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from config import load
from config.settings import Settings
from monitor.backtest import replay
from monitor.calendar import FiscalCalendar
from monitor.metrics import METRICS
from monitor.panel import Panel
from monitor.types import DEAL_COLUMNS, INSTANT, Series, SeriesKey
from monitor.weekly import History, WeekJudged, Weekly

FIRST = date(2024, 1, 1)  # a Monday
READ_AT = datetime(2030, 1, 1, tzinfo=UTC)
FLOOR = """\
company: {name: Acme, timezone: UTC, currency: USD}
sources:
  - name: crm
    role: deals
    type: csv
    path: deals.csv
    late_by: 3 days
    columns: {deal_id: id, order: order, account: account, owner: owner, creator: creator, closed_by: closed_by,
              created_at: created, closed_at: closed, amount: amount, list_amount: list, motion: type}
    attributes: {region: region, product: product, icp: icp}
    outcome: {column: stage, won: [Won], lost: [Lost], no_decision: [Dark], open: [Open]}
"""
PROFILE = "profile: [{effective: 2020-01-01, tier_column: icp, tiers: {A: 0.8, B: 0.5}, core: [A]}]\n"
SEGMENTS = "segments: [region]\n"


def by_week(before: float, after: float, at: int) -> Callable[[np.ndarray], np.ndarray]:
    """`before` until the week `at`, `after` from it on."""
    return lambda week: np.where(week >= at, after, before)


def invent(
    seed: int,
    *,
    weeks: int = 60,
    a_week: float | Callable[[np.ndarray], np.ndarray] = 20.0,
    win: float | Callable[[np.ndarray], np.ndarray] = 0.3,
    core: float | Callable[[np.ndarray], np.ndarray] = 0.5,
    adjacent: float | Callable[[np.ndarray], np.ndarray] = 0.5,
    discount: float | Callable[[np.ndarray], np.ndarray] = 0.1,
    win_of: Mapping[str, float] | None = None,
    regions: tuple[str, ...] = ("East", "North", "West"),
    owners: int = 6,
    cycle: float = 14.0,
    show: str = "everything",
) -> pl.DataFrame:
    """Versions of a company's deals; a function gives by the week of closing, of tiers by that of creation.

    core     the share of tier A; adjacent: that of tier B of the others
    win_of   what is added to the rate of a region
    show     "everything"; "closed": no open deals; "won": nothing but won deals
    """
    rng = np.random.default_rng(seed)
    lead = 30

    def of(what: float | Callable[[np.ndarray], np.ndarray], week: np.ndarray) -> np.ndarray:
        return np.asarray(what(week) if callable(what) else np.full(len(week), what), dtype=float)

    per_week = rng.poisson(of(a_week, np.arange(-lead, weeks)))
    created_week = np.repeat(np.arange(-lead, weeks), per_week)
    size = len(created_week)
    created = 7 * created_week + rng.integers(0, 5, size)
    closed = created + np.ceil(rng.exponential(cycle, size)).astype(int)
    closed -= np.where(closed % 7 > 4, closed % 7 - 4, 0)
    closed = np.maximum(closed, created)
    tier = np.where(
        rng.random(size) < of(core, created_week),
        "A",
        np.where(rng.random(size) < of(adjacent, created_week), "B", "other"),
    )
    region = rng.choice(np.array(regions, dtype=object), size)
    rate = of(win, closed // 7) + np.array([(win_of or {}).get(r, 0.0) for r in region])
    rate = rate + np.select([tier == "A", tier == "B"], [0.05, -0.02], -0.08) * (rate < 0.999)
    won = rng.random(size) < rate
    outcome = np.where(won, "won", np.where(rng.random(size) < 0.8, "lost", "no_decision")).astype(object)
    outcome[closed >= 7 * weeks] = "open"
    listed = np.round(rng.lognormal(9.0, 0.4, size), 2)
    paid = np.round(listed * (1 - of(discount, closed // 7) - 0.08 * rng.standard_t(6, size)), 2)
    owner = np.array([f"seller {n}" for n in rng.integers(0, owners, size)], dtype=object)
    day = np.datetime64(FIRST) + np.arange(-7 * lead, 7 * weeks + 2000)
    is_open = outcome == "open"
    frame = pl.DataFrame(
        {
            "source": ["crm"] * size,
            "deal_id": [f"D{n}" for n in range(size)],
            "account": [f"account {n}" for n in rng.integers(0, 400, size)],
            "owner": owner.tolist(),
            "creator": owner.tolist(),
            "created_on": day[created + 7 * lead],
            "closed_on": day[closed + 7 * lead],
            "amount": paid,
            "list_amount": listed,
            "motion": ["new"] * size,
            "outcome": outcome.tolist(),
            "deleted": [False] * size,
            "known_at": [READ_AT] * size,
            "observed": [False] * size,
            "attr:region": region.tolist(),
            "attr:product": rng.choice(np.array(["Atlas", "Beacon"], dtype=object), size).tolist(),
            "attr:icp": tier.tolist(),
        },
        schema_overrides={"known_at": INSTANT},
    )
    frame = frame.with_columns(
        pl.when(pl.Series(is_open)).then(None).otherwise("closed_on").alias("closed_on"),
        *(pl.lit(None, DEAL_COLUMNS[name]).alias(name) for name in DEAL_COLUMNS if name not in frame.columns),
    ).with_columns(pl.col(name).cast(kind) for name, kind in DEAL_COLUMNS.items())
    in_export = pl.Series((closed >= 0) & (created < 7 * weeks))
    frame = frame.filter(in_export).sort("created_on", maintain_order=True)
    if show == "closed":
        return frame.filter(pl.col("outcome") != "open")
    return frame.filter(pl.col("outcome") == "won") if show == "won" else frame


def as_history(versions: pl.DataFrame) -> History:
    """The history of a company with nothing but deals."""
    accounts = pl.DataFrame(
        schema={"source": pl.String, "account": pl.String, "known_at": INSTANT, "observed": pl.Boolean}
    )
    return History(versions=versions, accounts=accounts)


@pytest.fixture(scope="session")
def versions_of() -> Callable[..., pl.DataFrame]:
    """`versions_of(seed, ...)` is `invent`."""
    return invent


@pytest.fixture(scope="session")
def company() -> Callable[..., History]:
    """`company(seed, ...)` invents a company's history; the arguments are those of `invent`."""
    return lambda seed, **changes: as_history(invent(seed, **changes))


@pytest.fixture(scope="session")
def settings_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Settings]:
    """`settings_with(yaml)`: the invented company's configuration with more lines."""

    def make(more: str = PROFILE + SEGMENTS, floor: str = FLOOR) -> Settings:
        path: Path = tmp_path_factory.mktemp("settings") / "leftturn.yaml"
        path.write_text(floor + more, encoding="utf-8")
        return load(path, environ={})

    make.floor = FLOOR  # type: ignore[attr-defined]
    return make


def panel_with(metric: str, *series: tuple[SeriesKey, np.ndarray, np.ndarray], kind: str = "") -> Panel:
    """A panel of weekly values and effective deals that no deals stand behind; its weeks begin on FIRST."""
    what = METRICS[kind or metric]
    weeks = tuple(FIRST + timedelta(weeks=week) for week in range(len(series[0][1])))
    counts = what.estimate == "count"
    return Panel(
        metric=metric,
        kind=what,
        basis="decided",
        weeks=weeks,
        terms=FiscalCalendar().terms(weeks),
        observed=None,
        baseline=None,
        series=tuple(
            Series(
                key=key,
                kind=what.name,
                unit=what.unit,
                weeks=weeks,
                values=np.asarray(values, dtype=float),
                effective=np.asarray(effective, dtype=float),
                raw=np.exp(values) - 0.5 if counts else np.asarray(values, dtype=float),
                deals=np.round(np.exp(values) - 0.5) if counts else np.round(effective),
            )
            for key, values, effective in series
        ),
        thin=(),
    )


def weekly_rates(
    seed: int, weeks: int, *, n: float = 60.0, level: float = 0.3, steps: Mapping[int, float] | None = None
) -> np.ndarray:
    """Weekly rates of `n` deals with a weekly effect as ordinary companies have it; `steps` adds from a week on."""
    rng = np.random.default_rng(seed)
    sigma = np.sqrt(level * (1 - level))
    effect, out = 0.0, []
    for week in range(weeks):
        effect = 0.2 * effect + rng.normal(0, sigma * np.sqrt(0.01 * (1 - 0.04)))
        rate = level + sum(step for at, step in (steps or {}).items() if week >= at)
        out.append(rate + effect + rng.normal(0, sigma / np.sqrt(n)))
    return np.array(out)


@pytest.fixture(scope="session")
def made() -> Callable[..., Panel]:
    """`made(metric, (key, values, effective), ...)` is `panel_with`."""
    return panel_with


@pytest.fixture(scope="session")
def rates() -> Callable[..., np.ndarray]:
    """`rates(seed, weeks, ...)` is `weekly_rates`."""
    return weekly_rates


@dataclass(frozen=True, slots=True)
class Lived:
    """A company that was lived through: its settings and history, the judge of its weeks, each week as judged."""

    settings: Settings
    history: History
    weekly: Weekly
    weeks: Mapping[date, WeekJudged]

    @property
    def last(self) -> WeekJudged:
        return self.weeks[max(self.weeks)]


def live_through_all(settings: Settings, history: History) -> Lived:
    """Judge every week that may alarm, each as soon as it may be judged."""
    weeks = {}
    weekly = Weekly(settings=settings)
    for _, weekly, judged in replay(settings, history, start=None, end=date(2029, 1, 1)):  # noqa: B007
        weeks[judged.week] = judged
    return Lived(settings=settings, history=history, weekly=weekly, weeks=weeks)


@pytest.fixture(scope="session")
def lived() -> Callable[..., Lived]:
    """`lived(settings, history)` is `live_through_all`."""
    return live_through_all


@pytest.fixture(scope="session")
def fallen(settings_with: Callable[..., Settings], company: Callable[..., History]) -> Lived:
    """A company of 50 weeks whose win rate fell from 40 to 15 % in week 36, with a price list a few weeks later."""
    events = "events: [{on: 2024-10-01, name: Price list}, {on: 2022-01-01, name: Long ago}]\n"
    history = company(21, weeks=50, a_week=40.0, win=by_week(0.40, 0.15, 36))
    return live_through_all(settings_with(PROFILE + SEGMENTS + events), history)

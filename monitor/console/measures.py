"""What /metrics tells Prometheus: reckoned from the store when it is asked, so that it needs no bookkeeping.

Labels are names of the configuration and words of ours alone: their number is bounded, and none is a secret, a
person or a customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Column, Connection, Table, func, select

from monitor.console.pulse import Pulse
from monitor.console.readiness import Check
from monitor.health import last_read, last_whole_read, newest_day
from monitor.readiness import FINISHED
from monitor.store import Store, StoreError
from monitor.store.answers import due
from monitor.store.silences import active_silences
from monitor.store.tables import inflection, notice, run
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings

MOST_SOURCES = 50


def measures(
    store: Store, settings: Settings, pulse: Pulse | None, now: datetime, found: Sequence[Check]
) -> bytes:
    """The exposition in Prometheus' text format; `found` is what is well."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(list(_families(store, settings, pulse, now, found))))
    return generate_latest(registry)


class _Collected:
    """A collector of families that are there already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        """The families."""
        return self._families


def _families(
    store: Store, settings: Settings, pulse: Pulse | None, now: datetime, found: Sequence[Check]
) -> Iterator[Metric]:
    ready = {check.name: float(check.ok) for check in found}
    yield _labelled("leftturn_ready", "1 where a part that LeftTurn needs is well", "part", ready)
    if pulse is not None:
        yield CounterMetricFamily("leftturn_ticks", "Ticks of this process", value=pulse.ticks)
        yield CounterMetricFamily("leftturn_ticks_failed", "Ticks that failed as a whole", value=pulse.failed)
        silent = pulse.silent_for()
        if silent is not None:
            yield GaugeMetricFamily(
                "leftturn_tick_age_seconds", "Since the last tick of this process ended", value=silent
            )
    try:
        with store.read() as conn:
            yield from _of_store(conn, settings, now)
    except StoreError:
        return  # leftturn_ready says so


def _of_store(conn: Connection, settings: Settings, now: datetime) -> Iterator[Metric]:
    today = local_day(settings.company.timezone, now)
    yield _labelled("leftturn_mails", "Mails by state", "state", _counted(conn, notice, notice.c.state))
    waiting = select(func.min(notice.c.created_at)).where(notice.c.state.not_in(FINISHED))
    oldest = conn.execute(waiting).scalar()
    yield GaugeMetricFamily(
        "leftturn_mail_waiting_seconds",
        "How long the oldest mail waits",
        value=(now - oldest).total_seconds() if oldest else 0.0,
    )
    yield _labelled(
        "leftturn_inflections",
        "Inflections by state",
        "state",
        _counted(conn, inflection, inflection.c.state),
    )
    yield GaugeMetricFamily(
        "leftturn_decisions_due", "Decisions to look at again by now", value=len(due(conn, today))
    )
    yield GaugeMetricFamily("leftturn_silences", "Silences in force", value=len(active_silences(conn, today)))
    runs = GaugeMetricFamily(
        "leftturn_runs", "Periods by job and what became of them", labels=["job", "state"]
    )
    for job, state, count in conn.execute(
        select(run.c.job, run.c.state, func.count()).group_by(run.c.job, run.c.state)
    ):
        runs.add_metric([str(job), str(state)], count)
    yield runs
    yield from _of_sources(conn, settings, now)


def _of_sources(conn: Connection, settings: Settings, now: datetime) -> Iterator[Metric]:
    age = GaugeMetricFamily("leftturn_source_age_seconds", "Since a source was last read", labels=["source"])
    days = GaugeMetricFamily(
        "leftturn_source_days_behind", "Days since a source's newest deal", labels=["source"]
    )
    rows = GaugeMetricFamily("leftturn_source_rows", "Rows of the newest read", labels=["source", "what"])
    today = local_day(settings.company.timezone, now)
    for source in settings.sources[:MOST_SOURCES]:
        at = last_whole_read(conn, source.name)
        if at is not None:
            age.add_metric([source.name], (now - at).total_seconds())
        newest = newest_day(conn, source.name, today) if source.role == "deals" else None
        if newest is not None:
            days.add_metric([source.name], (today - newest).days)
        read = last_read(conn, source.name)
        for what in ("rows_read", "accepted", "quarantined"):
            rows.add_metric([source.name, what], read[what])
    yield from (age, days, rows)


def _counted(conn: Connection, table: Table, column: Column[str]) -> dict[str, float]:
    rows = conn.execute(select(column, func.count()).select_from(table).group_by(column))
    return {str(state): float(count) for state, count in rows}


def _labelled(name: str, what: str, label: str, values: dict[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, what, labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family

"""When each job is due next, from the configuration alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monitor.schedule import DigestReader, Job, Plan, SourceTurn, next_due

if TYPE_CHECKING:
    from config import Settings


def plan_of(settings: Settings) -> Plan:
    """The part of the plan that the configuration knows; the first week to judge is the store's to say."""
    return Plan(
        timezone=settings.company.timezone,
        week_starts=settings.company.week_starts,
        sources=tuple(SourceTurn(name=source.name, every=source.every) for source in settings.sources),
        late_by=max((source.late_by for source in settings.sources), default=timedelta(0)),
        readers=tuple(
            DigestReader(
                email=person.email,
                timezone=person.timezone or settings.company.timezone,
                day=settings.digest.day,
                at=settings.digest.at,
            )
            for person in settings.people
            if "digest" in person.receives
        ),
    )


def next_runs(settings: Settings, now: datetime) -> list[dict[str, Any]]:
    """The next run of every source, of the judge and of every reader's digest, in local time."""
    plan = plan_of(settings)
    jobs: list[tuple[Job, str, str]] = [
        *(("ingest", source.name, plan.timezone) for source in plan.sources),
        ("judge", "", plan.timezone),
        *(("digest", reader.email, reader.timezone) for reader in plan.readers),
    ]
    return [
        {"job": job, "for": subject, "due_at": _local(next_due(now, plan, job, subject), zone), "zone": zone}
        for job, subject, zone in jobs
    ]


def _local(instant: datetime | None, zone: str) -> datetime | None:
    return None if instant is None else instant.astimezone(ZoneInfo(zone))

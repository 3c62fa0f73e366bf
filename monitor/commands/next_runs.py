"""When each job is due next, from the configuration alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monitor.plan import plan_of
from monitor.schedule import Job, next_due

if TYPE_CHECKING:
    from config import Settings


def next_runs(settings: Settings, now: datetime) -> list[dict[str, Any]]:
    """The next run of every source, of the judge and of every reader's digest, in local time."""
    plan = plan_of(settings)
    jobs: list[tuple[Job, str, str]] = [
        *(("ingest", source.name, plan.timezone) for source in plan.sources),
        ("judge", "", plan.timezone),
        *(("digest", reader.email, reader.timezone) for reader in plan.readers),
    ]
    if plan.backup_at is not None:
        jobs.append(("backup", "", plan.timezone))
    if plan.ages:
        jobs.append(("age", "", plan.timezone))
    return [
        {"job": job, "for": subject, "due_at": _local(next_due(now, plan, job, subject), zone), "zone": zone}
        for job, subject, zone in jobs
    ]


def _local(instant: datetime | None, zone: str) -> datetime | None:
    return None if instant is None else instant.astimezone(ZoneInfo(zone))

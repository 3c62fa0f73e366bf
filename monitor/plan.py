"""What the configuration asks of the schedule."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from monitor.schedule import DigestReader, Plan, SourceTurn

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
                monthly=person.digest == "monthly",
            )
            for person in settings.people
            if "digest" in person.receives
        ),
        ages=settings.privacy.keep is not None,
        backup_at=settings.backup.at if settings.backup is not None else None,
    )

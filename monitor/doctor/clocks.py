"""Clocks: this machine's against the database's, and digests at hours that a change of clocks skips or repeats."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from monitor.doctor.finding import Finding, Patient
from monitor.plan import plan_of
from monitor.wall_clock import wall

MOST = timedelta(seconds=5)
AHEAD = 366


def clock_of_database(patient: Patient) -> Iterator[Finding]:
    """How far this machine's clock is from the server's; the same machine has one clock."""
    if patient.store is None or patient.store.engine.dialect.name != "postgresql":
        return
    with patient.store.engine.connect() as connection:
        before = patient.clock()
        theirs = connection.execute(select(func.clock_timestamp())).scalar_one()
        after = patient.clock()
    apart = max(theirs - after, before - theirs, timedelta(0))
    seconds = apart.total_seconds()
    if apart > MOST:
        yield Finding(
            part="clock",
            state="ill",
            message=f"this machine and the database are {seconds:.0f} seconds apart; let both keep time by NTP",
        )
    else:
        yield Finding(
            part="clock", state="well", message=f"within {max(seconds, 1):.0f} second of the database's"
        )


def digests_and_changes_of_clocks(patient: Patient) -> Iterator[Finding]:
    """Which digests of the coming year fall into an hour that their reader's clocks skip or repeat."""
    seen = set()
    for reader in plan_of(patient.settings).readers:
        for offset in range(AHEAD):
            day = patient.now.date() + timedelta(days=offset)
            if day.weekday() == reader.day and (
                said := _odd_hour(reader.timezone, datetime.combine(day, reader.at))
            ):
                key = (reader.timezone, day)
                if key not in seen:
                    yield Finding(part="digest", state="well", message=f"{reader.timezone}: on {day} {said}")
                seen.add(key)


def _odd_hour(zone: str, at: datetime) -> str | None:
    first, second = (at.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return None
    if wall(ZoneInfo(zone), first.astimezone(UTC)) == at:
        return f"{at:%H:%M} comes twice; the digest goes out the first time, once"
    return f"there is no {at:%H:%M}; the digest goes out at the first moment after it"

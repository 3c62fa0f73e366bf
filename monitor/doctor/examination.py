"""All examinations, in the order they are told. One that fails is itself a finding and hinders no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from monitor.doctor.clocks import clock_of_database, digests_and_changes_of_clocks
from monitor.doctor.finding import Finding, Patient
from monitor.doctor.machine import free_disk, versions
from monitor.doctor.service import backups, mail_server, switch_outside
from monitor.doctor.storage import (
    database_file_rights,
    database_health,
    database_place,
    pooler,
    sqlite_log_fault,
)
from monitor.errors import one_line

EXAMINATIONS: dict[str, Callable[[Patient], Iterable[Finding]]] = {
    "versions": versions,
    "disk": free_disk,
    "database": database_health,
    "sqlite": sqlite_log_fault,
    "rights": database_file_rights,
    "place": database_place,
    "pooler": pooler,
    "clock": clock_of_database,
    "digest": digests_and_changes_of_clocks,
    "mail": mail_server,
    "backup": backups,
    "heartbeat": switch_outside,
}

__all__ = ["EXAMINATIONS", "Finding", "Patient", "examine"]


def examine(patient: Patient) -> Iterator[Finding]:
    """Every finding of every examination."""
    for part, look in EXAMINATIONS.items():
        try:
            yield from look(patient)
        except Exception as error:
            said = one_line(f"{type(error).__name__}: {error}")
            yield Finding(part=part, state="ill", message=f"could not be examined ({said})")

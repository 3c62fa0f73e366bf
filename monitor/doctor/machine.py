"""The machine: versions of what matters, and room on its disks."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from monitor.backup import backup_settings
from monitor.doctor.finding import Finding, Patient
from monitor.live_store import database_file

NAMED = ("leftturn", "sqlalchemy", "psycopg", "aiosmtplib", "apscheduler", "statsmodels", "polars", "tzdata")
LOWEST = {"aiosmtplib": (5, 1, 2), "apscheduler": (3, 11, 3)}
"""Below these are known faults: commands injected into a mail, a digest lost at a change of the clocks."""
LITTLE, NONE = 1_000_000_000, 100_000_000


def versions(_: Patient) -> Iterator[Finding]:
    """Which versions run, and whether one has a known fault."""
    have = {name: _version(name) for name in NAMED}
    told = ", ".join(f"{name} {found}" for name, found in have.items())
    yield Finding(part="versions", state="well", message=f"Python {platform.python_version()}, {told}")
    for name, lowest in LOWEST.items():
        if _numbers(have[name]) < lowest:
            wanted = ".".join(map(str, lowest))
            yield Finding(
                part="versions",
                state="ill",
                message=f"{name} {have[name]} has known faults; install {wanted}",
            )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _numbers(text: str) -> tuple[int, ...]:
    """The leading numbers of a version.

    >>> _numbers("5.1.2"), _numbers("not installed")
    ((5, 1, 2), ())
    """
    numbers = []
    for part in text.split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    return tuple(numbers)


def free_disk(patient: Patient) -> Iterator[Finding]:
    """Room where the database, the backups and the mails are written."""
    settings = patient.settings
    file = database_file(settings)
    places = {
        "the database": file.parent if file is not None else None,
        "backups": backup_settings(settings).folder,
        "mails": settings.mail.folder,
    }
    for what, wanted in places.items():
        if wanted is None:
            continue
        place = next(there for there in (wanted, *wanted.parents) if there.exists())
        yield _room(what, place)


def _room(what: str, place: Path) -> Finding:
    free = shutil.disk_usage(place).free
    message = f"{free / 1e9:,.1f} GB free for {what} in {place}"
    if free < NONE:
        return Finding(part="disk", state="ill", message=f"{message}; make room before writing fails")
    return Finding(
        part="disk",
        state="look" if free < LITTLE else "well",
        message=f"{message}; make room soon" if free < LITTLE else message,
    )

"""Whether everything works: the one conjunction behind the heartbeat and /readyz.

tick      the newest tick is no older than three
sources   each was read lately, none is failing, and deals keep coming
outbox    no mail waits longer than a quarter of an hour
database  a row can be written, now
lease     this process is the active one
clock     nothing in the database was done at an instant that is still to come

One part that fails silences the heartbeat: a switch that stays quiet for a half-working daemon protects nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, and_, func, insert, select

from monitor.health import last_try, newest_day
from monitor.store import Store, StoreError, tables
from monitor.store.lease import LostLeaseError
from monitor.store.redating import TOLERANCE, furthest

if TYPE_CHECKING:
    from config.settings import Settings, Source

Part = Literal["tick", "sources", "outbox", "database", "lease", "clock"]
OLDEST_TICK = timedelta(seconds=90)
OLDEST_MAIL = timedelta(minutes=15)
GRACE = timedelta(hours=1)
"""A source may come this much later than its turn before it is called silent."""
NOTHING_NEW = timedelta(days=14)
"""Deals this old and none newer: an export that stopped, though its file is there every night."""
PULSE = "pulse"
FINISHED = ("sent", "dead", "folded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A part that does not work, and what is wrong, in a sentence without a secret."""

    part: Part
    message: str


def troubles(
    store: Store, settings: Settings, *, now: datetime, last_tick: datetime | None, active: bool
) -> tuple[Trouble, ...]:
    """Everything that does not work at `now`; nothing where all is well.

    last_tick   when the newest tick ended; None before the first
    active      whether this process may act on the database
    """
    found = [*_tick(now, last_tick), *_lease(active)]
    try:
        with store.write() as connection:
            _pulse(connection, now)
        with store.read() as connection:
            found += [
                *_sources(connection, settings, now),
                *_outbox(connection, now),
                *_clock(connection, now),
            ]
    except StoreError as error:
        found.append(Trouble(part="database", message=str(error)))
    except LostLeaseError as error:
        found.append(Trouble(part="lease", message=str(error)))
    return tuple(found)


def _tick(now: datetime, last: datetime | None) -> list[Trouble]:
    if last is None:
        return [Trouble(part="tick", message="no tick was finished yet")]
    if now - last > OLDEST_TICK:
        return [Trouble(part="tick", message=f"the newest tick ended {_ago(now - last)} ago")]
    return []


def _lease(active: bool) -> list[Trouble]:
    return [] if active else [Trouble(part="lease", message="another daemon is the active one")]


def _pulse(connection: Connection, now: datetime) -> None:
    """Write a row: a disk that is full or turned read-only shows only so."""
    run = tables.run
    values = {"job": PULSE, "state": PULSE, "started_at": now, "finished_at": now}
    if connection.execute(run.update().where(run.c.key == PULSE).values(**values)).rowcount == 0:
        connection.execute(insert(run).values(key=PULSE, **values))


def _sources(connection: Connection, settings: Settings, now: datetime) -> list[Trouble]:
    return [
        Trouble(part="sources", message=f"{source.name} {wrong}")
        for source in settings.sources
        if (wrong := _source(connection, source, now)) is not None
    ]


def _source(connection: Connection, source: Source, now: datetime) -> str | None:
    """What is wrong with a source: not read lately, failing, or read and read without anything new in it."""
    last = last_try(connection, source.name)
    if last is None:
        return "was never read"
    if last["state"] != "done":
        return f"cannot be read: {(last['detail'] or {}).get('message') or 'the reason is in the log'}"
    if now - last["finished_at"] > 2 * source.every + GRACE:
        return f"was last looked at {_ago(now - last['finished_at'])} ago"
    if source.role == "deals":
        newest = newest_day(connection, source.name, now.date())
        if newest is None or now.date() - newest > source.late_by + NOTHING_NEW:
            return f"holds no deal newer than {newest}" if newest else "holds no deal"
    return None


def _outbox(connection: Connection, now: datetime) -> list[Trouble]:
    notice = tables.notice
    held = and_(notice.c.state == "data", notice.c.claim_epoch.is_(None))  # operations know, and decide
    oldest = connection.execute(
        select(func.min(notice.c.created_at)).where(notice.c.state.not_in(FINISHED), ~held)
    ).scalar()
    if oldest is not None and now - oldest > OLDEST_MAIL:
        return [Trouble(part="outbox", message=f"a mail has been waiting for {_ago(now - oldest)}")]
    return []


def _clock(connection: Connection, now: datetime) -> list[Trouble]:
    """That the clock shows an instant before what was done; one that was ahead is dated anew at the next tick."""
    done = furthest(connection)
    if done is None or done <= now + TOLERANCE:
        return []
    message = (
        f"it shows {now:%Y-%m-%d %H:%M} UTC, and something was done at {done:%Y-%m-%d %H:%M} UTC already"
    )
    return [Trouble(part="clock", message=message)]


def _ago(span: timedelta) -> str:
    """A span as people say it.

    >>> _ago(timedelta(minutes=95)), _ago(timedelta(days=3))
    ('95 minutes', '72 hours')
    """
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"

"""Whether LeftTurn does its work: each thing it needs, well or not, in a sentence. What /readyz answers.

tick       a tick ended lately, here or in the process that is active
database   it can be read and written
sources    each was read without an error not longer ago than twice its turn
outbox     no mail waits for more than a quarter of an hour
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from monitor.console.pulse import Pulse
from monitor.lock import active_process
from monitor.store import Store, StoreError
from monitor.store.outbox import WAITING
from monitor.store.tables import notice, run

if TYPE_CHECKING:
    from config.settings import Settings

LONGEST_WAIT = timedelta(minutes=15)
SLACK = timedelta(minutes=15)
"""What a read may be late by the length of ticks and rests."""
BUSY = "is held by another process"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that is needed, whether it is well, and what there is to say of it."""

    name: str
    ok: bool
    says: str


def checks(store: Store, settings: Settings, pulse: Pulse | None, now: datetime) -> list[Check]:
    """Every check, in a fixed order; where the database fails, what rests on it cannot be known."""
    found = [_tick(settings, pulse)]
    try:
        with store.read() as conn:
            resting_on_it = [*_sources(conn, settings, now), _outbox(conn, now)]
    except StoreError as error:
        return [*found, Check(name="database", ok=False, says=str(error))]
    return [*found, _writable(store), *resting_on_it]


def _tick(settings: Settings, pulse: Pulse | None) -> Check:
    if pulse is not None:
        silent = f"the last tick ended {pulse.silent_for():.0f} seconds ago"
        return Check(name="tick", ok=pulse.beats(), says=silent)
    active = active_process(settings.database)
    if active is None:
        return Check(name="tick", ok=True, says="whether a daemon is active cannot be seen from here")
    return Check(name="tick", ok=bool(active), says=f"active: {active or 'no process'}")


def _writable(store: Store) -> Check:
    """Whether a transaction that writes can begin and end; one that waits for its turn is no fault."""
    try:
        with store.write():
            pass
    except StoreError as error:
        return Check(name="database", ok=BUSY in str(error), says=str(error))
    return Check(name="database", ok=True, says="it can be read and written")


def _sources(conn: Connection, settings: Settings, now: datetime) -> Iterator[Check]:
    for source in settings.sources:
        done = (
            run.c.job == "ingest",
            run.c.state == "done",
            run.c.key.startswith(f"ingest:{source.name}:", autoescape=True),
        )
        at = conn.execute(select(func.max(run.c.finished_at)).where(*done)).scalar()
        said = f"read {at:%Y-%m-%d %H:%M} UTC" if at is not None else "never read"
        fresh = at is not None and now - at <= 2 * source.every + SLACK
        yield Check(name=f"source {source.name}", ok=fresh, says=said)


def _outbox(conn: Connection, now: datetime) -> Check:
    oldest = oldest_waiting(conn)
    if oldest is None:
        return Check(name="outbox", ok=True, says="no mail waits")
    minutes = (now - oldest).total_seconds() / 60
    return Check(
        name="outbox", ok=now - oldest < LONGEST_WAIT, says=f"the oldest mail waits for {minutes:.0f} minutes"
    )


def oldest_waiting(conn: Connection) -> datetime | None:
    """When the mail that waits for longest was queued; None where none waits."""
    at: datetime | None = conn.execute(
        select(func.min(notice.c.created_at)).where(notice.c.state.in_(WAITING))
    ).scalar()
    return at

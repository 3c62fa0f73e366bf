"""Holds: what a read found so odd that nothing is judged on it until it mends, or a person says that it is so.

open      judging waits
accepted  a person looked and said that it is so: judging goes on, and the next read of that content is believed
ended     a later read was as it should be, or what was accepted is in the store

`leftturn accept RUN` takes a hold's number; `accept` is what it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from monitor.store import tables
from monitor.store.runs import RETRY

ACTIVE = ("open", "accepted")


class NoSuchHoldError(LookupError):
    """There is no open hold of that number; the sentence names those there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold on judging.

    run      the number that `leftturn accept` takes
    reason   vanished | rows_fell | freshness_fell
    content  a digest of the files it is about
    message  what was found, for operations
    """

    run: int
    source: str
    reason: str
    content: str
    message: str
    state: str
    opened_at: datetime
    accepted_at: datetime | None = None


def open_holds(conn: Connection) -> list[Hold]:
    """What keeps judging back at present, oldest first."""
    return _holds(conn, tables.hold.c.state == "open")


def active_holds(conn: Connection, source: str) -> list[Hold]:
    """The holds of a source that are open, or accepted and not yet in the store."""
    return _holds(conn, tables.hold.c.source == source, tables.hold.c.state.in_(ACTIVE))


def hold(conn: Connection, source: str, reason: str, message: str, content: str, now: datetime) -> Hold:
    """Hold judging for what a read found; while it lasts it is one hold, whatever the later reads say of it.

    A hold that was accepted for other content is open again.
    """
    for known in active_holds(conn, source):
        if known.reason != reason:
            continue
        state = known.state if known.content == content else "open"
        _update(conn, known.run, state=state, content=content, message=message)
        return _one(conn, known.run)
    row = {
        "source": source,
        "reason": reason,
        "content": content,
        "message": message,
        "state": "open",
        "opened_at": now,
    }
    number = conn.execute(insert(tables.hold).values(row).returning(tables.hold.c.id)).scalar_one()
    return _one(conn, number)


def end(conn: Connection, source: str, reason: str, now: datetime) -> None:
    """The reason to hold is gone."""
    table = tables.hold
    gone = table.c.source == source, table.c.reason == reason, table.c.state.in_(ACTIVE)
    conn.execute(table.update().where(*gone).values(state="ended", ended_at=now))


def accepted(conn: Connection, source: str, reason: str, content: str) -> bool:
    """Whether a person said that `content` is right as it is."""
    return any(
        each.state == "accepted" and each.reason == reason and each.content == content
        for each in active_holds(conn, source)
    )


def accept(conn: Connection, run: int, now: datetime) -> Hold:
    """End the open hold of number `run`: its source is read again at the next tick, and then believed.

    Raises NoSuchHoldError.
    """
    waiting = open_holds(conn)
    if run not in [each.run for each in waiting]:
        there = ", ".join(f"{each.run} ({each.source}: {each.reason})" for each in waiting)
        raise NoSuchHoldError(
            f"there is no open hold {run}; " + (f"open: {there}" if there else "none is open")
        )
    _update(conn, run, state="accepted", accepted_at=now)
    found = _one(conn, run)
    _read_again(conn, found.source, now)
    return found


def _read_again(conn: Connection, source: str, now: datetime) -> None:
    """Let the newest period in which the source was read be due once more."""
    run = tables.run
    here = run.c.job == "ingest", run.c.key.startswith(f"ingest:{source}:", autoescape=True)
    newest = conn.execute(select(run.c.id).where(*here).order_by(run.c.key.desc()).limit(1)).scalar()
    if newest is not None:
        conn.execute(run.update().where(run.c.id == newest).values(state="held", finished_at=now - RETRY))


def _update(conn: Connection, run: int, **values: Any) -> None:
    conn.execute(tables.hold.update().where(tables.hold.c.id == run).values(**values))


def _one(conn: Connection, run: int) -> Hold:
    return _holds(conn, tables.hold.c.id == run)[0]


def _holds(conn: Connection, *where: Any) -> list[Hold]:
    rows = conn.execute(select(tables.hold).where(*where).order_by(tables.hold.c.id))
    return [_hold(row) for row in rows]


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        run=row.id,
        source=row.source,
        reason=row.reason,
        content=row.content,
        message=row.message,
        state=row.state,
        opened_at=row.opened_at,
        accepted_at=row.accepted_at,
    )

"""What was written by a clock that was ahead is dated anew, once the clock is right: nothing lies in the future.

A clock that is wrong for long is believed in the end (`monitor.clock_guard`), as is one that was wrong when the
machine started. What is written meanwhile carries its instants: a version of a deal that "is known" in ten years
would hide every newer one until then, and a turn of a source that "was taken" in ten years would be its last.

    every instant     that lies in the future becomes now, in the order in which things were written
    missed periods    are due again, and so are turns of sources and nights of backups that are still to come

The other case looks the same at first: the clock is behind now, and was right then. It is told by the deals: several
that were opened on days which by this clock are still to come were not typed by mistake. Then nothing is touched.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Table, delete, func, or_, select, update

from monitor.store.columns import Instant
from monitor.store.tables import deal_version, metadata, notice, run

TOLERANCE = timedelta(hours=1)
"""Clocks that are put right by less leave nothing behind that an hour does not mend."""
SURE = 3
"""So many deals of days still to come say that the clock is behind; one or two are typing errors."""
NOT_OURS = {("deal_version", "modified_at"), ("lease", "until"), ("notice", "next_try_at")}
"""Instants of the source's, of the database's clock, and one that is rightly in the future."""
STEP = timedelta(microseconds=1)


def furthest(conn: Connection) -> datetime | None:
    """The latest instant by which anything was done; None before anything was."""
    at: datetime | None = conn.execute(select(func.max(run.c.finished_at))).scalar()
    return at


def is_behind(conn: Connection, now: datetime, done: datetime) -> bool:
    """Whether a clock at `now`, by which something was done at `done` already, is behind rather than put right."""
    opened = deal_version.c.created_on
    tomorrow = (now + timedelta(days=1)).date()  # the company's day may be ahead of UTC's
    days = opened > tomorrow, opened <= done.date()
    deals = select(deal_version.c.source, deal_version.c.deal_id).where(*days).distinct().limit(SURE)
    return len(conn.execute(deals).all()) == SURE


def redate(conn: Connection, now: datetime) -> int:
    """Let nothing that was written lie after `now`; how many instants were changed."""
    future = run.c.finished_at > now
    ahead = run.c.job.in_(("ingest", "backup")) & (run.c.period > now.isoformat())
    conn.execute(delete(run).where(future, or_(run.c.state != "done", ahead)))
    never_tried = notice.c.attempts == 0, notice.c.created_at > now
    conn.execute(
        update(notice)
        .where(*never_tried, notice.c.next_try_at == notice.c.created_at)
        .values(next_try_at=now)
    )
    return sum(
        _column(conn, table, column, now)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Instant) and (table.name, column.name) not in NOT_OURS
    )


def _column(conn: Connection, table: Table, column: Column[datetime], now: datetime) -> int:
    """Each distinct instant by itself, since two versions of one thing must not fall on the same."""
    instants = conn.execute(select(column).where(column > now).distinct().order_by(column)).scalars().all()
    return sum(
        conn.execute(update(table).where(column == at).values({column.name: now + number * STEP})).rowcount
        for number, at in enumerate(instants)
    )

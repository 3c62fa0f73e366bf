"""Which periods were begun and never ended: their process died at work. What kills it each time is left in peace.

That work begins is written down before it is done, and struck out in the transaction that settles the period. One
that ended its process MOST_DEATHS times rests for a day, so that everything else goes on, and is tried again then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from monitor.store.tables import run

JOB = "begun"
MOST_DEATHS = 3
RESTS = timedelta(days=1)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Deaths:
    """How often a period was begun without an end, and when the last time."""

    times: int
    at: datetime

    def rests(self, now: datetime) -> bool:
        """Whether it is too early to try again."""
        return self.times >= MOST_DEATHS and timedelta(0) <= now - self.at < RESTS


def deaths(conn: Connection, key: str) -> Deaths:
    """The deaths at a period."""
    row = conn.execute(select(run.c.detail, run.c.started_at).where(run.c.key == _named(key))).first()
    if row is None:
        return Deaths(0, NEVER)
    return Deaths(int(row.detail["times"]), row.started_at)


def begin(conn: Connection, key: str, times: int, now: datetime) -> None:
    """Work on a period begins for the `times`-th time since it last ended."""
    struck_out(conn, key)
    values = {"job": JOB, "period": key, "state": JOB, "started_at": now, "detail": {"times": times}}
    conn.execute(insert(run).values(key=_named(key), **values))


def struck_out(conn: Connection, key: str) -> None:
    """It ended, well or not."""
    conn.execute(delete(run).where(run.c.key == _named(key)))


def _named(key: str) -> str:
    return f"{JOB}:{key}"

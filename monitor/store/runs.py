"""Runs: one row a period of a job, found by its key. A period that is settled needs no more attention.

done     the work and this row were saved in one transaction: either both are there or neither
missed   it was due while nothing ran, and cannot be made up
failed   tried again after RETRY
held     nothing could be judged yet (the data do not reach so far); tried again after RETRY
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from monitor.store.begun import struck_out
from monitor.store.tables import run

State = Literal["done", "missed", "failed", "held"]
SETTLED = ("done", "missed")
RETRY = timedelta(minutes=10)


class AlreadySettledError(RuntimeError):
    """Another process settled the period first; what was done here must not be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a period: its key, the job, what it is about, and its state; `detail` is plain values."""

    key: str
    job: str
    period: str
    state: State
    started: datetime
    finished: datetime
    detail: Mapping[str, Any] | None = None


def settled(conn: Connection) -> dict[str, datetime]:
    """The keys that need no more attention, and since when."""
    rows = conn.execute(select(run.c.key, run.c.finished_at).where(run.c.state.in_(SETTLED)))
    return {str(key): at for key, at in rows}


def resting(conn: Connection, now: datetime) -> set[str]:
    """The keys of periods that failed or were held so lately that it is too early to try again.

    One that failed in what is now the future did so by a clock that was set back since, and rests no longer.
    """
    lately = run.c.finished_at > now - RETRY, run.c.finished_at <= now
    rows = conn.execute(select(run.c.key).where(run.c.state.not_in(SETTLED), *lately))
    return {str(key) for key in rows.scalars()}


def settle(conn: Connection, outcome: Outcome) -> None:
    """Write down what became of a period.

    Raises AlreadySettledError where it is settled already: the caller's transaction is to be undone.
    """
    values = {
        "job": outcome.job,
        "period": outcome.period,
        "state": outcome.state,
        "started_at": outcome.started,
        "finished_at": outcome.finished,
        "detail": dict(outcome.detail or {}),
    }
    struck_out(conn, outcome.key)
    tried = conn.execute(
        run.update().where(run.c.key == outcome.key, run.c.state.not_in(SETTLED)).values(**values)
    )
    if tried.rowcount == 1:
        return
    try:
        conn.execute(insert(run).values(key=outcome.key, **values))
    except IntegrityError:
        raise AlreadySettledError(outcome.key) from None


def first_run(conn: Connection) -> datetime | None:
    """When the store saw its first run; None before."""
    at: datetime | None = conn.execute(select(func.min(run.c.started_at))).scalar_one()
    return at


def newest_done(conn: Connection, job: str) -> Mapping[Any, Any] | None:
    """The newest period of a job that is done; periods sort as text."""
    rows = conn.execute(
        select(run).where(run.c.job == job, run.c.state == "done").order_by(run.c.period.desc()).limit(1)
    )
    return rows.mappings().first()


def when_done(conn: Connection, key: str) -> datetime | None:
    """When the period with this key was done; None if it was not."""
    at: datetime | None = conn.execute(
        select(run.c.finished_at).where(run.c.key == key, run.c.state == "done")
    ).scalar()
    return at

"""How each source's data are: how fresh, how many rows were set aside, how much of the past was restated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from alerts.types import SourceHealth
from monitor.store import tables

if TYPE_CHECKING:
    from config.settings import Settings

A_WEEK = timedelta(days=7)


def sources_of(conn: Connection, settings: Settings, week: date, now: datetime) -> tuple[SourceHealth, ...]:
    """The health of every configured source as of `now`, seen from the week that is reported."""
    return tuple(_source(conn, source.name, source.role, week, now) for source in settings.sources)


def without_details(sources: tuple[SourceHealth, ...]) -> tuple[SourceHealth, ...]:
    """The figures alone: what is to be looked at in the rows is for operations, unless the source is stale."""
    return tuple(one if one.stale else replace(one, message=None) for one in sources)


def _source(conn: Connection, name: str, role: str, week: date, now: datetime) -> SourceHealth:
    last = last_read(conn, name)
    fresh_to = newest_day(conn, name, now.date()) if role == "deals" else None
    return SourceHealth(
        name=name,
        fresh_to=fresh_to,
        rows_read=last["rows_read"],
        accepted=last["accepted"],
        quarantined=last["quarantined"],
        restated=_restated(conn, name, now) if role == "deals" else 0,
        stale=role == "deals" and (fresh_to is None or fresh_to < week),
        message=last["message"] or None,
    )


def last_read(conn: Connection, source: str) -> Mapping[str, Any]:
    """What the newest read of a source came to, all of its files together."""
    reads = tables.source_read
    sums = [
        func.coalesce(func.sum(reads.c[name]), 0).label(name)
        for name in ("rows_read", "accepted", "quarantined")
    ]
    newest = select(func.max(reads.c.read_at)).where(reads.c.source == source).scalar_subquery()
    here = reads.c.source == source, reads.c.read_at == newest
    row = dict(conn.execute(select(*sums).where(*here)).mappings().one())
    said = conn.execute(select(reads.c.message).where(*here, reads.c.message != "")).scalars()
    at = conn.execute(select(func.max(reads.c.read_at)).where(reads.c.source == source)).scalar()
    message = "; ".join(said) if at is not None else "never read"
    return {**row, "message": message, "read_at": at}


def newest_day(conn: Connection, source: str, until: date) -> date | None:
    """The newest creation or closing of a source that is not in the future."""
    deal = tables.deal_version
    days = [
        conn.execute(select(func.max(column)).where(deal.c.source == source, column <= until)).scalar()
        for column in (deal.c.created_on, deal.c.closed_on)
    ]
    return max((day for day in days if day is not None), default=None)


def _restated(conn: Connection, source: str, now: datetime) -> int:
    """Deals of which another version than the first became known in the last week."""
    deal = tables.deal_version
    known = (
        select(deal.c.deal_id)
        .where(deal.c.source == source)
        .group_by(deal.c.deal_id)
        .having(func.count() > 1, func.max(deal.c.known_at) > now - A_WEEK)
    )
    return int(conn.execute(select(func.count()).select_from(known.subquery())).scalar_one())

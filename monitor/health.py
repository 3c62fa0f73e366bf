"""How each source's data are: how fresh, how many rows were set aside, how much of the past was restated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, exists, func, select

from alerts.types import SourceHealth
from monitor.store import holds, tables

if TYPE_CHECKING:
    from config.settings import Settings

A_WEEK = timedelta(days=7)
LONG_HELD = timedelta(days=14)
MOST_SAID = 3
"""Of so many files the word is shown; of the others, how many there are."""


def sources_of(conn: Connection, settings: Settings, week: date, now: datetime) -> tuple[SourceHealth, ...]:
    """The health of every configured source as of `now`, seen from the week that is reported."""
    return tuple(_source(conn, source.name, source.role, week, now) for source in settings.sources)


def without_details(sources: tuple[SourceHealth, ...]) -> tuple[SourceHealth, ...]:
    """The figures alone: what is to be looked at in the rows is for operations, unless the source is stale."""
    return tuple(one if one.stale else replace(one, message=None) for one in sources)


def _source(conn: Connection, name: str, role: str, week: date, now: datetime) -> SourceHealth:
    last = last_read(conn, name)
    failing = failing_read(conn, name) or long_held(conn, name, now)
    fresh_to = newest_day(conn, name, now.date()) if role == "deals" else None
    return SourceHealth(
        name=name,
        fresh_to=fresh_to,
        rows_read=last["rows_read"],
        accepted=last["accepted"],
        quarantined=last["quarantined"],
        restated=_restated(conn, name, now) if role == "deals" else 0,
        stale=role == "deals"
        and (fresh_to is None or fresh_to < week or long_held(conn, name, now) is not None),
        message=failing or last["message"] or None,
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
    here_said = select(reads.c.message).where(*here, reads.c.message != "").order_by(reads.c.id)
    said = list(conn.execute(here_said).scalars())
    at = conn.execute(select(func.max(reads.c.read_at)).where(reads.c.source == source)).scalar()
    more = [f"and {len(said) - MOST_SAID} more of its files"] if len(said) > MOST_SAID else []
    message = "; ".join([*said[:MOST_SAID], *more]) if at is not None else "never read"
    return {**row, "message": message, "read_at": at}


def long_held(conn: Connection, source: str, now: datetime) -> str | None:
    """What has kept judging back for LONG_HELD or longer: then the digest says it too."""
    for each in holds.open_holds(conn):
        if each.source == source and now - each.opened_at >= LONG_HELD:
            return f"held since {each.opened_at:%Y-%m-%d}: {each.message}"
    return None


def refused_now(conn: Connection, source: str) -> tuple[str, ...]:
    """Why files could not be used in the newest read of a source."""
    reads = tables.source_read
    newest = select(func.max(reads.c.read_at)).where(reads.c.source == source).scalar_subquery()
    refused = reads.c.source == source, reads.c.read_at == newest, reads.c.whole.is_(False)
    return tuple(conn.execute(select(reads.c.message).where(*refused).order_by(reads.c.id)).scalars())


def last_whole_read(conn: Connection, source: str) -> datetime | None:
    """When a file of the source could last be used."""
    reads = tables.source_read
    here = reads.c.source == source, reads.c.whole.is_(True)
    at: datetime | None = conn.execute(select(func.max(reads.c.read_at)).where(*here)).scalar()
    return at


def last_try(conn: Connection, source: str) -> Mapping[str, Any] | None:
    """The run of the newest period in which the source was to be read, whatever came of it."""
    run = tables.run
    here = run.c.job == "ingest", run.c.key.startswith(f"ingest:{source}:", autoescape=True)
    row = conn.execute(select(run).where(*here).order_by(run.c.key.desc()).limit(1)).mappings().first()
    return None if row is None else dict(row)


def failing_read(conn: Connection, source: str) -> str | None:
    """Why the source cannot be read at present; None where it can, or was not tried yet."""
    run = last_try(conn, source)
    if run is None or run["state"] != "failed":
        return None
    return str((run["detail"] or {}).get("message") or "could not be read")


def newest_day(conn: Connection, source: str, until: date) -> date | None:
    """The newest creation or closing of a source that is not in the future."""
    deal = tables.deal_version
    days = [
        conn.execute(select(func.max(column)).where(deal.c.source == source, column <= until)).scalar()
        for column in (deal.c.created_on, deal.c.closed_on)
    ]
    return max((day for day in days if day is not None), default=None)


def _restated(conn: Connection, source: str, now: datetime) -> int:
    """Deals of a source that were restated in the last week."""
    return restated_between(conn, now - A_WEEK, now, source=source)


def restated_between(
    conn: Connection,
    after: datetime,
    until: datetime,
    *,
    source: str | None = None,
    days: tuple[date, date] | None = None,
) -> int:
    """Deals that were decided already and of which another version became known after `after`, up to `until`.

    A deal that is closed for the first time, or changed while it is open, is no restatement. `days` keeps to deals
    that were decided between them, by what was known before.
    """
    deal, earlier = tables.deal_version, tables.deal_version.alias("earlier")
    before = [
        earlier.c.source == deal.c.source,
        earlier.c.deal_id == deal.c.deal_id,
        earlier.c.known_at < deal.c.known_at,
        earlier.c.outcome != "open",
        *([earlier.c.closed_on.between(*days)] if days is not None else []),
    ]
    lately = [
        deal.c.known_at > after,
        deal.c.known_at <= until,
        *([deal.c.source == source] if source is not None else []),
    ]
    decided = exists().where(*before)
    named = select(deal.c.source, deal.c.deal_id).where(*lately, decided).distinct().subquery()
    return int(conn.execute(select(func.count()).select_from(named)).scalar_one())

"""`leftturn status`: is it running, is it fed, what is open, what comes next."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.commands.opening import open_existing_store, read_settings, system_clock
from monitor.show import as_json as to_json
from monitor.show import say, table

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from config import Settings

LAST_RUNS = 10


def status(config: Path, *, as_json: bool) -> int:
    """Print what the store knows of runs, sources, inflections and mails, and what is due next."""
    from monitor.commands.next_runs import next_runs

    settings = read_settings(config)
    with open_existing_store(settings).read() as connection:
        known = collect(connection, settings, system_clock())
    known["next"] = next_runs(settings, system_clock())
    if as_json:
        say(to_json(known))
    else:
        _show(known)
    return 0


def collect(connection: Connection, settings: Settings, now: datetime) -> dict[str, Any]:
    """Runs, sources, inflections and outbox counts, as plain values."""
    from sqlalchemy import func, select

    from monitor.store import tables

    runs = connection.execute(select(tables.run).order_by(tables.run.c.id.desc()).limit(LAST_RUNS)).mappings()
    open_ones = connection.execute(
        select(tables.inflection)
        .where(tables.inflection.c.state == "open")
        .order_by(tables.inflection.c.opened_on)
    ).mappings()
    mails = connection.execute(
        select(tables.notice.c.state, func.count()).group_by(tables.notice.c.state)
    ).all()
    return {
        "runs": [
            {key: run[key] for key in ("key", "job", "state", "started_at", "finished_at")} for run in runs
        ],
        "sources": [_source(connection, source.name, now) for source in settings.sources],
        "open": [
            {key: row[key] for key in ("id", "verdict", "direction", "opened_on", "started_on")}
            for row in open_ones
        ],
        "outbox": {str(state): int(count) for state, count in mails},
    }


def _source(connection: Connection, name: str, now: datetime) -> dict[str, Any]:
    """When a source was last read, what came of it, and the newest day of a deal in it."""
    from sqlalchemy import func, select

    from monitor.store import tables

    reads, deals = tables.source_read, tables.deal_version
    last = (
        connection.execute(select(reads).where(reads.c.source == name).order_by(reads.c.id.desc()).limit(1))
        .mappings()
        .first()
    )
    newest = select(func.max(deals.c.created_on), func.max(deals.c.closed_on))
    created, closed = connection.execute(newest.where(deals.c.source == name)).one()
    days = [day for day in (created, closed) if day is not None and day <= now.date()]
    return {
        "name": name,
        "read_at": last["read_at"] if last else None,
        "rows_read": last["rows_read"] if last else 0,
        "accepted": last["accepted"] if last else 0,
        "quarantined": last["quarantined"] if last else 0,
        "message": last["message"] if last else "never read",
        "newest_day": max(days, default=None),
    }


def _show(known: dict[str, Any]) -> None:
    for title in ("open", "sources", "runs", "next"):
        rows = known[title]
        if rows:
            columns = list(rows[0])
            table(
                [column.replace("_", " ") for column in columns],
                [list(row.values()) for row in rows],
                title=title,
            )
        else:
            say(f"{title}: none")
    counts = ", ".join(f"{count} {state}" for state, count in known["outbox"].items())
    say(f"outbox: {counts or 'empty'}")

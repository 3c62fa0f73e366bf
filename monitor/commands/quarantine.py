"""`leftturn quarantine`: the rows that were set aside, and why."""

from __future__ import annotations

from pathlib import Path

from monitor.commands.opening import open_existing_store, read_settings
from monitor.errors import UsageError
from monitor.show import as_json as to_json
from monitor.show import say, table


def quarantine(config: Path, *, source: str | None, limit: int, as_json: bool) -> int:
    """Print the newest rejected rows with their reasons; raises UsageError for an unknown source."""
    from sqlalchemy import func, select

    from monitor.store import tables

    settings = read_settings(config)
    names = [known.name for known in settings.sources]
    if source is not None and source not in names:
        raise UsageError(f"--source {source}: no such source; there are {', '.join(names)}")
    read, rejected = tables.source_read, tables.rejected_row
    joined = rejected.join(read, rejected.c.source_read_id == read.c.id)
    wanted = [read.c.source == source] if source is not None else []
    columns = (
        read.c.source,
        read.c.file,
        rejected.c.row,
        rejected.c.column,
        rejected.c.reason,
        rejected.c.detail,
    )
    with open_existing_store(settings).read() as connection:
        total = connection.execute(select(func.count()).select_from(joined).where(*wanted)).scalar_one()
        query = (
            select(*columns).select_from(joined).where(*wanted).order_by(rejected.c.id.desc()).limit(limit)
        )
        rows = [dict(row) for row in connection.execute(query).mappings()]
    if as_json:
        say(to_json({"total": total, "rows": rows}))
        return 0
    if not rows:
        say("No row was set aside.")
        return 0
    table(list(rows[0]), [list(row.values()) for row in rows])
    say(f"{len(rows)} of {total} rows")
    return 0

"""Columns that a source's files gained: nobody reads them, and operations are told of each once, as a thing to know.

The first read says which there are; only what comes later is news. A column that goes and comes back is none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from monitor.operations import tell_operations
from monitor.store.tables import run

if TYPE_CHECKING:
    from config.settings import Settings

JOB = "columns"
MOST_NAMED = 20


def note_columns(
    conn: Connection, settings: Settings, source: str, names: Sequence[str], now: datetime
) -> None:
    """Remember the columns of a source that are not read, and tell operations which of them are new."""
    known = _known(conn, source)
    if known is None:
        _remember(conn, source, sorted(names), now)
        return
    new = sorted(set(names) - set(known))
    if not new:
        return
    _remember(conn, source, sorted({*new, *known}), now)
    rest = f" and {len(new) - MOST_NAMED} more" if len(new) > MOST_NAMED else ""
    what = "a column that it" if len(new) == 1 else f"{len(new)} columns that it"
    lines = [
        f"{source} has {what} did not have before: {', '.join(new[:MOST_NAMED])}{rest}.",
        "Nothing of it is read, and judging goes on as before. To use one, name it under `columns` or `attributes`.",
    ]
    key = f"columns:{source}:{hashlib.sha256(repr(new).encode()).hexdigest()[:16]}"
    tell_operations(conn, settings, f"Source {source} has new columns", lines, key=key, now=now)


def _known(conn: Connection, source: str) -> list[str] | None:
    detail = conn.execute(select(run.c.detail).where(run.c.key == f"{JOB}:{source}")).scalar()
    return None if detail is None else list(detail["others"])


def _remember(conn: Connection, source: str, names: Sequence[str], now: datetime) -> None:
    key, values = f"{JOB}:{source}", {"finished_at": now, "detail": {"others": list(names)}}
    if conn.execute(run.update().where(run.c.key == key).values(**values)).rowcount == 0:
        row = {"key": key, "job": JOB, "period": source, "state": JOB, "started_at": now}
        conn.execute(insert(run), [{**row, **values}])

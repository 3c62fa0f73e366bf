"""How far a source is read that is read from a mark on, and when everything of it was last compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from monitor.store.tables import watermark

RECONCILED_EVERY = timedelta(days=7)
"""What was deleted, or slipped past the mark, is found at the latest after so long."""


def since(conn: Connection, source: str, now: datetime) -> Mapping[str, Any] | None:
    """The mark to read on from; None where everything is to be read: at first, and every RECONCILED_EVERY."""
    row = conn.execute(select(watermark).where(watermark.c.source == source)).first()
    if row is None or row.reconciled_at is None or now - row.reconciled_at >= RECONCILED_EVERY:
        return None
    mark: Mapping[str, Any] = row.mark
    return mark


def move(
    conn: Connection, source: str, mark: Mapping[str, Any], now: datetime, *, reading: str, everything: bool
) -> None:
    """Remember how far the source is read; `everything` says that all of it was compared."""
    row = conn.execute(select(watermark).where(watermark.c.source == source)).first()
    compared = now if everything or row is None else row.reconciled_at
    conn.execute(delete(watermark).where(watermark.c.source == source))
    conn.execute(
        insert(watermark).values(
            source=source, reading=reading, mark=dict(mark), moved_at=now, reconciled_at=compared
        )
    )

"""Evidence packs in the store: one for each week in which an inflection's verdict was news, with its hash."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from monitor.store.tables import evidence


def pack_hash(pack: Mapping[str, Any]) -> str:
    """sha256 over the pack as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(pack, sort_keys=True, allow_nan=False).encode()).hexdigest()


def save_evidence(conn: Connection, inflection: str, week: date, pack: Mapping[str, Any]) -> None:
    """Keep the pack of a judged week; a week judged again replaces it."""
    here = evidence.c.inflection_id == inflection, evidence.c.week == week
    conn.execute(delete(evidence).where(*here))
    conn.execute(
        insert(evidence),
        [{"inflection_id": inflection, "week": week, "hash": pack_hash(pack), "pack": dict(pack)}],
    )


def newest_evidence(conn: Connection, inflection: str) -> tuple[str, dict[str, Any]] | None:
    """The newest pack of an inflection with its hash; None where none was kept, or it was aged out."""
    found = conn.execute(
        select(evidence.c.hash, evidence.c.pack)
        .where(evidence.c.inflection_id == inflection)
        .order_by(evidence.c.week.desc())
        .limit(1)
    ).first()
    return (found.hash, dict(found.pack)) if found and found.pack is not None else None


def kept_verdict(conn: Connection, inflection: str) -> str | None:
    """The verdict that the newest pack of an inflection speaks of; None where none was kept."""
    kept = newest_evidence(conn, inflection)
    return None if kept is None else str(kept[1]["verdict"]["name"])

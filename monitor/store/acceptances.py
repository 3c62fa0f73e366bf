"""Data that were held and that a person accepts as they are: one row a run, used once where it is a read.

A hold is found by the run that said it: `judge:WEEK` where nothing fresh of a week has arrived, `ingest:SOURCE:…`
where so many deals are missing in a read that they were kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from monitor.store.acts import ActError, Author, one_line, save_act
from monitor.store.tables import acceptance, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A run that holds something back: its key, the job, what it says, and whether it was accepted since."""

    run: str
    job: str
    since: datetime | None
    message: str
    accepted: bool


def holds(conn: Connection) -> list[Hold]:
    """What is held at present: weeks that wait for data, and each source's newest read if it kept deals back."""
    accepted = set(conn.execute(select(acceptance.c.run)).scalars())
    rows = conn.execute(select(run).where(run.c.job.in_(("judge", "ingest"))).order_by(run.c.id)).mappings()
    found: dict[str, Mapping[Any, Any]] = {}
    for row in rows:
        detail = row["detail"] or {}
        if row["job"] == "judge" and row["state"] == "held":
            found[row["key"]] = row
        elif row["job"] == "ingest" and not detail.get("unchanged"):
            found[_source_of(row["key"])] = row
    return [
        Hold(
            run=row["key"],
            job=row["job"],
            since=row["finished_at"],
            message=_message(row),
            accepted=row["key"] in accepted,
        )
        for row in found.values()
        if row["job"] == "judge" or (row["detail"] or {}).get("held")
    ]


def accept(conn: Connection, author: Author, key: str, reason: str = "") -> Hold:
    """Accept what a run holds back. Raises ActError where it holds nothing."""
    found = next((one for one in holds(conn) if one.run == key), None)
    if found is None:
        raise ActError(f"{one_line(key, 80)}: holds nothing; leftturn accept lists the runs that do")
    if not found.accepted:
        save_act(conn, acceptance, author, {"run": key, "reason": one_line(reason)})
    return found


def is_accepted(conn: Connection, key: str) -> bool:
    """Whether what a run held back was accepted."""
    return conn.execute(select(acceptance.c.id).where(acceptance.c.run == key)).first() is not None


def accepted_read(conn: Connection, source: str) -> str | None:
    """The run of a source that was accepted and not acted on yet; None where there is none."""
    prefix = f"ingest:{source}:"
    waits = acceptance.c.run.startswith(prefix, autoescape=True), acceptance.c.used_at.is_(None)
    key: str | None = conn.execute(
        select(acceptance.c.run).where(*waits).order_by(acceptance.c.id.desc()).limit(1)
    ).scalar()
    return key


def use(conn: Connection, source: str, at: datetime) -> None:
    """Write down that a source's accepted reads were acted on."""
    prefix = f"ingest:{source}:"
    conn.execute(
        acceptance.update()
        .where(acceptance.c.run.startswith(prefix, autoescape=True), acceptance.c.used_at.is_(None))
        .values(used_at=at)
    )


def _source_of(key: str) -> str:
    return key.removeprefix("ingest:").rpartition(":")[0]


def _message(row: Mapping[Any, Any]) -> str:
    if row["job"] == "judge":
        return f"nothing fresh of the week of {row['period']} has arrived, so it was not judged"
    return "; ".join((row["detail"] or {}).get("held", ()))

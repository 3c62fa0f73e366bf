"""What holds judging back, and who accepted it: one row an acceptance, with who and when.

Two things hold: a read that is too odd to be believed (monitor.store.holds; its number names it), and a week of which
nothing fresh has arrived (`judge:WEEK` names it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from monitor.store import holds
from monitor.store.acts import ActError, Author, one_line, save_act
from monitor.store.tables import acceptance, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Something that holds judging back: the name that `leftturn accept` takes, since when, and what is wrong."""

    run: str
    kind: Literal["read", "week"]
    since: datetime | None
    message: str


def waiting(conn: Connection) -> list[Waiting]:
    """What holds judging back at present, and nobody accepted; weeks only where no read holds them."""
    reads = [
        Waiting(
            run=str(one.run), kind="read", since=one.opened_at, message=f"source {one.source}: {one.message}"
        )
        for one in holds.open_holds(conn)
    ]
    if reads:
        return reads
    held = run.c.job == "judge", run.c.state == "held"
    rows = conn.execute(select(run.c.key, run.c.period, run.c.finished_at).where(*held).order_by(run.c.key))
    return [
        Waiting(
            run=row.key,
            kind="week",
            since=row.finished_at,
            message=f"nothing fresh of the week of {row.period} has arrived, so it was not judged",
        )
        for row in rows
        if not is_accepted(conn, row.key)
    ]


def accept(conn: Connection, author: Author, name: str, reason: str = "") -> Waiting:
    """Accept what holds judging back. Raises ActError where nothing of this name does."""
    found = next((one for one in waiting(conn) if one.run == name), None)
    if found is None:
        raise ActError(f"{one_line(name, 80)}: holds nothing; leftturn accept lists what does")
    if found.kind == "read":
        holds.accept(conn, int(found.run), author.at)
    key = name if found.kind == "week" else f"hold:{name}"
    save_act(conn, acceptance, author, {"run": key, "reason": one_line(reason)})
    return found


def is_accepted(conn: Connection, key: str) -> bool:
    """Whether a week that was held was accepted as it is."""
    return conn.execute(select(acceptance.c.id).where(acceptance.c.run == key)).first() is not None

"""The thread of mails about one inflection, as each reader has it: its first mail, and whether they were told."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from monitor.store.outbox import TOLD
from monitor.store.tables import notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A reader's first mail about an inflection, to which later ones belong.

    told   whether they were told of it as leadership is, not only shown a preview
    """

    message_id: str
    subject: str
    told: bool


def threads(conn: Connection, inflection_id: str) -> dict[str, Thread]:
    """The thread of every reader who got a mail about an inflection, by their address."""
    rows = conn.execute(
        select(notice.c.recipient, notice.c.message_id, notice.c.subject, notice.c.reason)
        .where(notice.c.inflection_id == inflection_id, notice.c.state != WITHHELD)
        .order_by(notice.c.created_at, notice.c.seq)
    ).all()
    found: dict[str, Thread] = {}
    for recipient, message_id, subject, reason in rows:
        first = found.get(recipient)
        found[recipient] = Thread(
            message_id=first.message_id if first else str(message_id),
            subject=first.subject if first else str(subject),
            told=(first is not None and first.told) or reason in TOLD,
        )
    return found


WITHHELD = "withheld"
"""The state of a mail that waited out its preview and was then not sent; nobody was told by it."""

"""The outbox: mails queued in the transaction that decides, their bytes frozen, marked only after they are sent.

pending → claimed → sent | deferred → … | dead. Nothing is sent from memory: what is in the table goes out, at
least once, with the same Message-ID each time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select

from alerts.types import Delivery, Email, LastNotice, Reason
from monitor.store.tables import notice

FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)
LIFETIME = timedelta(days=5)
WAITING = ("pending", "claimed", "deferred")
TOLD = ("opened", "clarified", "worsened", "closed", "retracted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A mail on its way, with what its next retry depends on."""

    email: Email
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a mail is about: the inflection and its state as told (None for digest and operations)."""

    inflection_id: str | None
    reason: str
    sequence: int
    verdict: str | None
    change: float | None


def queue(conn: Connection, email: Email, about: About, view: dict[str, Any], now: datetime) -> bool:
    """Store `email` to be sent; False when a mail of this Message-ID is already there, which changes nothing."""
    known = select(notice.c.message_id).where(notice.c.message_id == email.message_id)
    if conn.execute(known).first() is not None:
        return False
    conn.execute(
        insert(notice),
        [
            {
                "message_id": email.message_id,
                "inflection_id": about.inflection_id,
                "kind": email.kind,
                "reason": about.reason,
                "seq": about.sequence,
                "sender": email.sender,
                "recipient": email.to,
                "subject": email.subject,
                "view": view,
                "content": email.content,
                "state": "pending",
                "attempts": 0,
                "next_try_at": now,
                "created_at": now,
                "verdict": about.verdict,
                "change": about.change,
            }
        ],
    )
    return True


def waiting(conn: Connection, now: datetime) -> list[Queued]:
    """Mails to try now, oldest first. One left `claimed` by a process that died is tried again."""
    due = and_(notice.c.state.in_(WAITING), or_(notice.c.next_try_at.is_(None), notice.c.next_try_at <= now))
    rows = conn.execute(
        select(notice).where(due).order_by(notice.c.created_at, notice.c.message_id)
    ).mappings()
    return [
        Queued(
            email=Email(
                message_id=row["message_id"],
                sender=row["sender"],
                to=row["recipient"],
                subject=row["subject"],
                kind=row["kind"],
                content=bytes(row["content"]),
            ),
            attempts=row["attempts"],
            created_at=row["created_at"],
        )
        for row in rows
    ]


def claim(conn: Connection, mail: Queued) -> bool:
    """Take the mail for one attempt; False when another process took it. The attempt is counted before it is made."""
    taken = conn.execute(
        notice.update()
        .where(
            notice.c.message_id == mail.email.message_id,
            notice.c.state.in_(WAITING),
            notice.c.attempts == mail.attempts,
        )
        .values(state="claimed", attempts=mail.attempts + 1)
    )
    return taken.rowcount == 1


def record(conn: Connection, mail: Queued, delivery: Delivery, now: datetime) -> str:
    """Write down what became of the attempt; returns the state the mail is in now."""
    if delivery.state == "sent":
        state, next_try = "sent", None
    elif delivery.state == "refused" or now - mail.created_at > LIFETIME:
        state, next_try = "dead", None
    else:
        state, next_try = "deferred", now + retry_after(mail.attempts)
    conn.execute(
        notice.update()
        .where(notice.c.message_id == mail.email.message_id)
        .values(
            state=state,
            next_try_at=next_try,
            sent_at=now if state == "sent" else None,
            last_error=None if state == "sent" else delivery.detail[:500],
        )
    )
    return state


def retry_after(attempts: int) -> timedelta:
    """Wait before the next try: 30 s, doubling, at most an hour.

    >>> [retry_after(n).total_seconds() for n in (0, 1, 4, 20)]
    [30.0, 60.0, 480.0, 3600.0]
    """
    return min(FIRST_RETRY * (1 << min(attempts, 10)), LONGEST_RETRY)


def last_notice(conn: Connection, inflection_id: str) -> tuple[LastNotice | None, int]:
    """What readers were last told about an inflection, and how many times they were told anything."""
    rows = conn.execute(
        select(notice.c.reason, notice.c.verdict, notice.c.change, notice.c.created_at, notice.c.seq)
        .where(notice.c.inflection_id == inflection_id, notice.c.reason.in_(TOLD))
        .order_by(notice.c.seq.desc())
        .limit(1)
    ).all()
    if not rows:
        return None, 0
    reason, verdict, change, at, sequence = rows[0]
    return LastNotice(reason=Reason(reason), verdict=verdict, change=change, at=at), sequence


def count_of_kind(conn: Connection, kind: str, recipient: str, since: datetime) -> int:
    """How many mails of a kind a reader was sent since an instant: "mail 47 of 2026"."""
    counted = select(func.count()).where(
        notice.c.kind == kind, notice.c.recipient == recipient, notice.c.created_at >= since
    )
    return int(conn.execute(counted).scalar_one())


def dead_since(conn: Connection, since: datetime) -> Sequence[str]:
    """What could not be delivered since an instant, in a few words each."""
    rows = conn.execute(
        select(notice.c.recipient, notice.c.subject, notice.c.last_error).where(
            notice.c.state == "dead", notice.c.created_at >= since
        )
    ).all()
    return [f"not delivered to {recipient}: {subject} ({error})" for recipient, subject, error in rows]

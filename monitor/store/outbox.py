"""The outbox: mails queued in the transaction that decides, their bytes frozen, marked only after they are sent.

    pending ──▶ claimed ──▶ data ──▶ sent
       ▲           │          │  ╲
       └ deferred ◀┴──────────┘   ▶ dead        folded: a summary goes out in its place

claimed    one process has it in hand; the attempt is counted before it is made
data       saved just before the final dot: from here on the server may have taken it
sent       saved after the server said so

Nothing is sent from memory: what is in the table goes out, with the same Message-ID each time. What a process that
died left in `claimed` was not taken by any server, and simply goes out again. Only what it left in `data`, or what
ended without an answer after the dot, may have arrived: an alert is sent once more and says so; a digest is held (it
stays in `data`, and nobody has it) until somebody asks for it; a second time without an answer ends it. So there is
at most one copy too many. When the next try is: `monitor.store.retries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, case, func, insert, or_, select

from alerts.another_try import as_plain_text, as_possible_duplicate
from alerts.types import Delivery, Email, LastNotice, Reason
from monitor.store.begun import MOST_DEATHS
from monitor.store.retries import LIFETIME, LONGEST, next_try
from monitor.store.tables import notice

CLAIM_LASTS = timedelta(minutes=20)
"""Longer than any attempt takes: a claim of our own epoch older than this was left behind."""
AT_ONCE = 500
"""Rows a statement, well under what a database takes."""
TO_TRY = ("pending", "deferred")
IN_HAND = ("claimed", "data")
TOLD = ("opened", "clarified", "worsened", "closed", "retracted")
DIED = "the process ended while it had the mail in hand"
UNANSWERED = "no answer after it was handed over: it may have arrived"


class NotInHandError(RuntimeError):
    """Another process has the mail by now; what this one knows of it must not be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A mail on its way, with what its next try depends on.

    attempts    tries before this one
    maybe_sent  an earlier one ended after the final dot without an answer
    plain       its page was refused, and the text alone is to go out
    """

    email: Email
    attempts: int
    created_at: datetime
    maybe_sent: bool = False
    plain: bool = False

    def as_sent(self) -> Email:
        """The mail as it goes on the wire now: the stored bytes, with what a second try adds or leaves out."""
        content = self.email.content
        if self.plain:
            content = as_plain_text(content)
        if self.maybe_sent:
            content = as_possible_duplicate(content)
        return replace(self.email, content=content)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a mail is about: the inflection and its state as told (None for digest and operations)."""

    inflection_id: str | None
    reason: str
    sequence: int
    verdict: str | None
    change: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What became of a mail: "sent", "deferred", "held" (a digest that may have arrived) or "dead"; and why.

    `without_page`: its page was refused just now, and its text alone is tried next.
    """

    state: Literal["sent", "deferred", "held", "dead"]
    email: Email
    detail: str
    without_page: bool = False


def queue(conn: Connection, email: Email, about: About, view: dict[str, Any], now: datetime) -> bool:
    """Store `email` to be sent; False when a mail of this Message-ID is already there, which changes nothing."""
    known = select(notice.c.message_id).where(notice.c.message_id == email.message_id)
    if conn.execute(known).first() is not None:
        return False
    conn.execute(
        insert(notice), [{**_row(email, about, now), "view": view, "state": "pending", "next_try_at": now}]
    )
    return True


def keep_folded(conn: Connection, mails: Sequence[tuple[Email, About]], into: str, now: datetime) -> None:
    """Keep mails for the record, in whose place the summary `into` goes out; what is there stays as it is."""
    for begin in range(0, len(mails), AT_ONCE):
        some = mails[begin : begin + AT_ONCE]
        names = notice.c.message_id.in_([email.message_id for email, _ in some])
        known = set(conn.execute(select(notice.c.message_id).where(names)).scalars())
        rows = [
            {**_row(email, about, now), "view": {}, "state": "folded", "folded_into": into}
            for email, about in some
            if email.message_id not in known
        ]
        if rows:
            conn.execute(insert(notice), rows)


def _row(email: Email, about: About, now: datetime) -> dict[str, Any]:
    return {
        "message_id": email.message_id,
        "inflection_id": about.inflection_id,
        "kind": email.kind,
        "reason": about.reason,
        "seq": about.sequence,
        "sender": email.sender,
        "recipient": email.to,
        "subject": email.subject,
        "content": email.content,
        "attempts": 0,
        "created_at": now,
        "verdict": about.verdict,
        "change": about.change,
    }


def waiting(conn: Connection, now: datetime) -> list[Queued]:
    """Mails to try now: alerts before words to operations before digests, and the oldest first.

    A next try further away than any wait after an attempt is of a clock that was set back since, and is due.
    """
    at = notice.c.next_try_at
    of_another_clock = and_(notice.c.attempts > 0, at > now + 2 * LONGEST)
    due = and_(notice.c.state.in_(TO_TRY), or_(at.is_(None), at <= now, of_another_clock))
    first = case({"alert": 0, "operations": 1}, value=notice.c.kind, else_=2)
    rows = conn.execute(
        select(notice).where(due).order_by(first, notice.c.created_at, notice.c.message_id)
    ).mappings()
    return [_queued(row) for row in rows]


def take_back(conn: Connection, now: datetime, epoch: int) -> list[Ended]:
    """Free what processes that are gone left in hand; returns what will not be tried again.

    Gone is who claimed under an epoch before ours, and, where nobody leads, who claimed long ago.
    """
    left = or_(notice.c.claim_epoch < epoch, notice.c.claimed_at < now - CLAIM_LASTS)
    rows = conn.execute(select(notice).where(notice.c.state.in_(IN_HAND), left)).mappings().all()
    ended = []
    for row in rows:
        mail = replace(_queued(row), attempts=row["attempts"] - 1)
        if row["state"] == "data":
            ended.append(record(conn, mail, Delivery(state="ambiguous", detail=UNANSWERED), now))
        elif row["attempts"] >= MOST_DEATHS:  # it may be this mail that ends the process: others go first
            ended.append(record(conn, mail, Delivery(state="deferred", detail=DIED), now))
        else:
            _move(conn, mail, IN_HAND, state="deferred", next_try_at=now, claim_epoch=None)
    return [one for one in ended if one.state in ("dead", "held")]


def claim(conn: Connection, mail: Queued, now: datetime, epoch: int) -> bool:
    """Take the mail for one attempt; False when another process took it. The attempt is counted before it is made."""
    taken = conn.execute(
        notice.update()
        .where(
            notice.c.message_id == mail.email.message_id,
            notice.c.state.in_(TO_TRY),
            notice.c.attempts == mail.attempts,
        )
        .values(state="claimed", attempts=mail.attempts + 1, claim_epoch=epoch, claimed_at=now)
    )
    return taken.rowcount == 1


def handing_over(conn: Connection, mail: Queued) -> None:
    """Save that the final dot is about to go out. Raises NotInHandError where another process has the mail."""
    _move(conn, mail, ("claimed",), state="data")


def record(conn: Connection, mail: Queued, delivery: Delivery, now: datetime, chance: float = 0.5) -> Ended:
    """Write down what became of an attempt, and when the next one is.

    `chance`, 0 to 1, spreads the next tries of many mails. Raises NotInHandError where another process has the mail.
    """
    ended = _ended(mail, delivery, now)
    free = {"claim_epoch": None, "claimed_at": None}
    error = {"last_error": ended.detail[:500]}
    if ended.state == "sent":
        _move(conn, mail, IN_HAND, state="sent", sent_at=now, next_try_at=None, last_error=None, **free)
    elif ended.state == "dead":
        _move(conn, mail, IN_HAND, state="dead", next_try_at=None, **free, **error)
    elif ended.state == "held":
        _move(conn, mail, IN_HAND, state="data", next_try_at=None, maybe_sent=True, **free, **error)
    else:
        again = now + next_try(mail.attempts, delivery, chance)
        maybe = mail.maybe_sent or delivery.state == "ambiguous"
        plain = mail.plain or delivery.state == "refused"
        _move(
            conn,
            mail,
            IN_HAND,
            state="deferred",
            next_try_at=again,
            maybe_sent=maybe,
            plain=plain,
            **free,
            **error,
        )
    return ended


def _ended(mail: Queued, delivery: Delivery, now: datetime) -> Ended:
    def so(state: Literal["sent", "deferred", "held", "dead"], detail: str = delivery.detail) -> Ended:
        return Ended(state=state, email=mail.email, detail=detail)

    if delivery.state == "sent":
        return so("sent")
    if delivery.state == "refused":
        another_way = delivery.about == "content" and not mail.plain
        return replace(so("deferred" if another_way else "dead"), without_page=another_way)
    if delivery.state == "ambiguous" and mail.maybe_sent:
        return so("dead", f"twice {UNANSWERED} ({delivery.detail})")
    if delivery.state == "ambiguous" and mail.email.kind == "digest":
        return so("held")
    return so("dead" if now - mail.created_at > LIFETIME else "deferred")


def send_again(conn: Connection, message_id: str, now: datetime) -> str | None:
    """Put a mail that was given up or held back on its way; its Message-ID, or None where there is none such.

    It is sent as one that may have arrived before, unless a server refused it.
    """
    held = and_(notice.c.state == "data", notice.c.claim_epoch.is_(None))
    again = conn.execute(
        notice.update()
        .where(notice.c.message_id == message_id, or_(notice.c.state == "dead", held))
        .values(state="deferred", next_try_at=now, created_at=now)
    )
    return message_id if again.rowcount == 1 else None


def doubt_waiting(conn: Connection) -> int:
    """Let every mail that waits say that it may have been sent before; how many there were.

    So does one that was claimed: what is missing of its attempt may be its end. One left at the dot says so anyway.
    """
    doubted = notice.c.state.in_((*TO_TRY, "claimed"))
    rows = conn.execute(notice.update().where(doubted).values(maybe_sent=True))
    return int(rows.rowcount)


def fold(conn: Connection, message_ids: Sequence[str], into: str) -> int:
    """Let a summary go out in the place of mails that were never handed over; how many there were."""
    rows = conn.execute(
        notice.update()
        .where(notice.c.message_id.in_(message_ids), _foldable())
        .values(state="folded", folded_into=into, next_try_at=None)
    )
    return int(rows.rowcount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A mail that waits, as a summary lists it."""

    message_id: str
    subject: str
    created_at: datetime
    lines: tuple[str, ...] = ()
    """Of a word to operations, what it says."""


def stale_alerts(conn: Connection, before: datetime, but_reason: str) -> dict[str, list[Waiting]]:
    """By reader, the alerts made before an instant that were tried, still wait, and that no server can have."""
    rows = conn.execute(
        select(notice.c.recipient, notice.c.message_id, notice.c.subject, notice.c.created_at)
        .where(
            _foldable(), notice.c.kind == "alert", notice.c.reason != but_reason, notice.c.created_at < before
        )
        .order_by(notice.c.created_at, notice.c.message_id)
    ).all()
    found: dict[str, list[Waiting]] = {}
    for recipient, name, subject, at in rows:
        found.setdefault(recipient, []).append(Waiting(message_id=name, subject=subject, created_at=at))
    return found


def unsent_words(conn: Connection) -> dict[tuple[str, str], list[Waiting]]:
    """By reader and subject, the words to operations that were not tried yet."""
    wanted = _foldable(), notice.c.kind == "operations", notice.c.attempts == 0
    rows = conn.execute(
        select(notice.c.recipient, notice.c.subject, notice.c.message_id, notice.c.created_at, notice.c.view)
        .where(*wanted)
        .order_by(notice.c.created_at, notice.c.message_id)
    ).all()
    found: dict[tuple[str, str], list[Waiting]] = {}
    for recipient, subject, name, at, view in rows:
        lines = tuple(str(line) for line in (view or {}).get("lines", ()))
        word = Waiting(message_id=name, subject=subject, created_at=at, lines=lines)
        found.setdefault((recipient, subject), []).append(word)
    return found


def unsent_of_reason(conn: Connection, reason: str, recipient: str) -> list[str]:
    """The mails to a reader for a reason that still wait and that no server can have."""
    wanted = _foldable(), notice.c.reason == reason, notice.c.recipient == recipient
    return list(conn.execute(select(notice.c.message_id).where(*wanted)).scalars())


def folded_in(conn: Connection, summaries: Sequence[str]) -> list[Waiting]:
    """What lies in these summaries."""
    rows = conn.execute(
        select(notice.c.message_id, notice.c.subject, notice.c.created_at).where(
            notice.c.folded_into.in_(summaries)
        )
    ).all()
    return [Waiting(message_id=name, subject=subject, created_at=at) for name, subject, at in rows]


def fold_again(conn: Connection, summaries: Sequence[str], into: str) -> None:
    """What lay in these summaries lies in another one now."""
    conn.execute(notice.update().where(notice.c.folded_into.in_(summaries)).values(folded_into=into))


def _foldable() -> ColumnElement[bool]:
    return and_(notice.c.state.in_(TO_TRY), notice.c.maybe_sent.is_(False))


def _move(conn: Connection, mail: Queued, out_of: Sequence[str], **values: Any) -> None:
    """Change the row of this attempt, and no other."""
    moved = conn.execute(
        notice.update()
        .where(
            notice.c.message_id == mail.email.message_id,
            notice.c.state.in_(out_of),
            notice.c.attempts == mail.attempts + 1,
        )
        .values(**values)
    )
    if moved.rowcount != 1:
        raise NotInHandError(f"{mail.email.message_id} is in other hands by now; nothing of it was written")


def _queued(row: Any) -> Queued:
    return Queued(
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
        maybe_sent=row["maybe_sent"],
        plain=row["plain"],
    )


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

"""Mails to operations: what is wrong or odd with the data or the mail itself. Leadership never gets these."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from alerts.alert_view import AlertView
from alerts.digest import DigestView
from alerts.operations_view import Topic
from alerts.render import as_dict, render_operations
from alerts.types import Email
from monitor.readers import subscribed_readers
from monitor.store.outbox import About, queue

if TYPE_CHECKING:
    from config.settings import Settings


def tell_operations(
    conn: Connection,
    settings: Settings,
    subject: str,
    lines: Sequence[str],
    *,
    key: str,
    now: datetime,
    topic: Topic = "note",
    dated: datetime | None = None,
) -> int:
    """Queue one mail to each reader of operations; the same `key` is told once. Returns how many were queued.

    dated   the date that the mail carries, where `now` is of a clock that is known to be wrong
    """
    queued = 0
    about = About(inflection_id=None, reason="operations", sequence=0, verdict=None, change=None)
    for reader in subscribed_readers(conn, settings):
        if "operations" not in reader.receives:
            continue
        email = render_operations(
            subject,
            lines,
            reader,
            key=key,
            sender=settings.mail.from_,
            reply_to=settings.mail.reply_to,
            company=settings.company.name,
            now=dated or now,
            topic=topic,
            templates=settings.mail.templates,
        )
        queued += queue(conn, email, about, {"subject": subject, "lines": list(lines)}, now)
    return queued


def tell_of_plain_mail(conn: Connection, settings: Settings, email: Email, now: datetime) -> None:
    """A mail that could only be made plain went out all the same; operations hear why."""
    if email.note is not None:
        line = f"{email.to}: {email.subject}: {email.note}"
        tell_operations(
            conn, settings, "A mail went out plain", [line], key=f"plain:{email.message_id}", now=now
        )


def stored_view(email: Email, make: Callable[[], AlertView | DigestView]) -> dict[str, Any]:
    """The view model a mail was made from, for the record; where there is none, what went wrong."""
    if email.note is None:
        return as_dict(make())
    return {"note": email.note}


def key_of(about: str, lines: Sequence[str]) -> str:
    """A key that stays the same as long as there is nothing else to say; another count is nothing else."""
    said = re.sub(r"\d[\d,.]*", "#", chr(10).join(lines))
    return f"{about}:{hashlib.sha256(said.encode()).hexdigest()[:16]}"

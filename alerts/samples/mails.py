"""Every kind of mail once, rendered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from alerts.gate import FOR_OPERATIONS
from alerts.render import render_alert, render_digest, render_operations
from alerts.samples.changes import alerts
from alerts.samples.company import COMPANY, NOW, READER, REPLY_TO, SENDER
from alerts.samples.weeks import busy_digest, quiet_digest, unjudged_digest
from alerts.types import Email, Reader, Reason


def mails(
    reader: Reader = READER, *, sender: str = SENDER, reply_to: str | None = REPLY_TO, now: datetime = NOW
) -> Iterator[Email]:
    """Every kind of mail once: each verdict as it is first told, later mails, digests, a word to operations."""
    every = alerts()
    shift = every["market_shift"]
    told = [
        *((alert, Reason.OPENED) for alert in every.values() if alert.verdict not in FOR_OPERATIONS),
        (shift, Reason.WORSENED),
        (replace(every["focus_drift"], id=shift.id), Reason.CLARIFIED),
        (replace(every["recording"], id=shift.id), Reason.CLARIFIED),
        (replace(shift, state="closed", closed_on=date(2026, 9, 21)), Reason.CLOSED),
        (replace(shift, state="retracted"), Reason.RETRACTED),
    ]
    first = None
    for sequence, (alert, reason) in enumerate(told, start=1):
        opening = None if reason is Reason.OPENED else first
        email = render_alert(
            alert,
            reason,
            reader,
            sender=sender,
            reply_to=reply_to,
            sequence=1 if reason is Reason.OPENED else sequence,
            opening_id=opening,
            now=now,
        )
        first = first or email.message_id
        yield email
    for later, digest in enumerate((quiet_digest(), busy_digest(), unjudged_digest())):
        week = replace(digest, week=digest.week + timedelta(weeks=later))
        yield render_digest(week, reader, sender=sender, reply_to=reply_to, now=now)
    lines = (
        "crm shows nothing after 3 September.",
        "The digest of week 38 says that nothing could be judged.",
    )
    yield render_operations(
        "No fresh data: crm",
        lines,
        reader,
        key="sample",
        sender=sender,
        reply_to=reply_to,
        company=COMPANY,
        now=now,
    )

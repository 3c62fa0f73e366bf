"""One summary in the place of many alerts: when a week brings more than anybody reads, and after an outage.

    a storm      more than MOST_AT_ONCE alerts to one reader in one week: the worst are listed, none is rendered
    an outage    alerts that wait longer than a day, more than one to a reader: they are listed with their days
    a subject    words to operations that say the same of several things, such as the changes a first load shows

What a summary stands for keeps its row, as `folded`, so that the gate knows what was told. A summary that could not
be sent either is replaced by the next, which lists what both would: after an outage there is one a reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from alerts.envelope import message_id, short_hash
from alerts.render import render_operations, render_roll_up
from alerts.types import Reader
from monitor.readers import readers_of
from monitor.store import outbox
from monitor.store.outbox import About

if TYPE_CHECKING:
    from config.settings import Settings

MOST_AT_ONCE = 20
STALE_AFTER = timedelta(days=1)
REASON = "roll_up"


def summary_id(settings: Settings, reader: str, about: Sequence[str]) -> str:
    """The Message-ID of the summary of these to this reader."""
    return message_id(settings.mail.from_, REASON, short_hash(*sorted(about)), reader=reader)


def queue_summary(
    conn: Connection,
    settings: Settings,
    reader: Reader,
    subject: str,
    lines: Sequence[str],
    *,
    identity: str,
    now: datetime,
) -> None:
    """Queue a summary with these lines."""
    email = render_roll_up(
        subject,
        lines,
        reader,
        identity=identity,
        sender=settings.mail.from_,
        reply_to=settings.mail.reply_to,
        company=settings.company.name,
        now=now,
    )
    about = About(inflection_id=None, reason=REASON, sequence=0, verdict=None, change=None)
    outbox.queue(conn, email, about, {"subject": subject, "lines": len(lines)}, now)


def fold_stale(conn: Connection, settings: Settings, now: datetime) -> int:
    """Put one summary in the place of the alerts that a reader has waited for too long; how many those are."""
    readers = {reader.email: reader for reader in readers_of(settings)}
    folded = 0
    for recipient, waiting in outbox.stale_alerts(conn, now - STALE_AFTER, REASON).items():
        reader = readers.get(recipient)
        earlier = outbox.unsent_of_reason(conn, REASON, recipient)
        listed = [*outbox.folded_in(conn, earlier), *waiting]
        if reader is None or len(listed) < 2:
            continue
        names = [one.message_id for one in listed]
        identity = summary_id(settings, recipient, names)
        lines = [
            f"{one.created_at:%d %B}: {one.subject}" for one in sorted(listed, key=lambda o: o.created_at)
        ]
        subject = f"{len(lines)} changes found while no mail could be sent"
        queue_summary(conn, settings, reader, subject, lines, identity=identity, now=now)
        outbox.fold(conn, [*(one.message_id for one in waiting), *earlier], identity)
        outbox.fold_again(conn, earlier, identity)
        folded += len(waiting)
    return folded


def fold_words(conn: Connection, settings: Settings, now: datetime) -> int:
    """Put one mail in the place of several words to operations under one subject; how many those are."""
    readers = {reader.email: reader for reader in readers_of(settings)}
    folded = 0
    for (recipient, subject), words in outbox.unsent_words(conn).items():
        reader = readers.get(recipient)
        if reader is None or len(words) < 2:
            continue
        email = render_operations(
            subject,
            list(dict.fromkeys(line for word in words for line in word.lines)),
            reader,
            key="words:" + short_hash(*sorted(word.message_id for word in words)),
            sender=settings.mail.from_,
            reply_to=settings.mail.reply_to,
            company=settings.company.name,
            now=now,
            templates=settings.mail.templates,
        )
        about = About(inflection_id=None, reason="operations", sequence=0, verdict=None, change=None)
        view = {"subject": subject, "lines": [line for word in words for line in word.lines]}
        outbox.queue(conn, email, about, view, now)
        folded += outbox.fold(conn, [word.message_id for word in words], email.message_id)
    return folded

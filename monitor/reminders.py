"""The day has come to look at a decision again: one mail to who took it on, in the thread of the alert.

A reminder is for an open inflection and the decision that stands; a later decision, or its being taken back, ends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from alerts.gate import change_of
from alerts.render import render_alert, view_of_alert
from alerts.types import Reader, Reason
from alerts.words.news import Before
from monitor.answered import with_answers
from monitor.briefing import alert_of
from monitor.ledger import Inflection
from monitor.mail_links import answer_buttons
from monitor.operations import stored_view, tell_of_plain_mail
from monitor.readers import subscribed_readers
from monitor.schedule import Period
from monitor.store import runs
from monitor.store.answers import Answer, due
from monitor.store.outbox import About, queue
from monitor.store.threads import threads
from monitor.wall_clock import local_day
from monitor.weekly import WeekJudged

if TYPE_CHECKING:
    from config.settings import Settings


def due_reminders(conn: Connection, settings: Settings, now: datetime) -> Iterator[Period]:
    """The reminders that are due and were not sent, as periods keyed by the decision."""
    done = runs.settled(conn)
    for one in due(conn, local_day(settings.company.timezone, now)):
        key = f"remind:{one.id}"
        if key not in done:
            yield Period(job="remind", key=key, due_at=now, subject=one.inflection_id)


def remind(
    conn: Connection,
    settings: Settings,
    inflection: Inflection,
    decision: Answer,
    judged: WeekJudged,
    now: datetime,
) -> int:
    """Queue the reminder of a decision for those it concerns; how many mails that were."""
    alert = with_answers(conn, settings, alert_of(inflection, judged, settings))
    known = threads(conn, inflection.id)
    about = About(
        inflection_id=inflection.id,
        reason=Reason.REMINDER.value,
        sequence=decision.id,
        verdict=alert.verdict,
        change=change_of(alert),
    )
    mail, queued = settings.mail, 0
    for reader in _concerned(subscribed_readers(conn, settings), decision, set(known)):
        thread = known.get(reader.email)
        before = Before(root=thread.subject if thread else None, change=None, told_on=None)
        buttons = answer_buttons(settings, inflection.id, reader.email, now)
        email = render_alert(
            alert,
            Reason.REMINDER,
            reader,
            sender=mail.from_,
            reply_to=mail.reply_to,
            sequence=decision.id,
            opening_id=thread.message_id if thread else None,
            now=now,
            before=before,
            buttons=buttons,
            templates=mail.templates,
        )
        view = partial(
            view_of_alert,
            alert,
            Reason.REMINDER,
            reader,
            reply_to=mail.reply_to,
            sender=mail.from_,
            before=before,
            buttons=buttons,
        )
        queued += queue(conn, email, about, stored_view(email, view), now)
        tell_of_plain_mail(conn, settings, email, now)
    return queued


def _concerned(readers: tuple[Reader, ...], decision: Answer, told: set[str]) -> list[Reader]:
    """Who took it on; else who decided it; else, where neither is a reader, everybody who was told of the change."""
    for who in (decision.owner, decision.by):
        named = [one for one in readers if who and who.casefold() in _called(one)]
        if named:
            return named
    return [one for one in readers if one.email in told]


def _called(reader: Reader) -> tuple[str, str]:
    return reader.email.casefold(), (reader.name or "").casefold()

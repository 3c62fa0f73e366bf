"""The reminder of a decision: on its day to look again, each reader who was told is shown the change as it stands.

A reminder goes out once for each decision, at the hour of the reader's digest on that day, or later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from alerts.gate import change_of
from alerts.render import render_alert
from alerts.types import Reader, Reason
from alerts.words.news import Before
from monitor.briefing import alert_of
from monitor.decision_log import answer_of
from monitor.mail_links import alert_links
from monitor.operations import tell_of_plain_mail
from monitor.readers import subscribed_readers
from monitor.store import answers
from monitor.store.outbox import About, queue
from monitor.store.tables import notice
from monitor.store.threads import Thread, threads
from monitor.wall_clock import first_instant, local_day

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.ledger import Ledger
    from monitor.weekly import WeekJudged

REASON = Reason.REMINDER.value
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A reminder that is owed to a reader, who was told in this thread."""

    answer: answers.Answer
    reader: Reader
    thread: Thread


def owed(conn: Connection, settings: Settings, now: datetime) -> Iterator[Owed]:
    """The reminders whose hour has come and that were not queued yet."""
    for answer in answers.due(conn, local_day(settings.company.timezone, now) + A_DAY):
        known = threads(conn, answer.inflection_id)
        reminded = _reminded(conn, answer)
        for reader in subscribed_readers(conn, settings):
            thread = known.get(reader.email)
            wanted = "inflections" in reader.receives and reader.email not in reminded
            if (
                thread is not None
                and thread.told
                and wanted
                and _hour_has_come(answer, reader, settings, now)
            ):
                yield Owed(answer=answer, reader=reader, thread=thread)


def _hour_has_come(answer: answers.Answer, reader: Reader, settings: Settings, now: datetime) -> bool:
    if answer.look_again_on is None:
        return False
    hour = datetime.combine(answer.look_again_on, settings.digest.at)
    return now >= first_instant(reader.timezone, hour)


def _reminded(conn: Connection, answer: answers.Answer) -> frozenset[str]:
    here = (
        notice.c.inflection_id == answer.inflection_id,
        notice.c.reason == REASON,
        notice.c.seq == answer.id,
    )
    return frozenset(conn.execute(select(notice.c.recipient).where(*here)).scalars())


def remind(
    conn: Connection, ledger: Ledger, judged: Callable[[], WeekJudged], settings: Settings, now: datetime
) -> int:
    """Queue the reminders that are owed; `judged` gives the newest judged week, and is asked only if one is."""
    known = {one.id: one for one in ledger.inflections}
    queued = 0
    for one in list(owed(conn, settings, now)):
        inflection = known.get(one.answer.inflection_id)
        if inflection is None:
            continue
        answer = answer_of(one.answer, settings)
        alert = alert_of(inflection, judged(), settings, answers=(answer,))
        about = About(
            inflection_id=inflection.id,
            reason=REASON,
            sequence=one.answer.id,
            verdict=alert.verdict,
            change=change_of(alert),
        )
        mail = settings.mail
        email = render_alert(
            alert,
            Reason.REMINDER,
            one.reader,
            sender=mail.from_,
            reply_to=mail.reply_to,
            sequence=one.answer.id,
            opening_id=one.thread.message_id,
            now=now,
            before=Before(root=one.thread.subject),
            links=alert_links(settings, inflection.id, one.reader.email, now),
            templates=mail.templates,
        )
        queued += queue(conn, email, about, {"answer": one.answer.id}, now)
        tell_of_plain_mail(conn, settings, email, now)
    return queued

"""From a judged week to mails in the outbox: each inflection through the gate, to the people it concerns.

Everything here happens in the transaction that saves the week, so that an inflection and its mails are there
together or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from alerts.envelope import message_id
from alerts.gate import change_of, decide, recipients
from alerts.render import render_alert, view_of_alert
from alerts.types import Alert, Email, LastNotice, Reader, Reason
from alerts.words.news import Before
from monitor.briefing import alert_of
from monitor.decision_log import decided
from monitor.health import restated_between
from monitor.ledger import Inflection, Suppression
from monitor.mail_links import alert_links
from monitor.operations import stored_view, tell_of_plain_mail
from monitor.preview import PREVIEWED, announcement, hold_back, told_in_waiting, withhold
from monitor.readers import subscribed_readers
from monitor.roll_up import MOST_AT_ONCE, queue_summary, summary_id
from monitor.silencing import Silenced, silence_over
from monitor.store.outbox import About, keep_folded, last_notice, queue
from monitor.store.runs import when_done
from monitor.store.threads import Thread, threads
from monitor.wall_clock import local_day, start_of_day
from monitor.weekly import WeekJudged

if TYPE_CHECKING:
    from config.settings import Settings

OFTEN_THE_DATA = "so many at once are most often the data's, not the market's"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the gate said of an inflection, and how many mails it made."""

    inflection: Inflection
    reason: Reason
    mails: int
    silence: Silenced | None = None


def tell(conn: Connection, judged: WeekJudged, settings: Settings, now: datetime) -> list[Told]:
    """Put every inflection that the week changed through the gate, and queue what goes out.

    A reader who would get more than MOST_AT_ONCE mails gets one summary in their place.
    """
    changes = judged.changes
    touched = {i.id: i for i in (*changes.opened, *changes.followed, *changes.closed)}
    readers, answers = subscribed_readers(conn, settings), decided(conn, settings)
    settled = [_decide(conn, one, judged, settings, readers, answers, now) for one in touched.values()]
    mails = Counter(reader.email for one in settled for reader in one.chosen)
    crowded = {address for address, count in mails.items() if count > MOST_AT_ONCE}
    summarised = _summaries(conn, settings, settled, crowded, now)
    return [_queue(conn, one, judged, settings, summarised, answers, now) for one in settled]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decided:
    """What the gate said of an inflection, before any mail is made."""

    told: Told
    about: About | None = None
    last: LastNotice | None = None
    known: Mapping[str, Thread] = field(default_factory=dict)
    chosen: tuple[Reader, ...] = ()


def _decide(
    conn: Connection,
    inflection: Inflection,
    judged: WeekJudged,
    settings: Settings,
    readers: Sequence[Reader],
    answers: Mapping[str, Any],
    now: datetime,
) -> _Decided:
    alert = _alert(conn, inflection, judged, settings, answers, now)
    waiting = told_in_waiting(conn, inflection.id)
    if waiting is not None and (alert.state != "open" or alert.verdict != waiting):
        withhold(conn, inflection.id)
    last, sequence = last_notice(conn, inflection.id)
    first_judged = when_done(conn, judge_key(inflection))
    decision = decide(alert, last, now=now, known_since=first_judged)
    quiet = Told(inflection=inflection, reason=decision.reason, mails=0)
    if not decision.send:
        return _Decided(told=quiet)
    silence = silence_over(conn, inflection, alert, decision.reason, settings, now)
    if silence is not None:
        return _Decided(told=replace(quiet, silence=silence))
    known = threads(conn, inflection.id)
    told = [email for email, thread in known.items() if thread.told] if last else None
    about = About(
        inflection_id=inflection.id,
        reason=decision.reason.value,
        sequence=sequence + 1,
        verdict=alert.verdict,
        change=change_of(alert),
    )
    chosen = tuple(recipients(alert, readers, decision.reason, told=told))
    return _Decided(told=quiet, about=about, last=last, known=known, chosen=chosen)


def _alert(
    conn: Connection,
    inflection: Inflection,
    judged: WeekJudged,
    settings: Settings,
    answers: Mapping[str, Any],
    now: datetime,
) -> Alert:
    """The alert as it stands; of one that is withdrawn, with how many deals were restated since it was opened."""
    alert = alert_of(inflection, judged, settings, answers.get(inflection.id, ()))
    if inflection.state != "retracted":
        return alert
    opened = start_of_day(settings.company.timezone, inflection.opened_on)
    days = inflection.headline.started_between[0], alert.data_to
    return replace(alert, restated=restated_between(conn, opened, now, days=days) or None)


def _queue(
    conn: Connection,
    one: _Decided,
    judged: WeekJudged,
    settings: Settings,
    crowded: set[str],
    answers: Mapping[str, Any],
    now: datetime,
) -> Told:
    """Queue the mails of one inflection, but for readers who get a summary of it."""
    if one.about is None:
        return one.told
    inflection = one.told.inflection
    single = [reader for reader in one.chosen if reader.email not in crowded]
    queued: list[str] = []
    if single:
        alert = _alert(conn, inflection, judged, settings, answers, now)
        for email, view in _mails(alert, single, one.known, one.last, one.about, settings, now):
            queued += [email.message_id] if queue(conn, email, one.about, view, now) else []
            tell_of_plain_mail(conn, settings, email, now)
        if queued and one.told.reason in PREVIEWED:
            _preview(conn, alert, queued, one.about, settings, now)
    return replace(one.told, mails=len(queued) + len(one.chosen) - len(single))


def _summaries(
    conn: Connection, settings: Settings, settled: Sequence[_Decided], crowded: set[str], now: datetime
) -> set[str]:
    """Queue a summary for each reader in `crowded`, and keep what it stands for; who got one."""
    readers = {reader.email: reader for one in settled for reader in one.chosen if reader.email in crowded}
    for reader in readers.values():
        mine = [
            (one.told.inflection, one.about)
            for one in settled
            if one.about is not None and reader in one.chosen
        ]
        mine.sort(key=lambda pair: pair[0].part_of_bar, reverse=True)
        identity = summary_id(settings, reader.email, [inflection.id for inflection, _ in mine])
        subject = f"{len(mine):,} changes at once: {OFTEN_THE_DATA}"
        lines = [_in_a_line(inflection) for inflection, _ in mine]
        queue_summary(conn, settings, reader, subject, lines, identity=identity, now=now)
        kept = [(_never_rendered(inflection, about, reader, settings), about) for inflection, about in mine]
        keep_folded(conn, kept, identity, now)
    return set(readers)


def _in_a_line(inflection: Inflection) -> str:
    headline = inflection.headline
    return f"{headline.key}: {inflection.cause.verdict}, began about {headline.started_on} ({inflection.id})"


def _never_rendered(inflection: Inflection, about: About, reader: Reader, settings: Settings) -> Email:
    sender = settings.mail.from_
    return Email(
        message_id=message_id(sender, inflection.id, str(about.sequence), reader=reader.email),
        sender=sender,
        to=reader.email,
        subject=_in_a_line(inflection),
        kind="alert",
        content=b"",
    )


def _preview(
    conn: Connection, alert: Alert, queued: list[str], about: About, settings: Settings, now: datetime
) -> None:
    """Show operations what was queued, and let it wait; where nobody is operations, nothing waits."""
    readers = [one for one in subscribed_readers(conn, settings) if "operations" in one.receives]
    if not settings.attention.preview or not readers:
        return
    until, mail = now + settings.attention.preview, settings.mail
    hold_back(conn, queued, until)
    shown = replace(about, reason=Reason.PREVIEW.value)
    for reader in readers:
        notice = announcement(reader, until)
        email = render_alert(
            alert,
            Reason.PREVIEW,
            reader,
            sender=mail.from_,
            reply_to=mail.reply_to,
            sequence=about.sequence,
            opening_id=None,
            now=now,
            links=alert_links(settings, alert.id, reader.email, now),
            notice=notice,
            templates=mail.templates,
        )
        queue(conn, email, shown, {"preview_until": until.isoformat()}, now)


def _mails(
    alert: Alert,
    chosen: list[Reader],
    known: Mapping[str, Thread],
    last: LastNotice | None,
    about: About,
    settings: Settings,
    now: datetime,
) -> Iterator[tuple[Email, dict[str, Any]]]:
    """One mail a reader, with the view model it was made from."""
    mail, reason = settings.mail, Reason(about.reason)
    for reader in chosen:
        thread, links = known.get(reader.email), alert_links(settings, alert.id, reader.email, now)
        before = Before(
            root=thread.subject if thread else None,
            change=last.change if last else None,
            told_on=local_day(reader.timezone, last.at) if last else None,
        )
        email = render_alert(
            alert,
            reason,
            reader,
            sender=mail.from_,
            reply_to=mail.reply_to,
            sequence=about.sequence,
            opening_id=thread.message_id if thread else None,
            now=now,
            before=before,
            links=links,
            templates=mail.templates,
        )
        view = partial(
            view_of_alert, alert, reason, reader, reply_to=mail.reply_to, sender=mail.from_, before=before
        )
        yield email, stored_view(email, view)


def judge_key(inflection: Inflection) -> str:
    """The key of the run that opened an inflection."""
    return f"judge:{inflection.opened_week}"


def kept_back(told: list[Told], judged: WeekJudged) -> Iterator[Suppression]:
    """What opened this week and nobody was mailed about, as lines for the digest."""
    opened = {inflection.id for inflection in judged.changes.opened}
    for one in told:
        if one.silence is not None:
            if one.silence.first_on is not None:
                yield Suppression(on=one.silence.first_on, key=one.inflection.headline.key, reason="silenced")
        elif one.inflection.id in opened and one.mails == 0:
            reason = one.reason.value if one.reason is not Reason.OPENED else "nobody_asked"
            yield Suppression(on=one.inflection.opened_on, key=one.inflection.headline.key, reason=reason)

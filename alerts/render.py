"""From an alert, a digest or a word to operations to the mail of one reader: bytes that are stored and then sent.

A mail always comes out. Where its page cannot be made, a plain mail with the facts goes out instead, and says so
in `Email.note`; where a chart cannot be drawn, the mail goes without it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from alerts import alert_view, charts, digest, digest_metrics, operations_view, safe_text
from alerts.alert_view import AlertView
from alerts.buttons import linked, unsubscribe
from alerts.digest import DigestView
from alerts.envelope import Envelope, address_of, compose, content_id, message_id, short_hash
from alerts.fallback import plain_alert, plain_digest
from alerts.good_news import told_as_a_rise
from alerts.operations_view import OperationsView, Topic
from alerts.pages import Kind, pages
from alerts.pictures import Picture
from alerts.types import Alert, Chart, Digest, Email, Reader, Reason
from alerts.words.figures import Figures
from alerts.words.news import NOTHING_BEFORE, Before

TOLD = frozenset({Reason.OPENED, Reason.CLARIFIED, Reason.WORSENED, Reason.CLOSED, Reason.RETRACTED})
"""Reasons that are counted as tellings; a preview or a reminder has a Message-ID of its own beside them."""
A_WEEK = timedelta(days=6)
"""From the first day of a week to its last."""


View = TypeVar("View", AlertView, DigestView, OperationsView)


def render_alert(
    alert: Alert,
    reason: Reason,
    reader: Reader,
    *,
    sender: str,
    reply_to: str | None,
    sequence: int,
    opening_id: str | None,
    now: datetime,
    before: Before = NOTHING_BEFORE,
    links: Mapping[str, str] | None = None,
    notice: str = "",
    templates: Path | None = None,
) -> Email:
    """The mail that tells `reader` of `alert` for `reason`.

    `sequence` counts the mails about this inflection, from 1; `opening_id` is the Message-ID of the reader's first
    one, to which later ones belong, and `before` what they know from them. `links` are pages of ours that take the
    place of answers by mail (see `alerts.buttons.linked`), and "evidence"; `notice` is said before anything else.
    `templates` is the operators' folder, here and below.
    """
    told = str(sequence) if reason in TOLD else f"{reason.value}-{sequence}"
    envelope = _envelope(
        message_id(sender, alert.id, told, reader=reader.email), reader, sender, reply_to, now
    )
    envelope = dataclasses.replace(envelope, opening_id=opening_id)
    return _mail(
        "alert",
        envelope,
        view=lambda: view_of_alert(
            alert,
            reason,
            reader,
            reply_to=reply_to,
            sender=sender,
            before=before,
            links=links,
            notice=notice,
        ),
        drawn=lambda _: alert_view.drawings(told_as_a_rise(alert), reason, _figures_of(alert, reader)),
        plain=lambda: plain_alert(alert, reason, before),
        templates=templates,
    )


def render_digest(
    week: Digest,
    reader: Reader,
    *,
    sender: str,
    reply_to: str | None,
    now: datetime,
    leave_at: str | None = None,
    templates: Path | None = None,
) -> Email:
    """The weekly or monthly mail of `reader`. Its Message-ID is of the company, the week and the reader.

    `leave_at` is a page that takes the reader off the list, by one click where the mail program offers it
    (RFC 8058); without it, a mail does.
    """
    rhythm = "digest" if week.month is None else "month"
    identity = message_id(
        sender, rhythm, short_hash(week.company), week.week.isoformat(), reader=reader.email
    )
    envelope = dataclasses.replace(
        _envelope(identity, reader, sender, reply_to, now),
        unsubscribe=_by_mail(week, reader, reply_to or sender),
        leave_at=leave_at,
    )
    return _mail(
        "digest",
        envelope,
        view=lambda: view_of_digest(week, reader, reply_to=reply_to, sender=sender, leave_at=leave_at),
        drawn=lambda view: digest_metrics.drawings(view.metrics, week),
        plain=lambda: plain_digest(week),
        templates=templates,
    )


def render_operations(
    subject: str,
    lines: Sequence[str],
    reader: Reader,
    *,
    key: str,
    sender: str,
    reply_to: str | None,
    company: str,
    now: datetime,
    topic: Topic = "note",
    next_step: str = "",
    templates: Path | None = None,
) -> Email:
    """A word to operations (data stale, mail given up, rows set aside ...); `key` makes its Message-ID.

    `next_step` is what to do, where the caller knows better than what is usual for the `topic`.
    """
    identity = message_id(sender, "operations", short_hash(company, key), reader=reader.email)
    view = operations_view.view_of(subject, lines, company, topic, next_step)
    return _mail(
        "operations",
        _envelope(identity, reader, sender, reply_to, now),
        view=lambda: view,
        drawn=lambda _: (),
        plain=lambda: (view.subject, "\n".join(view.lines)),
        templates=templates,
    )


def render_roll_up(
    subject: str,
    lines: Sequence[str],
    reader: Reader,
    *,
    identity: str,
    sender: str,
    reply_to: str | None,
    company: str,
    now: datetime,
) -> Email:
    """One mail in the place of many alerts, a line for each as far as there is room; `identity` is its Message-ID."""
    view = operations_view.view_of(subject, lines, company, "note", "")
    return _mail(
        "roll_up",
        _envelope(identity, reader, sender, reply_to, now),
        view=lambda: view,
        drawn=lambda _: (),
        plain=lambda: (view.subject, "\n".join(view.lines)),
    )


def view_of_alert(
    alert: Alert,
    reason: Reason,
    reader: Reader,
    *,
    reply_to: str | None,
    sender: str = "",
    before: Before = NOTHING_BEFORE,
    links: Mapping[str, str] | None = None,
    notice: str = "",
) -> AlertView:
    """Everything the reader's mail will say, as strings."""
    told, figures = told_as_a_rise(alert), _figures_of(alert, reader)
    answer_to = address_of(reply_to or sender)
    view = alert_view.view_of(told, reason, figures, answer_to, before, notice)
    if not links:
        return view
    return dataclasses.replace(
        view, buttons=linked(links) if view.buttons else (), evidence=links.get("evidence", "")
    )


def view_of_digest(
    week: Digest, reader: Reader, *, reply_to: str | None, sender: str = "", leave_at: str | None = None
) -> DigestView:
    """Everything the reader's digest will say, as strings."""
    leave = leave_at or _by_mail(week, reader, reply_to or sender)
    return digest.view_of(week, Figures(locale=reader.locale, today=week.week + A_WEEK), leave)


def _by_mail(week: Digest, reader: Reader, answer_to: str) -> str:
    rhythm = "monthly" if week.month else "weekly"
    return unsubscribe(address_of(answer_to), week.company, reader.email, rhythm)


def as_dict(view: AlertView | DigestView | OperationsView) -> dict[str, Any]:
    """The view as JSON can hold it, for the record beside the mail."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(view)))
    return plain


def _figures_of(alert: Alert, reader: Reader) -> Figures:
    return Figures(locale=reader.locale, today=alert.data_to)


def _envelope(identity: str, reader: Reader, sender: str, reply_to: str | None, now: datetime) -> Envelope:
    return Envelope(
        message_id=identity,
        sender=sender,
        to=reader.email,
        to_name=reader.name,
        reply_to=reply_to,
        subject="",
        now=now,
        timezone=reader.timezone,
    )


def _mail(
    kind: Kind,
    envelope: Envelope,
    *,
    view: Callable[[], View],
    drawn: Callable[[View], Iterable[tuple[Picture, Chart]]],
    plain: Callable[[], tuple[str, str]],
    templates: Path | None = None,
) -> Email:
    """The finished mail; the plain one, with a note, where anything of the full one fails."""
    notes: list[str] = []
    try:
        shown = view()
        pictures = _draw(drawn(shown), notes)
        text, html = _texts(kind, shown, pictures, envelope.sender, templates, notes)
        envelope = dataclasses.replace(envelope, subject=shown.subject)
        content = compose(envelope, text, html, pictures)
    except Exception as error:
        notes.append(f"the page could not be made, a plain mail goes out: {_named(error)}")
        subject, text = plain()
        envelope = dataclasses.replace(envelope, subject=subject)
        content = compose(envelope, text + "\n", None, {})
    return Email(
        message_id=envelope.message_id,
        sender=envelope.sender,
        to=envelope.to,
        subject=safe_text.header(envelope.subject),
        kind="alert" if kind == "roll_up" else kind,
        content=content,
        note="; ".join(notes) or None,
    )


def _draw(pictures: Iterable[tuple[Picture, Chart]], notes: list[str]) -> dict[str, bytes]:
    """The PNG of each picture by its name; one that fails is left out, with a note."""
    found = {}
    for picture, chart in pictures:
        try:
            found[picture.name] = charts.png(chart, (picture.width, picture.height))
        except Exception as error:
            notes.append(f"the chart {picture.title} could not be drawn: {_named(error)}")
    return found


def _texts(
    kind: Kind,
    view: View,
    pictures: Mapping[str, bytes],
    sender: str,
    templates: Path | None,
    notes: list[str],
) -> tuple[str, str]:
    """The two texts of a mail; by our own templates, with a note, where the operators' fail."""
    sources = {name: f"cid:{content_id(name, sender)}" for name in pictures}
    if templates is not None:
        try:
            return pages(kind, view, sources, templates)
        except Exception as error:
            notes.append(f"your template failed, the built-in one is used: {_named(error)}")
    return pages(kind, view, sources)


def _named(error: Exception) -> str:
    return safe_text.clean(f"{type(error).__name__}: {error}", 200)

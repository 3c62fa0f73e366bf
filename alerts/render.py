"""From an alert, a digest or a word to operations to the mail of one reader: bytes that are stored and then sent.

A mail always comes out. Where its page cannot be made, a plain mail with the facts goes out instead, and says so
in `Email.note`; where a chart cannot be drawn, the mail goes without it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from alerts import alert_view, charts, colours, digest, digest_metrics, safe_text
from alerts.alert_view import AlertView
from alerts.buttons import unsubscribe
from alerts.digest import DigestView
from alerts.envelope import Envelope, address_of, compose, content_id, message_id, short_hash
from alerts.good_news import told_as_a_rise
from alerts.pictures import Picture
from alerts.types import Alert, Chart, Digest, Email, Reader, Reason
from alerts.words.figures import Figures

if TYPE_CHECKING:
    from css_inline import CSSInliner
    from jinja2 import Environment

Kind = Literal["alert", "digest", "operations", "roll_up"]
MOST_LINES = 60
A_WEEK = timedelta(days=6)
"""From the first day of a week to its last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsView:
    """What operations are told: a subject and lines."""

    subject: str
    preheader: str
    company: str
    lines: tuple[str, ...]


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
) -> Email:
    """The mail that tells `reader` of `alert` for `reason`.

    `sequence` counts the mails about this inflection, from 1; `opening_id` is the Message-ID of the reader's first
    one, to which later ones belong.
    """
    envelope = _envelope(
        message_id(sender, alert.id, str(sequence), reader=reader.email), reader, sender, reply_to, now
    )
    envelope = dataclasses.replace(envelope, opening_id=opening_id)
    return _mail(
        "alert",
        envelope,
        view=lambda: view_of_alert(alert, reason, reader, reply_to=reply_to, sender=sender),
        drawn=lambda _: alert_view.drawings(told_as_a_rise(alert), reason, _figures_of(alert, reader)),
        plain=lambda: _plain_alert(alert, reason),
    )


def render_digest(week: Digest, reader: Reader, *, sender: str, reply_to: str | None, now: datetime) -> Email:
    """The weekly mail of `reader`. Its Message-ID is of the company, the week and the reader."""
    identity = message_id(
        sender, "digest", short_hash(week.company), week.week.isoformat(), reader=reader.email
    )
    envelope = dataclasses.replace(
        _envelope(identity, reader, sender, reply_to, now),
        unsubscribe=unsubscribe(address_of(reply_to or sender), week.company, reader.email),
    )
    return _mail(
        "digest",
        envelope,
        view=lambda: view_of_digest(week, reader, reply_to=reply_to, sender=sender),
        drawn=lambda view: digest_metrics.drawings(view.metrics, week),
        plain=lambda: _plain_digest(week),
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
) -> Email:
    """A word to operations (data stale, mail given up, rows set aside ...); `key` makes its Message-ID."""
    identity = message_id(sender, "operations", short_hash(company, key), reader=reader.email)
    shown = [safe_text.clean(line) for line in lines[:MOST_LINES]]
    rest = len(lines) - len(shown)
    view = OperationsView(
        subject=safe_text.header(subject, 120),
        preheader=shown[0] if shown else "",
        company=safe_text.name(company),
        lines=(*shown, *((f"And {rest} more.",) if rest else ())),
    )
    return _mail(
        "operations",
        _envelope(identity, reader, sender, reply_to, now),
        view=lambda: view,
        drawn=lambda _: (),
        plain=lambda: (view.subject, "\n".join(view.lines)),
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
    """One mail in the place of many alerts: a line for each, the first MOST_LINES; `identity` is its Message-ID."""
    shown = [safe_text.clean(line) for line in lines[:MOST_LINES]]
    rest = len(lines) - len(shown)
    view = OperationsView(
        subject=safe_text.header(subject, 120),
        preheader=shown[0] if shown else "",
        company=safe_text.name(company),
        lines=(*shown, *((f"And {rest:,} more.",) if rest else ())),
    )
    return _mail(
        "roll_up",
        _envelope(identity, reader, sender, reply_to, now),
        view=lambda: view,
        drawn=lambda _: (),
        plain=lambda: (view.subject, "\n".join(view.lines)),
    )


def view_of_alert(
    alert: Alert, reason: Reason, reader: Reader, *, reply_to: str | None, sender: str = ""
) -> AlertView:
    """Everything the reader's mail will say, as strings."""
    told = told_as_a_rise(alert)
    return alert_view.view_of(told, reason, _figures_of(alert, reader), address_of(reply_to or sender))


def view_of_digest(week: Digest, reader: Reader, *, reply_to: str | None, sender: str = "") -> DigestView:
    """Everything the reader's digest will say, as strings."""
    leave = unsubscribe(address_of(reply_to or sender), week.company, reader.email)
    return digest.view_of(week, Figures(locale=reader.locale, today=week.week + A_WEEK), leave)


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
) -> Email:
    """The finished mail; the plain one, with a note, where anything of the full one fails."""
    notes: list[str] = []
    try:
        shown = view()
        pictures = _draw(drawn(shown), notes)
        text, html = _pages(kind, shown, pictures, envelope.sender)
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


def _pages(
    kind: Kind, view: AlertView | DigestView | OperationsView, pictures: dict[str, bytes], sender: str
) -> tuple[str, str]:
    """The two texts of a mail: plain, and the page with its styles written into every element."""
    html, text = _environments()
    sources = {name: f"cid:{content_id(name, sender)}" for name in pictures}
    page = html.get_template(f"{kind}.html.j2").render(view=view, sources=sources)
    return text.get_template(f"{kind}.txt.j2").render(view=view), _inliner().inline(page)


@lru_cache(maxsize=1)
def _environments() -> tuple[Environment, Environment]:
    """For pages, where everything is escaped, and for plain text, where nothing must be."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("alerts")
    html = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    html.globals.update(colours=colours)
    text = Environment(
        loader=loader,
        autoescape=False,  # noqa: S701  plain text; pages have an environment of their own
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return html, text


@lru_cache(maxsize=1)
def _inliner() -> CSSInliner:
    """Writes styles into elements, loads nothing; the block for the dark scheme stays a block."""
    from css_inline import CSSInliner

    return CSSInliner(
        load_remote_stylesheets=False, keep_style_tags=False, apply_width_attributes=False, minify_css=True
    )


def _named(error: Exception) -> str:
    return safe_text.clean(f"{type(error).__name__}: {error}", 200)


def _plain_alert(alert: Alert, reason: Reason) -> tuple[str, str]:
    """Subject and text of the mail that cannot fail: the facts as they are, in no reader's habit."""
    lines = [f"LeftTurn has news of a change ({reason.value}, {alert.verdict}).", ""]
    lines += [
        safe_text.clean(f"{f.metric} {', '.join(f.segment.values())}: before {f.before!r}, now {f.after!r}")
        for f in alert.findings[:10]
    ]
    lines += [
        f"began about {alert.started_on}, data to {alert.data_to}",
        f"next: {safe_text.clean(alert.next_step)}",
    ]
    lines += ["", "The full mail could not be made; operations know."]
    return f"LeftTurn: a change at {safe_text.name(alert.company)}", "\n".join(lines)


def _plain_digest(week: Digest) -> tuple[str, str]:
    """Subject and text of the digest that cannot fail."""
    lines = [f"LeftTurn, week of {week.week}: {len(week.opened)} new, {len(week.open)} open.", ""]
    lines += [f"{safe_text.clean(line.name)}: last 13 weeks {line.recent!r}" for line in week.metrics[:20]]
    lines += ["", "The full mail could not be made; operations know."]
    return f"LeftTurn: week of {week.week} at {safe_text.name(week.company)}", "\n".join(lines)

"""The weekly digest as one reader's mail shows it: strings ready to be laid out, worst first, never empty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from alerts import digest_lines, digest_metrics, safe_text
from alerts.digest_lines import SourceView
from alerts.digest_metrics import MetricView, judged
from alerts.good_news import told_as_a_rise
from alerts.types import Alert, Digest
from alerts.words import decided, names, news, quiet, verdicts
from alerts.words.figures import Figures, in_words, opening

A_WEEK = timedelta(days=6)
"""From the first day of a week to its last."""
MOST_CHANGES = 8
LONGEST_SUBJECT = 69


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """A change in the digest: its verdict's name, its line, what it means, and where it stands."""

    label: str
    tone: str
    headline: str
    sentence: str
    standing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """Everything a digest says; empty strings and tuples are left out of it."""

    subject: str
    preheader: str
    company: str
    week: str
    late: str
    first: str
    ruled_out: str
    not_judged: str
    caution: str
    changes: tuple[ChangeView, ...]
    metrics: tuple[MetricView, ...]
    more: str
    watched: tuple[str, ...]
    open: tuple[ChangeView, ...]
    suppressed: tuple[str, ...]
    sources: tuple[SourceView, ...]
    due: tuple[str, ...]
    silences: tuple[str, ...]
    settings: tuple[str, ...]
    missed: tuple[str, ...]
    record: str
    number: str
    rhythm: str
    unsubscribe: str
    footnotes: tuple[str, ...]


def view_of(digest: Digest, figures: Figures, unsubscribe: str) -> DigestView:
    """The view of `digest`; `unsubscribe` is the address that ends it."""
    first, ruled_out = first_line(digest, figures), digest_metrics.ruled_out(digest, figures)
    return DigestView(
        subject=subject(digest, figures),
        preheader=safe_text.clean(f"{first} {ruled_out}", 180),
        company=safe_text.name(digest.company),
        week=_dateline(digest, figures),
        late="This mail is late: it was due earlier and could not be sent." if digest.late else "",
        first=first,
        ruled_out=ruled_out,
        not_judged=digest_metrics.not_judged(digest),
        caution=digest_lines.caution(digest.sources, figures),
        changes=tuple(_change(alert, figures) for alert in digest.opened[:MOST_CHANGES]),
        metrics=tuple(digest_metrics.metric_views(digest, figures)),
        more=digest_metrics.left_out(digest),
        watched=digest_lines.some(digest_lines.watched(one, figures) for one in digest.watched)
        or (_nothing_watched(digest),),
        open=tuple(_change(alert, figures) for alert in digest.open[:MOST_CHANGES]),
        suppressed=digest_lines.some(digest_lines.suppressed(one, figures) for one in digest.suppressed),
        sources=tuple(
            digest_lines.source(one, figures)
            for one in sorted(digest.sources, key=lambda one: not one.stale)[: digest_lines.MOST_LISTED]
        ),
        due=digest_lines.some(digest_lines.due(alert, figures) for alert in digest.due) or ("None.",),
        silences=digest_lines.some(digest_lines.silence(one, figures) for one in digest.silences),
        settings=digest_lines.some(opening(safe_text.clean(text)) for text in digest.setting_changes),
        missed=digest_lines.some(opening(safe_text.clean(text)) for text in digest.missed),
        record=digest_lines.record(digest.record, figures) if digest.record else "",
        number=f"Mail {digest.number} of {digest.year}",
        rhythm="monthly" if digest.month else "weekly",
        unsubscribe=unsubscribe,
        footnotes=digest_lines.some(safe_text.clean(note) for note in digest.footnotes),
    )


def week_number(week: date) -> int:
    """The number of the week that begins on `week`, by the year its middle lies in (ISO 8601).

    >>> week_number(date(2026, 9, 14)), week_number(date(2026, 9, 13))
    (38, 38)
    """
    return (week + timedelta(days=3)).isocalendar().week


def _dateline(digest: Digest, figures: Figures) -> str:
    if digest.month is not None:
        return f"{figures.month(digest.month)}, to {figures.day(digest.week + A_WEEK)}"
    return f"Week {week_number(digest.week)}, {figures.between(digest.week, digest.week + A_WEEK)}"


def _span(digest: Digest, figures: Figures) -> str:
    """What the digest is of: "week 38", "August"."""
    return figures.month(digest.month) if digest.month is not None else f"week {week_number(digest.week)}"


def subject(digest: Digest, figures: Figures) -> str:
    """The subject: what changed, or that nothing did, or that nothing can be said."""
    span = _span(digest, figures)
    late = "Late: " if digest.late else ""
    if digest.opened:
        said = [f"{late}{opening(span)}: {_brief(alert, figures)}" for alert in digest.opened[:1]]
        more = len(digest.opened) - 1
        whole = safe_text.header(said[0] + (f", and {more} more" if more else ""))
        fits = len(whole) <= LONGEST_SUBJECT
        return whole if fits else f"{late}{opening(span)}: {_counted(len(digest.opened), 'change')}"
    if not judged(digest):
        return f"{late}{opening(span)}: nothing could be judged"
    if digest.open:
        return f"{late}{opening(span)}: nothing new, {_counted(len(digest.open), 'change')} open"
    return f"{late}{'q' if late else 'Q'}uiet {span}: nothing changed"


def _brief(alert: Alert, figures: Figures) -> str:
    headline = news.headline(told_as_a_rise(alert), figures)
    plain = headline[:1].lower() + headline[1:]
    if alert.state == "closed":
        return f"over, {plain}"
    if alert.state == "retracted":
        return f"withdrawn, {plain}"
    return plain


def first_line(digest: Digest, figures: Figures) -> str:
    """The first sentence of the mail."""
    span = _span(digest, figures)
    if digest.opened:
        what = [_brief(alert, figures) for alert in digest.opened[:3]]
        more = len(digest.opened) - len(what)
        listed = "; ".join([*what, *([f"and {more} more"] if more else [])])
        return f"{opening(_counted(len(digest.opened), 'change'))} in {span}: {listed}."
    if not judged(digest):
        return f"Nothing could be judged in {span}: {quiet.of_all([m.quiet for m in digest.metrics])}."
    if digest.open:
        return f"Nothing new in {span}; {_counted(len(digest.open), 'change')} open since earlier."
    return f"Nothing changed in {span}."


def _change(alert: Alert, figures: Figures) -> ChangeView:
    alert = told_as_a_rise(alert)
    standing = {
        "open": f"Open since {figures.day(alert.opened_on)}.",
        "closed": f"Over since {figures.day(alert.closed_on)}." if alert.closed_on else "Over.",
        "retracted": f"Withdrawn. {news.undone(alert, figures)}",
    }[alert.state]
    decision = decided.in_a_line(alert.answers, figures)
    standing += f" Decided: {decision}." if decision else ""
    headline = names.move(alert.findings[0], figures)
    return ChangeView(
        label=verdicts.LABELS[alert.verdict],
        tone=verdicts.tone(alert),
        headline=news.headline(alert, figures),
        sentence="" if alert.state == "retracted" else verdicts.sentences(alert),
        standing=f"From {headline.levels}. {standing}",
    )


def _counted(number: int, noun: str) -> str:
    return f"{in_words(number)} {noun if number == 1 else noun + 's'}"


def _nothing_watched(digest: Digest) -> str:
    return "Nothing is on its way to an alert." if judged(digest) else "Not known this week."

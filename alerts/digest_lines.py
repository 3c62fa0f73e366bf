"""The lines of a digest beside its metrics: what is watched, what was not sent, how the data are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alerts import safe_text
from alerts.good_news import told_as_a_rise
from alerts.types import Alert, Record, Silence, SourceHealth, Suppressed, Watched
from alerts.words import decided, names, news, quiet
from alerts.words.figures import Figures, few, how_often, joined, opening

MOST_LISTED = 12
MOST_NAMED = 3
SMALL_CHANGE = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source of data and the state it is in."""

    text: str
    sound: bool


def watched(one: Watched, figures: Figures) -> str:
    """Something over the looser bar, and how far it is from an alert."""
    name = names.metric_name(one.metric, one.metric, one.segment)
    digits = 1 if abs(one.change) < SMALL_CHANGE else 0
    way = f"{'up' if one.change > 0 else 'down'} {names.difference(one.change, one.unit, figures, digits)}"
    return f"{opening(name)}, {way} since {figures.day(one.since)}: {quiet.way_to_alert(one.share_of_bar)}."


def suppressed(one: Suppressed, figures: Figures) -> str:
    """Something that was seen and not sent, and why."""
    name = names.metric_name(one.metric, one.metric, one.segment)
    return f"{opening(name)}, {figures.day(one.on)}: {quiet.not_sent(one.reason)}."


def due(alert: Alert, figures: Figures) -> str:
    """A decision that is to be looked at again: what it was about, by whom, and for when."""
    told = news.headline(told_as_a_rise(alert), figures)
    return f"{told}. Decided {decided.in_a_line(alert.answers, figures)}."


def silence(one: Silence, figures: Figures) -> str:
    """A series that nobody is mailed about, why, by whom and until when."""
    name = opening(names.metric_name(one.metric, one.metric, one.segment))
    by = safe_text.name(one.by)
    return f"{name}, silent until {figures.day(one.until)}: {safe_text.clean(one.why, 160)} ({by})."


def record(one: Record, figures: Figures) -> str:
    """How the year's alerts held by their readers' own word, beside what was agreed on."""
    answered = one.true + one.known + one.not_useful
    if not one.sent:
        return ""
    said = f"{figures.number(one.sent)} alert{'' if one.sent == 1 else 's'} in the last year"
    if answered:
        parts = ((one.true, "true"), (one.known, "known already"), (one.not_useful, "of no use"))
        named = [f"{figures.number(count)} {what}" for count, what in parts if count]
        said += f"; by your answers {joined(named)}"
    agreed = how_often(1 / one.false_alarms_per_year) if one.false_alarms_per_year > 0 else "never"
    proposed = f" {safe_text.clean(one.proposal)}." if one.proposal else ""
    return f"{said}. Agreed on: a mistaken one {agreed}.{proposed}"


def source(one: SourceHealth, figures: Figures) -> SourceView:
    """How fresh a source is, and how many of its rows were read, set aside, changed."""
    name = safe_text.name(one.name)
    day = figures.day(one.fresh_to) if one.fresh_to else ""
    if one.stale:
        state = f"no fresh data since {day}; " if day else "no fresh data yet; "
    else:
        state = f"complete to {day}; " if day else ""
    counts = [f"{figures.number(one.rows_read)} rows read"]
    if one.quarantined:
        counts.append(f"{figures.number(one.quarantined)} set aside")
    if one.restated:
        counts.append(f"{figures.number(one.restated)} changed after the fact")
    message = f" {safe_text.clean(one.message)}" if one.message else ""
    return SourceView(
        text=f"{name}: {state}{', '.join(counts)}.{message}", sound=not one.stale and not one.message
    )


def caution(sources: Iterable[SourceHealth], figures: Figures) -> str:
    """What stands against a quiet week: sources without fresh data."""
    stale = [source for source in sources if source.stale]
    said = [
        f"{safe_text.name(source.name)} shows nothing after {figures.day(source.fresh_to)}"
        if source.fresh_to
        else f"{safe_text.name(source.name)} has no data yet"
        for source in stale
    ]
    return f"Careful: {joined(few(said, MOST_NAMED))}." if said else ""


def some(texts: Iterable[str]) -> tuple[str, ...]:
    """The first few, and how many more there are."""
    said = list(texts)
    rest = len(said) - MOST_LISTED
    return (*said[:MOST_LISTED], *([f"And {rest} more."] if rest > 0 else []))

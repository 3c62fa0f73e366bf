"""How a mail announces itself: its subject, its headline, and what a later mail says before anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from alerts import safe_text
from alerts.types import Alert, Reason
from alerts.words import decided
from alerts.words.figures import Figures, opening
from alerts.words.names import TIER, metric_name, move
from alerts.words.verdicts import LABELS, sentences, tone, where

LONGEST_ROOT = 57
"""Of the first mail's subject: with the longest tag before it, a later one is still under 70 characters."""
NOT_OF_THE_MARKET: Mapping[str, str] = {
    "recording": "a change in how deals are recorded",
    "shock": "a blip of a few weeks",
}
"""What an alert already sent turned out to be, where it was no change of the market."""
TAGS: Mapping[Reason, str] = {
    Reason.CLOSED: "Over",
    Reason.RETRACTED: "Withdrawn",
    Reason.REMINDER: "Reminder",
    Reason.PREVIEW: "Preview",
}
LONGEST_HEADER = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What a reader of a later mail knows already.

    root     the subject of the first mail about the change: mail programs put what shares it into one thread
    change   after minus before of the headline as it was last told
    told_on  the day of that
    """

    root: str | None = None
    change: float | None = None
    told_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """The head of a mail: `label` over `headline`, then `news` (empty in a first mail) and `verdict`."""

    subject: str
    label: str
    headline: str
    news: str
    verdict: str


NOTHING_BEFORE = Before()


def announce(alert: Alert, reason: Reason, figures: Figures, before: Before = NOTHING_BEFORE) -> Announcement:
    """The head of the mail that tells of `alert` for `reason`."""
    label, headline, news, verdict = _head(alert, reason, figures, before)
    return Announcement(
        subject=subject(alert, reason, figures, before.root),
        label=label,
        headline=headline,
        news=news,
        verdict=verdict,
    )


def _head(alert: Alert, reason: Reason, figures: Figures, before: Before) -> tuple[str, str, str, str]:
    told = headline(alert, figures)
    began = f"about {figures.day(alert.started_on)}"
    if reason is Reason.RETRACTED:
        withdraw = f"We withdraw the alert of {figures.day(alert.opened_on)}"
        told_before = safe_text.clean(root_of(before.root)) if before.root else ""
        said = f"“{told_before}”" if told_before else _lowered(told)  # as told, not as last measured
        what = f"It said: {said}. {undone(alert, figures)}"
        return (
            "Withdrawn",
            withdraw,
            what,
            "There is nothing to do. If something was decided on it, look at that again.",
        )
    if reason is Reason.CLOSED and alert.verdict not in NOT_OF_THE_MARKET:
        news = f"{opening('they' if _many(alert) else 'it')} had been {_way(alert, figures)} from {began} on."
        return "Over", opening(f"{headline_name(alert)} {_back(alert)}"), news, ""
    if alert.verdict in NOT_OF_THE_MARKET and reason in (Reason.CLARIFIED, Reason.CLOSED):
        what = f"{opening(NOT_OF_THE_MARKET[alert.verdict])}, not a change of the market"
        told_of = f"We had written of this: {_lowered(told)}."
        return "Correction", what, told_of, "It is over." if alert.verdict == "shock" else sentences(alert)
    if reason is Reason.REMINDER:
        return "Look again", told, decided.reminder(alert.answers, figures), sentences(alert)
    label = "Left turn: an opportunity" if alert.verdict == "left_turn" else LABELS[alert.verdict]
    return label, told, _later(alert, reason, figures, before), sentences(alert)


def undone(alert: Alert, figures: Figures) -> str:
    """What undid a change, as far as it is known."""
    if alert.restated is None:
        return (
            "With the data as they stand now, this change is not there: late or corrected records undid it."
        )
    deals = f"{figures.number(alert.restated)} deal{' was' if alert.restated == 1 else 's were'} restated"
    return f"{deals} since, and with them this change is not there."


def _later(alert: Alert, reason: Reason, figures: Figures, before: Before) -> str:
    if reason is Reason.WORSENED:
        return _grown(alert, figures, before)
    if reason is Reason.CLARIFIED and alert.verdict == "unclear":
        return "Correction: the cause we named no longer holds."
    if reason is Reason.CLARIFIED:
        return "We now know more about the cause of the change we wrote of."
    return ""


def _grown(alert: Alert, figures: Figures, before: Before) -> str:
    """What was last told, beside what is now."""
    if before.change is None:
        return "The change we wrote of has grown since our last mail."
    first = alert.findings[0]
    was = move(replace(first, after=first.before + before.change), figures).way
    when = f" on {figures.day(before.told_on)}" if before.told_on else ""
    return f"This has grown: {was} when we last wrote{when}, {_way(alert, figures)} now."


def headline_name(alert: Alert) -> str:
    """The headline's metric in its place."""
    first = alert.findings[0]
    return metric_name(first.metric, first.kind, first.segment)


def headline(alert: Alert, figures: Figures) -> str:
    """The change in a line: "Core-fit win rate down 9 points since April"."""
    return opening(f"{headline_name(alert)} {_way(alert, figures)} since {figures.month(alert.started_on)}")


def _many(alert: Alert) -> bool:
    """Whether the headline's name takes "are"."""
    return _bare_name(alert).split(" outside ")[0].endswith("s")


def _back(alert: Alert) -> str:
    return "are back near where they were" if _many(alert) else "is back near where it was"


def _way(alert: Alert, figures: Figures) -> str:
    return move(alert.findings[0], figures).way


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def subject(alert: Alert, reason: Reason, figures: Figures, root: str | None = None) -> str:
    """The subject: of a first mail what changed; of a later one the news in brackets before the first one's.

    Mail programs leave a tag in brackets out of account where they compare subjects (RFC 5256, 2.1).
    """
    tag = _tag(alert, reason)
    first = root_of(root) if root else _first_subject(alert, figures)
    return safe_text.header(f"[{tag}] {first}" if tag else first, LONGEST_HEADER)


def root_of(subject: str) -> str:
    """A subject without the tag before it.

    >>> root_of("[Worse] Market shift: win rate down 9 points"), root_of("Market shift")
    ('Market shift: win rate down 9 points', 'Market shift')
    """
    return re.sub(r"^(?:\[[^\]]*\] *)+(?=[^ ])", "", subject)


def _tag(alert: Alert, reason: Reason) -> str:
    if alert.verdict in NOT_OF_THE_MARKET and reason in (Reason.CLOSED, Reason.CLARIFIED):
        return "Corrected"
    if reason is Reason.CLARIFIED:
        return "Corrected" if alert.verdict == "unclear" else "Clearer"
    if reason is Reason.WORSENED:
        return {"good": "Stronger", "bad": "Worse", "even": "Larger"}[tone(alert)]
    return TAGS.get(reason, "")


def _first_subject(alert: Alert, figures: Figures) -> str:
    """The subject of a first mail: the longest way to say it that fits."""
    plain = ""
    for candidate in _opening_subjects(alert, figures):
        plain = safe_text.header(candidate)
        if len(plain) <= LONGEST_ROOT:
            return plain
    return safe_text.header(plain, LONGEST_ROOT)


def _opening_subjects(alert: Alert, figures: Figures) -> list[str]:
    """Ways to say it, the fullest first: with the month, with its first letters, without; then shorter names."""
    way = _way(alert, figures)
    months = (figures.month(alert.started_on), figures.month(alert.started_on, short=True))
    since = [f" since {month}" for month in dict.fromkeys(months)]
    label, at = LABELS[alert.verdict], where(alert)
    if alert.verdict == "internal":
        only = f"Only {at}" if at else label
        return [f"{only}: {_bare_name(alert)} {way}{when}" for when in (*since, "")]
    if alert.verdict == "left_turn":
        lead = f"Left turn? {opening(at) or 'Outside the profile'}: {_bare_name(alert)} {way}"
        return [*(f"{lead}{when}" for when in (*since, "")), f"Left turn? {_bare_name(alert)} {way}"]
    lead = "Something changed" if alert.verdict == "unclear" else label
    whens = {when: _named(alert, f"{lead}: {{name}} {way}{when}") for when in (*since, "")}
    full = [names[0] for names in whens.values()]
    last = _named(alert, f"Changed: {{name}} {way}")
    return [*full, *(name for names in whens.values() for name in names[1:]), *last]


def _named(alert: Alert, pattern: str) -> list[str]:
    """The pattern with the headline's name in its place, then the place cut short, then without it."""
    every = (headline_name(alert), _short_name(alert), _bare_name(alert))
    return [pattern.replace("{name}", name, 1) for name in every]  # a name's own braces stay as they are


def _bare_name(alert: Alert) -> str:
    """The headline's metric without its place, where the place is said already."""
    first = alert.findings[0]
    tier = {TIER: first.segment[TIER]} if TIER in first.segment else {}
    return metric_name(first.metric, first.kind, tier)


def _short_name(alert: Alert) -> str:
    """The headline's metric with its place cut to a few letters."""
    first = alert.findings[0]
    segment = {name: safe_text.clean(value, 14) for name, value in first.segment.items()}
    return metric_name(safe_text.clean(first.metric, 20), first.kind, segment)

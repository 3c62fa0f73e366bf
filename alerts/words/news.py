"""How a mail announces itself: its subject, its headline, and what a later mail says before anything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerts import safe_text
from alerts.types import Alert, Reason
from alerts.words.figures import Figures, opening
from alerts.words.names import TIER, metric_name, move
from alerts.words.verdicts import LABELS, sentences, tone, where

LONGEST_SUBJECT = 69
NOT_OF_THE_MARKET: Mapping[str, str] = {
    "recording": "a change in how deals are recorded",
    "shock": "a blip of a few weeks",
}
"""What an alert already sent turned out to be, where it was no change of the market."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """The head of a mail: `label` over `headline`, then `news` (empty in a first mail) and `verdict`."""

    subject: str
    label: str
    headline: str
    news: str
    verdict: str


def announce(alert: Alert, reason: Reason, figures: Figures) -> Announcement:
    """The head of the mail that tells of `alert` for `reason`."""
    label, headline, news, verdict = _head(alert, reason, figures)
    return Announcement(
        subject=subject(alert, reason, figures), label=label, headline=headline, news=news, verdict=verdict
    )


def _head(alert: Alert, reason: Reason, figures: Figures) -> tuple[str, str, str, str]:
    told = headline(alert, figures)
    began = f"about {figures.day(alert.started_on)}"
    if reason is Reason.RETRACTED:
        undone = (
            "With the data as they stand now, this change is not there: late or corrected records undid it."
        )
        return "Withdrawn", f"We withdraw: {_lowered(told)}", undone, "There is nothing to do."
    if reason is Reason.CLOSED and alert.verdict not in NOT_OF_THE_MARKET:
        news = f"{opening('they' if _many(alert) else 'it')} had been {_way(alert, figures)} from {began} on."
        return "Over", opening(f"{headline_name(alert)} {_back(alert)}"), news, ""
    if alert.verdict in NOT_OF_THE_MARKET and reason in (Reason.CLARIFIED, Reason.CLOSED):
        what = f"{opening(NOT_OF_THE_MARKET[alert.verdict])}, not a change of the market"
        told_of = f"We had written of this: {_lowered(told)}."
        return "Correction", what, told_of, "It is over." if alert.verdict == "shock" else sentences(alert)
    label = "Left turn: an opportunity" if alert.verdict == "left_turn" else LABELS[alert.verdict]
    return label, told, _later(alert, reason), sentences(alert)


def _later(alert: Alert, reason: Reason) -> str:
    if reason is Reason.WORSENED:
        return "The change we wrote of has grown since our last mail."
    if reason is Reason.CLARIFIED and alert.verdict == "unclear":
        return "Correction: the cause we named no longer holds."
    if reason is Reason.CLARIFIED:
        return "We now know more about the cause of the change we wrote of."
    return ""


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


def subject(alert: Alert, reason: Reason, figures: Figures) -> str:
    """The subject of the mail, under 70 characters: the longest way to say it that fits."""
    plain = ""
    for candidate in _subjects(alert, reason, figures):
        plain = safe_text.header(candidate)
        if len(plain) <= LONGEST_SUBJECT:
            return plain
    return safe_text.header(plain, LONGEST_SUBJECT)


def _subjects(alert: Alert, reason: Reason, figures: Figures) -> list[str]:
    """Ways to say it, the fullest first: with the whole name, with a shorter one, without the month."""
    way, since = _way(alert, figures), f"since {figures.month(alert.started_on)}"
    label = LABELS[alert.verdict]
    if reason is Reason.RETRACTED:
        return _named(alert, "Withdrawn: {name} " + f"{way} {since}")
    if alert.verdict in NOT_OF_THE_MARKET and reason in (Reason.CLOSED, Reason.CLARIFIED):
        was = NOT_OF_THE_MARKET[alert.verdict]
        return [*_named(alert, f"Correction: {{name}} {way} was {was}"), f"Correction: it was {was}"]
    if reason is Reason.CLOSED:
        return [
            *_named(alert, f"Over: {{name}} {_back(alert)}"),
            f"Over: {'they' if _many(alert) else 'it'} {_back(alert)}",
        ]
    if reason is Reason.CLARIFIED and alert.verdict == "unclear":
        return _named(alert, f"Correction: {{name}} {way}, cause unclear")
    if reason is Reason.CLARIFIED:
        cause = f"Cause clearer: {_lowered(label)}"
        lead = f"{cause}, {{name}} {way}"
        return [*_named(alert, f"{lead} {since}")[:1], *_named(alert, lead), f"{cause}, {way} {since}", cause]
    if reason is Reason.WORSENED:
        lead = {"good": "Stronger", "bad": "Worse", "even": "Larger"}[tone(alert)]
        return _named(alert, f"{lead}: {{name}} now {way} {since}")
    return _opening_subjects(alert, way, since)


def _opening_subjects(alert: Alert, way: str, since: str) -> list[str]:
    label, at = LABELS[alert.verdict], where(alert)
    if alert.verdict == "internal":
        only = f"Only {at}" if at else label
        return [f"{only}: {_bare_name(alert)} {way} {since}", f"{only}: {_bare_name(alert)} {way}"]
    if alert.verdict == "left_turn":
        lead = f"Left turn? {opening(at) or 'Outside the profile'}: {_bare_name(alert)}"
        return [f"{lead} {way} {since}", f"{lead} {way}", f"Left turn? {_bare_name(alert)} {way} {since}"]
    lead = "Something changed" if alert.verdict == "unclear" else label
    full, short, _ = _named(alert, f"{lead}: {{name}} {way} {since}")
    return [full, short, *_named(alert, f"{lead}: {{name}} {way}")]


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

"""A word to operations as their mail shows it: what is wrong or odd with data, mail or settings, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from alerts import safe_text

Topic = Literal["stale", "source", "mail", "configuration", "seen", "failed", "note"]
MOST_LINES = 60
LONGEST_SUBJECT = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class _Manner:
    """How a topic is told: the label over it, whether it is bad, and what to do unless the caller knows better."""

    label: str
    bad: bool
    next_step: str = ""


MANNERS: Mapping[Topic, _Manner] = {
    "stale": _Manner(
        label="Data stale",
        bad=True,
        next_step="See whether the export still runs. Judging goes on by itself once newer deals arrive.",
    ),
    "source": _Manner(
        label="Data",
        bad=True,
        next_step="Mend the rows or the file; what was set aside is listed by leftturn quarantine.",
    ),
    "mail": _Manner(
        label="Mail failing",
        bad=True,
        next_step="Look at leftturn outbox, then at the address or the server named above.",
    ),
    "configuration": _Manner(
        label="Configuration refused",
        bad=True,
        next_step="Correct the lines named above; until then the last good configuration stays in force.",
    ),
    "seen": _Manner(label="Seen, not sent to leadership", bad=False),
    "failed": _Manner(label="Failed, tried again", bad=True),
    "note": _Manner(label="Operations", bad=False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsView:
    """What operations are told: a label and its tone ("bad" or "even"), a subject, lines, and what to do."""

    subject: str
    preheader: str
    company: str
    label: str
    tone: str
    lines: tuple[str, ...]
    next_step: str


def view_of(subject: str, lines: Sequence[str], company: str, topic: Topic, next_step: str) -> OperationsView:
    """The view of a word to operations; lines beyond MOST_LINES are counted."""
    shown = [safe_text.clean(line) for line in lines[:MOST_LINES]]
    rest = len(lines) - len(shown)
    manner = MANNERS[topic]
    return OperationsView(
        subject=safe_text.header(subject, LONGEST_SUBJECT),
        preheader=shown[0] if shown else "",
        company=safe_text.name(company),
        label=manner.label,
        tone="bad" if manner.bad else "even",
        lines=(*shown, *((f"And {rest} more.",) if rest else ())),
        next_step=safe_text.clean(next_step or manner.next_step),
    )

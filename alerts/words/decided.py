"""What was decided about a change, in words: by whom, when, and when it is looked at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts import safe_text
from alerts.types import Answer
from alerts.words.figures import Figures

WHAT: Mapping[str, str] = {
    "act": "to act on it",
    "watch": "to watch it",
    "reject": "to leave it alone",
    "known": "that it was known already",
}


def in_a_line(answers: Sequence[Answer], figures: Figures) -> str:
    """The newest answer: "to watch it: Head of sales, 3 March; look again on 1 June"; nothing without one."""
    if not answers:
        return ""
    last = answers[-1]
    said = f"{WHAT[last.what]}: {safe_text.name(last.by)}, {figures.day(last.on)}"
    if last.note:
        said += f" ({safe_text.clean(last.note, 160)})"
    return f"{said}; look again on {figures.day(last.look_again_on)}" if last.look_again_on else said


def reminder(answers: Sequence[Answer], figures: Figures) -> str:
    """Why a reminder comes: what was decided, and for which day."""
    if not answers:
        return "The day has come to look at this again."
    last = answers[-1]
    again = f", and to look again on {figures.day(last.look_again_on)}" if last.look_again_on else ""
    return f"On {figures.day(last.on)} {safe_text.name(last.by)} decided {WHAT[last.what]}{again}."

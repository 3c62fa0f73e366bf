"""Known causes in words: what the date of a change says of each."""

from __future__ import annotations

from alerts import safe_text
from alerts.types import KnownCause
from alerts.words.figures import Figures, in_words


def in_a_line(cause: KnownCause, figures: Figures) -> str:
    """Its name, its day, and what the date of the change says of it.

    "New price list (1 February): the change began five weeks before it, so it is not that"
    """
    what = f"{safe_text.name(cause.name)} ({figures.day(cause.on)})"
    weeks = f"{in_words(abs(cause.weeks))} week{'' if abs(cause.weeks) == 1 else 's'} "
    if cause.says == "fits":
        return f"{what}: its date fits"
    if cause.says == "began_before":
        return f"{what}: the change began {weeks if cause.weeks < 0 else ''}before it, so it is not that"
    if cause.says == "began_after":
        return f"{what}: the change came {weeks if cause.weeks > 0 else 'well '}after it"
    return what


def that_fit(causes: tuple[KnownCause, ...]) -> str:
    """The names of the first two whose date fits; nothing where none does."""
    fit = [f"“{safe_text.name(cause.name)}”" for cause in causes if cause.says == "fits"]
    return " and ".join(fit[:2])

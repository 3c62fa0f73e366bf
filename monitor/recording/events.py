"""What an event of recording is, and which kinds there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Kind = Literal[
    "bulk_close",
    "one_sided_came",
    "one_sided_left",
    "stage_new",
    "stage_gone",
    "stage_renamed",
    "category_new",
    "disqualified",
    "nulls",
    "enriched",
    "rewritten",
]
Effect = Literal["hold", "annotate"]
EFFECTS: Mapping[Kind, Effect] = {
    "bulk_close": "annotate",  # effective deals already count a batch as about one
    "one_sided_came": "annotate",
    "one_sided_left": "annotate",
    "stage_new": "annotate",
    "stage_gone": "annotate",
    "stage_renamed": "hold",
    "category_new": "annotate",
    "disqualified": "annotate",
    "nulls": "hold",
    "enriched": "annotate",
    "rewritten": "annotate",
}


SOON = timedelta(weeks=8)
"""The time in which something new is to show, or something ended not to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEvent:
    """Something that happened to the records, on a day of the company.

    on       the day it happened, or the first of the week in which it began
    subject  whom or what it is about: a person, a label, a column
    deals    how many deals (or accounts) it touches
    detail   figures in words
    made     of a new label: the win rate since, less that of the deals without it; None where that cannot be told
    """

    on: date
    kind: Kind
    subject: str
    deals: int
    detail: str
    made: float | None = None

    @property
    def effect(self) -> Effect:
        """Whether it makes the weeks around it doubtful, or is told beside a change."""
        return EFFECTS[self.kind]

"""What a form sends: short texts by name, nothing else. Days are read strictly; what is wrong is a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.console.guard import MOST_BYTES, TooLargeError
from monitor.store.acts import ActError

MOST_FIELDS = 30
Fields = Mapping[str, str]


async def fields_of(request: Request) -> Fields:
    """The fields of a form; of a field sent twice the last. A file is no field of ours."""
    try:
        async with request.form(max_files=0, max_fields=MOST_FIELDS, max_part_size=MOST_BYTES) as form:
            return {name: value for name, value in form.items() if isinstance(value, str)}
    except TooLargeError:
        raise
    except (HTTPException, ValueError):
        raise ActError("what was sent is no form of ours") from None


def day_in(fields: Fields, name: str) -> date | None:
    """The day in a field; None where it is empty. Raises ActError for what is no day."""
    text = fields.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ActError("a day is written like 2026-01-31") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision as a form sends it. An owner and a day to look again go with acting and watching only."""

    what: str
    owner: str
    look_again_on: date | None
    note: str


def decision_in(fields: Fields) -> Decided:
    """The decision in a form. Raises ActError for a day that is none."""
    what = fields.get("decision", "")
    open_ended = what in ("act", "watch")
    return Decided(
        what=what,
        owner=fields.get("owner", "") if open_ended else "",
        look_again_on=day_in(fields, "look_again_on") if open_ended else None,
        note=fields.get("note", ""),
    )


def number_in(fields: Fields, name: str) -> int:
    """The row's number in a field. Raises ActError where there is none."""
    text = fields.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ActError("what was sent is no form of ours")
    return int(text)

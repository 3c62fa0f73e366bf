"""Sizes and spans of time with their units: "5 points", "20 %", "3 days", "26 weeks", "5 years".

A bare number is refused: 5 could be points, percent or a share, and each reader would take another.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

SPANS: dict[str, timedelta] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
DAYS_A_YEAR = 365.25
_QUANTITY = re.compile(r"(?P<number>[+-]?\d{1,9}(?:\.\d{1,9})?)\s*(?P<unit>%|[a-z]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a change must be to matter: points of a rate (0.05 is 5 points), or a share of the level."""

    amount: float
    unit: Literal["points", "percent"]

    def __str__(self) -> str:
        return f"{self.amount * 100:.12g} {'points' if self.unit == 'points' else '%'}"


def parse_size(text: str) -> Size:
    """A size such as "5 points" or "20 %". Raises ValueError with the mend.

    >>> parse_size("5 points")
    Size(amount=0.05, unit='points')
    >>> parse_size("20%").amount
    0.2
    >>> parse_size("5")
    Traceback (most recent call last):
    ...
    ValueError: needs a unit: write "5 points" or "5 %"
    """
    number, unit = _quantity(text, '"{} points" or "{} %"', '"5 points" or "20 %"')
    if unit in ("point", "points", "pp"):
        size = Size(amount=_hundredth(number), unit="points")
        if not 0 < size.amount <= 1:
            raise ValueError("must be more than 0 and at most 100 points")
        return size
    if unit in ("%", "percent"):
        size = Size(amount=_hundredth(number), unit="percent")
        if not 0 < size.amount <= 10:
            raise ValueError("must be more than 0 and at most 1000 %")
        return size
    raise ValueError(f'"{unit}" is no unit of size; write "5 points" or "20 %"')


def parse_span(text: str) -> timedelta:
    """A span of time such as "3 days". Raises ValueError with the mend.

    >>> parse_span("3 days")
    datetime.timedelta(days=3)
    >>> parse_span("1.5 hours")
    datetime.timedelta(seconds=5400)
    >>> parse_span("3")
    Traceback (most recent call last):
    ...
    ValueError: needs a unit: write "3 days" or "3 hours"
    """
    number, unit = _quantity(text, '"{} days" or "{} hours"', '"3 days" or "26 weeks"')
    length = SPANS.get(unit.removesuffix("s"))
    if length is None:
        if unit.removesuffix("s") in ("month", "quarter", "year"):
            raise ValueError(f"{unit} differ in length; write days or weeks")
        raise ValueError(f'"{unit}" is no unit of time; write minutes, hours, days or weeks')
    span = number * length
    if span < timedelta(0):
        raise ValueError("must not be negative")
    if span > timedelta(days=3660):
        raise ValueError("must be at most ten years")
    return span


def parse_weeks(text: str) -> int:
    """A span of whole weeks. Raises ValueError with the mend.

    >>> parse_weeks("26 weeks")
    26
    """
    span = parse_span(text)
    if span % timedelta(weeks=1):
        raise ValueError('must be whole weeks, such as "26 weeks"')
    return span // timedelta(weeks=1)


def parse_keep(text: str) -> int | None:
    """How long deals are kept, in whole weeks, rounded up; None for ever.

    >>> parse_keep("5 years"), parse_keep("104 weeks"), parse_keep("forever")
    (261, 104, None)
    """
    if text == "forever":
        return None
    number, unit = _quantity(text, '"{} years" or "{} weeks"', '"5 years", or forever')
    if unit.removesuffix("s") != "year":
        return math.ceil(parse_span(text) / timedelta(weeks=1))
    if not 0 < number <= 100:
        raise ValueError("must be at most 100 years, or forever")
    return math.ceil(number * DAYS_A_YEAR / 7)


def _quantity(text: str, mend: str, example: str) -> tuple[float, str]:
    if re.fullmatch(r"[+-]?\d{1,9}(\.\d{1,9})?", text):
        raise ValueError(f"needs a unit: write {mend.format(text, text)}")
    if re.match(r"\d+,\d", text):
        raise ValueError(f"has a decimal comma; write a point, such as {example}")
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"is no number with a unit; write for example {example}")
    return float(found["number"]), found["unit"].lower()


def _hundredth(number: float) -> float:
    return round(number / 100, 12)  # 7 / 100 is 0.07000000000000001 otherwise

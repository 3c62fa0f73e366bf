"""The kinds of single values that settings are made of: each reads the text as written, and refuses the rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import BeforeValidator, GetCoreSchemaHandler, PlainSerializer, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from config.refusal import did_you_mean, is_quoted, listed, refuse, shown, text_of
from config.units import Size, parse_keep, parse_size, parse_span, parse_weeks

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
LONGEST_TEXT = 200


def read_text(value: object) -> str:
    """One plain line of text. Raises the refusal of anything else."""
    text = str(text_of(value)).strip()
    if not text:
        raise refuse("is empty; write a value, or leave the line out")
    if len(text) > LONGEST_TEXT:
        raise refuse(f"is longer than {LONGEST_TEXT} characters")
    if not text.isprintable():
        raise refuse("holds a line break or another character that cannot be seen; write one plain line")
    return text


def read_path(value: object) -> Path:
    """A path as written, relative or not. Raises the refusal of anything but one line of text."""
    return value if isinstance(value, Path) else Path(read_text(value))


def read_number(value: object) -> float:
    """A number in plain digits. Raises the refusal of nan, 1e3, 0x1, 007 and of text in quotes."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = str(text_of(value))
    if is_quoted(value):
        raise refuse(f"must be a number; write it without quotes, not {shown(value)}")
    if re.fullmatch(r"\d+,\d+", text):
        raise refuse(f"has a decimal comma; write {text.replace(',', '.')}")
    if not re.fullmatch(r"[+-]?(0|[1-9]\d{0,14})(\.\d{1,15})?", text):
        raise refuse(f"must be a number in plain digits such as 0.5, not {shown(value)}")
    return float(text)


def read_whole(value: object) -> int:
    """A whole number. Raises the refusal of anything else."""
    number = read_number(value)
    if not number.is_integer():
        raise refuse(f"must be a whole number, not {shown(value)}")
    return int(number)


def _day(value: object) -> date:
    if isinstance(value, date):
        return value
    text = str(text_of(value))
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise refuse(f"must be a date such as 2026-01-31, not {shown(value)}")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise refuse(f"{text} is no day of the calendar") from None


def _clock(value: object) -> time:
    if isinstance(value, time):
        return value
    text = str(text_of(value))
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise refuse(f'must be a time of the day such as "07:30", not {shown(value)}')
    return time(int(found[1]), int(found[2]))


def _by_unit(made: type, parse: Callable[[str], object]) -> Callable[[object], object]:
    def read(value: object) -> object:
        if isinstance(value, made):
            return value
        try:
            return parse(str(text_of(value)).strip())
        except ValueError as error:  # a refusal of pydantic's is one too, and is raised as it stands
            raise (error if type(error) is not ValueError else refuse(str(error))) from None

    return read


def _position(words: tuple[str, ...], first: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, int):
            return value
        text = str(text_of(value))
        if text.lower() not in words:
            raise refuse(f"{shown(text)} is not one of {listed(words)}{did_you_mean(text, words)}")
        return words.index(text.lower()) + first

    return read


def _pattern(example: str, description: str, kind: str = "string") -> WithJsonSchema:
    return WithJsonSchema({"type": kind, "description": description, "examples": [example]})


Text = Annotated[str, BeforeValidator(read_text)]
OnDisk = Annotated[Path, BeforeValidator(read_path)]
Day = Annotated[date, BeforeValidator(_day)]
Clock = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d{2}$", "examples": ["07:30"]}),
]
Span: TypeAlias = Annotated[
    timedelta,
    BeforeValidator(_by_unit(timedelta, parse_span)),
    _pattern("3 days", "A span of time with its unit: minutes, hours, days or weeks."),
]
Weeks: TypeAlias = Annotated[
    int, PlainValidator(_by_unit(int, parse_weeks)), _pattern("26 weeks", "A span of whole weeks.")
]


def _kept(value: object) -> int | None:
    """Weeks, or None for ever."""
    if isinstance(value, int):
        return value
    try:
        return parse_keep(str(text_of(value)).strip())
    except ValueError as error:
        raise (error if type(error) is not ValueError else refuse(str(error))) from None


Keep: TypeAlias = Annotated[
    int | None,
    PlainValidator(_kept),
    PlainSerializer(lambda weeks: "forever" if weeks is None else f"{weeks} weeks", return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "description": "How long deals are kept after they were decided: forever, or a span with its unit.",
            "examples": ["forever", "5 years"],
        }
    ),
]
Amount: TypeAlias = Annotated[
    Size,
    BeforeValidator(_by_unit(Size, parse_size)),
    _pattern("5 points", "A size with its unit: points of a rate, or % of the level."),
]
Weekday = Annotated[int, PlainValidator(_position(WEEKDAYS, 0)), WithJsonSchema({"enum": list(WEEKDAYS)})]
Month = Annotated[int, PlainValidator(_position(MONTHS, 1)), WithJsonSchema({"enum": list(MONTHS)})]


@dataclass(frozen=True, slots=True)
class OneOf:
    """On a Literal: refuses other words with the list of those it knows."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The check, before pydantic's own."""
        built = tuple(str(word) for word in get_args(source))

        def read(value: object) -> str:
            text = str(text_of(value))
            if text in built:
                return text
            raise refuse(f"{shown(text)} is not one of {listed(built)}{did_you_mean(text, built)}")

        return core_schema.no_info_before_validator_function(read, handler(source))

"""The one grammar that selects deals: {name: value | [values] | {not_in | between | matches | missing}}.

Conditions of one `where` must all hold. Values stay as written (a product code 0123 stays 0123); a number, a
date, true or false become what they are only where they are written so, without quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from config.document import Loc
from config.refusal import did_you_mean, is_quoted, listed, refuse, refuse_all, shown

Op = Literal["in", "not_in", "between", "matches", "missing"]
Bare: TypeAlias = "str | float | date | bool"

DAYS = {"created_at": "created_on", "qualified_at": "qualified_on", "closed_at": "closed_on"}
"""Moments of the source are days of the company once read; both names may be written."""
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{0,9}[1-9])?")
"""What is a number and nothing else: 0123 and 2.50 may be codes, and are kept as written."""
OPERATORS = ("not_in", "between", "matches", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition on one column or attribute.

    `values` are the labels of in and not_in; low and high of between, both included; one pattern that the whole
    value must match; or one bool of missing.
    """

    name: str
    op: Op
    values: tuple[Bare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Conditions that must all hold."""

    conditions: tuple[Condition, ...]

    def names(self) -> tuple[str, ...]:
        """What the conditions are about, each once, as first written."""
        return tuple(dict.fromkeys(condition.name for condition in self.conditions))


def parse_where(value: object) -> Where:
    """A `where` from its mapping. Raises pydantic's error with every problem in it."""
    if isinstance(value, Where):
        return value
    if not isinstance(value, Mapping):
        raise refuse(f"must be a mapping such as {{region: EMEA}}, not {shown(value)}")
    if not value:
        raise refuse("is empty; write a condition, or leave it out")
    conditions: list[Condition] = []
    wrongs: list[tuple[Loc, str]] = []
    for name, wanted in value.items():
        try:
            conditions.extend(_conditions(str(name), wanted))
        except PydanticCustomError as error:
            wrongs += [((str(name), *at), said) for at, said in (error.context or {})["wrongs"]]
    if wrongs:
        raise refuse_all(wrongs)
    return Where(conditions=tuple(conditions))


def parse_deal_where(value: object) -> Where:
    """The same over deals as read, where moments are days.

    >>> parse_deal_where({"created_at": {"between": ["2026-01-01", "2026-02-01"]}}).names()
    ('created_on',)
    """
    where = parse_where(value)
    return Where(
        conditions=tuple(
            Condition(name=DAYS.get(each.name, each.name), op=each.op, values=each.values)
            for each in where.conditions
        )
    )


def _conditions(name: str, wanted: object) -> Iterator[Condition]:
    if not isinstance(wanted, Mapping):
        yield Condition(name=name, op="in", values=_labels(wanted))
        return
    if not wanted:
        raise refuse(f"is empty; write a value, a list, or one of {listed(OPERATORS)}")
    for word, operand in wanted.items():
        try:
            yield Condition(name=name, op=_operator(str(word)), values=_OPERANDS[str(word)](operand))
        except PydanticCustomError as error:
            wrongs = (error.context or {})["wrongs"]
            raise refuse_all([((str(word), *at), said) for at, said in wrongs]) from None


def _operator(word: str) -> Op:
    for known in OPERATORS:
        if word == known:
            return known  # type: ignore[return-value]
    mend = "; list the values: [a, b]" if word in ("in", "is", "equals") else did_you_mean(word, OPERATORS)
    raise refuse(f"is no condition; {listed(OPERATORS)} are{mend}")


def _labels(operand: object) -> tuple[Bare, ...]:
    if not isinstance(operand, list | tuple):
        return (_bare(operand),)
    if not operand:
        raise refuse("is an empty list; nothing can be in it")
    labels: list[Bare] = []
    for position, value in enumerate(operand):
        try:
            labels.append(_bare(value))
        except PydanticCustomError as error:
            raise refuse_all([((position,), said) for _, said in (error.context or {})["wrongs"]]) from None
    return tuple(labels)


def _between(operand: object) -> tuple[Bare, ...]:
    pair = _labels(operand)
    if len(pair) != 2:
        raise refuse("must hold two values: [low, high]")
    low, high = pair
    for kind in (date, float):
        if isinstance(low, kind) and isinstance(high, kind):
            if low > high:  # type: ignore[operator]
                raise refuse("is the wrong way round; write [low, high]")
            return pair
    raise refuse("must hold two numbers or two dates, without quotes, such as [200, 5000]")


def _matches(operand: object) -> tuple[Bare, ...]:
    if not isinstance(operand, str) or not operand or len(operand) > 200:
        raise refuse("must be a pattern of at most 200 characters, such as '.*robot.*'")
    if re.search(r"\(\?(<?[=!]|P=|>|\()|\\[0-9Z]", operand):
        raise refuse("uses what patterns cannot do here: looking around or back, \\Z or \\0")
    try:
        re.compile(operand)
    except (re.error, RecursionError, OverflowError):
        raise refuse("is no regular expression") from None
    return (str(operand),)


def _missing(operand: object) -> tuple[Bare, ...]:
    value = _bare(operand)
    if not isinstance(value, bool):
        raise refuse("must be true or false")
    return (value,)


_OPERANDS: dict[str, Any] = {"not_in": _labels, "between": _between, "matches": _matches, "missing": _missing}


def _bare(value: object) -> Bare:
    """A value as its writing says; what only YAML 1.1 would take for a number or a bool stays text."""
    if isinstance(value, bool | date):
        return value
    if isinstance(value, int | float):
        return float(value)
    if value is None:
        raise refuse("is nothing; write {missing: true}, or put the word in quotes")
    if not isinstance(value, str):
        raise refuse(f"must be a single value, not {shown(value)}")
    text = str(value)
    if is_quoted(value):
        return text
    if text in ("true", "false"):
        return text == "true"
    if _NUMBER.fullmatch(text):
        return float(text)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise refuse(f"{text} is no day of the calendar; put it in quotes if it is text") from None
    return text


_ONE = {"type": ["string", "number", "boolean"]}
_MANY = {"type": "array", "items": _ONE, "minItems": 1}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "description": "Conditions that must all hold, by column, attribute, motion or tier.",
    "additionalProperties": {
        "anyOf": [
            _ONE,
            _MANY,
            {
                "type": "object",
                "additionalProperties": False,
                "minProperties": 1,
                "properties": {
                    "not_in": {"anyOf": [_ONE, _MANY]},
                    "between": {"type": "array", "items": _ONE, "minItems": 2, "maxItems": 2},
                    "matches": {"type": "string"},
                    "missing": {"type": "boolean"},
                },
            },
        ]
    },
}

RowWhere = Annotated[Where, BeforeValidator(parse_where), WithJsonSchema(SCHEMA)]
"""Over the columns of a file, by the file's names."""
DealWhere = Annotated[Where, BeforeValidator(parse_deal_where), WithJsonSchema(SCHEMA)]
"""Over deals as read: columns by our names, attributes, motion, tier."""

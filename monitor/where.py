"""The one `where` grammar as polars expressions, over a deal's columns, its attributes, motion and tier."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

from monitor.spans_of_size import size_in

if TYPE_CHECKING:
    from config.where import Condition, Where

ATTRIBUTE = "attr:"


def column_of(name: str, columns: Sequence[str]) -> str:
    """The frame's column that `name` means: itself, or the attribute of that name. KeyError if neither."""
    if name in columns:
        return name
    if f"{ATTRIBUTE}{name}" in columns:
        return f"{ATTRIBUTE}{name}"
    raise KeyError(name)


def matches(where: Where, columns: Sequence[str]) -> pl.Expr:
    """Whether a row meets every condition. Never null: what cannot be read is not met."""
    return reduce(
        lambda met, condition: met & _met(condition, column_of(condition.name, columns)),
        where.conditions,
        pl.lit(True),
    )


def readable(where: Where, columns: Sequence[str]) -> pl.Expr:
    """Whether every value that `where` asks for is there (and is a number, where a number is asked for)."""
    return reduce(
        lambda met, condition: met & _readable(condition, column_of(condition.name, columns)),
        where.conditions,
        pl.lit(True),
    )


def _readable(condition: Condition, column: str) -> pl.Expr:
    if condition.op == "missing":
        return pl.lit(True)
    if condition.op == "between" and not isinstance(condition.values[0], date):
        return number_of(column).is_not_null()
    return _present(column)


def _met(condition: Condition, column: str) -> pl.Expr:
    if condition.op == "missing":
        missing = _present(column).not_()
        return missing if condition.values[0] else missing.not_()
    if condition.op == "between":
        return _between(condition, column).fill_null(False)
    if condition.op == "matches":
        pattern = f"^(?:{condition.values[0]})$"
        return pl.col(column).cast(pl.String).str.contains(pattern).fill_null(False)
    wanted = [_label(value) for value in condition.values]
    is_one = _text(column).is_in(wanted).fill_null(False)
    return is_one if condition.op == "in" else is_one.not_()


def _between(condition: Condition, column: str) -> pl.Expr:
    low, high = condition.values
    if isinstance(low, date):
        return pl.col(column).cast(pl.Date, strict=False).is_between(pl.lit(low), pl.lit(high))
    return number_of(column).is_between(pl.lit(float(low)), pl.lit(float(high)))  # type: ignore[arg-type]


def _present(column: str) -> pl.Expr:
    return (pl.col(column).cast(pl.String).str.strip_chars() != "").fill_null(False)


def number_of(column: str) -> pl.Expr:
    """The column as a number; "1,200", "1 200" and "51-200" are read too, as CRMs export employee counts so."""
    return size_in(pl.col(column))


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.strip_chars().str.normalize("NFKC").str.to_lowercase()


def _label(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return re.sub(r"^\s+|\s+$", "", text).lower()

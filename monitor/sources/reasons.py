"""Why a row is set aside: names that others count and search for, and checks that find them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import polars as pl

SHOWN = 60
MORE_THAN_ALL = (
    " is more than everything; write a share (0.15) or percent (15 %), or format.discounts: percent where the whole "
    "column is in percent"
)


class Reason(StrEnum):
    """Why a row is set aside."""

    RAGGED = "ragged"
    BROKEN_QUOTES = "broken_quotes"
    CONTROL_CHARACTER = "control_character"
    TOO_LONG = "too_long"
    NO_ID = "no_id"
    NOT_A_DATE = "not_a_date"
    IMPLAUSIBLE_DATE = "implausible_date"
    NOT_A_NUMBER = "not_a_number"
    NEGATIVE_AMOUNT = "negative_amount"
    DISCOUNT_ABOVE_ONE = "discount_above_one"
    UNKNOWN_CURRENCY = "unknown_currency"
    MIXED_CURRENCIES = "mixed_currencies"
    NOT_YES_OR_NO = "not_yes_or_no"
    UNKNOWN_STAGE = "unknown_stage"
    WON_WITHOUT_CLOSING_DATE = "won_without_closing_date"
    DECIDED_WITHOUT_CLOSING_DATE = "decided_without_closing_date"
    CLOSED_BEFORE_CREATED = "closed_before_created"
    CONFLICTING_DUPLICATE = "conflicting_duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A rule that a row may break.

    column   the file's name of the column at fault; None where it is the row
    bad      whether the row breaks it; null is no
    detail   what was found and how to mend it
    """

    reason: Reason
    column: str | None
    bad: pl.Expr
    detail: pl.Expr


def quoted(column: str) -> pl.Expr:
    """A cell as a sentence shows it: in quotes, cut where it is long."""
    text = pl.col(column).str.replace_all(r"\s+", " ")
    cut = pl.when(text.str.len_chars() > SHOWN).then(text.str.head(SHOWN) + "…").otherwise(text)
    return pl.format("'{}'", cut)


def says(column: str, sentence: str) -> pl.Expr:
    """The cell in quotes, followed by a sentence."""
    return quoted(column) + pl.lit(sentence)


def sift(rows: pl.DataFrame, checks: Sequence[Check], key: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that break no rule, and those that do with the first they break (REJECTED without `raw`)."""
    if not checks:
        return rows, _empty()
    first = pl.coalesce(
        pl.when(check.bad).then(pl.lit(place, pl.Int32)) for place, check in enumerate(checks)
    )
    marked = rows.with_columns(first.alias("!check"))
    broken = marked.filter(pl.col("!check").is_not_null())
    parts = [
        broken.filter(pl.col("!check") == place).select(
            "row",
            pl.lit(check.column, pl.String).alias("column"),
            pl.lit(str(check.reason), pl.String).alias("reason"),
            check.detail.cast(pl.String).alias("detail"),
            pl.col(key).alias("key"),
        )
        for place, check in enumerate(checks)
        if broken.height
    ]
    rejected = pl.concat([_empty(), *parts])
    return marked.filter(pl.col("!check").is_null()).drop("!check"), rejected


def _empty() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "row": pl.Int64,
            "column": pl.String,
            "reason": pl.String,
            "detail": pl.String,
            "key": pl.String,
        }
    )

"""The rules that a row must keep to be a deal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from monitor.sources.currencies import currency_checks
from monitor.sources.deal_rows import AMOUNTS, NUMBERS, DealRows
from monitor.sources.reasons import MORE_THAN_ALL, Check, Reason, says

EARLIEST = date(1970, 1, 1)
YEARS_AHEAD = 5


def deal_checks(deals: DealRows, today: date) -> Iterator[Check]:
    """Every rule, in the order in which they are asked. `today` is the company's."""
    columns = deals.columns
    yield from _stage(columns)
    yield from _dates(deals, today)
    yield from _numbers(deals)
    yield from currency_checks(deals.rows, columns, deals.company.currency)
    yield from _order(columns)


def _stage(columns: dict[str, str]) -> Iterator[Check]:
    if "deleted" in columns:
        yield Check(
            reason=Reason.NOT_YES_OR_NO,
            column=columns["deleted"],
            bad=pl.col("deleted").is_not_null() & pl.col("=deleted").is_null(),
            detail=says("deleted", " is neither true nor false"),
        )
    if "stage" not in columns:
        return
    mend = " is in no list under outcome; add it to won, lost, no_decision, disqualified, open or ignore"
    yield Check(
        reason=Reason.UNKNOWN_STAGE,
        column=columns["stage"],
        bad=pl.col("outcome").is_null(),
        detail=pl.coalesce(says("stage", mend), pl.lit("the cell is blank; a deal must have a stage")),
    )


def _dates(deals: DealRows, today: date) -> Iterator[Check]:
    written = deals.source.format.dates
    for name in deals.moments:
        matters = pl.col("outcome") != "open" if name == "closed_at" else pl.lit(True)
        read = pl.col(f"={name}")
        yield Check(
            reason=Reason.NOT_A_DATE,
            column=deals.columns[name],
            bad=pl.col(name).is_not_null() & read.is_null() & matters,
            detail=says(name, f" is not written {written}, or there is no such day; see format.dates"),
        )
        if name != "modified_at":
            latest = date(today.year + YEARS_AHEAD, 12, 31)
            yield Check(
                reason=Reason.IMPLAUSIBLE_DATE,
                column=deals.columns[name],
                bad=~read.is_between(pl.lit(EARLIEST), pl.lit(latest)) & matters,
                detail=says(name, f" lies before {EARLIEST} or after {latest}"),
            )


def _numbers(deals: DealRows) -> Iterator[Check]:
    decimal = deals.source.format.decimal
    for name in (*AMOUNTS, *NUMBERS):
        if name not in deals.columns:
            continue
        yield Check(
            reason=Reason.NOT_A_NUMBER,
            column=deals.columns[name],
            bad=pl.col(name).is_not_null() & pl.col(f"={name}").is_null(),
            detail=says(name, f" is no number where '{decimal}' is the decimal mark; see format.decimal"),
        )
        if name in AMOUNTS:
            yield Check(
                reason=Reason.NEGATIVE_AMOUNT,
                column=deals.columns[name],
                bad=pl.col(f"={name}") < 0,
                detail=says(name, " is negative; credits and refunds are no deals"),
            )
    if "discount" in deals.columns:
        yield Check(
            reason=Reason.DISCOUNT_ABOVE_ONE,
            column=deals.columns["discount"],
            bad=pl.col("=discount") > 1,
            detail=says("discount", MORE_THAN_ALL),
        )


def _order(columns: dict[str, str]) -> Iterator[Check]:
    closed = pl.col("=closed_at")
    outcome, undated = pl.col("outcome"), closed.is_null()
    sentence = "the deal is decided ({}) but has no closing date, so it belongs to no week"
    yield Check(
        reason=Reason.WON_WITHOUT_CLOSING_DATE,
        column=columns["closed_at"],
        bad=(outcome == "won") & undated,
        detail=pl.format(sentence, "outcome"),
    )
    yield Check(
        reason=Reason.DECIDED_WITHOUT_CLOSING_DATE,
        column=columns["closed_at"],
        bad=(outcome != "open") & undated,
        detail=pl.format(sentence, "outcome"),
    )
    if "created_at" in columns:
        yield Check(
            reason=Reason.CLOSED_BEFORE_CREATED,
            column=columns["closed_at"],
            bad=(outcome != "open") & (closed < pl.col("=created_at")),
            detail=pl.format("closed on {}, before it was created on {}", closed, "=created_at"),
        )

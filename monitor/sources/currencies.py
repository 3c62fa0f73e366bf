"""Which currency a row's money is in: by its column, else by the mark in its cells, else the company's."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from monitor.sources import amounts
from monitor.sources.reasons import Check, Reason, says

AMBIGUOUS = {"$": sorted(amounts.DOLLARS), "¥": ["CNY", "JPY"]}
"""Marks of several currencies; the column decides where there is one."""


def with_currency(rows: pl.DataFrame, money: tuple[str, ...], company: str) -> pl.DataFrame:
    """`rows` with "=currency" (null where it is unknown), and "=mark" and "=marked" for the cells of `money`."""
    marks = [amounts.mark(pl.col(name)) for name in money if name in rows.columns]
    rows = rows.with_columns((pl.coalesce(*marks) if marks else pl.lit(None, pl.String)).alias("=mark"))
    rows = rows.with_columns(_currency_of(rows, "=mark", company).alias("=marked"))
    if "currency" not in rows.columns:
        unknown = pl.col("=mark").is_not_null() & pl.col("=marked").is_null()
        named = pl.when(~unknown).then(pl.col("=marked").fill_null(company))
        return rows.with_columns(named.alias("=currency"))
    told = pl.when(pl.col("currency").is_null()).then(pl.col("=marked").fill_null(company))
    return rows.with_columns(told.otherwise(_currency_of(rows, "currency", company)).alias("=currency"))


def currency_checks(rows: pl.DataFrame, columns: dict[str, str], company: str) -> Iterator[Check]:
    """That the currency is known, and that money of several is told apart by more than a mark."""
    money = next((name for name in ("amount", "list_amount") if name in columns), None)
    if "currency" in columns:
        yield Check(
            reason=Reason.UNKNOWN_CURRENCY,
            column=columns["currency"],
            bad=pl.col("currency").is_not_null() & pl.col("=currency").is_null(),
            detail=says("currency", " is no currency; write its three letters, such as USD"),
        )
    if money is None:
        return
    yield Check(
        reason=Reason.UNKNOWN_CURRENCY,
        column=columns[money],
        bad=pl.col("=mark").is_not_null() & pl.col("=marked").is_null(),
        detail=says(money, " is in no known currency; export amounts without a mark, or with three letters"),
    )
    yield Check(
        reason=Reason.MIXED_CURRENCIES,
        column=columns[money],
        bad=_mixed(rows, company, told="currency" in columns),
        detail=_what_is_mixed(money, told="currency" in columns),
    )


def _mixed(rows: pl.DataFrame, company: str, *, told: bool) -> pl.Expr:
    if told:
        fits = pl.any_horizontal(
            pl.col("=marked") == pl.col("=currency"),
            *((pl.col("=mark") == mark) & pl.col("=currency").is_in(of) for mark, of in AMBIGUOUS.items()),
        )
        return pl.col("=marked").is_not_null() & ~fits
    with_money = pl.any_horizontal(
        pl.col(name).is_not_null() for name in ("amount", "list_amount") if name in rows.columns
    )
    several = rows.filter(with_money)["=currency"].n_unique() > 1
    return (pl.col("=currency") != company) & pl.lit(several)


def _what_is_mixed(money: str, *, told: bool) -> pl.Expr:
    if told:
        return pl.format("{} but its currency is {}; export them alike", says(money, ""), pl.col("currency"))
    sentence = " stands among other currencies; export the currency as a column and map it as `currency`"
    return says(money, sentence)


def _currency_of(rows: pl.DataFrame, column: str, company: str) -> pl.Expr:
    marks = rows[column].drop_nulls().unique().to_list()
    meaning = {mark: amounts.currency_of(mark, company) for mark in marks}
    return pl.col(column).replace_strict(meaning, default=None, return_dtype=pl.String)

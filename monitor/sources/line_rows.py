"""Lines of deals and orders: read by contract as deals are, and added up to one row a deal."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from config.settings import Source
from monitor.sources import amounts
from monitor.sources.reasons import MORE_THAN_ALL, Check, Reason, says
from monitor.store.attributes import attributes_of
from monitor.types import MONEY

MONEYS = ("amount", "list_amount")
NUMBERS = ("discount", "quantity")


def typed_lines(text: pl.DataFrame, source: Source) -> pl.DataFrame:
    """`text` with "=<name>" for what was read of the text <name>; null where nothing can be."""
    decimal = source.format.decimal
    read = {
        **{name: amounts.money(pl.col(name), decimal) for name in MONEYS if name in text.columns},
        **({"discount": _discount(source)} if "discount" in text.columns else {}),
        **({"quantity": amounts.number(pl.col("quantity"), decimal)} if "quantity" in text.columns else {}),
    }
    return text.with_columns(value.alias(f"={name}") for name, value in read.items())


def _discount(source: Source) -> pl.Expr:
    form = source.format
    return amounts.share(pl.col("discount"), form.decimal, in_percent=form.discounts == "percent")


def line_checks(columns: dict[str, str], decimal: str) -> Iterator[Check]:
    """What a line must be: its numbers numbers, its discount no more than everything. Credits are lines too."""
    for name in (*MONEYS, *NUMBERS):
        if name in columns:
            yield Check(
                reason=Reason.NOT_A_NUMBER,
                column=columns[name],
                bad=pl.col(name).is_not_null() & pl.col(f"={name}").is_null(),
                detail=says(name, f" is no number where '{decimal}' is the decimal mark; see format.decimal"),
            )
    if "discount" in columns:
        yield Check(
            reason=Reason.DISCOUNT_ABOVE_ONE,
            column=columns["discount"],
            bad=pl.col("=discount") > 1,
            detail=says("discount", MORE_THAN_ALL),
        )


def finished_lines(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    """Lines that keep every rule: row, source, deal_id, amount, list_amount, discount, quantity and attributes."""
    kinds = dict.fromkeys(MONEYS, MONEY) | dict.fromkeys(NUMBERS, pl.Float64())
    values = [
        (pl.col(f"={name}") if f"={name}" in rows.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in kinds.items()
    ]
    return rows.select("row", pl.lit(source.name).alias("source"), "deal_id", *values, *attributes_of(rows))


def added_up(lines: pl.DataFrame) -> pl.DataFrame:
    """One row a deal or order: sums, a discount only where there is no list amount, and what its largest line says.

    The list amount of a line that tells a discount in its stead is amount / (1 - discount). A sum of which a line
    lacks its part is null: half a list price is no list price.
    """
    amount = pl.col("amount").cast(pl.Float64)
    implied = pl.when(pl.col("discount") < 1).then((amount / (1 - pl.col("discount"))).round(6).cast(MONEY))
    priced = lines.with_columns(list_amount=pl.coalesce("list_amount", implied))

    def whole(name: str) -> pl.Expr:
        return pl.when(pl.col(name).is_not_null().all()).then(pl.col(name).sum()).alias(name)

    return (
        priced.sort(amount.fill_null(-1.0), descending=True, maintain_order=True)
        .group_by("source", "deal_id", maintain_order=True)
        .agg(
            whole("amount"),
            whole("list_amount"),
            pl.when(pl.col("list_amount").is_null().any()).then(pl.col("discount").mean()).alias("discount"),
            whole("quantity"),
            *(pl.col(name).drop_nulls().first() for name in attributes_of(lines)),
        )
        .sort("deal_id")
    )

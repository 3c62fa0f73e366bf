"""Deals with what their lines say: amounts added up, what was sold."""

from __future__ import annotations

import polars as pl

from monitor.store.attributes import attributes_of

FIGURES = ("amount", "list_amount", "discount", "quantity")


def with_lines(deals: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """`deals` with figures and attributes of their lines where they have none of their own.

    lines   one row a deal or an order, known at the time; those of a deal go before those of its order, and the
            figures of an order belong to it only if it is one deal
    """
    own = lines.unique("deal_id", keep="last", maintain_order=True)
    of_deal = _beside(deals, own, "deal_id")
    alone = pl.col("order").is_not_null() & (pl.len().over("order") == 1)
    of_order = _beside(deals.with_columns(order=pl.when(alone).then("order")), own, "order")
    shared = _beside(deals, own, "order")
    decided = pl.col("outcome") != "open"
    filled = [
        pl.coalesce(name, pl.when(decided).then(pl.coalesce(of_deal[name], of_order[name]))).alias(name)
        for name in FIGURES
    ]
    names = attributes_of(lines)
    lacking = [pl.lit(None, pl.String).alias(name) for name in names if name not in deals.columns]
    told = [pl.coalesce(name, of_deal[name], shared[name]).alias(name) for name in names]
    return deals.with_columns(lacking).with_columns(*filled, *told)


def _beside(deals: pl.DataFrame, lines: pl.DataFrame, name: str) -> pl.DataFrame:
    names = [*FIGURES, *attributes_of(lines)]
    return deals.select(pl.col(name).alias("deal_id")).join(
        lines.select("deal_id", *names), on="deal_id", how="left", maintain_order="left"
    )

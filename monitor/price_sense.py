"""Whether amounts and list prices can belong together: what is sold above its list price is mostly misread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from config.settings import Source

ENOUGH = 20
"""Of fewer won deals with both prices a share says little."""
TOO_MANY = 0.2
"""The share of won deals above their list price from which on that is told."""


def prices_that_clash(source: Source, deals: pl.DataFrame) -> Iterator[str]:
    """A sentence where a fifth and more of the won deals were sold above their list price.

    The usual reasons: the two columns are swapped, the decimal mark is misread in one of them, or the list price is
    that of a unit.
    """
    names = source.columns
    if (
        "amount" not in names
        or "list_amount" not in names
        or not {"amount", "list_amount"} <= {*deals.columns}
    ):
        return
    amount, listed = (pl.col(name).cast(pl.Float64) for name in ("amount", "list_amount"))
    priced = deals.filter(pl.col("outcome") == "won", amount > 0, listed > 0)
    above = priced.filter(amount > listed).height
    if priced.height >= ENOUGH and above >= TOO_MANY * priced.height:
        yield (
            f"source {source.name}: {above:,} of {priced.height:,} won deals cost more than their list price "
            f"({names['amount']} over {names['list_amount']}): are the columns the right ones, is format.decimal "
            "right, is it the list price of a unit?"
        )

"""Deals as they were when they were created: their first version, with what was known of their account by then.

So that neither later enrichment nor a customer's growth moves an old deal into another tier, and a new deal of an
old customer is scored by what that customer is today.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from monitor.store.attributes import attributes_of


def as_created(
    versions: pl.DataFrame, accounts: pl.DataFrame, at: datetime, sources: Sequence[str]
) -> pl.DataFrame:
    """The first version of every deal, its account's attributes filled in where the deal has none of its own.

    Of an account the newest version known at the deal's creation counts; for a deal older than all of them the
    first that was known at the instant `at`. Of two sources of accounts the first in `sources` wins.
    """
    first = versions.sort("known_at", maintain_order=True).unique(
        ["source", "deal_id"], keep="first", maintain_order=True
    )
    day = pl.col("created_on").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    born = pl.when("observed").then("known_at").otherwise(day).fill_null(pl.col("known_at"))
    first = first.with_columns(born=born).sort("born", maintain_order=True)
    known = accounts.filter(~pl.col("observed") | (pl.col("known_at") <= at)).sort(
        "known_at", maintain_order=True
    )
    for source in _in_order(known["source"].unique().to_list(), sources):
        own = known.filter(pl.col("source") == source)
        first = _filled(first, own)
    return first.drop("born")


def _in_order(there: Sequence[str], sources: Sequence[str]) -> list[str]:
    return [name for name in sources if name in there] + sorted(set(there) - set(sources))


def _filled(deals: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    names = attributes_of(accounts)
    by_then = deals.select("account", "born").join_asof(
        accounts.select("account", "known_at", *names),
        left_on="born",
        right_on="known_at",
        by="account",
        strategy="backward",
        check_sortedness=False,
    )
    earliest = accounts.unique("account", keep="first", maintain_order=True).select("account", *names)
    ever = deals.select("account").join(earliest, on="account", how="left", maintain_order="left")
    known = by_then["known_at"].is_not_null()
    return deals.with_columns(
        pl.coalesce(
            pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name))
            if name in deals.columns
            else pl.lit(None, pl.String),
            pl.when(known).then(by_then[name]).otherwise(ever[name]),
        ).alias(name)
        for name in names
    )

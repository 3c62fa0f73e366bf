"""One row a deal: of several, the newest; of equally new ones that differ, none."""

from __future__ import annotations

import polars as pl

from monitor.sources.reasons import Reason

UNSAID = ("row", "file")
"""Columns that say where a row stands, not what it says."""
SHOWN = 3
MEND = {
    "deal_id": "map the column that says which is newer as `modified_at`, "
    "or what tells the lines of an order apart as `deal_id` and the order as `order`",
    "account": "give the source one row an account",
}


def single(rows: pl.DataFrame, key: str) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Of rows of one file: one a key, the rejected ones, and how many were left out as duplicates.

    Rows of one key that say the same count once; else the newest by `modified_at` stands for all (a row without it
    is the oldest). Where the newest are several and differ, which is right cannot be told: all of them are rejected.
    """
    repeated = rows.filter(pl.col(key).is_duplicated())
    if repeated.height == 0:
        return rows, _rejected(repeated, key), 0
    said = [name for name in rows.columns if name not in UNSAID]
    distinct = repeated.unique(said, keep="first", maintain_order=True)
    newest = distinct if "modified_at" not in rows.columns else distinct.filter(_is_newest(key))
    torn = newest.filter(pl.col(key).is_duplicated())
    settled = newest.filter(~pl.col(key).is_duplicated())
    kept = pl.concat([rows.filter(~pl.col(key).is_duplicated()), settled]).sort("row")
    return kept, _rejected(torn, key), repeated.height - settled.height - torn.height


def newest_of_files(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """Of rows of several files ("file" counts them in order), one a key: the newest, else of the last file."""
    order = ["modified_at", "file"] if "modified_at" in rows.columns else ["file"]
    return rows.sort(order, nulls_last=False, maintain_order=True).unique(
        key, keep="last", maintain_order=True
    )


def _is_newest(key: str) -> pl.Expr:
    at = pl.col("modified_at")
    newest = at.max().over(key)
    return (at == newest) | newest.is_null()


def _rejected(torn: pl.DataFrame, key: str) -> pl.DataFrame:
    row, count = pl.col("row").sort().cast(pl.String), pl.len().over(key)
    lines = row.head(SHOWN).str.join(", ").over(key)
    more = pl.when(count > SHOWN).then(pl.format(" and {} more", count - SHOWN)).otherwise(pl.lit(""))
    return torn.select(
        "row",
        pl.lit(None, pl.String).alias("column"),
        pl.lit(str(Reason.CONFLICTING_DUPLICATE), pl.String).alias("reason"),
        pl.format(
            "'{}' stands on lines {}{} with different cells; {}", key, lines, more, pl.lit(MEND[key])
        ).alias("detail"),
        pl.col(key).alias("key"),
    )

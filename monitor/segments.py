"""Segments: a deal's value along each configured dimension, spelled one way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from monitor.where import column_of

if TYPE_CHECKING:
    from config.settings import SegmentBy

SEGMENT = "seg:"
OTHER = "other"


def with_segments(deals: pl.DataFrame, segments: Sequence[SegmentBy]) -> pl.DataFrame:
    """`deals` with one column "seg:<dimension>" each (null where the deal has no value).

    "EMEA", "emea " and "E M E A" with different spacing or case are one segment, spelled as most deals spell it.
    """
    for segment in segments:
        column = column_of(segment.by, deals.columns)
        deals = deals.with_columns(one_spelling(deals, column).alias(f"{SEGMENT}{segment.by}"))
        if segment.groups:
            deals = deals.with_columns(_grouped(segment).alias(f"{SEGMENT}{segment.by}"))
    return deals


def one_spelling(deals: pl.DataFrame, column: str) -> pl.Expr:
    """The column with every spelling of a label replaced by the most frequent one; blank becomes null."""
    label = pl.col(column).cast(pl.String).str.strip_chars()
    key = label.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[\s_-]+", "")
    spellings = (
        deals.select(label=label, key=key)
        .filter(pl.col("key").is_not_null() & (pl.col("key") != ""))
        .group_by("key", "label")
        .len()
        .sort("len", "label", descending=[True, False])
        .unique("key", keep="first", maintain_order=True)
    )
    mapping = dict(zip(spellings["key"].to_list(), spellings["label"].to_list(), strict=True))
    return key.replace_strict(mapping, default=None, return_dtype=pl.String)


def _grouped(segment: SegmentBy) -> pl.Expr:
    """The group a value belongs to; values in no group are `other`."""
    groups = {value.strip().lower(): group for group, values in segment.groups.items() for value in values}
    column = pl.col(f"{SEGMENT}{segment.by}")
    grouped = column.str.to_lowercase().replace_strict(groups, default=OTHER, return_dtype=pl.String)
    return pl.when(column.is_null()).then(None).otherwise(grouped)

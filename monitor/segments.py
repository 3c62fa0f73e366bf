"""Segments: a deal's value along each configured dimension, spelled one way."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from monitor.faults import Apart
from monitor.where import column_of

if TYPE_CHECKING:
    from config.settings import SegmentBy

SEGMENT = "seg:"
OTHER = "other"
PEOPLE = ("owner", "creator")
BETWEEN_WORDS = r"[\s_-]+"
SETTLED = 100
"""A label's name is settled by so many deals: one that changed later would be another series, without a past."""


def with_segments(
    deals: pl.DataFrame,
    segments: Sequence[SegmentBy],
    *,
    pseudonyms: bool = False,
    spelled: Mapping[str, Mapping[str, str]] | None = None,
    apart: Apart | None = None,
) -> pl.DataFrame:
    """`deals` with one column "seg:<dimension>" each (null where the deal has no value).

    pseudonyms   people have made-up names, the same in every week
    spelled      how labels are written whose first deals are gone, by dimension and `label_key`
    apart        where a dimension that fails is left blank, and told of

    "EMEA", "emea " and "E M E A" with different spacing or case are one segment, spelled as its first deals are.
    """
    one_by_one = apart or Apart(isolates=False)
    for segment in segments:
        put = partial(_put, deals, segment, (spelled or {}).get(segment.by), pseudonyms=pseudonyms)
        found = one_by_one.tried("segment", segment.by, put)
        blank = pl.lit(None, pl.String).alias(f"{SEGMENT}{segment.by}")
        deals = deals.with_columns(blank) if found is None else found
    return deals


def _put(
    deals: pl.DataFrame, segment: SegmentBy, settled: Mapping[str, str] | None, *, pseudonyms: bool
) -> pl.DataFrame:
    """`deals` with the column of one dimension."""
    column = column_of(segment.by, deals.columns)
    deals = deals.with_columns(one_spelling(deals, column, settled).alias(f"{SEGMENT}{segment.by}"))
    if segment.groups:
        return deals.with_columns(_grouped(segment).alias(f"{SEGMENT}{segment.by}"))
    if pseudonyms and segment.by in PEOPLE:
        return deals.with_columns(_unnamed(deals[f"{SEGMENT}{segment.by}"]))
    return deals


def label_key(column: str) -> pl.Expr:
    """What all spellings of a label in `column` have in common."""
    label = pl.col(column).cast(pl.String).str.normalize("NFKC").str.to_lowercase()
    return label.str.replace_all(BETWEEN_WORDS, "")


def one_spelling(deals: pl.DataFrame, column: str, settled: Mapping[str, str] | None = None) -> pl.Expr:
    """The column with every spelling of a label replaced by one; blank becomes null.

    It is the most frequent among the label's first SETTLED deals, or what is `settled` for its `label_key`.
    """
    mapping = {**spellings_of(deals, column), **(settled or {})}
    return label_key(column).replace_strict(mapping, default=None, return_dtype=pl.String)


def spellings_of(deals: pl.DataFrame, column: str) -> dict[str, str]:
    """How each label of a column is written, by its `label_key`."""
    label, key = pl.col(column).cast(pl.String).str.strip_chars(), label_key(column)
    days = [name for name in ("created_on", "closed_on") if name in deals.columns]
    seen = deals.select(
        label=label, key=key, day=pl.coalesce(days) if days else pl.lit(None, pl.Date)
    ).filter(pl.col("key") != "")
    if seen["label"].n_unique() != seen["key"].n_unique():
        seen = seen.sort("day", nulls_last=True, maintain_order=True).filter(
            pl.int_range(pl.len()).over("key") < SETTLED
        )
    spellings = (
        seen.group_by("key", "label")
        .len()
        .sort("len", "label", descending=[True, False])
        .unique("key", keep="first", maintain_order=True)
    )
    return dict(zip(spellings["key"].to_list(), spellings["label"].to_list(), strict=True))


def _grouped(segment: SegmentBy) -> pl.Expr:
    """The group a value belongs to, however it is spelled; values in no group are `other`."""
    groups = {_key(value): group for group, values in segment.groups.items() for value in values}
    column = f"{SEGMENT}{segment.by}"
    grouped = label_key(column).replace_strict(groups, default=OTHER, return_dtype=pl.String)
    return pl.when(pl.col(column).is_null()).then(None).otherwise(grouped)


def pseudonym(name: str) -> str:
    """A person's made-up name: the same everywhere and in every week, however the name is spelled.

    >>> pseudonym("Ann Lee") == pseudonym("ann  lee"), pseudonym("Ann Lee")
    (True, 'seller c6bc22')
    """
    return f"seller {hashlib.sha256(_key(name).encode()).hexdigest()[:6]}"


def _unnamed(people: pl.Series) -> pl.Series:
    names = people.drop_nulls().unique().to_list()
    unnamed = {name: pseudonym(name) for name in names}
    return people.replace_strict(unnamed, default=None, return_dtype=pl.String).alias(people.name)


def _key(label: str) -> str:
    """`label_key` of one label."""
    return re.sub(BETWEEN_WORDS, "", unicodedata.normalize("NFKC", label).lower())

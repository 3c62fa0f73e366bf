"""Attributes: columns "attr:<name>" in a frame, one JSON object in a table."""

from __future__ import annotations

import io
from collections.abc import Iterable

import polars as pl

from monitor.where import ATTRIBUTE


def attributes_of(frame: pl.DataFrame) -> list[str]:
    """The frame's attribute columns, in order."""
    return [name for name in frame.columns if name.startswith(ATTRIBUTE)]


def folded(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with its attribute columns folded into `attributes`, JSON as text."""
    names = attributes_of(frame)
    if not names:
        return frame.with_columns(attributes=pl.lit("{}"))
    fields = [pl.col(name).alias(name.removeprefix(ATTRIBUTE)) for name in names]
    return frame.with_columns(attributes=pl.struct(fields).struct.json_encode()).drop(names)


def unfolded(frame: pl.DataFrame, names: Iterable[str] = ()) -> pl.DataFrame:
    """`frame` with `attributes` as String columns: those that any row has, and those of `names` in any case."""
    known = _decoded(frame["attributes"])
    wanted = [f"{ATTRIBUTE}{name}" for name in names]
    missing = [pl.lit(None, pl.String).alias(name) for name in wanted if name not in known.columns]
    return pl.concat([frame.drop("attributes"), known], how="horizontal").with_columns(missing)


def _decoded(texts: pl.Series) -> pl.DataFrame:
    if texts.is_in(["{}"]).all():
        return pl.DataFrame()
    objects = pl.read_ndjson(io.StringIO("\n".join(texts.to_list())), infer_schema_length=None)
    return objects.select(pl.all().cast(pl.String).name.prefix(ATTRIBUTE))

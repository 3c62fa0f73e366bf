"""Attributes that were filled in later, for many at once."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from monitor.recording.events import RecordingEvent
from monitor.store.attributes import attributes_of

ENRICHED = 20


def enriched(versions: pl.DataFrame, key: list[str]) -> Iterator[RecordingEvent]:
    """Times at which a blank attribute came to have a value, for many at once."""
    restated = versions.filter(pl.struct(key).is_duplicated())
    if not restated.height:
        return
    ordered = restated.sort(*key, "observed", "known_at", maintain_order=True)
    for column in attributes_of(versions):
        filled = ordered.with_columns(
            before=pl.col(column).shift(1).over(key), place=pl.int_range(pl.len()).over(key)
        )
        times = (
            filled.filter(pl.col("place") > 0, pl.col("before").is_null(), pl.col(column).is_not_null())
            .group_by(pl.col("known_at").dt.date().alias("on"))
            .agg(pl.len().alias("deals"))
            .filter(pl.col("deals") >= ENRICHED)
            .sort("on")
        )
        for on, deals in times.iter_rows():
            yield RecordingEvent(
                on=on,
                kind="enriched",
                subject=column.removeprefix("attr:"),
                deals=deals,
                detail=f"filled in for {deals:,} where it was blank",
            )

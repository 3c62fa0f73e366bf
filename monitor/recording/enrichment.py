"""Attributes that were filled in later, or rewritten, for many at once."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from monitor.recording.events import RecordingEvent
from monitor.store.attributes import attributes_of

ENRICHED = 20
REWRITTEN_TIMES = 10.0
"""How many times more than on other days with any: attributes are mended every day."""


def enriched(versions: pl.DataFrame, key: list[str]) -> Iterator[RecordingEvent]:
    """Times at which a blank attribute came to have a value, for many at once."""
    for column, rows in _restated(versions, key):
        filled = rows.filter(pl.col("before").is_null(), pl.col(column).is_not_null())
        times = _days(filled).filter(pl.col("deals") >= ENRICHED)
        for on, deals in times.iter_rows():
            yield RecordingEvent(
                on=on,
                kind="enriched",
                subject=column.removeprefix("attr:"),
                deals=deals,
                detail=f"filled in for {deals:,} where it was blank",
            )


def rewritten(versions: pl.DataFrame, key: list[str]) -> Iterator[RecordingEvent]:
    """Times at which the value of an attribute gave way to another, for many at once and far more than usual."""
    for column, rows in _restated(versions, key):
        times = _days(rows.filter(pl.col("before") != pl.col(column)))
        usual = times["deals"].median() if times.height > 1 else 1.0
        bar = max(ENRICHED, REWRITTEN_TIMES * (usual if isinstance(usual, float) else 1.0))
        for on, deals in times.filter(pl.col("deals") >= bar).iter_rows():
            yield RecordingEvent(
                on=on,
                kind="rewritten",
                subject=column.removeprefix("attr:"),
                deals=deals,
                detail=f"another value for {deals:,}",
            )


def _restated(versions: pl.DataFrame, key: list[str]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each attribute with the later versions of what has several, `before` being what it was in the one before."""
    restated = versions.filter(pl.struct(key).is_duplicated())
    if not restated.height:
        return
    ordered = restated.sort(*key, "observed", "known_at", maintain_order=True)
    for column in attributes_of(versions):
        rows = ordered.with_columns(
            before=pl.col(column).shift(1).over(key), place=pl.int_range(pl.len()).over(key)
        )
        yield column, rows.filter(pl.col("place") > 0)


def _days(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by(pl.col("known_at").dt.date().alias("on")).agg(pl.len().alias("deals")).sort("on")

"""Who closes deals, and how: many on a day, or all one way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from monitor.recording.events import SOON, RecordingEvent

BULK_DEALS, BULK_TIMES = 30, 10.0
ONE_SIDED_DEALS, ONE_SIDED_SHARE = 30, 0.95


def bulk_closes(closed: pl.DataFrame) -> Iterator[RecordingEvent]:
    """Days on which one person closed many times what he usually closes."""
    days = (
        closed.filter(pl.col("who").is_not_null())
        .group_by("who", "closed_on")
        .agg(pl.len().alias("deals"), (pl.col("outcome") == "won").sum().alias("won"))
        .with_columns(usual=pl.col("deals").median().over("who"))
        .with_columns(usual=pl.when(pl.len().over("who") > 1).then("usual").otherwise(1.0))
    )
    bulk = days.filter(pl.col("deals") >= BULK_DEALS, pl.col("deals") >= BULK_TIMES * pl.col("usual"))
    for who, day, deals, won, _ in bulk.iter_rows():
        yield RecordingEvent(
            on=day,
            kind="bulk_close",
            subject=who,
            deals=deals,
            detail=f"closed {deals:,} deals on one day, {won:,} of them won",
        )


def one_sided(closed: pl.DataFrame) -> Iterator[RecordingEvent]:
    """People nearly all of whose deals end one way, where they come and where they go."""
    people = (
        closed.filter(pl.col("who").is_not_null())
        .group_by("who")
        .agg(
            pl.len().alias("deals"),
            (pl.col("outcome") == "won").mean().alias("won"),
            pl.col("closed_on").min().alias("first"),
            pl.col("closed_on").max().alias("last"),
        )
        .filter(
            pl.col("deals") >= ONE_SIDED_DEALS,
            (pl.col("won") >= ONE_SIDED_SHARE) | (pl.col("won") <= 1 - ONE_SIDED_SHARE),
        )
    )
    begin, end = closed["closed_on"].min(), closed["closed_on"].max()
    for who, deals, won, first, last in people.iter_rows():
        detail = f"{deals:,} deals, {won:.0%} won"
        if isinstance(begin, date) and first - begin >= SOON:
            yield RecordingEvent(on=first, kind="one_sided_came", subject=who, deals=deals, detail=detail)
        if isinstance(end, date) and end - last >= SOON:
            yield RecordingEvent(on=last, kind="one_sided_left", subject=who, deals=deals, detail=detail)

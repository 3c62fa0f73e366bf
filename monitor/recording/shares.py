"""Shares that moved for good: of disqualified deals, of blank cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from monitor.recording.events import RecordingEvent
from monitor.recording.labels import CATEGORIES
from monitor.store.attributes import attributes_of
from monitor.types import FloatArray

IntArray = NDArray[np.int64]

LEAST_WEEKS, STEP, STEP_SIGMAS = 8, 0.10, 6.0
WATCHED_FOR_NULLS = (
    "account",
    "owner",
    "creator",
    "created_on",
    "qualified_on",
    "amount",
    "list_amount",
    "discount",
    *CATEGORIES,
)


def disqualified(closed: pl.DataFrame) -> Iterator[RecordingEvent]:
    """Whether the share of disqualified deals moved."""
    step = _step(closed["closed_on"], closed["outcome"] == "disqualified")
    if step is not None:
        on, before, after, deals = step
        yield RecordingEvent(
            on=on,
            kind="disqualified",
            subject="outcome",
            deals=deals,
            detail=f"{before:.0%} of closed deals were disqualified, {after:.0%} from {on}",
        )


def nulls(deals: pl.DataFrame) -> Iterator[RecordingEvent]:
    """Columns whose share of blank cells moved."""
    dated = deals.with_columns(on=pl.coalesce("created_on", "closed_on")).filter(pl.col("on").is_not_null())
    for column in (*WATCHED_FOR_NULLS, *attributes_of(deals)):
        among = dated
        if column in ("loss_reason", "competitor", "discount", "amount"):
            among = dated.filter(pl.col("outcome") != "open")  # an open deal need not have one yet
        blank = among[column].is_null()
        if blank.all() or not blank.any():
            continue
        step = _step(among["on"], blank)
        if step is not None:
            on, before, after, count = step
            yield RecordingEvent(
                on=on,
                kind="nulls",
                subject=column.removeprefix("attr:"),
                deals=count,
                detail=f"blank in {before:.0%} of deals, {after:.0%} from {on}",
            )


def _step(days: pl.Series, hit: pl.Series) -> tuple[date, float, float, int] | None:
    """The largest lasting move of a weekly share: first day, share before and after, deals after. None without one.

    Each split of the weeks with LEAST_WEEKS on either side is asked: (after - before) in standard errors of weekly
    shares around their own means, so that what scatters from week to week in any case is no step.
    """
    weeks = (
        pl.DataFrame({"week": days.dt.truncate("1w"), "hit": hit.cast(pl.Float64)})
        .drop_nulls()
        .group_by("week")
        .agg(pl.col("hit").sum(), pl.len().cast(pl.Float64).alias("deals"))
        .sort("week")
    )
    if weeks.height < 2 * LEAST_WEEKS:
        return None
    hits, deals = weeks["hit"].to_numpy(), weeks["deals"].to_numpy()
    size = np.arange(LEAST_WEEKS, weeks.height - LEAST_WEEKS + 1)
    before, after = _shares(hits, deals, size)
    sigma = np.array(
        [_error(hits, deals, int(at), b, a) for at, b, a in zip(size, before, after, strict=True)]
    )
    strength = np.abs(after - before) / np.maximum(sigma, 1e-9)
    strength[np.abs(after - before) < STEP] = 0.0
    best = int(np.argmax(strength))
    if strength[best] < STEP_SIGMAS:
        return None
    at = int(size[best])
    return weeks["week"][at], float(before[best]), float(after[best]), int(deals[at:].sum())


def _shares(hits: FloatArray, deals: FloatArray, size: IntArray) -> tuple[FloatArray, FloatArray]:
    hit, all_ = np.cumsum(hits), np.cumsum(deals)
    before = hit[size - 1] / all_[size - 1]
    after = (hit[-1] - hit[size - 1]) / (all_[-1] - all_[size - 1])
    return before, after


def _error(hits: FloatArray, deals: FloatArray, at: int, before: float, after: float) -> float:
    """Standard error of after - before by the scatter of the weeks, no less than a binomial's."""
    total = 0.0
    for part, share in ((slice(None, at), before), (slice(at, None), after)):
        n = deals[part].sum()
        weeks = len(deals[part])
        scatter = float(((hits[part] - share * deals[part]) ** 2).sum()) * weeks / max(weeks - 1, 1) / n**2
        total += max(scatter, max(share * (1 - share), 1 / n) / n)
    return float(np.sqrt(total))

"""The invented company: its reader, its weeks, and charts and findings made to order."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from alerts.types import Chart, FindingLine, Interval, Reader, Unit

NOW = datetime(2026, 9, 21, 5, 30, tzinfo=UTC)
WEEK = date(2026, 9, 14)
WEEKS = 104
COMPANY = "Larkspur Instruments"
SENDER = "LeftTurn <leftturn@larkspur.example>"
REPLY_TO = "revops@larkspur.example"
READER = Reader(
    email="ceo@larkspur.example",
    name="Chief executive",
    receives=frozenset({"inflections", "digest"}),
    verdicts=None,
    segments=None,
    timezone="America/New_York",
    locale="en",
)
FOOTNOTES = (
    "Win rate: won of all decided deals (won, lost, no decision), by count; deals closed in one batch by one "
    "person count as about one.",
    "Core-fit: deals whose customer is in the core tier of the profile when the deal is created.",
    "Amount: acv, recurring; partner margin excluded.",
)


def chart(
    title: str,
    unit: Unit,
    before: float,
    after: float,
    change: date | None,
    *,
    spread: float,
    between: tuple[date, date] | None = None,
    seed: int = 1,
) -> Chart:
    """Two years of a series that steps from `before` to `after` at `change`; `spread` is a week's deviation."""
    luck = random.Random(f"{title}{seed}")  # noqa: S311  a drawing, no secret
    weeks = tuple(WEEK - timedelta(weeks=WEEKS - 1 - i) for i in range(WEEKS))
    values = []
    for week in weeks:
        level = after if change is not None and week >= change else before
        value = level + luck.gauss(0, spread) + 0.25 * spread * math.sin(week.toordinal() / 58)
        values.append(round(value) if unit == "count" else min(1.0, max(0.0, value)))
    low, high = before - 1.645 * spread, before + 1.645 * spread
    if unit in ("rate", "share"):
        low, high = max(0.0, low), min(1.0, high)
    return Chart(
        title=title,
        unit=unit,
        weeks=weeks,
        values=tuple(float(v) for v in values),
        band_low=(low,) * WEEKS,
        band_high=(high,) * WEEKS,
        change=change,
        change_between=between,
        levels=None if change is None else (before, after),
    )


def finding(
    kind: str,
    unit: Unit,
    before: float,
    after: float,
    change: tuple[float, float],
    segment: Mapping[str, str] | None = None,
) -> FindingLine:
    """A finding of the metric named after its kind."""
    return FindingLine(
        metric=kind,
        kind=kind,
        unit=unit,
        segment=dict(segment or {}),
        before=before,
        after=after,
        change=Interval(low=change[0], high=change[1]),
        deals_before=4120,
        deals_after=1380,
    )

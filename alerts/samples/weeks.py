"""Digests: of a quiet week, of a busy one, of one that could not be judged, of a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from alerts.samples.changes import alerts
from alerts.samples.company import COMPANY, FOOTNOTES, WEEK, chart
from alerts.types import (
    Alert,
    Answer,
    Digest,
    Interval,
    MetricLine,
    Record,
    Silence,
    SourceHealth,
    Suppressed,
    Unit,
    Watched,
)


def metric(
    title: str,
    kind: str,
    unit: Unit,
    level: float,
    usual: tuple[float, float],
    ruled_out: tuple[float | None, float | None],
    *,
    this_week: float,
    deals: int = 58,
    effective: float = 49.3,
    quiet: str | None = None,
    quarter: float | None = None,
    year_ago: float | None = None,
) -> MetricLine:
    """A line of the digest with its chart."""
    spread = (usual[1] - usual[0]) * 0.9
    return MetricLine(
        name=title,
        kind=kind,
        unit=unit,
        this_week=this_week,
        recent=level,
        usual=Interval(low=usual[0], high=usual[1]),
        ruled_out_down=ruled_out[0],
        ruled_out_up=ruled_out[1],
        deals=deals,
        effective_deals=effective,
        chart=chart(title, unit, sum(usual) / 2, level, None, spread=spread),
        quarter=quarter,
        year_ago=year_ago,
        quiet=quiet,
    )


def quiet_digest() -> Digest:
    """A week in which nothing changed."""
    return Digest(
        company=COMPANY,
        week=WEEK,
        number=38,
        year=2026,
        late=False,
        metrics=(
            metric(
                "win rate, core",
                "win_rate",
                "rate",
                0.29,
                (0.25, 0.34),
                (0.0648, 0.081),
                this_week=0.27,
                quarter=0.284,
                year_ago=0.302,
            ),
            metric(
                "fit mix",
                "fit_mix",
                "share",
                0.58,
                (0.52, 0.64),
                (0.058, 0.066),
                this_week=0.61,
                effective=58,
                quarter=0.59,
                year_ago=0.57,
            ),
            metric(
                "discount",
                "discount",
                "discount",
                0.09,
                (0.07, 0.11),
                (0.021, 0.0172),
                this_week=0.084,
                deals=16,
                quarter=0.088,
                year_ago=0.081,
            ),
            metric(
                "volume",
                "volume",
                "count",
                61.2,
                (48.0, 70.5),
                (9.4, 13.1),
                this_week=66,
                deals=66,
                quarter=62.7,
                year_ago=58.9,
            ),
            metric(
                "win rate",
                "win_rate",
                "rate",
                0.27,
                (0.24, 0.32),
                (0.055, 0.07),
                this_week=0.3,
                effective=57.9,
                quarter=0.268,
                year_ago=0.281,
            ),
            metric(
                "renewals",
                "win_rate",
                "rate",
                0.88,
                (0.8, 0.95),
                (None, None),
                this_week=0.9,
                deals=9,
                effective=9,
                quarter=0.87,
                quiet="too_few_deals",
            ),
        ),
        opened=(),
        open=(),
        watched=(
            Watched(
                metric="stalled",
                segment={"region": "EMEA"},
                unit="share",
                change=0.043,
                since=date(2026, 7, 6),
                share_of_bar=0.34,
            ),
        ),
        suppressed=(
            Suppressed(
                on=date(2026, 9, 21), metric="discount", segment={"product": "Orion"}, reason="too_small"
            ),
        ),
        sources=(
            SourceHealth(
                name="crm",
                fresh_to=date(2026, 9, 20),
                rows_read=1204,
                accepted=1201,
                quarantined=3,
                restated=14,
                stale=False,
            ),
        ),
        setting_changes=(),
        missed=(),
        ruled_out_since=date(2026, 6, 22),
        footnotes=FOOTNOTES,
    )


def busy_digest() -> Digest:
    """A late mail on a week with news, something open, a source gone stale, a changed setting, a missed week."""
    every = alerts()
    over = replace(every["price_erosion"], state="closed", closed_on=date(2026, 9, 21))
    stale = SourceHealth(
        name="accounts",
        fresh_to=date(2026, 8, 30),
        rows_read=0,
        accepted=0,
        quarantined=0,
        restated=0,
        stale=True,
        message="The file accounts.csv was not delivered.",
    )
    quiet = quiet_digest()
    return replace(
        quiet,
        late=True,
        number=39,
        opened=(every["market_shift"], over),
        open=(every["left_turn"],),
        sources=(*quiet.sources, stale),
        setting_changes=("Win rate: a change matters from 5 points on, was 8 (revops, 16 September).",),
        missed=("The digest of week 36 could not be made up.",),
        silences=(
            Silence(
                metric="discount",
                segment={"product": "Orion"},
                why="End-of-life offer, agreed on with finance",
                by="Revenue operations",
                until=date(2026, 10, 9),
            ),
        ),
        due=(answered(every["left_turn"]),),
        record=Record(sent=4, true=2, known=1, not_useful=0, false_alarms_per_year=0.5),
    )


def answered(alert: Alert) -> Alert:
    """The alert with a decision that is to be looked at again on the day of the sample mails."""
    answer = Answer(
        what="watch",
        by="Head of sales",
        on=date(2026, 8, 10),
        look_again_on=date(2026, 9, 21),
        note="after the autumn fair",
    )
    return replace(alert, answers=(answer,))


def month_digest() -> Digest:
    """A month in which nothing changed, for a reader who wishes one mail a month."""
    return replace(quiet_digest(), month=date(2026, 8, 1), week=date(2026, 8, 24), number=8)


def full_digest() -> Digest:
    """A busy month with as many metrics as a mail has pictures for: the largest mail there is."""
    busy = busy_digest()
    places = ("EMEA", "Americas", "Asia", "Orion", "Vega", "Lyra")
    more = tuple(
        metric(
            f"win rate, {place}",
            "win_rate",
            "rate",
            0.28,
            (0.2, 0.36),
            (0.11, 0.13),
            this_week=0.25,
            deals=12,
        )
        for place in places
    )
    return replace(
        busy,
        metrics=(*busy.metrics, *more),
        month=date(2026, 9, 1),
        week=date(2026, 9, 21),
        late=False,
        number=9,
    )


def unjudged_digest() -> Digest:
    """A week without fresh data: nothing could be judged."""
    quiet = quiet_digest()
    old = replace(
        quiet.sources[0],
        stale=True,
        fresh_to=date(2026, 9, 3),
        rows_read=0,
        accepted=0,
        quarantined=0,
        restated=0,
    )
    metrics = tuple(replace(line, quiet="stale_data") for line in quiet.metrics)
    return replace(quiet, metrics=metrics, sources=(old,), watched=(), suppressed=())

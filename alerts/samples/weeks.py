"""Digests: of a quiet week, of a busy one, of one that could not be judged."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from alerts.samples.changes import alerts
from alerts.samples.company import COMPANY, FOOTNOTES, WEEK, chart
from alerts.types import Digest, Interval, MetricLine, SourceHealth, Suppressed, Unit, Watched


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
            metric("win rate, core", "win_rate", "rate", 0.29, (0.25, 0.34), (0.0648, 0.081), this_week=0.27),
            metric(
                "fit mix",
                "fit_mix",
                "share",
                0.58,
                (0.52, 0.64),
                (0.058, 0.066),
                this_week=0.61,
                effective=58,
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
            ),
            metric("volume", "volume", "count", 61.2, (48.0, 70.5), (9.4, 13.1), this_week=66, deals=66),
            metric(
                "win rate",
                "win_rate",
                "rate",
                0.27,
                (0.24, 0.32),
                (0.055, 0.07),
                this_week=0.3,
                effective=57.9,
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

"""A left turn is good news, also where the figure that gave it away fell: the core share is then told as its rest."""

from __future__ import annotations

from dataclasses import replace

from alerts.pictures import title_of
from alerts.types import Alert, Chart, FindingLine, Interval
from alerts.words.names import OUTSIDE_SHARE


def told_as_a_rise(alert: Alert) -> Alert:
    """The alert; of a left turn whose headline is a falling core share, with the share outside in its place."""
    first = alert.findings[0]
    if alert.verdict != "left_turn" or first.kind != "fit_mix" or first.after >= first.before:
        return alert
    rest = _rest_of(first)
    return replace(
        alert,
        direction="up",
        findings=(rest, *alert.findings[1:]),
        shares={cause: None if share is None else -share for cause, share in alert.shares.items()},
        share_intervals={
            cause: None if interval is None else Interval(low=-interval.high, high=-interval.low)
            for cause, interval in alert.share_intervals.items()
        },
        charts=tuple(
            _upside_down(chart, title_of(rest)) if chart.title == title_of(first) else chart
            for chart in alert.charts
        ),
    )


def _rest_of(core: FindingLine) -> FindingLine:
    return replace(
        core,
        metric=OUTSIDE_SHARE,
        kind=OUTSIDE_SHARE,
        before=1 - core.before,
        after=1 - core.after,
        change=Interval(low=-core.change.high, high=-core.change.low),
    )


def _upside_down(chart: Chart, title: str) -> Chart:
    return replace(
        chart,
        title=title,
        values=tuple(1 - value for value in chart.values),
        band_low=tuple(1 - value for value in chart.band_high),
        band_high=tuple(1 - value for value in chart.band_low),
    )

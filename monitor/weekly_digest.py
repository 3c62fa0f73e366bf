"""From a judged week to the digest: where each metric stands, what could still hide, and whether data are sound."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from alerts import types as mail
from monitor.briefing import QUARTER_WEEKS, USUAL, alert_of, chart_of, footnotes, title_of
from monitor.calendar import FiscalCalendar
from monitor.cuts import cut_of
from monitor.diagnosis.windows import mean_over
from monitor.judge import Judged
from monitor.ledger import Ledger, Week
from monitor.metrics import METRICS
from monitor.panel import IntArray, Panel
from monitor.types import RELATIVE, Series, SeriesKey
from monitor.weekly import WeekJudged

if TYPE_CHECKING:
    from config.settings import Settings

SERIAL = (
    1.4  # how much more a 13-week mean scatters than independent weeks would, at an autocorrelation of 0.2
)


MIDDLE = timedelta(days=3)
"""From the first day of a week to its middle."""
YEAR_WEEKS = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the digest says beside the metrics: the reader's count of mails, sources, settings, missed periods."""

    number: int
    year: int
    late: bool
    sources: tuple[mail.SourceHealth, ...]
    setting_changes: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    month: date | None = None
    changes: Week | None = None
    """What the weeks changed that the digest is of; None: the judged week alone."""
    answers: Mapping[str, tuple[mail.Answer, ...]] = field(default_factory=dict)
    due: frozenset[str] = frozenset()
    silences: tuple[mail.Silence, ...] = ()
    record: mail.Record | None = None


def digest_of(
    judged: WeekJudged, ledger: Ledger, settings: Settings, surroundings: Surroundings
) -> mail.Digest:
    """The digest of the judged week, as it stands."""
    by_key = {one.key: one for one in judged.judged}
    company = settings.company
    calendar = FiscalCalendar(
        starts=company.fiscal.starts, pattern=company.fiscal.pattern, week_starts=company.week_starts
    )
    lines = {
        series.key: _metric_line(panel, series, by_key, judged, ordinary_weeks(series, ledger), calendar)
        for panel in judged.panels.values()
        for series in (*panel.series, *panel.thin)
        if not series.key.contrast
    }
    changes = surroundings.changes or judged.changes
    changed = {i.id for i in (*changes.opened, *changes.closed)}
    alerts = {
        i.id: alert_of(i, judged, settings, surroundings.answers.get(i.id, ()))
        for i in ledger.inflections
        if i.state == "open" or i.id in changed
    }
    return mail.Digest(
        company=settings.company.name,
        week=judged.week,
        number=surroundings.number,
        year=surroundings.year,
        late=surroundings.late,
        metrics=worst_first(lines),
        opened=tuple(alerts[i] for i in alerts if i in changed),
        open=tuple(alerts[i] for i in alerts if i not in changed),
        watched=watched(judged, ledger),
        suppressed=tuple(
            mail.Suppressed(on=s.on, metric=s.key.metric, segment=dict(s.key.segment), reason=s.reason)
            for s in changes.suppressed
        ),
        sources=surroundings.sources,
        setting_changes=surroundings.setting_changes,
        missed=surroundings.missed,
        ruled_out_since=_since(judged),
        footnotes=footnotes(settings),
        month=surroundings.month,
        due=tuple(alerts[i] for i in alerts if i in surroundings.due),
        silences=surroundings.silences,
        record=surroundings.record,
        left_out=tuple(_left_out(judged, settings)),
    )


def _left_out(judged: WeekJudged, settings: Settings) -> Iterator[mail.LeftOut]:
    """What a reader would look for in the week and not find."""
    for fault in judged.faults:
        if fault.part == "metric":
            yield mail.LeftOut(
                name=fault.about.replace("_", " "), kind=METRICS[settings.metrics[fault.about].kind].name
            )
        elif fault.part == "segment":
            yield mail.LeftOut(name=fault.about, kind=None)


def ordinary_weeks(series: Series, ledger: Ledger) -> IntArray:
    """The weeks that say what is usual: before an open change, since the newest level was taken for the new one.

    The last quarter is what is compared with them, and stays out; where too little would be left, all that is
    earlier counts.
    """
    count = len(series.weeks)
    regime = ledger.regimes.get(series.key)
    first, end = regime.since if regime else series.weeks[0], count - QUARTER_WEEKS
    for finding in (f for inflection in ledger.open() for f in inflection.findings if f.key == series.key):
        first, end = series.weeks[0], min(end, (finding.started_between[0] - series.weeks[0]).days // 7)
    since = max(0, (first - series.weeks[0]).days // 7)
    if end - since < QUARTER_WEEKS:
        since, end = 0, max(1, count - QUARTER_WEEKS)
    return np.arange(since, end)


def _metric_line(
    panel: Panel,
    series: Series,
    judged: Mapping[SeriesKey, Judged],
    week: WeekJudged,
    earlier: IntArray,
    calendar: FiscalCalendar,
) -> mail.MetricLine:
    one = judged.get(series.key)
    last = np.arange(max(0, len(series.weeks) - QUARTER_WEEKS), len(series.weeks))
    level = mean_over(series, series.raw, earlier)
    spread = _spread(series, earlier)
    reach = USUAL * spread * math.sqrt(SERIAL / QUARTER_WEEKS)
    down, up = _ruled_out(series, one, level)
    quarter, year_ago = quarter_to_date(series, calendar)
    return mail.MetricLine(
        name=title_of(series),
        kind=panel.kind.name,
        unit=series.unit,
        this_week=float(series.raw[-1]),
        recent=mean_over(series, series.raw, last),
        usual=mail.Interval(low=level - reach, high=level + reach),
        ruled_out_down=down,
        ruled_out_up=up,
        deals=int(series.deals[-1]),
        effective_deals=float(series.effective[-1]) if series.unit != "count" else float(series.deals[-1]),
        chart=chart_of(series),
        quarter=quarter,
        year_ago=year_ago,
        quiet=week.held or (_quiet(one) if one is not None else "too_few_deals"),
    )


def quarter_to_date(series: Series, calendar: FiscalCalendar) -> tuple[float | None, float | None]:
    """The mean over the weeks of the fiscal quarter so far, and over the same weeks of 52 weeks before.

    A week belongs to the quarter that its middle lies in. None where no week of it has a value.
    """
    start = calendar.day(series.weeks[-1] + MIDDLE).quarter_start
    count = sum(week + MIDDLE >= start for week in series.weeks)
    end = len(series.weeks)
    now = np.arange(max(0, end - count), end)
    before = now - YEAR_WEEKS
    return _mean_or_none(series, now), _mean_or_none(series, before) if before.size and before[
        0
    ] >= 0 else None


def _mean_or_none(series: Series, weeks: IntArray) -> float | None:
    mean = mean_over(series, series.raw, weeks)
    return mean if math.isfinite(mean) else None


def _quiet(one: Judged) -> str | None:
    return one.quiet if one.quiet in ("learning", "too_few_deals", "held") else None


def _spread(series: Series, weeks: IntArray) -> float:
    """The usual scatter of a week, robustly."""
    known = np.isfinite(series.raw[weeks]) & (series.effective[weeks] > 0)
    if known.sum() < 2:
        return 0.0
    values = series.raw[weeks][known]
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _ruled_out(series: Series, one: Judged | None, level: float) -> tuple[float | None, float | None]:
    """The smallest fall and rise that began a quarter ago and that the data exclude, in the series' own unit."""
    if one is None or not math.isfinite(one.reading.still_low):
        return None, None
    fall, rise = max(0.0, -one.reading.still_low), max(0.0, one.reading.still_high)
    if series.unit in RELATIVE:
        return level * -math.expm1(-fall), level * math.expm1(rise)
    return fall, rise


def worst_first(lines: Mapping[SeriesKey, mail.MetricLine]) -> tuple[mail.MetricLine, ...]:
    """Metrics that can be judged before those that cannot; then the farthest from the usual first.

    A share of tiers comes after the share of the core that it widens, and both where the farther of them would.
    """
    keys = {key: (line.quiet is not None, -_distance(line)) for key, line in lines.items()}
    families = [(SeriesKey(metric=key.metric) if cut_of(key) else key, key) for key in lines]
    first: dict[SeriesKey, tuple[bool, float]] = {}
    for family, key in families:
        first[family] = min(first.get(family, keys[key]), keys[key])
    ordered = sorted(families, key=lambda pair: (*first[pair[0]], pair[0] != pair[1], *keys[pair[1]]))
    return tuple(lines[key] for _, key in ordered)


def _distance(line: mail.MetricLine) -> float:
    """How far the last quarter is from the middle of what is usual, in halves of that range."""
    middle, half = (
        (line.usual.low + line.usual.high) / 2,
        max((line.usual.high - line.usual.low) / 2, 1e-9),
    )
    distance = abs(line.recent - middle) / half
    return distance if math.isfinite(distance) else 0.0


def watched(judged: WeekJudged, ledger: Ledger) -> tuple[mail.Watched, ...]:
    """Series over the looser bar that no open inflection tells of, strongest first."""
    told = {finding.key for inflection in ledger.open() for finding in inflection.findings}
    over = [
        one
        for one in judged.judged
        if one.key not in told
        and math.isfinite(one.reading.evidence)
        and one.reading.evidence >= math.log(one.watch.watch_bar)
        and one.reading.start is not None
    ]
    return tuple(
        mail.Watched(
            metric=one.key.metric,
            segment=dict(one.key.segment),
            unit=one.series.unit,
            change=_change(one),
            since=one.series.weeks[one.reading.start or 0],
            share_of_bar=one.share_of_bar,
        )
        for one in sorted(over, key=lambda one: -one.share_of_bar)
    )


def _change(one: Judged) -> float:
    """The effect in readers' units: a factor times the level, for relative units."""
    if one.series.unit not in RELATIVE:
        return one.reading.effect
    return mean_over(one.series, one.series.raw, np.arange(len(one.series.weeks))) * math.expm1(
        one.reading.effect
    )


def _since(judged: WeekJudged) -> date | None:
    weeks: Sequence[date] = max((panel.weeks for panel in judged.panels.values()), key=len, default=())
    return weeks[-QUARTER_WEEKS] if len(weeks) >= QUARTER_WEEKS else None

"""One week's judgement: every series of every panel through the detector, each against its own bar.

The detector's state is carried from week to week as long as the past stands as it stood; a restated past is
replayed from its beginning, each start by the bar that was in force when it came. Only the week at hand may alarm:
past weeks are never tested again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from detectors import Reading, Readings, Scan
from detectors.hyper import Hyper, learn_hyper
from monitor.budget import BarsInForce, part_of_bar
from monitor.panel import Panel
from monitor.types import Direction, FloatArray, QuietWhy, Series, SeriesKey

RELEARNING = 13
HARMFUL_WEIGHT, EVEN_WEIGHT = 0.8, 0.5
"""Of the direction that hurts: in the core and in the whole company, and outside the core."""
USUAL = Hyper()
SHARED = 0.5
"""How much each series counts in what is learned of all: the slices and the whole hold the same deals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """From which week a series is read, and from which week on a change may have begun."""

    key: SeriesKey
    since: date
    first_candidate: date
    why: Literal["start", "changed", "returned", "event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a series is held against: its bar and the looser one (weeks), harm, and the size that matters.

    `matters_if` is in the unit of the series' values.
    """

    bar: float
    watch_bar: float
    harmful: Direction | None
    harmful_weight: float
    matters_if: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A series in the week at hand. `hyper` is what the null model takes for granted of it."""

    series: Series
    regime: Regime
    watch: Watch
    reading: Reading
    quiet: QuietWhy | None
    weeks_judged: int
    hyper: Hyper = USUAL
    told_from: date | None = None
    """The first week that a finding's level before is told from; None: all of its regime."""

    @property
    def key(self) -> SeriesKey:
        """The series' key."""
        return self.series.key

    @property
    def share_of_bar(self) -> float:
        """Ln R / ln h: 1 would be an alarm."""
        return (
            self.reading.evidence / math.log(self.watch.bar) if math.isfinite(self.reading.evidence) else 0.0
        )

    @property
    def part_of_bar(self) -> float:
        """R / h: what adds up over series, 1 would be an alarm; 0 while learning."""
        return part_of_bar(self.reading.evidence, math.log(self.watch.bar))


@dataclass(slots=True)
class _Carried:
    """A detector as it stood after `weeks` weeks, and everything it had been given until then."""

    scan: Scan
    weeks: int
    values: FloatArray
    effective: FloatArray
    terms: FloatArray
    bars: FloatArray
    setting: tuple[object, ...]
    readings: Readings


@dataclass(frozen=True, slots=True)
class _Learned:
    """What was learned of a panel's baselines, and from what."""

    values: FloatArray
    effective: FloatArray
    hyper: Hyper


@dataclass(slots=True)
class Judge:
    """Judges panels week by week; holds nothing but detectors that can be rebuilt from the panels."""

    _carried: dict[str, _Carried] = field(default_factory=dict)
    _learned: dict[str, _Learned] = field(default_factory=dict)

    def judge(
        self,
        panel: Panel,
        regimes: Mapping[SeriesKey, Regime],
        watches: Mapping[SeriesKey, Watch],
        in_force: BarsInForce | None = None,
    ) -> list[Judged]:
        """Every series of `panel` in its last week. Regimes and watches must name every series.

        Its evidence is against the bar of its watch; starts of earlier weeks count by the bars `in_force` then.
        """
        series = list(panel.series)
        if not series:
            return []
        hyper = self._hyper(panel)
        held = [watches[one.key] for one in series]
        known = in_force or BarsInForce()
        bars = np.stack(
            [known.over(one.key, panel.weeks, watch.bar) for one, watch in zip(series, held, strict=True)]
        )
        readings = self._readings(panel, series, regimes, watches, bars, hyper)
        last = len(panel.weeks) - 1
        judged = []
        for row, one in enumerate(series):
            regime = regimes[one.key]
            reading = readings.of(row)
            first = _index(panel, regime.first_candidate)
            judged.append(
                Judged(
                    series=one,
                    regime=regime,
                    watch=watches[one.key],
                    reading=reading,
                    quiet=_quiet(reading),
                    weeks_judged=max(0, last - first + 1),
                    hyper=hyper,
                    told_from=panel.told_from,
                )
            )
        return judged

    def forget(self, metric: str) -> None:
        """Drop what is carried of a metric: its panel is read from the beginning next time."""
        self._carried.pop(metric, None)
        self._learned.pop(metric, None)

    def _hyper(self, panel: Panel) -> Hyper:
        """What the baselines of the panel's series say together, those that are learned from its first weeks on.

        They stay what they are however many weeks come after: what is learned of them can be learned again, and is
        the same after a restart. A past that is restated is learned from anew, as it is judged anew.
        """
        usual = Hyper(drift=panel.kind.drift)
        first = [one for one in panel.series if panel.learned_from.get(one.key) == panel.weeks[0]]
        if not first or not 0 < panel.learning <= len(panel.weeks):
            return usual
        weeks = slice(0, panel.learning)
        values = np.stack([one.values[weeks] for one in first])
        effective = np.stack([one.effective[weeks] for one in first])
        effective = np.where(np.isfinite(values), effective, 0.0)
        known = self._learned.get(panel.metric)
        if (
            known is None
            or not np.array_equal(known.values, values, equal_nan=True)
            or not np.array_equal(known.effective, effective)
        ):
            hyper = learn_hyper(
                values, effective, panel.terms[weeks], usual, share=SHARED, prior_sd=panel.kind.season
            )
            known = self._learned[panel.metric] = _Learned(values, effective, hyper)
        return known.hyper

    def _readings(
        self,
        panel: Panel,
        series: Sequence[Series],
        regimes: Mapping[SeriesKey, Regime],
        watches: Mapping[SeriesKey, Watch],
        bars: FloatArray,
        hyper: Hyper,
    ) -> Readings:
        values = np.stack([_since(s, panel, regimes[s.key], s.values, np.nan) for s in series])
        effective = np.stack([_since(s, panel, regimes[s.key], s.effective, 0.0) for s in series])
        effective = np.where(np.isfinite(values), effective, 0.0)
        setting = (hyper, *((s.key, regimes[s.key], _but_for_bars(watches[s.key])) for s in series))
        weeks = len(panel.weeks)
        carried = self._carried.get(panel.metric)
        if carried is None or not _still_stands(carried, values, effective, panel.terms, bars, setting):
            scan = self._new_scan(panel, series, regimes, watches, bars[:, 0], hyper)
            start, readings = 0, None
        else:
            scan, start, readings = carried.scan, carried.weeks, carried.readings
        for week in range(start, weeks):
            if not np.array_equal(scan.settings.arl, bars[:, week]):
                scan.rebudget(bars[:, week])
            readings = scan.advance(values[:, week], effective[:, week], panel.terms[week])
        if readings is None:
            raise ValueError("a panel has at least one week")
        self._carried[panel.metric] = _Carried(
            scan=scan,
            weeks=weeks,
            values=values,
            effective=effective,
            terms=panel.terms,
            bars=bars,
            setting=setting,
            readings=readings,
        )
        return readings

    def _new_scan(
        self,
        panel: Panel,
        series: Sequence[Series],
        regimes: Mapping[SeriesKey, Regime],
        watches: Mapping[SeriesKey, Watch],
        bars: FloatArray,
        hyper: Hyper,
    ) -> Scan:
        held = [watches[s.key] for s in series]
        first = np.array([_index(panel, regimes[s.key].first_candidate) for s in series], dtype=np.int64)
        return Scan(
            learning=first,
            arl=bars,
            harmful=[w.harmful for w in held],
            harmful_weight=np.array([w.harmful_weight for w in held]),
            drift=np.full(len(series), hyper.drift),
            rho=hyper.rho,
            phi=hyper.phi,
            prior_sd=panel.kind.season,
            matters=np.array([w.matters_if for w in held]),
            first_candidate=first,
        )


def _index(panel: Panel, week: date) -> int:
    return (week - panel.weeks[0]).days // 7


def _since(series: Series, panel: Panel, regime: Regime, values: FloatArray, nothing: float) -> FloatArray:
    """`values` with the weeks before the regime blanked out."""
    blank = np.arange(len(series.weeks)) < _index(panel, regime.since)
    return np.where(blank, nothing, values)


def _still_stands(
    carried: _Carried,
    values: FloatArray,
    effective: FloatArray,
    terms: FloatArray,
    bars: FloatArray,
    setting: tuple[object, ...],
) -> bool:
    weeks = carried.weeks
    return (
        carried.setting == setting
        and values.shape[1] >= weeks
        and np.array_equal(carried.values, values[:, :weeks], equal_nan=True)
        and np.array_equal(carried.effective, effective[:, :weeks])
        and np.array_equal(carried.terms, terms[:weeks])
        and np.array_equal(carried.bars, bars[:, :weeks])
    )


def _but_for_bars(watch: Watch) -> Watch:
    """What a change of is replayed from the beginning: all but the bars."""
    return replace(watch, bar=1.0, watch_bar=1.0)


def _quiet(reading: Reading) -> QuietWhy | None:
    if math.isnan(reading.evidence):
        return "learning"
    if not reading.alarm:
        return "stable"
    return "too_small" if reading.matters < 0.5 else None


def restarted(regime: Regime, *, since: date, why: Literal["changed", "returned", "event"]) -> Regime:
    """The regime after a change: read from `since`, candidates again after RELEARNING weeks."""
    return replace(regime, since=since, first_candidate=since + timedelta(weeks=RELEARNING), why=why)


def dismissed(regime: Regime, week: date) -> Regime:
    """The regime after an alarm that was no change: what is learned stays, and starts count from `week` on."""
    return replace(regime, first_candidate=max(regime.first_candidate, week))

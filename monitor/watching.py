"""Which series are watched, and what each is held against: its bar, the harm, and the size that matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from monitor.budget import WEEKS_A_YEAR, BarsInForce, Group, bars
from monitor.cuts import parts_of_budget
from monitor.faults import Apart
from monitor.judge import EVEN_WEIGHT, HARMFUL_WEIGHT, Watch
from monitor.metrics import METRICS
from monitor.outside import lies_outside
from monitor.panel import Panel
from monitor.types import SeriesKey

if TYPE_CHECKING:
    from config.settings import MetricSettings, Settings

ONE_SIDED_WEIGHT = 1.0


@dataclass(slots=True)
class Watched:
    """The series of each metric in the newest week that it was judged in: one that fails keeps its budget.

    left_out   those that a fault left out of the newest week
    """

    series: dict[str, tuple[SeriesKey, ...]] = field(default_factory=dict)
    left_out: tuple[SeriesKey, ...] = ()

    def unread(self, settings: Settings, apart: Apart) -> dict[SeriesKey, str]:
        """The series that a fault leaves out of the week at hand, with their kinds."""
        metrics, dimensions = apart.failed("metric"), apart.failed("segment")
        return {
            key: settings.metrics[metric].kind
            for metric, keys in self.series.items()
            for key in keys
            if metric in settings.metrics
            and (metric in metrics or any(dimension in dimensions for dimension, _ in key.segment))
        }

    def note(self, settings: Settings, panels: Mapping[str, Panel], apart: Apart) -> None:
        """Remember the series of a judged week, those that a fault left out of it included."""
        self.left_out = tuple(self.unread(settings, apart))
        for name, panel in panels.items():
            left_out = (key for key in self.left_out if key.metric == name)
            self.series[name] = (*(one.key for one in panel.series), *left_out)


def watches_of(
    settings: Settings,
    panels: Mapping[str, Panel],
    unread: Mapping[SeriesKey, str],
    in_force: BarsInForce,
    week: date,
) -> dict[SeriesKey, Watch]:
    """What each series is held against in `week`: the bars it was judged by, else those of today's budget.

    unread   series that cannot be read this week, with their kinds: they keep their part of the budget
    """
    attention = settings.attention
    share: dict[Group, float] = {"company": attention.share.company, "segments": attention.share.segments}
    series = [one for panel in panels.values() for one in panel.series]
    kinds = {**unread, **{one.key: one.kind for one in series}}
    carried = {key for key, kind in kinds.items() if not METRICS[kind].opens}
    keys = [key for key in kinds if key not in carried]
    split = partial(bars, keys, share=share, parts=parts_of_budget(kinds))
    alarm = split(false_alarms_per_year=attention.false_alarms_per_year)
    watch = split(false_alarms_per_year=attention.watch.false_alarms_per_year)
    strictest = max(alarm.values(), default=WEEKS_A_YEAR), max(watch.values(), default=WEEKS_A_YEAR)
    alarm |= dict.fromkeys(carried, strictest[0])  # they open nothing, and so cost nothing
    watch |= dict.fromkeys(carried, strictest[1])
    alarm = {key: in_force.at(key, week, bar) for key, bar in alarm.items()}
    return {
        one.key: _watch(settings, one.key, panels[one.key.metric], alarm[one.key], watch[one.key])
        for one in series
    }


def _watch(settings: Settings, key: SeriesKey, panel: Panel, bar: float, watch_bar: float) -> Watch:
    metric = settings.metrics[panel.metric]
    directions = settings.attention.directions
    wanted = directions if isinstance(directions, str) else directions.get(panel.metric, "both")
    both = wanted == "both"
    weight = EVEN_WEIGHT if lies_outside(key, metric, settings.profile) else HARMFUL_WEIGHT
    return Watch(
        bar=bar,
        watch_bar=watch_bar,
        harmful=panel.kind.harmful if both else ("down" if wanted == "down" else "up"),
        harmful_weight=weight if both else ONE_SIDED_WEIGHT,
        matters_if=size_in_values(metric, panel),
    )


def size_in_values(metric: MetricSettings, panel: Panel) -> float:
    """`matters_if` in the unit of the series' values: points as they are, percent of relative units as logarithms."""
    size = metric.matters_if
    if panel.kind.relative:
        return float(np.log1p(size.amount))
    return size.amount if size.unit == "points" else size.amount * panel.baseline.level

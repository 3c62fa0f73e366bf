"""The false-alarm budget: from "false alarms a year over everything" to each series' bar.

A series with the share b of a budget of f false alarms a year alarms at R >= h = 52.18 / (f b): its expected
time to a false alarm is at least h weeks, and over all series the shares add up to one (detection method 1.3).
Leadership's attention is the currency; a series that cannot be judged spends none of it.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from monitor.types import FloatArray, SeriesKey

WEEKS_A_YEAR = 52.18
SAME = 1e-12
"""What a bar may differ by, as a part of it, after it was stored as its logarithm."""
MOST_OVER = 50.0
"""Evidence above the bar, as a logarithm, that is told apart: a rarity in years would be no number any more."""
Group = Literal["company", "segments"]


def bars(
    keys: Sequence[SeriesKey],
    *,
    false_alarms_per_year: float,
    share: Mapping[Group, float],
    parts: Mapping[SeriesKey, float] | None = None,
) -> dict[SeriesKey, float]:
    """Each series' bar h, in weeks: its group's share is split equally; an empty group's falls to the other.

    `parts` says of series that share what is one series' with others how much of it they have.

    >>> whole, slice_ = SeriesKey(metric="win_rate"), SeriesKey(metric="win_rate", contrast=True)
    >>> {str(k): round(h) for k, h in bars([whole], false_alarms_per_year=0.5, share={"company": 0.6}).items()}
    {'win_rate': 104}
    """
    each = parts or {}
    sizes: dict[Group, float] = {"company": 0.0, "segments": 0.0}
    for key in keys:
        sizes[key.group] += each.get(key, 1.0)
    spent = sum(share.get(group, 0.0) for group, size in sizes.items() if size)
    return {
        key: WEEKS_A_YEAR
        / (false_alarms_per_year * share[key.group] / spent * each.get(key, 1.0) / sizes[key.group])
        for key in keys
    }


@dataclass(slots=True)
class BarsInForce:
    """The bars (weeks) that each series was held against, week by week, up to the `newest` week judged.

    A start k spends the budget of its own week: it counts BF_k / h_k by the bar h_k in force then (detection method
    1.3 c), so that a change of budget neither restarts a series nor spends twice. `steps` holds each bar with the
    week it came in, oldest first. A week in which the series was not judged had the bar before it; weeks before the
    first step had the first step's.
    """

    steps: dict[SeriesKey, list[tuple[date, float]]] = field(default_factory=dict)
    newest: date | None = None

    def at(self, key: SeriesKey, week: date, bar: float) -> float:
        """The bar of a week: the one it was judged by; `bar` where it is still to be judged."""
        steps = self.steps.get(key)
        if not steps:
            return bar
        known = steps[max(0, bisect_right(steps, week, key=lambda step: step[0]) - 1)][1]
        judged = self.newest is not None and week <= self.newest
        return known if judged or math.isclose(known, bar, rel_tol=SAME) else bar

    def over(self, key: SeriesKey, weeks: Sequence[date], bar: float) -> FloatArray:
        """The bar of each week, oldest first, (weeks,); the last is the week at hand, held against `bar`.

        >>> key, (first, second) = SeriesKey(metric="win_rate"), (date(2026, 1, 5), date(2026, 1, 12))
        >>> known = BarsInForce({key: [(first, 4000.0)]}, newest=first)
        >>> known.over(key, [first, second], 500.0).tolist()
        [4000.0, 500.0]
        """
        found = np.full(len(weeks), bar)
        for place, (since, known) in enumerate(self.steps.get(key, ())):
            found[bisect_left(weeks, since) if place else 0 : -1] = known
        return found

    def note(self, week: date, bars: Mapping[SeriesKey, float]) -> None:
        """Remember the bars that a week was judged by; one judged before keeps its own."""
        if self.newest is not None and week <= self.newest:
            return
        self.newest = week
        for key, bar in bars.items():
            steps = self.steps.setdefault(key, [])
            if not steps or steps[-1][1] != bar:
                steps.append((week, bar))


def part_of_bar(evidence: float, bar: float) -> float:
    """R / h from their logarithms: the part of an alarm that a series has; 0 where it has no evidence yet.

    >>> round(part_of_bar(math.log(30.0), math.log(40.0)), 9), part_of_bar(math.nan, 8.0)
    (0.75, 0.0)
    """
    return math.exp(min(evidence - bar, MOST_OVER)) if math.isfinite(evidence) else 0.0


def years_per_false_alarm(ratio: float, bar: float, false_alarms_per_year: float) -> float:
    """How rarely noise is so strong, in years over everything watched: R b / 52.18 = R / (h f)."""
    return ratio / (bar * false_alarms_per_year)

"""The false-alarm budget: from "false alarms a year over everything" to each series' bar.

A series with the share b of a budget of f false alarms a year alarms at R >= h = 52.18 / (f b): its expected
time to a false alarm is at least h weeks, and over all series the shares add up to one (detection method 1.3).
Leadership's attention is the currency; a series that cannot be judged spends none of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from monitor.types import SeriesKey

WEEKS_A_YEAR = 52.18
Group = Literal["company", "segments"]


def bars(
    keys: Sequence[SeriesKey], *, false_alarms_per_year: float, share: Mapping[Group, float]
) -> dict[SeriesKey, float]:
    """Each series' bar h, in weeks: its group's share is split equally; an empty group's falls to the other.

    >>> whole, slice_ = SeriesKey(metric="win_rate"), SeriesKey(metric="win_rate", contrast=True)
    >>> {str(k): round(h) for k, h in bars([whole], false_alarms_per_year=0.5, share={"company": 0.6}).items()}
    {'win_rate': 104}
    """
    sizes: dict[Group, int] = {"company": 0, "segments": 0}
    for key in keys:
        sizes[key.group] += 1
    spent = sum(share.get(group, 0.0) for group, size in sizes.items() if size)
    return {
        key: WEEKS_A_YEAR / (false_alarms_per_year * share[key.group] / spent / sizes[key.group])
        for key in keys
    }


def years_per_false_alarm(ratio: float, bar: float, false_alarms_per_year: float) -> float:
    """How rarely noise is so strong, in years over everything watched: R b / 52.18 = R / (h f)."""
    return ratio / (bar * false_alarms_per_year)

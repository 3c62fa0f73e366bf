"""Whether changes of several series began at one time: then they are one inflection, and may carry it together."""

from __future__ import annotations

from monitor.types import Finding

TOGETHER_WEEKS = 4
APART_WEEKS = 13


def together(one: Finding, other: Finding) -> bool:
    """Whether two changes may have begun at one time.

    Their likeliest dates lie within TOGETHER_WEEKS; or their intervals overlap and they are of one kind, or those
    dates are not more than APART_WEEKS apart (an interval of half a year overlaps everything, and says little).
    """
    apart = abs((one.started_on - other.started_on).days) // 7
    low, high = one.started_between
    overlap = other.started_between[0] <= high and low <= other.started_between[1]
    return apart <= TOGETHER_WEEKS or (overlap and (apart <= APART_WEEKS or one.kind == other.kind))

"""Which weeks are before and after a change, and a finding's figures in readers' units."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from detectors import Reading
from monitor.diagnosis.windows import finding_of, mean_over, week_end, window_of
from monitor.judge import Judged, Regime, Watch
from monitor.types import Series, SeriesKey

FIRST = date(2024, 1, 1)
WEEKS = tuple(FIRST + timedelta(weeks=week) for week in range(20))


def week(index):
    return FIRST + timedelta(weeks=index)


@pytest.mark.parametrize(
    ("says", "since", "started", "low", "before", "after"),
    [
        ("the doubtful weeks belong to neither", 0, 12, 10, range(10), range(12, 20)),
        ("sure of the week", 0, 12, 12, range(12), range(12, 20)),
        ("from the regime's beginning on", 5, 12, 10, range(5, 10), range(12, 20)),
        ("too few would be left before: the doubtful ones count", 5, 12, 8, range(5, 12), range(12, 20)),
        ("four are enough", 5, 12, 9, range(5, 9), range(12, 20)),
        ("the change is in the last week", 0, 19, 15, range(15), range(19, 20)),
        ("a regime from before these weeks", -30, 12, 10, range(10), range(12, 20)),
        ("a change from before these weeks has nothing before it", -30, -5, -9, range(0), range(20)),
        ("a change in the first week neither", 0, 0, 0, range(0), range(20)),
    ],
)
def test_a_window_is_the_weeks_before_and_after(says, since, started, low, before, after):
    window = window_of(WEEKS, week(since), week(started), week(low))
    assert (window.before.tolist(), window.after.tolist()) == (list(before), list(after)), says


def series(values, effective, unit="rate", deals=None):
    return Series(
        key=SeriesKey(metric="win_rate"),
        kind="volume" if unit == "count" else "win_rate",
        unit=unit,
        weeks=WEEKS[: len(values)],
        values=np.array(values, dtype=float),
        effective=np.array(effective, dtype=float),
        raw=np.array(values, dtype=float),
        deals=np.array(effective if deals is None else deals, dtype=float),
        adjusted_for=("tier",),
    )


@pytest.mark.parametrize(
    ("says", "one", "weeks", "expected"),
    [
        ("weighted by effective deals", series([0.2, 0.6], [30, 10]), [0, 1], 0.3),
        ("a week without deals is left out", series([0.2, math.nan], [30, 0]), [0, 1], 0.2),
        ("a value that nobody stands behind is left out", series([0.2, 0.9], [30, 0]), [0, 1], 0.2),
        ("of counts every week is worth as much", series([10, 30], [20, 20], "count"), [0, 1], 20.0),
        ("a week with no deal counts among counts", series([0, 30], [20, 20], "count"), [0, 1], 15.0),
        ("only the weeks asked for", series([0.2, 0.6, 0.9], [1, 1, 1]), [2], 0.9),
    ],
)
def test_a_mean_over_weeks(says, one, weeks, expected):
    assert mean_over(one, one.values, np.array(weeks)) == pytest.approx(expected), says


@pytest.mark.parametrize("weeks", [[], [1]])
def test_a_mean_over_nothing_is_undefined_and_warns_of_nothing(weeks):
    one = series([0.2, math.nan], [30, 0])
    assert math.isnan(mean_over(one, one.values, np.array(weeks, dtype=np.int64)))


def judged(one, *, start=12, low=10, high=14, effect=(-0.16, -0.04), since=0):
    reading = Reading(
        evidence=9.0,
        alarm=True,
        start=start,
        start_low=low,
        start_high=high,
        effect=sum(effect) / 2,
        effect_low=effect[0],
        effect_high=effect[1],
        matters=0.9,
        expected=0.3,
        expected_sd=0.1,
        still_low=-0.1,
        still_high=0.1,
        shock=False,
    )
    regime = Regime(key=one.key, since=week(since), first_candidate=week(since + 5), why="start")
    watch = Watch(bar=1000.0, watch_bar=125.0, harmful="down", harmful_weight=0.8, matters_if=0.05)
    return Judged(series=one, regime=regime, watch=watch, reading=reading, quiet=None, weeks_judged=15)


def test_a_finding_has_its_dates_from_the_detector_and_its_levels_from_the_deals():
    values = [0.4] * 5 + [0.3] * 7 + [0.2] * 8
    finding = finding_of(judged(series(values, [10] * 20, deals=[12] * 20), since=5))
    assert (finding.started_on, finding.started_between) == (week(12), (week(10), week(14)))
    assert (finding.before, finding.after) == (pytest.approx(0.3), pytest.approx(0.2))
    assert finding.change_between == (-0.16, -0.04)
    assert (finding.deals_before, finding.deals_after) == (12 * 5, 12 * 8)
    assert (finding.evidence, finding.bar) == (9.0, pytest.approx(math.log(1000.0)))
    assert (finding.adjusted_for, finding.unit) == (("tier",), "rate")


def test_a_count_is_told_in_deals_a_week_though_it_was_read_as_a_logarithm():
    """A step of ln 1/2 to ln 3/4 from 40 a week: 20 to 10 fewer."""
    one = series([40] * 12 + [25] * 8, [40] * 20, "count")
    finding = finding_of(judged(one, effect=(math.log(0.5), math.log(0.75))))
    assert finding.change_between == (pytest.approx(-20.0), pytest.approx(-10.0))
    assert (finding.before, finding.after) == (40.0, 25.0)


def test_a_reading_without_a_date_is_no_finding():
    one = judged(series([0.3] * 20, [10] * 20))
    with pytest.raises(ValueError, match="without a date"):
        finding_of(replace(one, reading=replace(one.reading, start=None)))


def test_a_week_ends_six_days_after_it_begins():
    assert week_end(FIRST) == date(2024, 1, 7)

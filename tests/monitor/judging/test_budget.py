import math
from datetime import date, timedelta

import pytest

from monitor.budget import BarsInForce, bars, years_per_false_alarm
from monitor.types import SeriesKey


def keys(company: int, segments: int) -> list[SeriesKey]:
    return [SeriesKey(metric=f"m{i}") for i in range(company)] + [
        SeriesKey(metric=f"s{i}", contrast=True) for i in range(segments)
    ]


def test_forty_equal_series_and_one_alarm_in_two_years_give_the_published_bar():
    one_group = bars(keys(40, 0), false_alarms_per_year=0.5, share={"company": 1.0, "segments": 0.0})
    assert {round(h) for h in one_group.values()} == {4174}
    assert math.log(next(iter(one_group.values()))) == pytest.approx(8.34, abs=0.005)


@pytest.mark.parametrize(("company", "segments"), [(5, 28), (1, 1), (6, 0), (0, 3), (17, 240)])
def test_the_rates_of_all_series_add_up_to_the_budget(company, segments):
    share = {"company": 0.6, "segments": 0.4}
    h = bars(keys(company, segments), false_alarms_per_year=0.5, share=share)
    assert sum(52.18 / bar for bar in h.values()) == pytest.approx(0.5)


def test_an_alarm_at_its_bar_says_one_over_the_budget():
    h = bars(keys(5, 28), false_alarms_per_year=0.5, share={"company": 0.6, "segments": 0.4})
    assert {round(years_per_false_alarm(bar, bar, 0.5), 9) for bar in h.values()} == {2.0}


ONE, OTHER = keys(2, 0)
WEEKS = tuple(date(2026, 1, 5) + timedelta(weeks=back) for back in range(6))


def test_every_week_keeps_the_bar_it_was_judged_by():
    known = BarsInForce()
    for week, bar in ((1, 4000.0), (2, 4000.0), (4, 500.0)):  # nothing was judged in week 3
        known.note(WEEKS[week], {ONE: bar})
    assert known.over(ONE, WEEKS, 900.0).tolist() == [4000.0, 4000.0, 4000.0, 4000.0, 500.0, 900.0]
    assert known.over(ONE, WEEKS[:4], 900.0).tolist() == [4000.0, 4000.0, 4000.0, 900.0]
    assert known.over(OTHER, WEEKS, 900.0).tolist() == [900.0] * 6


def test_a_week_that_was_judged_is_looked_at_by_its_bar_and_the_next_by_todays():
    known = BarsInForce()
    known.note(WEEKS[1], {ONE: 4000.0})
    known.note(WEEKS[2], {ONE: 500.0})
    known.note(WEEKS[1], {ONE: 7.0, OTHER: 7.0})  # judged before: it keeps its own
    assert [known.at(ONE, week, 900.0) for week in WEEKS[1:4]] == [4000.0, 500.0, 900.0]
    assert known.at(OTHER, WEEKS[1], 900.0) == 900.0
    assert known.at(ONE, WEEKS[3], math.exp(math.log(500.0))) == 500.0

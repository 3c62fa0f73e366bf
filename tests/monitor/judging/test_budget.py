import math

import pytest

from monitor.budget import bars, years_per_false_alarm
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

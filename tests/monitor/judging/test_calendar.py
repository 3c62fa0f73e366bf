from datetime import date, timedelta

import numpy as np
import pytest

from monitor.calendar import FiscalCalendar, holiday_share, last_complete_week, week_start, weeks_from


@pytest.mark.parametrize(
    ("day", "starts", "expected"),
    [
        (date(2026, 6, 22), 0, date(2026, 6, 22)),
        (date(2026, 6, 28), 0, date(2026, 6, 22)),
        (date(2026, 6, 28), 6, date(2026, 6, 28)),
        (date(2026, 1, 1), 0, date(2025, 12, 29)),
    ],
)
def test_a_day_belongs_to_the_week_that_holds_it(day, starts, expected):
    assert week_start(day, starts) == expected


def test_weeks_run_from_first_to_last_inclusive():
    assert weeks_from(date(2026, 6, 1), date(2026, 6, 15)) == (
        date(2026, 6, 1),
        date(2026, 6, 8),
        date(2026, 6, 15),
    )


def test_a_week_is_complete_only_when_its_late_deals_have_had_their_time():
    sunday_after = date(2026, 6, 28)
    assert last_complete_week(sunday_after + timedelta(days=1), timedelta(0), 0) == date(2026, 6, 22)
    assert last_complete_week(sunday_after + timedelta(days=3), timedelta(days=3), 0) == date(2026, 6, 15)
    assert last_complete_week(sunday_after + timedelta(days=4), timedelta(days=3), 0) == date(2026, 6, 22)


@pytest.mark.parametrize("pattern", ["months", "4-4-5", "4-5-4", "5-4-4"])
@pytest.mark.parametrize("starts", [1, 2, 7, 10])
def test_every_day_of_ten_years_has_one_place_and_quarters_follow_one_another(pattern, starts):
    calendar = FiscalCalendar(starts=starts, pattern=pattern)
    day, previous = date(2020, 1, 1), None
    while day < date(2030, 1, 1):
        place = calendar.day(day)
        assert 0 <= place.days_left_in_month <= place.days_left_in_quarter <= 98
        assert place.month_of_quarter in (0, 1, 2)
        assert place.quarter_start <= day
        if previous is not None:
            if previous.days_left_in_quarter == 0:
                assert place.quarter_start == day
                assert place.month_of_quarter == 0
            else:
                assert place.days_left_in_quarter == previous.days_left_in_quarter - 1
            if previous.days_left_in_month == 0:
                assert place.month_of_quarter == (previous.month_of_quarter + 1) % 3
        previous, day = place, day + timedelta(days=1)


def test_quarters_are_named_by_the_year_in_which_the_fiscal_year_ends():
    assert FiscalCalendar(starts=1).quarter(date(2026, 5, 2)) == "2026 Q2"
    assert FiscalCalendar(starts=2).quarter(date(2026, 2, 1)) == "FY2027 Q1"
    assert FiscalCalendar(starts=10).quarter(date(2025, 12, 31)) == "FY2026 Q1"


def test_the_terms_say_where_months_and_quarters_end():
    calendar = FiscalCalendar()
    terms = calendar.terms([date(2026, 6, 22), date(2026, 6, 29), date(2026, 5, 11)])
    assert terms.shape == (3, 4)
    np.testing.assert_allclose(
        terms[0], [0, 1, 0, 1]
    )  # 22-28 June: third month, in the quarter's last fortnight
    np.testing.assert_allclose(terms[1], [1 / 7, 2 / 7, 0, 2 / 7])  # 29 and 30 June, then July
    np.testing.assert_allclose(terms[2], [0, 0, 1, 0])


def test_holidays_are_counted_on_working_days_only():
    weeks = [date(2025, 12, 22), date(2026, 1, 12), date(2026, 6, 29)]
    everywhere = holiday_share(weeks, None)[:, 0]
    assert everywhere[0] == pytest.approx(3 / 5)
    assert everywhere[1] == 0
    assert holiday_share(weeks, "US")[2, 0] == pytest.approx(1 / 5)  # 3 July, observed

"""Series of the textbooks, whose changes are known from history, through the cut and through the online alarm."""

import numpy as np
import pytest

from benchmarks.textbook import DISASTERS, DRIVERS, numbers
from detectors import InvariantSR, segment
from monitor.diagnosis.split import WeeklySums, split

# Applicants and those admitted, men and women, to the six largest departments of Berkeley's graduate school, autumn
# 1973: Bickel, Hammel and O'Connell, "Sex bias in graduate admissions: data from Berkeley", Science 187 (1975), by
# department in Freedman, Pisani and Purves, "Statistics" (1978).
APPLIED = {"men": [825, 560, 325, 417, 191, 373], "women": [108, 25, 593, 375, 393, 341]}
ADMITTED = {"men": [512, 353, 120, 138, 53, 22], "women": [89, 17, 202, 131, 94, 24]}


def first_alarm(values, learning, *, harmful=None, regressors=None):
    """The index of the first alarm, and its reading; the null model is noise without memory around a level."""
    detector = InvariantSR(learning=learning, arl=1000.0, harmful=harmful, drift=0.0, rho=0.0, phi=0.0)
    for index, value in enumerate(values):
        out = detector.update(value, 1, () if regressors is None else regressors[index])
        if out.alarm:
            return index, out
    raise AssertionError("no alarm")


def month(year, number):
    """The index of a month in DRIVERS."""
    return 12 * (year - 1969) + number - 1


def test_the_nile_falls_with_the_dam_at_aswan_and_is_alarmed_within_seven_years():
    from statsmodels.datasets import nile

    flow = nile.load_pandas().data["volume"].to_numpy()
    (cut,) = segment(flow)
    assert 1871 + cut.index in (1898, 1899)
    index, out = first_alarm(flow, 20, harmful="down")
    assert 1899 <= 1871 + index <= 1905
    assert 1871 + out.start in (1898, 1899)
    assert out.start_low <= 1898 - 1871 <= out.start_high
    assert out.effect_low <= 850 - 1098 <= out.effect_high  # Cobb (1978): 1098 before, 850 after


def test_seat_belts_and_the_oil_crisis_are_found_to_the_month_in_spite_of_the_season():
    crisis, belts = segment(np.log(numbers(DRIVERS)))
    assert crisis.index in (
        month(1973, 11),
        month(1973, 12),
    )  # petrol short, a speed limit of 50 miles an hour
    assert belts.index == month(1983, 2)
    assert belts.low <= month(1983, 2) <= belts.high <= month(1983, 4)
    assert np.exp(belts.after - belts.before) == pytest.approx(0.8, abs=0.04)


def test_seat_belts_are_alarmed_within_four_months_and_nothing_before():
    begin = month(1974, 1)
    drivers = np.log(numbers(DRIVERS))[begin:]
    season = np.eye(12)[np.arange(len(drivers)) % 12][:, 1:]
    index, out = first_alarm(drivers, 48, regressors=season)
    assert month(1983, 2) <= begin + index <= month(1983, 5)
    assert abs(begin + out.start - month(1983, 2)) <= 1
    assert begin + out.start_low <= month(1983, 2) <= begin + out.start_high
    assert out.effect_low <= np.log(0.8) <= out.effect_high < 0


def test_coal_mining_became_safer_around_1890():
    disasters = numbers(DISASTERS)
    assert len(disasters) == 1961 - 1851 + 1
    (cut,) = segment(disasters)
    assert 1886 <= 1851 + cut.index <= 1896  # Raftery and Akman (1986): 1887 to 1895
    assert cut.low <= 1890 - 1851 <= cut.high
    assert (cut.before, cut.after) == pytest.approx((3.1, 0.95), abs=0.2)
    index, out = first_alarm(disasters, 25, harmful="down")
    assert 1851 + index <= 1905
    assert out.start_low <= 1890 - 1851 <= out.start_high
    assert out.effect_low <= 0.95 - 3.1 <= out.effect_high


def test_women_were_admitted_less_at_berkeley_by_where_they_applied_and_not_by_the_departments():
    men, women = (
        WeeklySums(hits=np.array([ADMITTED[one]], dtype=float), deals=np.array([APPLIED[one]], dtype=float))
        for one in ("men", "women")
    )
    found = split(men, women)
    assert found.whole.value == pytest.approx(0.304 - 0.445, abs=0.001)
    assert found.mix.value < found.whole.value  # more than all of it
    assert found.rate.value > 0  # within departments women did rather better
    assert found.mix.value + found.rate.value == pytest.approx(found.whole.value)
    assert sum(one.value > 0 for one in found.groups) == 4

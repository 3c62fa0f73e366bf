"""What other methods are compared by: the same series, first words only, rules as in the book."""

import numpy as np
import pytest

from benchmarks.peers import charts, given, rerun
from benchmarks.peers.compare import Measured, wins
from benchmarks.peers.methods import METHODS, OWN
from detectors import evaluate


def test_the_first_series_of_many_are_those_that_slow_methods_get():
    many = given.nulls(6)
    few = many.first(2)
    np.testing.assert_array_equal(few.rates, many.rates[:2])
    np.testing.assert_array_equal(given.nulls(6).rates, many.rates)
    assert many.rates.shape == (6, given.LEARNING + given.NULL_WEEKS)


def test_the_calendar_is_out_of_what_the_methods_see_and_the_fall_is_not():
    series = given.falls(300, 12)
    quarter_end = series.made.terms[:, 0] > 0
    before = np.arange(series.rates.shape[1]) < given.CHANGE_AT
    raw, rates = series.made.values.mean(axis=0), series.rates.mean(axis=0)
    assert raw[before & quarter_end].mean() - raw[before & ~quarter_end].mean() > 0.01
    assert rates[before & quarter_end].mean() == pytest.approx(rates[before & ~quarter_end].mean(), abs=0.006)
    assert rates[~before].mean() - rates[before].mean() == pytest.approx(-0.12, abs=0.01)


def test_western_electric_rules_speak_at_one_where_the_book_says():
    z = np.zeros((5, 20))
    z[0, 10] = 3.0  # one beyond three sigma
    z[1, [10, 12]] = 2.0  # two of three beyond two
    z[2, [10, 11, 12, 14]] = 1.0  # four of five beyond one
    z[3, 5:13] = 0.1  # eight in a row
    z[4, [5, 10]] = 2.9
    spoken = charts._side(z).max(axis=1)
    assert spoken[:4] == pytest.approx(1.0)
    assert spoken[4] < 1.0


def test_only_the_first_word_at_each_level_counts():
    asked = []

    def speaks(past, level):
        asked.append(level)
        return past[-1] >= level

    values = np.zeros((1, given.LEARNING + 5))
    values[0, -4:] = [2.0, 5.0, 1.0, 9.0]
    found = rerun._climbing(values, np.array([1.0, 2.0, 4.0, 8.0, 16.0]), speaks)
    assert found[0, -5:].tolist() == [-np.inf, 2.0, 4.0, 4.0, 8.0]
    assert asked.count(1.0) == 2  # never asked again once it has spoken


def _measured(name, delays):
    return Measured(
        name=name,
        version="",
        setting="",
        shipped=evaluate.RunLength(alarms=0, exposure=1, arl=np.nan, low=1.0, high=np.nan),
        moved=None,
        delays={points: np.array(delays) for points in given.POINTS},
        series=(1, len(delays)),
        microseconds=1.0,
    )


def test_a_method_that_is_surely_sooner_is_said_to_win_and_no_other():
    own = _measured(OWN, [20.0, 30.0, 25.0, 40.0, np.nan])
    sooner = _measured("sooner", [18.0, 27.0, 23.0, 37.0])
    alike = _measured("alike", [21.0, 29.0, 26.0, 39.0, 3.0])
    assert wins([own, sooner, alike]) == {points: ["sooner"] for points in given.POINTS}
    assert sooner.against(own, 8)[0] == pytest.approx(-2.5)


def test_the_detector_itself_is_among_the_methods():
    assert METHODS[OWN].package == "leftturn"
    strength = METHODS[OWN].strength(given.falls(4, 12))
    assert np.isneginf(strength[:, : given.LEARNING]).all()
    assert (strength[:, -1] > METHODS[OWN].shipped).all()

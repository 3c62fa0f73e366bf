"""The pooled alarm: which series carry an inflection together, each condition by itself, and what becomes of it."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from detectors import Reading
from monitor.agreement import brought_up_to_date, sets_that_agree
from monitor.diagnosis.verdict import Cause
from monitor.inflections import dismiss, live_through
from monitor.judge import Judged, Regime, Watch
from monitor.ledger import FOLLOW, Ledger
from monitor.types import SeriesKey

FIRST = date(2024, 1, 1)
WEEKS = 60
WIN = SeriesKey(metric="win_rate")
CORE = SeriesKey(metric="win_rate", segment=(("tier", "core"),))
FIT = SeriesKey(metric="fit_mix")
DISCOUNT = SeriesKey(metric="discount")
REASON = SeriesKey(metric="loss_reasons", segment=(("loss_reason", "Price"),))
EAST = SeriesKey(metric="win_rate", segment=(("region", "East"),), contrast=True)
BAR = 400.0


def week(index):
    return FIRST + timedelta(weeks=index)


@pytest.fixture
def judged(made):
    """`judged(key, part, ...)`: a series with this part of its bar, that stepped down in week 50 unless said."""

    def one(
        key, part, *, start=50, low=48, high=52, effect=-0.08, matters=0.9, shock=False, weeks=WEEKS, bar=BAR
    ):
        values = np.where(np.arange(weeks) < start, 0.3, 0.3 + effect)
        panel = made(key.metric, (key, values, np.full(weeks, 60.0)))
        reading = Reading(
            evidence=math.log(part * bar) if part > 0 else math.nan,
            alarm=part >= 1.0,
            start=start,
            start_low=low,
            start_high=high,
            effect=effect,
            effect_low=effect - 0.03,
            effect_high=effect + 0.03,
            matters=matters,
            expected=0.3,
            expected_sd=0.05,
            still_low=-0.1,
            still_high=0.1,
            shock=shock,
        )
        harmful = panel.kind.harmful
        watch = Watch(bar=bar, watch_bar=bar / 8, harmful=harmful, harmful_weight=0.8, matters_if=0.05)
        regime = Regime(key=key, since=FIRST, first_candidate=week(26), why="start")
        return Judged(
            series=panel.series[0],
            regime=regime,
            watch=watch,
            reading=reading,
            quiet="stable",
            weeks_judged=WEEKS - 26,
        )

    return one


def keys(sets):
    return [[one.key for one in found] for found in sets]


def test_series_that_agree_alarm_where_their_parts_come_to_one(judged):
    assert keys(sets_that_agree([judged(CORE, 0.5), judged(WIN, 0.52)])) == [[WIN, CORE]]
    assert sets_that_agree([judged(CORE, 0.5), judged(WIN, 0.48)]) == []


def test_the_parts_are_of_each_series_own_bar(judged):
    assert keys(sets_that_agree([judged(WIN, 0.61, bar=100.0), judged(EAST, 0.6, bar=4000.0)])) == [
        [WIN, EAST]
    ]


@pytest.mark.parametrize(
    ("says", "other"),
    [
        ("it moved the other way", {"effect": 0.08}),
        ("it began at another time", {"start": 30, "low": 28, "high": 32}),
        ("it is too young to be told from a blip", {"start": 53, "low": 50, "high": 57}),
        ("it is a blip", {"shock": True}),
        ("it is too small to matter", {"matters": 0.4}),
        ("it is over its own bar, and was refused", {"part": 1.7}),
        ("it has no evidence yet", {"part": 0.0}),
    ],
)
def test_a_series_that_could_not_be_told_of_agrees_with_none(judged, says, other):
    named = {"part": 0.7} | other
    assert sets_that_agree([judged(WIN, 0.7), judged(CORE, **named)]) == [], says
    assert len(sets_that_agree([judged(WIN, 0.7), judged(CORE, 0.7)])) == 1


def test_a_series_of_four_weeks_is_old_enough(judged):
    just = judged(CORE, 0.7, start=53, low=50, high=56)
    assert len(sets_that_agree([judged(WIN, 0.7), just])) == 1


def test_a_series_of_a_kind_that_opens_nothing_carries_nothing(judged):
    assert sets_that_agree([judged(WIN, 0.7), judged(REASON, 0.7, effect=0.08)]) == []


def test_a_slice_that_stood_still_while_the_rest_moved_agrees_with_none(judged):
    east = judged(EAST, 0.7)
    rose = replace(east, series=replace(east.series, raw=east.series.raw[::-1].copy()))
    assert len(sets_that_agree([judged(WIN, 0.7), east])) == 1
    assert sets_that_agree([judged(WIN, 0.7), rose]) == []


def test_harm_is_what_agrees_and_not_the_sign(judged):
    deeper, shallower = judged(DISCOUNT, 0.6, effect=0.08), judged(DISCOUNT, 0.6, effect=-0.08)
    assert keys(sets_that_agree([judged(WIN, 0.5), deeper])) == [[DISCOUNT, WIN]]
    assert sets_that_agree([judged(WIN, 0.5), shallower]) == []


def test_no_more_are_taken_than_it_needs(judged):
    """What is left keeps its evidence: it has spent nothing, and was not said to have moved."""
    found = sets_that_agree([judged(FIT, 0.02), judged(CORE, 0.45), judged(WIN, 0.7)])
    assert keys(found) == [[WIN, CORE]]


def test_a_strong_series_that_stands_alone_does_not_hide_those_that_agree(judged):
    alone = judged(EAST, 0.9, start=30, low=28, high=32)
    assert keys(sets_that_agree([alone, judged(WIN, 0.6), judged(CORE, 0.6)])) == [[WIN, CORE]]


def test_two_sets_of_two_times_share_no_series(judged):
    early = [judged(FIT, 0.8, start=30, low=28, high=32), judged(EAST, 0.3, start=31, low=29, high=33)]
    late = [judged(WIN, 0.6), judged(CORE, 0.6)]
    assert keys(sets_that_agree([*early, *late])) == [[FIT, EAST], [WIN, CORE]]


class Alive:
    """A ledger that lives through weeks of judged series."""

    def __init__(self):
        self.ledger = Ledger()
        self.weeks = []

    def through(self, *judged, index=WEEKS - 1):
        for one in judged:
            self.ledger.regimes.setdefault(one.key, one.regime)
        panels = {}
        lived = live_through(
            self.ledger,
            list(judged),
            panels,
            week=week(index),
            today=week(index) + timedelta(days=10),
            diagnose=lambda findings: Cause(verdict="market_shift", shares={"market": -0.08}),
        )
        self.weeks.append(lived)
        return lived

    @property
    def only(self):
        (inflection,) = self.ledger.inflections
        return inflection


@pytest.fixture
def alive(monkeypatch):
    monkeypatch.setattr("monitor.inflections.close_returned", lambda *_: [])  # it asks for panels
    return Alive()


def test_a_set_opens_as_one_inflection_that_keeps_the_sum(alive, judged):
    lived = alive.through(judged(WIN, 0.55), judged(CORE, 0.6), judged(FIT, 0.01))
    (opened,) = lived.opened
    assert [finding.key for finding in opened.findings] == [WIN, CORE]  # the most prominent is its headline
    assert opened.carried
    assert opened.part_of_bar == pytest.approx(1.15)
    assert {part.told.key: part.raised for part in opened.agreed} == pytest.approx({WIN: 0.55, CORE: 0.6})


def test_an_alarm_of_one_series_needs_no_others(alive, judged):
    alive.through(judged(WIN, 1.2), judged(CORE, 0.6), judged(FIT, 0.3))
    assert [finding.key for finding in alive.only.findings] == [WIN]
    assert not alive.only.carried
    assert alive.only.part_of_bar == pytest.approx(1.2)


def test_a_set_joins_the_inflection_that_began_when_it_did(alive, judged):
    alive.through(judged(FIT, 1.2), judged(CORE, 0.3), judged(WIN, 0.3))
    lived = alive.through(
        judged(FIT, 1.3, weeks=WEEKS + 1),
        judged(CORE, 0.6, weeks=WEEKS + 1),
        judged(WIN, 0.6, weeks=WEEKS + 1),
        index=WEEKS,
    )
    assert lived.opened == ()
    assert [finding.key for finding in alive.only.findings] == [WIN, CORE, FIT]
    assert alive.only.part_of_bar == pytest.approx(1.2)
    assert not alive.only.carried


def test_a_series_that_an_open_inflection_tells_of_carries_no_other(alive, judged):
    alive.through(judged(FIT, 1.2))
    late = {"start": 57, "low": 56, "high": 57, "weeks": WEEKS + 1}
    alive.through(judged(FIT, 0.9, **late), judged(WIN, 0.9, **late), index=WEEKS)
    assert len(alive.ledger.inflections) == 1


def test_while_the_sum_is_over_the_bar_its_findings_are_brought_up_to_date(alive, judged):
    alive.through(judged(WIN, 0.55), judged(CORE, 0.6))
    longer = {"weeks": WEEKS + 1, "start": 51}
    alive.through(judged(WIN, 0.7, **longer), judged(CORE, 0.8, **longer), index=WEEKS)
    assert alive.only.part_of_bar == pytest.approx(1.5)
    assert {finding.started_on for finding in alive.only.findings} == {week(51)}
    alive.through(judged(WIN, 0.4, **longer), judged(CORE, 0.5, **longer | {"start": 49}), index=WEEKS)
    assert alive.only.part_of_bar == pytest.approx(1.5)
    assert {finding.started_on for finding in alive.only.findings} == {week(51)}


def test_a_series_that_left_the_others_counts_nought_and_stays_as_it_was(alive, judged):
    alive.through(judged(WIN, 0.55), judged(CORE, 0.6))
    parts = alive.only.agreed
    now = {WIN: judged(WIN, 0.8, effect=0.08), CORE: judged(CORE, 1.3)}
    after, still = brought_up_to_date(parts, now)
    assert still == {CORE}
    assert {part.told.key: part.now for part in after} == pytest.approx({WIN: 0.0, CORE: 1.3})
    assert brought_up_to_date(parts, now | {CORE: judged(CORE, 0.9)}) == (parts, frozenset())


def test_a_series_that_was_not_judged_keeps_the_part_it_had(alive, judged):
    alive.through(judged(WIN, 0.55), judged(CORE, 0.6))
    parts = alive.only.agreed
    after, still = brought_up_to_date(parts, {CORE: judged(CORE, 1.3)})
    assert still == {CORE}
    assert {part.told.key: part.now for part in after} == pytest.approx({WIN: 0.55, CORE: 1.3})
    assert brought_up_to_date(parts, {CORE: judged(CORE, 0.9)}) == (parts, frozenset())


def test_the_set_restarts_together(alive, judged):
    """It has spent a whole alarm; what was not in it goes on."""
    series = dict.fromkeys((WIN, CORE), 0.55) | {FIT: 0.01}
    alive.through(*(judged(key, part) for key, part in series.items()))
    for more in range(1, FOLLOW + 1):
        longer = (judged(key, part, weeks=WEEKS + more) for key, part in series.items())
        alive.through(*longer, index=WEEKS - 1 + more)
    regimes = alive.ledger.regimes
    assert (regimes[WIN].why, regimes[CORE].why, regimes[FIT].why) == ("changed", "changed", "start")


def test_a_set_that_people_reject_starts_anew_together(alive, judged):
    alive.through(judged(WIN, 0.55), judged(CORE, 0.6))
    dismiss(alive.ledger, {alive.only.id}, week(WEEKS), week(WEEKS))
    assert {alive.ledger.regimes[key].first_candidate for key in (WIN, CORE)} == {week(WEEKS)}


@pytest.mark.parametrize(("undone", "state"), [((), "open"), ((CORE,), "open"), ((WIN, CORE), "retracted")])
def test_restated_data_undo_a_set_by_what_is_left_of_its_sum(alive, judged, undone, state):
    """A third of the sum vanishes, or all of it; what is asked is whether half of it is left."""
    parts = {WIN: 0.7, CORE: 0.35}
    alive.through(*(judged(key, part) for key, part in parts.items()))
    after = {key: -0.08 if key not in undone else 0.0 for key in parts}
    again = [judged(key, parts[key], weeks=WEEKS + 1, effect=after[key] or -1e-9) for key in parts]
    alive.through(*again, index=WEEKS)
    assert alive.only.state == state
    assert {alive.ledger.regimes[key].why for key in parts} == {
        "returned" if state == "retracted" else "start"
    }

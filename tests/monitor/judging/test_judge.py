"""The judge carries its detectors from week to week, and is never another judge for it."""

import math
from dataclasses import astuple, replace
from datetime import date, timedelta

import numpy as np
import pytest

from detectors import Scan
from monitor.budget import BarsInForce
from monitor.judge import RELEARNING, Judge, Regime, Watch, dismissed, restarted
from monitor.types import SeriesKey

FIRST = date(2024, 1, 1)
LEARNING = 26
WHOLE = SeriesKey(metric="win_rate")
EAST = SeriesKey(metric="win_rate", segment=(("region", "East"),), contrast=True)
WEEKS = 60


def week(index):
    return FIRST + timedelta(weeks=index)


def regime(key, since=0, first=LEARNING):
    return Regime(key=key, since=week(since), first_candidate=week(first), why="start")


def watch(bar=1000.0, matters_if=0.05, harmful="down", weight=0.8):
    return Watch(bar=bar, watch_bar=bar / 8, harmful=harmful, harmful_weight=weight, matters_if=matters_if)


REGIMES = {key: regime(key) for key in (WHOLE, EAST)}
WATCHES = {WHOLE: watch(), EAST: watch(bar=4000.0)}


@pytest.fixture
def panels(made, rates):
    """Panels of the first 1, 2, ... weeks: a fall in week 45, a week without deals, a contrast of few deals."""
    whole, east = rates(1, WEEKS, steps={45: -0.12}), rates(2, WEEKS, level=0.1, n=10) - 0.1
    whole[33] = np.nan
    n, n_east = np.full(WEEKS, 60.0), np.random.default_rng(3).integers(0, 12, WEEKS).astype(float)
    n[33] = 0.0

    def until(weeks, whole=whole):
        return made("win_rate", (WHOLE, whole[:weeks], n[:weeks]), (EAST, east[:weeks], n_east[:weeks]))

    return until


def same(one, other):
    for a, b in zip(one, other, strict=True):
        assert a.quiet == b.quiet
        np.testing.assert_allclose(
            np.array(astuple(a.reading), dtype=float),
            np.array(astuple(b.reading), dtype=float),
            rtol=0,
            atol=1e-9,
        )


def test_carried_week_by_week_it_judges_as_from_scratch(panels):
    carried = Judge()
    alarms = 0
    for weeks in range(1, WEEKS + 1):
        now = carried.judge(panels(weeks), REGIMES, WATCHES)
        same(now, Judge().judge(panels(weeks), REGIMES, WATCHES))
        alarms += now[0].reading.alarm
    assert alarms > 3  # or nothing of interest was compared


def test_weeks_that_were_skipped_are_caught_up(panels):
    carried = Judge()
    for weeks in (10, 30, 31, 50, 60):
        now = carried.judge(panels(weeks), REGIMES, WATCHES)
    same(now, Judge().judge(panels(60), REGIMES, WATCHES))


def test_a_past_that_stands_is_not_read_again_and_one_that_was_restated_is(panels, rates, monkeypatch):
    read = []
    monkeypatch.setattr(
        Scan, "advance", lambda *given, _advance=Scan.advance: (read.append(1), _advance(*given))[1]
    )
    judge = Judge()
    judge.judge(panels(40), REGIMES, WATCHES)
    read.clear()
    judge.judge(panels(41), REGIMES, WATCHES)
    assert len(read) == 1
    restated = rates(1, WEEKS, steps={45: -0.12})
    restated[33], restated[12] = np.nan, 0.9
    read.clear()
    now = judge.judge(panels(42, restated), REGIMES, WATCHES)
    assert len(read) == 42
    same(now, Judge().judge(panels(42, restated), REGIMES, WATCHES))


@pytest.mark.parametrize(
    ("says", "regimes", "watches"),
    [
        ("another size that matters", REGIMES, WATCHES | {WHOLE: watch(matters_if=0.5)}),
        ("a later beginning", REGIMES | {WHOLE: regime(WHOLE, 20, 33)}, WATCHES),
    ],
)
def test_other_rules_are_applied_to_the_whole_past(panels, says, regimes, watches):
    judge = Judge()
    judge.judge(panels(50), REGIMES, WATCHES)
    same(
        judge.judge(panels(51), regimes, watches),
        Judge().judge(panels(51), regimes, watches),
    )


def test_a_start_counts_by_the_bar_of_its_week_carried_or_from_scratch(panels, monkeypatch):
    """The bar falls from 1,000 to 50 weeks in week 40: earlier starts count a twentieth of what they would."""
    read = []
    monkeypatch.setattr(
        Scan, "advance", lambda *given, _advance=Scan.advance: (read.append(1), _advance(*given))[1]
    )
    carried, known = Judge(), BarsInForce()
    for weeks in range(30, WEEKS + 1):
        watches = WATCHES | ({WHOLE: watch(bar=50.0)} if weeks > 40 else {})
        read.clear()
        now = carried.judge(panels(weeks), REGIMES, watches, known)
        assert len(read) == (30 if weeks == 30 else 1)
        same(now, Judge().judge(panels(weeks), REGIMES, watches, known))
        known.note(week(weeks - 1), {key: watches[key].bar for key in REGIMES})
    panel, hyper = panels(WEEKS), now[0].hyper
    scan = Scan(
        learning=LEARNING, arl=1000.0, harmful=["down"], drift=hyper.drift, rho=hyper.rho, phi=hyper.phi
    )
    for index in range(WEEKS):
        if index == 40:
            scan.rebudget(50.0)
        value, n = panel.series[0].values[index], panel.series[0].effective[index]
        read_alone = scan.advance([value], [n], panel.terms[index]).of(0)
    assert now[0].reading.evidence == pytest.approx(read_alone.evidence, abs=1e-9)
    by_todays = Judge().judge(panel, REGIMES, watches)[0].reading.evidence
    assert now[0].reading.evidence < by_todays - 0.05


def test_a_series_that_joins_or_leaves_changes_no_other(panels):
    judge = Judge()
    judge.judge(panels(50), REGIMES, WATCHES)
    alone = replace(panels(51), series=panels(51).series[:1])
    together = judge.judge(panels(51), REGIMES, WATCHES)[:1]
    same(judge.judge(alone, REGIMES, WATCHES), together)
    same(judge.judge(panels(51), REGIMES, WATCHES)[:1], together)


def test_what_lies_before_a_regime_does_not_matter(made, rates):
    values, n = rates(4, WEEKS), np.full(WEEKS, 60.0)
    other = np.where(np.arange(WEEKS) < 20, 0.9, values)
    regimes = {WHOLE: regime(WHOLE, 20, 33)}
    one, two = (Judge().judge(made("win_rate", (WHOLE, v, n)), regimes, WATCHES) for v in (values, other))
    same(one, two)


def test_no_change_begins_before_the_first_candidate(made, rates):
    """A fall in week 30, candidates from week 40 on: it is taken for the level, and dated no earlier."""
    values, n = rates(5, WEEKS, steps={30: -0.15}), np.full(WEEKS, 60.0)
    judged = Judge().judge(made("win_rate", (WHOLE, values, n)), {WHOLE: regime(WHOLE, 0, 40)}, WATCHES)
    assert judged[0].reading.start_low >= 40
    assert judged[0].weeks_judged == WEEKS - 40


def test_a_series_learns_until_its_first_candidate_and_says_so(panels):
    judge = Judge()
    quiet = [
        judge.judge(panels(weeks), REGIMES, WATCHES)[0].quiet for weeks in (1, 2, LEARNING, LEARNING + 1)
    ]
    assert quiet == ["learning", "learning", "learning", "stable"]
    judged = judge.judge(panels(LEARNING), REGIMES, WATCHES)[0]
    assert math.isnan(judged.reading.evidence)
    assert (judged.share_of_bar, judged.weeks_judged) == (0.0, 0)


@pytest.mark.parametrize(("matters_if", "quiet"), [(0.05, None), (0.30, "too_small")])
def test_an_alarm_counts_where_its_size_matters(panels, matters_if, quiet):
    watches = WATCHES | {WHOLE: watch(matters_if=matters_if)}
    judged = Judge().judge(panels(WEEKS), REGIMES, watches)[0]
    assert judged.reading.alarm
    assert judged.quiet == quiet


def test_the_share_of_the_bar_is_on_the_logarithmic_scale(panels):
    judged = Judge().judge(panels(48), REGIMES, WATCHES)[0]
    assert judged.share_of_bar == pytest.approx(judged.reading.evidence / math.log(1000.0))


def test_a_panel_without_series_has_no_judgement(panels):
    assert Judge().judge(replace(panels(30), series=()), {}, {}) == []


def test_the_harmful_direction_is_seen_earlier(made, rates):
    """The same fall, read as harm and as good news: 80 % of the budget against 20 %."""
    values, n = rates(1, WEEKS, steps={45: -0.12}), np.full(WEEKS, 60.0)
    evidence = {
        harmful: Judge()
        .judge(made("win_rate", (WHOLE, values[:52], n[:52])), REGIMES, {WHOLE: watch(harmful=harmful)})[0]
        .reading.evidence
        for harmful in ("down", "up")
    }
    assert evidence["down"] - evidence["up"] == pytest.approx(math.log(0.8 / 0.2), abs=0.1)


def test_a_restarted_regime_learns_for_a_quarter():
    after = restarted(regime(WHOLE), since=week(40), why="changed")
    assert (after.since, after.first_candidate, after.why) == (week(40), week(40 + RELEARNING), "changed")


def test_a_dismissed_alarm_keeps_the_baseline_and_counts_later_starts_alone(made, rates):
    """Ten weeks of a fall that is over: what was dismissed does not alarm again, what comes later does."""
    values, n = rates(7, 100, steps={45: -0.15, 55: 0.15, 85: -0.15}), np.full(100, 60.0)

    def judged(regimes, weeks):
        return Judge().judge(made("win_rate", (WHOLE, values[:weeks], n[:weeks])), regimes, WATCHES)[0]

    before = judged(REGIMES, 55)
    assert before.reading.alarm
    regimes = {WHOLE: dismissed(regime(WHOLE), week(55))}
    assert (regimes[WHOLE].since, regimes[WHOLE].first_candidate) == (week(0), week(55))
    assert not any(judged(regimes, weeks).reading.alarm for weeks in range(56, 85))
    assert judged(regimes, 100).reading.alarm

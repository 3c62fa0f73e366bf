"""The digest of a judged week: where metrics stand, what is ruled out, what is watched, what cannot be judged."""

import math
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from alerts.types import Interval, SourceHealth
from monitor.judge import Regime
from monitor.ledger import Ledger, Suppression
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.types import Series, SeriesKey
from monitor.weekly import Weekly
from monitor.weekly_digest import Surroundings, digest_of, ordinary_weeks, watched, worst_first

FIRST = date(2024, 1, 1)
WIN = SeriesKey(metric="win_rate")
SOURCE = SourceHealth(
    name="crm", fresh_to=FIRST, rows_read=9, accepted=8, quarantined=1, restated=0, stale=False, message="odd"
)
AROUND = Surroundings(
    number=47, year=2025, late=True, sources=(SOURCE,), setting_changes=("learning: 26",), missed=("week 3",)
)


def week(index):
    return FIRST + timedelta(weeks=index)


def digest(lived, judged=None, ledger=None):
    return digest_of(judged or lived.last, ledger or lived.weekly.ledger, lived.settings, AROUND)


def lines(found):
    return {line.name: line for line in found.metrics}


@pytest.fixture(scope="module")
def quiet(settings_with, company, lived):
    """A company where nothing changed."""
    return lived(settings_with(), company(31, weeks=58, a_week=60.0))


# --- where each metric stands --------------------------------------------------------------------------------


def test_every_metric_of_the_company_has_a_line_and_no_contrast_has(quiet):
    mix = {"fit mix", "fit mix, B or better"}
    assert set(lines(digest(quiet))) == {"win rate", "win rate, core", "volume", "discount"} | mix


def test_a_line_says_this_week_the_last_quarter_and_the_deals_behind(quiet):
    line = lines(digest(quiet))["win rate"]
    series = next(s for s in quiet.last.panels["win_rate"].series if s.key == WIN)
    assert line.this_week == series.raw[-1]
    assert line.recent == pytest.approx(np.average(series.raw[-13:], weights=series.effective[-13:]))
    assert (line.deals, line.effective_deals) == (int(series.deals[-1]), series.effective[-1])
    assert (line.unit, line.quiet) == ("rate", None)
    assert line.usual.low < line.usual.high


def test_nine_quarters_in_ten_of_an_unchanged_company_are_usual(settings_with, company, lived):
    """Ten companies, four metrics: of 40 quarters, 90 % within +- 4 standard errors, the lines of one being alike."""
    inside = []
    for seed in range(40, 50):
        one = lived(settings_with("metrics:\n  win_rate: {}\n  volume: {}\n"), company(seed, weeks=44))
        inside += [line.usual.low <= line.recent <= line.usual.high for line in digest(one).metrics]
    assert np.mean(inside) > 0.90 - 4 * math.sqrt(0.09 / len(inside))


def test_what_is_ruled_out_is_beyond_the_interval_of_a_step_a_quarter_ago(quiet):
    found = lines(digest(quiet))
    readings = {one.key: one.reading for one in quiet.last.judged}
    win = readings[WIN]
    assert found["win rate"].ruled_out_down == pytest.approx(-win.still_low)
    assert found["win rate"].ruled_out_up == pytest.approx(win.still_high)
    assert 0 < found["win rate"].ruled_out_down < 0.3
    assert digest(quiet).ruled_out_since == quiet.last.week - timedelta(weeks=12)


def test_for_a_count_it_is_in_deals_a_week(quiet):
    line = lines(digest(quiet))["volume"]
    reading = next(
        one.reading for one in quiet.last.judged if one.key.metric == "volume" and not one.key.contrast
    )
    series = quiet.last.panels["volume"].series[0]
    usual = series.raw[: len(series.weeks) - 13].mean()
    assert line.ruled_out_down == pytest.approx(usual * (1 - math.exp(reading.still_low)))
    assert line.ruled_out_up == pytest.approx(usual * (math.exp(reading.still_high) - 1))


def test_a_true_fall_is_not_ruled_out(fallen):
    """Thirteen weeks after the win rate fell by 25 points, a fall of that size cannot be excluded."""
    reading = next(one.reading for one in fallen.weeks[week(48)].judged if one.key == WIN)
    line = lines(digest(fallen, fallen.weeks[week(48)]))["win rate"]
    assert line.ruled_out_down == pytest.approx(-reading.still_low)
    assert line.ruled_out_down > 0.20
    assert line.ruled_out_up == pytest.approx(max(0.0, reading.still_high))


@pytest.mark.parametrize("index", [26, 30, 38])
def test_nothing_is_ruled_out_before_a_quarter_was_judged(quiet, index):
    judged = quiet.weeks[week(index)]
    ready = sum(one.reading.still_low == one.reading.still_low for one in judged.judged)
    for line in digest(quiet, judged).metrics:
        known = line.ruled_out_down is not None
        assert known == (line.ruled_out_up is not None)
    assert (ready > 0) == (index >= 26 + 12)


def test_the_metric_farthest_from_the_usual_comes_first(fallen):
    found = digest(fallen).metrics
    distance = [
        abs(line.recent - (line.usual.low + line.usual.high) / 2) / ((line.usual.high - line.usual.low) / 2)
        for line in found
    ]
    assert distance == sorted(distance, reverse=True)
    assert found[0].name.startswith("win rate")


def test_a_share_of_tiers_comes_after_the_cores_and_takes_it_along(quiet):
    one = lines(digest(quiet))["win rate"]

    def line(recent):
        return replace(one, recent=recent, usual=Interval(low=0.0, high=1.0), quiet=None)

    core = SeriesKey(metric="fit_mix")
    wider = SeriesKey(metric="fit_mix", segment=(("tier", "B or better"),))
    lines_of = {SeriesKey(metric="discount"): line(0.7), wider: line(0.9), WIN: line(0.8), core: line(0.6)}
    order = [lines_of[core], lines_of[wider], lines_of[WIN], lines_of[SeriesKey(metric="discount")]]
    assert list(worst_first(lines_of)) == order


def test_a_metric_that_cannot_be_judged_yet_comes_last_and_says_why(settings_with, company, lived):
    events = "events: [{on: 2024-12-02, name: New CRM, affects: [win_rate], then: restart}]\n"
    found = digest(lived(settings_with(events), company(31, weeks=58, a_week=60.0))).metrics
    assert [line.quiet for line in found] == [None, None, "learning"]
    assert found[-1].name == "win rate"


def test_a_metric_with_too_few_deals_is_said_to_have_too_few(settings_with, company, lived):
    found = lines(
        digest(
            lived(
                settings_with("metrics:\n  win_rate: {}\n  volume: {}\n"), company(33, weeks=40, a_week=2.0)
            )
        )
    )
    assert found["win rate"].quiet == "too_few_deals"


def test_a_week_that_is_held_says_so_in_every_line(quiet):
    later = week(60)
    at = ready_at(plan_of(quiet.settings), later)
    held = Weekly(settings=quiet.settings).judge(later, at, quiet.history)
    assert {line.quiet for line in digest(quiet, held).metrics} == {"stale_data"}
    assert {line.ruled_out_down for line in digest(quiet, held).metrics} == {None}


def test_a_company_without_a_deal_has_a_digest_without_metrics(quiet):
    nothing = replace(quiet.history, versions=quiet.history.versions.clear())
    weekly = Weekly(settings=quiet.settings)
    held = weekly.judge(week(30), ready_at(plan_of(quiet.settings), week(30)), nothing)
    found = digest_of(held, weekly.ledger, quiet.settings, AROUND)
    assert (found.metrics, found.ruled_out_since, found.week) == ((), None, week(30))


def test_the_first_weeks_of_a_history_make_a_digest_too(quiet):
    weekly = Weekly(settings=quiet.settings)
    for index in (1, 3, 14):
        seen = weekly.judge(week(index), ready_at(plan_of(quiet.settings), week(index)), quiet.history)
        found = digest_of(seen, weekly.ledger, quiet.settings, AROUND)
        assert {line.quiet for line in found.metrics} <= {"learning"}


# --- what is usual -------------------------------------------------------------------------------------------


def flat(count=60, key=WIN):
    values = np.full(count, 0.3)
    return Series(
        key=key,
        kind="win_rate",
        unit="rate",
        weeks=tuple(week(index) for index in range(count)),
        values=values,
        effective=np.full(count, 10.0),
        raw=values,
        deals=np.full(count, 10.0),
    )


def regimes(since):
    return {WIN: Regime(key=WIN, since=week(since), first_candidate=week(since + 13), why="changed")}


@pytest.mark.parametrize(
    ("says", "since", "count", "expected"),
    [
        ("all but the last quarter", 0, 60, range(47)),
        ("since the newest level was taken", 20, 60, range(20, 47)),
        ("too little since then: all that is earlier", 40, 60, range(47)),
        ("hardly a history", 0, 14, range(1)),
        ("a single week", 0, 1, range(1)),
    ],
)
def test_ordinary_weeks_are_those_before_the_last_quarter(says, since, count, expected):
    ledger = Ledger(regimes=regimes(since))
    assert ordinary_weeks(flat(count), ledger).tolist() == list(expected), says


def test_weeks_since_an_open_change_are_not_ordinary(fallen):
    (inflection,) = fallen.weekly.ledger.inflections
    series = next(s for s in fallen.last.panels["win_rate"].series if s.key == WIN)
    low = (inflection.headline.started_between[0] - FIRST).days // 7
    assert ordinary_weeks(series, fallen.weekly.ledger).tolist() == list(
        range(min(low, len(series.weeks) - 13))
    )


# --- watched, opened, suppressed -----------------------------------------------------------------------------


def stirred(judged, key, share):
    """The judged week with one series' evidence at a share of its bar."""

    def raised(one):
        evidence = share * math.log(one.watch.bar)
        start = len(one.series.weeks) - 6
        return replace(one, reading=replace(one.reading, evidence=evidence, start=start, effect=-0.08))

    return replace(judged, judged=tuple(raised(one) if one.key == key else one for one in judged.judged))


def test_what_is_over_the_looser_bar_is_watched_the_strongest_first(quiet):
    core = SeriesKey(metric="win_rate", segment=(("tier", "core"),))
    judged = stirred(stirred(quiet.last, WIN, 0.8), core, 0.9)
    found = watched(judged, quiet.weekly.ledger)[:2]
    assert [one.segment for one in found] == [{"tier": "core"}, {}]
    assert [one.share_of_bar for one in found] == [pytest.approx(0.9), pytest.approx(0.8)]
    assert found[1].change == -0.08
    assert found[1].since == quiet.last.week - timedelta(weeks=5)


def test_what_is_under_the_looser_bar_is_not_watched(quiet):
    one = next(o for o in quiet.last.judged if o.key == WIN)
    under = math.log(one.watch.watch_bar) / math.log(one.watch.bar) - 0.01
    assert not [
        w
        for w in watched(stirred(quiet.last, WIN, under), Ledger())
        if w.metric == "win_rate" and not w.segment
    ]


def test_what_an_open_inflection_tells_of_is_not_watched_as_well(fallen):
    told = {f.key for i in fallen.weekly.ledger.open() for f in i.findings}
    judged = fallen.last
    for key in told:
        judged = stirred(judged, key, 3.0)
    shown = {(one.metric, tuple(one.segment.items())) for one in watched(judged, fallen.weekly.ledger)}
    assert not shown & {(key.metric, key.segment) for key in told}


def test_an_inflection_is_news_in_the_week_it_opens_and_open_afterwards(fallen):
    (inflection,) = fallen.weekly.ledger.inflections
    first = fallen.weeks[inflection.opened_week]
    news, later = digest(fallen, first), digest(fallen)
    assert ([a.id for a in news.opened], [a.id for a in news.open]) == ([inflection.id], [])
    assert ([a.id for a in later.opened], [a.id for a in later.open]) == ([], [inflection.id])


def test_what_was_seen_and_not_sent_is_listed_with_its_reason(quiet):
    east = SeriesKey(metric="volume", segment=(("region", "East"),), contrast=True)
    seen = (Suppression(on=week(58), key=east, reason="too_small"),)
    judged = replace(quiet.last, changes=replace(quiet.last.changes, suppressed=seen))
    (one,) = digest(quiet, judged).suppressed
    assert (one.on, one.metric, one.segment, one.reason) == (
        week(58),
        "volume",
        {"region": "East"},
        "too_small",
    )


def test_what_surrounds_the_week_is_carried_over(quiet):
    found = digest(quiet)
    assert (found.number, found.year, found.late) == (47, 2025, True)
    assert (found.sources, found.setting_changes, found.missed) == ((SOURCE,), ("learning: 26",), ("week 3",))
    assert (found.company, found.week) == ("Acme", quiet.last.week)

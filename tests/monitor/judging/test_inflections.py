"""The life of an inflection, on weekly series whose truth is known: a fall, a return, a blip, a second fall."""

import math
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import numpy as np
import pytest

from monitor.calendar import FiscalCalendar
from monitor.diagnosis.verdict import Cause
from monitor.inflections import live_through
from monitor.judge import RELEARNING, Judge, Regime, Watch
from monitor.ledger import FOLLOW, Ledger
from monitor.panel import Frame, null_terms
from monitor.returns import RETURN, RETURN_LEVEL, has_returned
from monitor.same_time import together
from monitor.types import Finding, SeriesKey

FIRST = date(2024, 1, 1)
LEARNING = 26
WIN = SeriesKey(metric="win_rate")
CORE = SeriesKey(metric="win_rate", segment=(("tier", "core"),))
PRICE = SeriesKey(metric="discount")
EAST = SeriesKey(metric="win_rate", segment=(("region", "East"),), contrast=True)


def week(index):
    return FIRST + timedelta(weeks=index)


def at(day):
    return (day - FIRST).days // 7


@dataclass
class Life:
    """A ledger that lives through weeks of panels, with what each week changed; `causes` are told one a diagnosis."""

    panels: object
    causes: list = field(default_factory=list)
    matters_if: float = 0.05
    bar: float = 1000.0
    ledger: Ledger = field(default_factory=Ledger)
    judge: Judge = field(default_factory=lambda: Judge())
    weeks: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)

    def diagnose(self, findings):
        self.asked.append(tuple(finding.key for finding in findings))
        verdict = self.causes.pop(0) if len(self.causes) > 1 else (self.causes or ["unclear"])[0]
        return Cause(verdict=verdict, shares={"market": findings[0].after - findings[0].before})

    def through(self, first, last, without=()):
        for index in range(first, last + 1):
            if index in without:
                continue
            panels = self.panels(index + 1)
            judged = []
            for panel in panels.values():
                for series in panel.series:
                    self.ledger.regimes.setdefault(
                        series.key,
                        Regime(key=series.key, since=week(0), first_candidate=week(LEARNING), why="start"),
                    )
                watches = {
                    s.key: Watch(
                        bar=self.bar,
                        watch_bar=self.bar / 8,
                        harmful=panel.kind.harmful,
                        harmful_weight=0.8,
                        matters_if=self.matters_if,
                    )
                    for s in panel.series
                }
                judged += self.judge.judge(panel, self.ledger.regimes, watches)
            self.weeks[index] = live_through(
                self.ledger,
                judged,
                panels,
                week=week(index),
                today=week(index) + timedelta(days=10),
                diagnose=self.diagnose,
            )
        return self

    def days(self, what):
        return {index: getattr(w, what) for index, w in self.weeks.items() if getattr(w, what)}

    @property
    def only(self):
        (inflection,) = self.ledger.inflections
        return inflection


@pytest.fixture
def life(made, rates):
    """`life({key: steps}, ...)`: a company whose series of 60 deals a week take these steps."""

    def start(steps, *, weeks=120, n=60.0, seeds=(1, 2, 3, 4), **more):
        values = {
            key: rates(seed, weeks, n=n, steps=steps[key]) - (0.3 if key.contrast else 0.0)
            for key, seed in zip(steps, seeds, strict=False)
        }

        def panels(count):
            found = {}
            for metric in dict.fromkeys(key.metric for key in values):
                found[metric] = made(
                    metric,
                    *(
                        (key, value[:count], np.full(count, n))
                        for key, value in values.items()
                        if key.metric == metric
                    ),
                )
            return found

        return Life(panels=panels, **more)

    return start


def test_nothing_changed_opens_nothing(life):
    lived = life({WIN: {}, PRICE: {}}).through(0, 119)
    assert lived.ledger.inflections == []
    assert lived.ledger.regimes[WIN].why == "start"


def test_a_fall_opens_one_inflection_which_is_followed_and_then_settles(life):
    lived = life({WIN: {50: -0.12}}, causes=["market_shift"]).through(0, 119)
    one = lived.only
    opened = at(one.opened_week)
    assert 50 + 3 <= opened <= 50 + 20
    assert one.opened_on == one.opened_week + timedelta(days=10)
    assert abs(at(one.headline.started_on) - 50) <= 2
    assert one.headline.before == pytest.approx(0.30, abs=0.03)
    assert one.headline.after == pytest.approx(0.18, abs=0.03)
    assert one.cause.verdict == "market_shift"
    assert set(lived.days("opened")) == {opened}
    assert set(lived.days("followed")) == set(range(opened + 1, opened + FOLLOW))
    regime = lived.ledger.regimes[WIN]
    assert (regime.why, regime.since) == ("changed", one.headline.started_between[1])
    assert regime.first_candidate == regime.since + timedelta(weeks=RELEARNING)
    assert one.state == "open"


def test_while_it_is_followed_its_figures_are_brought_up_to_date_and_then_they_stay(life):
    lived = life({WIN: {50: -0.12}}).through(0, 119)
    opened = at(lived.only.opened_week)
    young = life({WIN: {50: -0.12}}).through(0, opened)
    followed = life({WIN: {50: -0.12}}).through(0, opened + FOLLOW - 1)
    assert young.only.headline.deals_after < followed.only.headline.deals_after
    assert followed.only.findings == lived.only.findings


def test_the_series_settles_even_if_that_week_is_never_lived_through(life):
    """A replay skips weeks of which nothing had arrived."""
    opened = at(life({WIN: {50: -0.12}}).through(0, 119).only.opened_week)
    lived = life({WIN: {50: -0.12}}).through(0, 119, without=(opened + FOLLOW - 1,))
    assert lived.ledger.regimes[WIN].why == "changed"
    assert len(lived.ledger.inflections) == 1


def test_alarms_of_one_time_are_one_inflection_and_the_most_prominent_is_its_headline(life):
    lived = life({EAST: {50: -0.2}, PRICE: {50: 0.2}, CORE: {50: -0.2}, WIN: {50: -0.2}}).through(0, 62)
    assert [f.key for f in lived.only.findings] == [WIN, CORE, PRICE, EAST]


def test_changes_of_different_times_are_different_inflections(life):
    lived = life({WIN: {40: -0.2}, PRICE: {70: 0.2}}).through(0, 90)
    assert [i.headline.key for i in lived.ledger.inflections] == [WIN, PRICE]


def test_a_weaker_series_that_moved_at_the_same_time_joins_while_the_inflection_is_young(life):
    lived = life({WIN: {50: -0.2}, PRICE: {50: 0.09}}, causes=["market_shift"]).through(0, 119)
    one = lived.only
    assert [f.key for f in one.findings] == [WIN, PRICE]
    joined = next(index for index, keys in enumerate(lived.asked) if PRICE in keys)
    assert joined > 0  # it was opened without it
    assert lived.ledger.regimes[PRICE].why == "changed"


def test_a_more_prominent_series_that_joins_becomes_the_headline(life):
    lived = life({PRICE: {50: 0.2}, WIN: {50: -0.09}}).through(0, 80)
    assert lived.asked[0] == (PRICE,)
    assert lived.only.headline.key == WIN


def test_a_cause_once_named_stays_through_weeks_that_cannot_tell(life):
    causes = ["unclear", "market_shift", "market_shift", "unclear", "internal", "unclear"]
    lived = life({WIN: {50: -0.12}}, causes=causes)
    said = []
    for index in range(75):
        lived.through(index, index)
        said += [i.cause.verdict for i in lived.ledger.inflections]
    assert said[:6] == ["unclear", "unclear", *4 * ["market_shift"]]


def test_it_closes_when_the_level_has_returned_and_the_series_starts_anew(life):
    lived = life({WIN: {50: -0.15, 85: 0.15}}).through(0, 119)
    (closed_in,) = lived.days("closed")
    one = lived.only
    assert one.state == "closed"
    assert one.closed_on == week(closed_in) + timedelta(days=10)
    assert abs((one.ended_on - week(85)).days) <= 7
    assert 85 + 4 <= closed_in <= 85 + 12
    regime = lived.ledger.regimes[WIN]
    assert (regime.why, regime.since) == ("returned", week(closed_in - RETURN + 1))


def test_a_level_that_stays_down_does_not_close(life):
    assert life({WIN: {50: -0.15}}, weeks=200).through(0, 199).only.state == "open"


def test_a_fall_that_was_soon_over_is_told_as_a_blip(life):
    """Five weeks are too long for the detector to call them a window; the return says so."""
    lived = life({WIN: {50: -0.25, 55: 0.25}}, n=400.0, causes=["market_shift"]).through(0, 90)
    assert (lived.only.state, lived.only.cause.verdict) == ("closed", "shock")
    assert lived.only.ended_on == week(55) - timedelta(days=1)


def test_three_wild_weeks_open_nothing_and_are_told_once_as_a_shock(life):
    lived = life({WIN: {50: -0.28, 53: 0.28}}, n=200.0, bar=200.0).through(0, 90)
    assert lived.ledger.inflections == []
    told = [s for w in lived.weeks.values() for s in w.suppressed]
    assert {(s.key, s.reason) for s in told} == {(WIN, "shock")}
    assert len(told) == 1
    assert (told[0].started_on, told[0].ended_on) == (week(50), week(53) - timedelta(days=1))


def suppressions(lived):
    return [(index, s.key, s.reason) for index, w in lived.weeks.items() for s in w.suppressed]


def test_a_change_too_small_to_matter_is_told_once_and_opens_nothing(life):
    lived = life({WIN: {50: -0.06}}, n=4000.0, matters_if=0.20, bar=100.0, seeds=(7,)).through(0, 119)
    assert lived.ledger.inflections == []
    assert [reason for _, _, reason in suppressions(lived)].count("too_small") == 1
    assert lived.ledger.regimes[WIN].why == "start"  # looked at again every week, without a restart


def test_a_series_that_wavers_about_its_bar_is_told_of_once(life):
    lived = life({WIN: {50: -0.04}}, n=400.0, matters_if=0.1, bar=100.0, seeds=(7,)).through(0, 119)
    told = [(key, reason) for _, key, reason in suppressions(lived)]
    assert len(told) == len(set(told)), told


def test_what_other_series_show_of_a_return_is_suppressed_as_an_ending_and_they_start_anew(life):
    """What moves when the win rate comes back is part of its coming back."""
    lived = life(
        {WIN: {50: -0.15, 85: 0.15}, PRICE: {85: 0.12}}, causes=["market_shift"], seeds=(1, 5)
    ).through(0, 110)
    endings = [s for w in lived.weeks.values() for s in w.suppressed if s.reason == "ending"]
    assert [s.key for s in endings] == [PRICE]
    assert [i.headline.key for i in lived.ledger.inflections] == [WIN]
    regime = lived.ledger.regimes[PRICE]
    assert regime.why == "returned"
    assert abs(at(regime.since) - 85) <= 2


def test_a_further_fall_after_it_settled_is_a_change_of_its_own(life):
    lived = life({WIN: {50: -0.12, 90: -0.12}}, bar=200.0).through(0, 119)
    first, second = lived.ledger.inflections
    assert abs(at(second.headline.started_on) - 90) <= 3
    # Some 13 weeks after the first fall against some 30 before the second, a third of them the same: of a week's
    # variance 0.21 (0.015 + 1/60) that leaves a standard deviation of 0.02. The level before it would be 0.12 away.
    assert second.headline.before == pytest.approx(first.headline.after, abs=0.06)


def test_a_series_is_explained_by_its_inflection_and_opens_no_second_one(life):
    lived = life({WIN: {50: -0.15}}).through(0, 119)
    assert len(lived.ledger.inflections) == 1
    assert not any(s.reason != "shock" for w in lived.weeks.values() for s in w.suppressed)


def test_ids_are_stable_under_a_second_run_and_differ_between_inflections(life):
    steps = {WIN: {40: -0.2}, PRICE: {70: 0.2}}
    one, two = ([i.id for i in life(steps).through(0, 90).ledger.inflections] for _ in range(2))
    assert one == two
    assert len(set(one)) == len(one) == 2


# --- together ------------------------------------------------------------------------------------------------


def finding(started, low=None, high=None, kind="win_rate", before=0.3, after=0.2, key=WIN):
    return Finding(
        key=key,
        kind=kind,
        unit="rate",
        started_on=week(started),
        started_between=(week(started if low is None else low), week(started if high is None else high)),
        before=before,
        after=after,
        change_between=(-0.15, -0.05),
        adjusted_for=(),
        evidence=9.0,
        bar=7.0,
        deals_before=1000,
        deals_after=500,
    )


@pytest.mark.parametrize(
    ("says", "one", "other", "expected"),
    [
        ("the same week", finding(50), finding(50, kind="discount"), True),
        ("four weeks apart", finding(50), finding(54, kind="discount"), True),
        ("five weeks apart and sure of it", finding(50), finding(55, kind="discount"), False),
        ("ten apart, intervals overlap", finding(50, 45, 56), finding(60, 55, 63, "discount"), True),
        ("twenty apart, intervals overlap", finding(50, 40, 66), finding(70, 60, 75, "discount"), False),
        ("twenty apart, of one kind", finding(50, 40, 66), finding(70, 60, 75), True),
        ("twenty apart, of one kind, sure of it", finding(50, 48, 52), finding(70, 68, 72), False),
    ],
)
def test_changes_belong_together_by_when_they_began(says, one, other, expected):
    assert together(one, other) is together(other, one) is expected, says


# --- has_returned --------------------------------------------------------------------------------------------


@pytest.fixture
def series_of(made, rates):
    def build(values, n=60.0):
        values = np.asarray(values, dtype=float)
        weight = np.where(np.isfinite(values), n, 0.0)
        panel = made("win_rate", (WIN, values, weight))
        return panel.series[0], panel

    return build


def returned(pair, what, weeks=RETURN):
    return has_returned(pair[0], pair[1], what, weeks, RETURN_LEVEL)


def test_a_return_is_seen_from_either_side(series_of, rates):
    down = rates(1, 90, n=400, steps={50: -0.2, 80: 0.2})
    up = rates(1, 90, n=400, steps={50: 0.2, 80: -0.2})
    assert returned(series_of(down, 400.0), finding(50))
    assert returned(series_of(up, 400.0), finding(50, before=0.3, after=0.5))


def test_an_old_blip_does_not_hide_a_return(series_of, rates):
    """Four weeks of 40 points, long before, are no scatter that the return of a small rise would have to clear."""
    values = rates(1, 90, n=400, steps={20: 0.4, 24: -0.4, 50: 0.07, 80: -0.07})
    assert returned(series_of(values, 400.0), finding(50, before=0.4, after=0.47))


@pytest.mark.parametrize("back", [0.0, 0.03])
def test_less_than_half_of_the_way_is_no_return(series_of, rates, back):
    assert not returned(series_of(rates(1, 90, steps={50: -0.12, 80: back})), finding(50))


def test_a_step_beyond_the_old_level_is_a_return_too(series_of, rates):
    assert returned(series_of(rates(1, 90, steps={50: -0.12, 80: 0.2})), finding(50))


@pytest.mark.parametrize("seed", [2, 8, 13])
def test_a_trend_of_half_a_year_does_not_end_a_rise_a_year_later(made, seed):
    """Counts rose by half six weeks ago; what is doubtful of the date leaves a year's gap to the weeks before."""
    values = np.log(46.0) + np.random.default_rng(seed).normal(0, 0.12, 92)
    values[86:] += 0.4
    key = SeriesKey(metric="volume")
    panel = made("volume", (key, values, np.full(92, 46.0)))
    frame = Frame(calendar=FiscalCalendar(), holidays=None, learning=26, dimensions=(), at_most={})
    panel = replace(panel, terms=null_terms(panel.kind, frame, panel.weeks))
    rise = finding(60, low=28, kind="volume", before=46.0, after=50.0, key=key)
    assert not returned((panel.series[0], panel), rise)
    fell_back = replace(
        panel.series[0], values=np.r_[values[:60], values[60:80] + 0.4, values[80:86], values[86:] - 0.4]
    )
    assert returned((fell_back, panel), finding(60, kind="volume", before=46.0, after=60.0, key=key))


def test_it_takes_weeks_between_the_change_and_the_return(series_of, rates):
    values = rates(1, 60, steps={50: -0.12, 52: 0.12})
    assert not returned(series_of(values[:59]), finding(50))  # one week between them
    assert not returned(series_of(values[:55]), finding(50))


@pytest.mark.parametrize(
    ("says", "spoil"),
    [
        ("nothing in the last weeks", lambda v: np.r_[v[:82], [np.nan] * 8]),
        ("nothing since the change", lambda v: np.r_[v[:50], [np.nan] * 40]),
        ("nothing between change and return", lambda v: np.r_[v[:50], [np.nan] * 32, v[82:]]),
        ("nothing before the change", lambda v: np.r_[[np.nan] * 50, v[50:]]),
        ("three weeks before the change", lambda v: np.r_[[np.nan] * 47, v[47:]]),
        ("no scatter at all", lambda v: np.full(90, 0.3)),
    ],
)
def test_missing_weeks_make_no_return_and_no_warning(series_of, rates, says, spoil):
    values = spoil(rates(1, 90, steps={50: -0.12}))
    assert not returned(series_of(values), finding(50)), says


def test_half_of_the_weeks_missing_leave_a_return_to_be_seen(series_of, rates):
    values = rates(1, 90, n=400, steps={50: -0.2, 78: 0.2})
    values[1::2] = np.nan
    assert returned(series_of(values, 400.0), finding(50))


def test_the_season_is_no_return(series_of, rates):
    """Quarter ends win 10 points more: the last weeks before one look like a recovery, and are none."""
    quiet = series_of(rates(1, 200))[1].terms[:, 1]
    values = rates(1, 200, n=400, steps={120: -0.12}) + 0.25 * quiet
    end = next(i for i in range(150, 200) if quiet[i] == 0 and quiet[i - 1] > 0)
    assert not returned(series_of(values[:end], 400.0), finding(120), weeks=2)


TWO_CHANGES = {0: -0.2, 60: 0.3, 130: -0.1}


def test_a_later_fall_after_a_rise_that_settled_is_told_though_it_is_no_return(life):
    """0.10, since week 60 0.40, since week 130 0.30: nobody may hear of a fall by 10 points only as "no return"."""
    lived = life({WIN: TWO_CHANGES}, weeks=180, n=400.0, bar=100.0).through(0, 179)
    assert len(lived.ledger.inflections) == 2
    assert abs(at(lived.ledger.inflections[1].headline.started_on) - 130) <= 3


def test_a_level_that_had_settled_is_the_level_before_the_next_change(life):
    """A further fall, from 0.30 to 0.22, is no return of the fall from 0.40 to 0.30."""
    lived = life({WIN: TWO_CHANGES | {150: -0.08}}, weeks=200, n=400.0, bar=100.0).through(0, 199)
    falls = [i for i in lived.ledger.inflections if i.headline.after < i.headline.before]
    assert falls
    assert all(i.state == "open" for i in falls)


def test_evidence_and_bar_of_a_finding_are_logarithms(life):
    headline = life({WIN: {50: -0.15}}).through(0, 70).only.headline
    assert headline.bar == pytest.approx(math.log(1000.0))
    assert headline.evidence > headline.bar


def test_a_ledger_lists_its_open_inflections_alone(life):
    lived = life({WIN: {50: -0.15}}).through(0, 70)
    assert [i.id for i in lived.ledger.open()] == [lived.only.id]
    lived.ledger.inflections = [replace(lived.only, state="closed")]
    assert lived.ledger.open() == []

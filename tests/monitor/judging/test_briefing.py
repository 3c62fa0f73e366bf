"""The alert that leadership reads says what was found: sizes, shares, charts, and never a person's name."""

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest

from monitor.briefing import QUARTER_WEEKS, alert_of, chart_of, footnotes, size_of, title_of
from monitor.diagnosis.verdict import Cause
from monitor.ledger import Part
from monitor.metrics import METRICS
from monitor.types import Finding, Series, SeriesKey

FIRST = date(2024, 1, 1)
WEEKS = tuple(FIRST + timedelta(weeks=week) for week in range(52))
WIN = SeriesKey(metric="win_rate")
CORE = SeriesKey(metric="win_rate", segment=(("tier", "core"),))
EAST = SeriesKey(metric="win_rate", segment=(("region", "East"),), contrast=True)


@pytest.fixture(scope="module")
def told(fallen):
    """The alert about the fall, in the last week, with the inflection it tells of."""
    (inflection,) = fallen.weekly.ledger.inflections
    return inflection, alert_of(inflection, fallen.last, fallen.settings)


# --- what is carried over ------------------------------------------------------------------------------------


def test_verdict_shares_and_their_intervals_are_those_of_the_cause(told):
    inflection, alert = told
    assert (alert.verdict, alert.form) == (inflection.cause.verdict, inflection.cause.form)
    assert alert.verdict == "market_shift"
    assert alert.shares == dict(inflection.cause.shares)
    assert set(alert.shares) == {"market", "mix", "price", "people", "recording"}
    for name, pair in inflection.cause.intervals.items():
        said = alert.share_intervals[name]
        assert (None if said is None else (said.low, said.high)) == pair
    known = [share for share in alert.shares.values() if share is not None]
    assert sum(known) == pytest.approx(alert.findings[0].after - alert.findings[0].before)


def test_the_findings_are_in_order_with_their_levels_and_intervals(told):
    inflection, alert = told
    assert [line.metric for line in alert.findings] == [f.key.metric for f in inflection.findings]
    headline, line = inflection.headline, alert.findings[0]
    assert (line.before, line.after) == (headline.before, headline.after)
    assert (line.change.low, line.change.high) == headline.change_between
    assert (line.deals_before, line.deals_after) == (headline.deals_before, headline.deals_after)


def test_dates_direction_and_state_are_those_of_the_inflection(told):
    inflection, alert = told
    assert (alert.direction, alert.state, alert.closed_on) == ("down", "open", None)
    assert alert.opened_on == inflection.opened_on
    assert alert.started_between == inflection.headline.started_between


def test_how_rare_such_noise_is_follows_from_the_evidence(told):
    """At the bar itself: once in 1 / 0.5 = 2 years; each unit of ln R beyond it makes it e times rarer."""
    inflection, alert = told
    beyond = inflection.headline.evidence - inflection.headline.bar
    assert alert.years_per_false_alarm == pytest.approx(2.0 * math.exp(beyond))


def test_of_series_that_agree_the_alert_tells_the_sum_and_how_many_they_are(told, fallen):
    inflection, _ = told
    headline = inflection.headline
    weak = replace(headline, evidence=headline.bar + math.log(0.7))
    parts = tuple(
        Part(told=replace(inflection.told, key=key), since=fallen.last.week, raised=0.6, now=now)
        for key, now in (
            (headline.key, 0.7),
            (SeriesKey(metric="fit_mix"), 0.5),
            (SeriesKey(metric="volume"), 0.0),
        )
    )
    together = replace(inflection, findings=(weak, *inflection.findings[1:]), agreed=parts)
    alert = alert_of(together, fallen.last, fallen.settings)
    assert alert.years_per_false_alarm == pytest.approx(2.0 * 1.2)
    assert alert.agree == 2
    other = replace(together, agreed=parts[1:])  # they joined what another series tells of
    assert alert_of(other, fallen.last, fallen.settings).years_per_false_alarm == pytest.approx(2.0 * 0.7)
    strong = replace(together, findings=inflection.findings)
    assert alert_of(strong, fallen.last, fallen.settings).agree == 0


def test_the_decisions_counted_are_those_of_the_last_quarter(told, fallen):
    _, alert = told
    series = fallen.last.panels["win_rate"].series[0]
    assert alert.decisions == int(series.deals[-13:].sum())
    assert alert.effective_decisions == pytest.approx(series.effective[-13:].sum())
    assert alert.effective_decisions <= alert.decisions
    assert alert.data_to == fallen.last.week + timedelta(days=6)


def test_events_near_the_start_are_known_causes_and_old_ones_are_not(told):
    (cause,) = told[1].known_causes
    assert (cause.on, cause.name) == (date(2024, 10, 1), "Price list")
    assert cause.says in ("fits", "began_before")


def test_it_says_what_would_withdraw_it_in_the_headlines_own_unit(told):
    inflection, alert = told
    middle = round(50 * (inflection.headline.before + inflection.headline.after))
    assert alert.withdraw_if == f"it stays above {middle} % for 8 weeks"
    assert alert.next_step


# --- size ----------------------------------------------------------------------------------------------------


def series(unit="rate", deals=10.0, key=WIN):
    flat = np.full(52, 0.3 if unit != "count" else deals)
    return Series(
        key=key,
        kind="win_rate",
        unit=unit,
        weeks=WEEKS,
        values=flat,
        effective=flat,
        raw=flat,
        deals=np.full(52, deals),
    )


def finding(before=0.30, after=0.20, between=(-0.15, -0.05), unit="rate", key=WIN):
    return Finding(
        key=key,
        kind="win_rate",
        unit=unit,
        started_on=WEEKS[40],
        started_between=(WEEKS[38], WEEKS[41]),
        before=before,
        after=after,
        change_between=between,
        adjusted_for=(),
        evidence=9.0,
        bar=7.0,
        deals_before=100,
        deals_after=100,
    )


def panel(amounts=(), weeks=None, value=None, core=None, region=None):
    """As much of a panel as a size needs: won deals with amounts."""
    count = len(amounts)
    observed = SimpleNamespace(
        value=np.ones(count) if value is None else np.array(value, dtype=float),
        amount=np.array(amounts, dtype=float),
        week=np.full(count, 45) if weeks is None else np.array(weeks),
        core=np.zeros(count, dtype=bool) if core is None else np.array(core),
        segments={"region": np.zeros(count, dtype=int) if region is None else np.array(region)},
        names={"region": ("East", "West")},
    )
    return SimpleNamespace(weeks=WEEKS, observed=observed, kind=METRICS["win_rate"])


def test_a_rate_is_told_as_wins_and_money_a_quarter():
    """10 decided deals a week for 13 weeks, 10 points fewer won: 13 wins, at 1,000 each."""
    size = size_of(finding(), panel([1000.0] * 20), series(), "USD")
    assert size.deals == pytest.approx(-13.0)
    assert (size.deals_between.low, size.deals_between.high) == (pytest.approx(-19.5), pytest.approx(-6.5))
    assert (size.money, size.money_between) == (Decimal(-13000), (Decimal(-19500), Decimal(-6500)))
    assert size.currency == "USD"


def test_good_news_has_a_positive_size():
    size = size_of(finding(0.2, 0.3, (0.05, 0.15)), panel([1000.0] * 20), series(), "USD")
    assert size.deals == pytest.approx(13.0)
    assert size.money == Decimal(13000)


def test_a_count_is_told_as_deals_a_quarter_without_money():
    size = size_of(finding(40, 30, (-15, -5), "count"), panel(), series("count", 30.0), "USD")
    assert size.deals == pytest.approx(-10 * QUARTER_WEEKS)
    assert (size.deals_between.low, size.deals_between.high) == (-15 * QUARTER_WEEKS, -5 * QUARTER_WEEKS)
    assert size.money is None


@pytest.mark.parametrize("unit", ["rate", "count"])
def test_the_size_lies_within_its_interval_though_the_two_are_measured_apart(unit):
    """The interval is adjusted, the levels are as counted: a quarter end may lie between them."""
    scale = 1.0 if unit == "rate" else 100.0
    outside = finding(0.30 * scale, 0.10 * scale, (-0.15 * scale, -0.05 * scale), unit)
    size = size_of(outside, panel([1000.0] * 20), series(unit), "USD")
    assert size.deals_between.low <= size.deals <= size.deals_between.high


@pytest.mark.parametrize("unit", ["share", "discount"])
def test_the_worth_of_a_share_or_a_discount_is_not_made_up(unit):
    assert size_of(finding(unit=unit), panel([1000.0] * 20), series(unit), "USD") is None


def test_the_worth_of_a_win_is_what_was_won_since_the_change_if_enough_was():
    amounts, weeks = [1000.0] * 20 + [500.0] * 10, [5] * 20 + [45] * 10
    enough = size_of(finding(), panel(amounts, weeks), series(), "USD")
    too_few = size_of(finding(), panel(amounts[:29], weeks[:29]), series(), "USD")
    assert enough.money == Decimal(-13 * 500)
    assert too_few.money == round(Decimal(-13.0 * (20 * 1000 + 9 * 500) / 29))


def test_only_won_deals_with_an_amount_tell_what_a_win_is_worth():
    amounts, value = [1000.0] * 12 + [math.nan] * 5 + [0.0] * 5 + [9e6] * 5, [1] * 22 + [0] * 5
    assert size_of(finding(), panel(amounts, value=value), series(), "USD").money == Decimal(-13000)


def test_without_amounts_a_size_is_in_wins_alone():
    size = size_of(finding(), panel([math.nan] * 20), series(), "USD")
    assert size.deals == pytest.approx(-13.0)
    assert (size.money, size.money_between) == (None, None)


@pytest.mark.parametrize("key", [CORE, EAST])
def test_a_win_of_a_place_is_worth_what_wins_there_are_worth(key):
    amounts, here = [2000.0] * 20 + [100.0] * 20, [True] * 20 + [False] * 20
    shown = panel(amounts, core=here, region=[0 if h else 1 for h in here])
    assert size_of(finding(key=key), shown, series(key=key), "USD").money == Decimal(-13 * 2000)


# --- names ---------------------------------------------------------------------------------------------------


def people(text):
    return [f"seller {n}" for n in range(6) if f"seller {n}" in text]


def test_no_person_is_named_in_an_alert(told, fallen):
    inflection, alert = told
    assert people(repr(alert)) == []
    cause = replace(inflection.cause, verdict="internal", place={"owner": "seller 3"})
    internal = alert_of(replace(inflection, cause=cause), fallen.last, fallen.settings)
    assert internal.one_place == {"team": "one seller"}
    assert people(repr(internal)) == []


def test_a_person_is_left_out_of_a_place_that_has_more_to_it(told, fallen):
    inflection, _ = told
    cause = replace(inflection.cause, verdict="internal", place={"region": "East", "owner": "seller 3"})
    assert alert_of(replace(inflection, cause=cause), fallen.last, fallen.settings).one_place == {
        "region": "East"
    }


# --- ruled out -----------------------------------------------------------------------------------------------


def ruled_out(inflection, fallen, verdict="market_shift", **changes):
    cause = replace(inflection.cause, verdict=verdict, **changes)
    return alert_of(replace(inflection, cause=cause), fallen.last, fallen.settings).ruled_out


def test_a_mix_that_may_be_half_of_it_is_not_ruled_out(told, fallen):
    inflection, _ = told
    whole = inflection.headline.after - inflection.headline.before
    little, much = ({"mix": (0.1 * whole, part * whole)} for part in (0.2, 0.6))
    assert "a change in which customers we sell to" in ruled_out(inflection, fallen, intervals=little)
    assert "a change in which customers we sell to" not in ruled_out(inflection, fallen, intervals=much)


def test_what_nobody_looks_at_is_not_ruled_out(told, fallen):
    """Without a discount metric prices are not seen; without segments and sellers no place was looked at."""
    inflection, _ = told
    blind = replace(fallen.last, panels={"win_rate": fallen.last.panels["win_rate"]})
    said = alert_of(inflection, blind, fallen.settings).ruled_out
    assert "deeper discounts" not in said


# --- charts --------------------------------------------------------------------------------------------------


def test_the_charts_begin_with_the_headline_and_are_few(told):
    _, alert = told
    assert 1 <= len(alert.charts) <= 3
    assert alert.charts[0].title == "win rate"
    assert alert.charts[0].change == alert.started_on
    for chart in alert.charts:
        lengths = {len(part) for part in (chart.weeks, chart.values, chart.band_low, chart.band_high)}
        assert len(lengths) == 1


def test_a_chart_shows_two_years_and_where_ordinary_weeks_lie():
    rng = np.random.default_rng(1)
    weeks = tuple(FIRST + timedelta(weeks=week) for week in range(300))
    raw = 0.3 + 0.05 * rng.standard_normal(300)
    raw[250:] -= 0.2
    long = replace(
        series(), weeks=weeks, raw=raw, values=raw, effective=np.full(300, 20.0), deals=np.full(300, 20.0)
    )
    dated = replace(
        finding(), started_on=weeks[250], started_between=(weeks[248], weeks[252]), before=0.3, after=0.1
    )
    chart = chart_of(long, change=dated)
    assert (chart.change, chart.change_between) == (weeks[250], (weeks[248], weeks[252]))
    assert chart.levels == (0.3, 0.1)
    assert (len(chart.weeks), chart.weeks[-1]) == (104, weeks[-1])
    assert chart.values == tuple(raw[-104:])
    inside = np.mean((raw[:248] > chart.band_low[0]) & (raw[:248] < chart.band_high[0]))
    assert inside == pytest.approx(0.90, abs=4 * math.sqrt(0.09 / 248) + 0.02)


@pytest.mark.parametrize("known", [0, 1, 2])
def test_a_chart_of_hardly_any_weeks_is_drawn_without_a_warning(known):
    raw = np.full(3, np.nan)
    raw[:known] = 0.3
    short = replace(
        series(),
        weeks=WEEKS[:3],
        raw=raw,
        values=raw,
        effective=np.where(np.isfinite(raw), 5.0, 0.0),
        deals=np.zeros(3),
    )
    assert len(chart_of(short).values) == 3


@pytest.mark.parametrize(
    ("key", "title"),
    [
        (WIN, "win rate"),
        (CORE, "win rate, core"),
        (EAST, "win rate, East"),
        (SeriesKey(metric="volume"), "volume"),
    ],
)
def test_a_chart_is_titled_by_metric_and_place(key, title):
    assert title_of(series(key=key)) == title


def test_the_footnotes_say_what_is_counted(fallen, settings_with):
    with_profile, without = footnotes(fallen.settings), footnotes(settings_with(""))
    assert any(note.startswith("Core-fit") for note in with_profile)
    assert not any(note.startswith("Core-fit") for note in without)
    assert any("acv" in note for note in with_profile)


def test_a_series_that_is_no_longer_watched_does_not_silence_its_alert(told, fallen):
    """A segment that was renamed, or that a restated past made too small, is still part of an open inflection."""
    inflection, _ = told
    gone = replace(
        inflection.headline,
        key=SeriesKey(metric="win_rate", segment=(("region", "Atlantis"),), contrast=True),
    )
    lost = replace(
        inflection, findings=(gone,), cause=Cause(verdict="internal", shares=inflection.cause.shares)
    )
    assert alert_of(lost, fallen.last, fallen.settings).id == inflection.id

"""The backtest's object, which others script against, and what its two dates mean."""

import json
import math
from datetime import date, timedelta

import polars as pl
import pytest

from monitor.backtest import as_known_word, backtest, newest_day
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.weekly import History

FIRST = date(2024, 1, 1)
LAST_DAY = date(2024, 12, 15)  # of the invented export: 50 weeks
SHARES = {"market", "mix", "price", "people", "recording"}


def decided_on(week):
    """A week is decided three days after it ends."""
    return week + timedelta(days=10)


@pytest.fixture(scope="module")
def run(fallen):
    """`run(start, end)`: a backtest of the company whose win rate fell, as JSON with days as days."""

    def between(start=None, end=date(2026, 1, 1)):
        outcome = backtest(fallen.settings, fallen.history, start=start, end=end)
        return outcome.as_json(start, end)

    return between


@pytest.fixture(scope="module")
def whole(run):
    return run()


# --- the shape that is fixed ---------------------------------------------------------------------------------


def test_the_object_has_the_keys_that_others_script_against(whole):
    assert list(whole) == [
        "from",
        "to",
        "weeks",
        "series",
        "as_known",
        "false_alarms_per_year",
        "inflections",
        "suppressed",
        "judged",
        "whole_from",
    ]
    assert (whole["as_known"], whole["false_alarms_per_year"]) == ("assumed", 0.5)
    assert whole["series"] == len(whole["judged"])


def test_an_inflection_has_its_keys_and_types(whole):
    (one,) = whole["inflections"]
    assert list(one) == [
        "id",
        "opened_on",
        "started_on",
        "started_between",
        "verdict",
        "direction",
        "shares",
        "findings",
        "agreed",
        "closed_on",
        "retracted_on",
        "ended_on",
    ]
    assert one["direction"] == "down"
    low, high = one["started_between"]
    assert low <= one["started_on"] <= high < one["opened_on"]
    assert set(one["shares"]) == SHARES
    assert all(share is None or isinstance(share, float) for share in one["shares"].values())
    assert (one["closed_on"], one["retracted_on"]) == (None, None)


def test_a_finding_has_its_keys_and_the_shares_are_in_the_unit_of_the_first(whole):
    (one,) = whole["inflections"]
    for finding in one["findings"]:
        assert list(finding) == [
            "metric",
            "segment",
            "before",
            "after",
            "change_between",
            "adjusted_for",
            "evidence",
            "bar",
            "deals_before",
            "deals_after",
        ]
        assert finding["evidence"] >= 0
        assert isinstance(finding["deals_before"], int)
        assert isinstance(finding["adjusted_for"], list)
    headline = one["findings"][0]
    assert (headline["metric"], headline["segment"], headline["adjusted_for"]) == ("win_rate", {}, ["tier"])
    shares = sum(share for share in one["shares"].values() if share is not None)
    assert shares == pytest.approx(headline["after"] - headline["before"])


def test_evidence_and_bars_are_logarithms(whole):
    line = next(one for one in whole["judged"] if one["metric"] == "win_rate" and not one["segment"])
    bars = {one["bar"] for one in whole["judged"] if one["bar"] is not None}
    assert sum(52.18 / math.exp(one["bar"]) for one in whole["judged"] if one["bar"]) == pytest.approx(0.5)
    assert (
        len(bars) == 3
    )  # the company's series, the two of its mix that share one's budget, and the segments'
    assert line["highest_evidence"] > line["bar"]
    assert whole["inflections"][0]["findings"][0]["bar"] == line["bar"]


def test_a_judged_series_has_its_keys_and_a_suppressed_alarm_too(whole):
    for line in whole["judged"]:
        assert list(line) == ["metric", "segment", "weeks", "highest_evidence", "bar", "quiet"]
        assert 0 <= line["weeks"] <= whole["weeks"]
        assert line["quiet"] in (
            None,
            "stable",
            "too_small",
            "too_few_deals",
            "learning",
            "stale_data",
            "held",
        )
    for line in whole["suppressed"]:
        assert list(line) == ["on", "metric", "segment", "reason", "started_on", "ended_on"]


def test_it_is_json_without_a_number_that_json_does_not_know(whole):
    assert json.loads(json.dumps(whole, default=str, allow_nan=False))["weeks"] == whole["weeks"]


# --- from and to ---------------------------------------------------------------------------------------------


def test_without_dates_every_week_after_the_learning_period_is_reported(whole, fallen):
    assert whole["weeks"] == 50 - 26
    assert whole["from"] == decided_on(FIRST + timedelta(weeks=26))
    assert set(fallen.weeks) == {FIRST + timedelta(weeks=26 + index) for index in range(24)}


def test_both_dates_are_days_of_decision_and_both_are_included(run):
    third, tenth = (decided_on(FIRST + timedelta(weeks=26 + index)) for index in (2, 9))
    assert run(third, tenth)["weeks"] == 8
    assert run(third + timedelta(days=1), tenth)["weeks"] == 7
    assert run(third, tenth - timedelta(days=1))["weeks"] == 7
    assert run(third, third)["weeks"] == 1
    assert run(third + timedelta(days=1), third + timedelta(days=2))["weeks"] == 0


def test_the_dates_asked_for_are_those_reported(run):
    start, end = date(2024, 8, 15), date(2024, 9, 20)
    found = run(start, end)
    assert (found["from"], found["to"]) == (start, end)


def test_an_inflection_is_reported_where_it_was_decided_in_the_stretch(run, whole):
    opened = whole["inflections"][0]["opened_on"]
    assert len(run(opened, opened)["inflections"]) == 1
    assert run(None, opened - timedelta(days=1))["inflections"] == []


def test_what_lies_before_the_stretch_was_lived_through(run, whole):
    """A change that was told of earlier is not found again, and nothing else is found in its place."""
    opened = whole["inflections"][0]["opened_on"]
    after = run(opened + timedelta(days=1))
    assert after["inflections"] == []
    assert after["weeks"] > 5
    line = next(one for one in after["judged"] if one["metric"] == "win_rate" and not one["segment"])
    assert line["highest_evidence"] > line["bar"]  # it is over its bar, and explained


def test_a_stretch_is_judged_as_it_is_in_the_whole(run, whole):
    opened = whole["inflections"][0]["opened_on"]
    alone = run(opened, opened)["inflections"][0]
    assert alone["id"] == whole["inflections"][0]["id"]
    assert alone["started_on"] <= opened


def test_a_stretch_without_a_week_is_an_empty_object_and_no_error(run):
    found = run(date(2020, 1, 1), date(2020, 2, 1))
    assert (found["weeks"], found["series"], found["inflections"], found["judged"]) == (0, 0, [], [])


# --- odd histories -------------------------------------------------------------------------------------------


def test_no_history_is_no_week(fallen):
    nothing = History(versions=fallen.history.versions.clear(), accounts=fallen.history.accounts)
    outcome = backtest(fallen.settings, nothing, start=None, end=date(2026, 1, 1))
    found = outcome.as_json(None, None)
    assert (found["from"], found["to"], found["weeks"]) == (None, None, 0)
    assert newest_day(nothing) is None


def test_the_newest_day_is_that_of_any_creation_or_closing(fallen):
    assert newest_day(fallen.history) <= LAST_DAY
    assert newest_day(fallen.history) > LAST_DAY - timedelta(days=7)


def test_series_that_could_not_be_judged_say_so_and_have_no_bar(settings_with, company):
    outcome = backtest(settings_with(), company(33, weeks=32, a_week=2.0), start=None, end=date(2026, 1, 1))
    found = outcome.as_json(None, None)
    assert {line["quiet"] for line in found["judged"]} == {"too_few_deals"}
    assert {(line["bar"], line["highest_evidence"], line["weeks"]) for line in found["judged"]} == {
        (None, None, 0)
    }
    json.dumps(found, default=str, allow_nan=False)


@pytest.mark.parametrize(
    ("observed", "word"), [([False], "assumed"), ([True], "observed"), ([True, False], "mixed")]
)
def test_it_says_whether_known_times_were_seen_or_assumed(observed, word):
    assert as_known_word(pl.DataFrame({"observed": observed})) == word


def test_progress_counts_every_week_lived_through(fallen):
    told = []
    start, end = (decided_on(FIRST + timedelta(weeks=index)) for index in (30, 31))
    backtest(
        fallen.settings,
        fallen.history,
        start=start,
        end=end,
        progress=lambda what, done, of: told.append((what, done, of)),
    )
    assert told == [("weeks judged", done, 6) for done in range(1, 7)]


def test_a_week_is_judged_at_the_instant_it_may_be(fallen):
    for week, judged in fallen.weeks.items():
        assert judged.at == ready_at(plan_of(fallen.settings), week)
        assert judged.at.date() == decided_on(week)

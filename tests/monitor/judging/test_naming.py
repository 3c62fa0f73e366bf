"""How a verdict may change, and what undoes an inflection."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from monitor.diagnosis.verdict import Cause
from monitor.judge import Regime
from monitor.ledger import Inflection, Ledger
from monitor.naming import refutes, renamed
from monitor.retractions import change_over, retract_undone, told_of
from monitor.types import Finding, SeriesKey

FIRST = date(2024, 1, 1)
WIN = SeriesKey(metric="win_rate")
SHARES = {"market": -0.1}


def week(index):
    return FIRST + timedelta(weeks=index)


def finding(before=0.3, after=0.18):
    return Finding(
        key=WIN, kind="win_rate", unit="rate", started_on=week(60), started_between=(week(58), week(62)),
        before=before, after=after, change_between=(-0.16, -0.08), adjusted_for=("tier",), evidence=7.0, bar=5.0,
        deals_before=3000, deals_after=600,
    )  # fmt: skip


def inflection(verdict="market_shift", **more):
    return Inflection(
        id="one", opened_on=week(70), opened_week=week(69), findings=(finding(),), learned_from=FIRST,
        cause=Cause(verdict=verdict), **more,
    )  # fmt: skip


def through(verdicts, opened="market_shift"):
    """The verdict that stands after each week's diagnosis."""
    one, said = inflection(opened), []
    for verdict in verdicts:
        one = renamed(one, Cause(verdict=verdict, shares=SHARES))
        said.append(one.cause.verdict)
    return said, one


@pytest.mark.parametrize(
    ("says", "opened", "verdicts", "stands"),
    [
        ("a name is not given up for unclear", "internal", ["unclear"] * 5, "internal"),
        ("one week makes no first name", "unclear", ["internal", "unclear"], "unclear"),
        ("two weeks do", "unclear", ["internal", "internal"], "internal"),
        ("two weeks make no other name", "internal", ["market_shift"] * 2, "internal"),
        ("three do", "internal", ["market_shift"] * 3, "market_shift"),
        (
            "weeks that were not in a row do not",
            "internal",
            ["shock", "unclear", "shock", "shock"],
            "internal",
        ),
        ("nor do different names", "internal", ["shock", "left_turn", "shock", "left_turn"], "internal"),
        ("a second change is not made", "unclear", ["internal"] * 2 + ["market_shift"] * 9, "internal"),
        ("unless the records made it", "unclear", ["internal"] * 2 + ["recording"] * 3, "recording"),
    ],
)
def test_a_verdict_changes_seldom(says, opened, verdicts, stands):
    assert through(verdicts, opened)[0][-1] == stands, says


BY_MARKET = {"market": (-0.1, -0.07), "mix": (-0.04, -0.01)}


@pytest.mark.parametrize(
    ("says", "opened", "verdicts", "intervals", "stands"),
    [
        ("refuted for two weeks is not enough", "focus_drift", ["unclear"] * 2, BY_MARKET, "focus_drift"),
        ("for three it is", "focus_drift", ["unclear"] * 3, BY_MARKET, "unclear"),
        (
            "whatever the weeks call it",
            "focus_drift",
            ["market_shift", "unclear", "market_shift"],
            BY_MARKET,
            "market_shift",
        ),
        ("what the shares bear out stays", "market_shift", ["unclear"] * 5, BY_MARKET, "market_shift"),
        ("nor does a share that is not known", "price_erosion", ["unclear"] * 5, BY_MARKET, "price_erosion"),
        ("nor one of a name without a share", "internal", ["unclear"] * 5, BY_MARKET, "internal"),
    ],
)
def test_a_name_that_the_shares_beside_it_refute_is_given_up(says, opened, verdicts, intervals, stands):
    one = inflection(opened)
    for verdict in verdicts:
        one = renamed(
            one, Cause(verdict=verdict, shares={"market": -0.08, "mix": -0.02}, intervals=intervals)
        )
    assert one.cause.verdict == stands, says


@pytest.mark.parametrize(
    ("says", "shares", "most", "refuted"),
    [
        ("another made more than half", {"mix": -0.04, "people": -0.06}, -0.07, True),
        ("surely less, whoever made the rest", {"mix": -0.02, "people": -0.04, "market": -0.04}, -0.04, True),
        (
            "less, not surely, and nothing more",
            {"mix": -0.04, "people": -0.03, "market": -0.03},
            -0.06,
            False,
        ),
        ("half", {"mix": -0.05, "people": -0.05}, -0.05, False),
        ("it is not known", {"people": -0.1}, None, False),
    ],
)
def test_what_refutes_a_name(says, shares, most, refuted):
    intervals = {"mix": (most, 0.0)} if most is not None else {}
    cause = Cause(verdict="unclear", shares=shares, intervals=intervals)
    assert refutes(cause, Cause(verdict="focus_drift")) is refuted, says


def test_where_customers_stay_away_the_mix_is_the_markets():
    known = Cause(verdict="market_shift", form="fewer_come")
    cause = Cause(
        verdict="unclear",
        shares={"market": -0.02, "mix": -0.08},
        intervals={"market": (-0.03, -0.01), "mix": (-0.1, -0.06)},
    )
    assert not refutes(cause, known)
    assert refutes(cause, replace(known, form="choose_others"))


def test_shares_are_those_of_the_week_whatever_the_name():
    _, one = through(["unclear"])
    assert one.cause.shares == SHARES


def judged_over(made, rates):
    """A judged series whose last weeks fell, and the headline that it made."""
    panel = made("win_rate", (WIN, rates, np.full(len(rates), 60.0)))
    regime = Regime(key=WIN, since=FIRST, first_candidate=week(26), why="start")
    return type("One", (), {"series": panel.series[0], "regime": regime, "key": WIN})()


def fallen(size, weeks=70):
    return 0.3 + np.where(np.arange(weeks) >= 60, size, 0.0)


def test_restated_data_that_undo_a_change_retract_it(made):
    one = judged_over(made, fallen(-0.12))
    told = told_of(one, finding(), week(69))
    assert told.change == pytest.approx(-0.12)
    ledger = Ledger(
        inflections=[inflection(told=told)],
        regimes={WIN: Regime(key=WIN, since=week(62), first_candidate=week(75), why="changed")},
    )
    restated = judged_over(made, fallen(-0.05, weeks=72))
    (gone,) = retract_undone(ledger, {WIN: restated}, week(71), week(73))
    assert (gone.state, gone.retracted_on) == ("retracted", week(73))
    assert ledger.open() == []
    assert (ledger.regimes[WIN].since, ledger.regimes[WIN].first_candidate) == (FIRST, week(71))


@pytest.mark.parametrize(
    ("says", "rates"),
    [
        ("data that stand", fallen(-0.12, weeks=72)),
        ("data that were restated a little", fallen(-0.08, weeks=72)),
        ("later weeks that recover", np.concatenate([fallen(-0.12), np.full(20, 0.35)])),
    ],
)
def test_nothing_else_retracts(made, says, rates):
    told = told_of(judged_over(made, fallen(-0.12)), finding(), week(69))
    ledger = Ledger(inflections=[inflection(told=told)])
    assert retract_undone(ledger, {WIN: judged_over(made, rates)}, week(71), week(73)) == [], says


def test_what_was_opened_before_this_was_kept_is_left_alone(made):
    ledger = Ledger(inflections=[inflection()])
    assert retract_undone(ledger, {WIN: judged_over(made, fallen(0.0))}, week(69), week(71)) == []


def test_no_known_week_has_no_change(made):
    one = judged_over(made, fallen(-0.12))
    told = replace(told_of(one, finding(), week(69)), until=FIRST - timedelta(weeks=1))
    assert np.isnan(change_over(one.series, told, FIRST))

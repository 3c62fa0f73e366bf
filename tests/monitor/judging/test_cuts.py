"""Cuts through the profile: which are watched, what they cost, and that a move below the core is seen and named."""

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from monitor.briefing import alert_of, title_of
from monitor.budget import bars
from monitor.cuts import cut_of, cuts_of, parts_of_budget, seen_at
from monitor.panel import deals_of
from monitor.types import SeriesKey

from .conftest import PROFILE, by_week

FIT = SeriesKey(metric="fit_mix")
CUT = SeriesKey(metric="fit_mix", segment=(("tier", "B or better"),))
WIN = SeriesKey(metric="win_rate")
CORE = SeriesKey(metric="win_rate", segment=(("tier", "core"),))
EAST = SeriesKey(metric="fit_mix", segment=(("region", "East"),), contrast=True)
ONLY_FIT = PROFILE + "metrics: {fit_mix: {matters_if: 8 points}}\n"


def version(tiers, core):
    return SimpleNamespace(tiers=dict.fromkeys(tiers, 0.5), core=list(core))


@pytest.mark.parametrize(
    ("says", "profile", "cuts"),
    [
        ("nothing without a profile", [], {}),
        ("one tier is the core", [version("A", "A")], {}),
        ("what is not the core's", [version("AB", "A")], {"B or better": ("A", "B")}),
        (
            "within the core too",
            [version("ABC", "AB")],
            {"A or better": ("A",), "C or better": ("A", "B", "C")},
        ),
        ("a core of both has one cut within", [version("AB", "AB")], {"A or better": ("A",)}),
        ("versions that agree on the tiers", [version("AB", "A"), version("AB", "AB")], {}),
        ("none where they order them otherwise", [version("AB", "A"), version("BA", "A")], {}),
        (
            "a core that is not the best",
            [version("AB", "B")],
            {"A or better": ("A",), "B or better": ("A", "B")},
        ),
    ],
)
def test_every_tier_or_better_is_a_cut_but_the_core(says, profile, cuts):
    assert cuts_of(profile) == cuts, says


def test_the_mix_costs_what_one_series_costs():
    """Half for the core share, the rest for the cuts; what the others have is as it was."""
    kinds = {FIT: "fit_mix", CUT: "fit_mix", WIN: "win_rate", CORE: "win_rate", EAST: "fit_mix"}
    parts = parts_of_budget(kinds)
    assert parts == {FIT: 0.5, CUT: 0.5, WIN: 1.0, CORE: 1.0, EAST: 1.0}
    budget = {"false_alarms_per_year": 0.5, "share": {"company": 0.6, "segments": 0.4}}
    h, before = bars(list(kinds), parts=parts, **budget), bars([FIT, WIN, CORE, EAST], **budget)
    assert [h[key] for key in (WIN, CORE, EAST)] == pytest.approx([before[key] for key in (WIN, CORE, EAST)])
    assert 1 / h[FIT] + 1 / h[CUT] == pytest.approx(1 / before[FIT])
    assert h[FIT] == h[CUT]
    assert set(parts_of_budget({FIT: "fit_mix", WIN: "win_rate", CORE: "win_rate"}).values()) == {1.0}


@pytest.fixture(scope="module")
def drifted(lived, settings_with, company):
    """From week 40 on half of tier B's deals are of no tier; the core share is as it was."""
    history = company(31, weeks=60, a_week=40.0, core=0.4, adjacent=by_week(0.6, 0.25, 40))
    return lived(settings_with(ONLY_FIT), history)


def test_a_cut_is_the_share_of_all_deals_of_a_known_tier(drifted):
    panel = drifted.last.panels["fit_mix"]
    series = next(one for one in panel.series if one.key == CUT)
    deals = drifted.last.deals.filter(pl.col("created_on").is_not_null()).with_columns(
        week=(pl.col("created_on") - panel.weeks[0]).dt.total_days() // 7
    )
    for week in (3, 50):
        tiers = deals.filter(pl.col("week") == week)["tier"].to_list()
        assert series.deals[week] == len(tiers)
        expected = np.mean([tier in ("A", "B") for tier in tiers])
        assert series.raw[week] == pytest.approx(expected, abs=0.04)  # deals of one batch weigh less
    assert deals_of(panel, CUT).all()
    assert title_of(series) == "fit mix, B or better"


def test_a_move_below_the_core_is_found_dated_and_named_though_the_core_share_stands(drifted):
    (one,) = drifted.weekly.ledger.inflections
    assert one.headline.key == CUT
    assert FIT not in {finding.key for finding in one.findings}
    assert one.cause.verdict == "focus_drift"
    assert one.headline.before == pytest.approx(0.76, abs=0.04)
    assert one.headline.after == pytest.approx(0.55, abs=0.04)
    weeks = drifted.last.panels["fit_mix"].weeks
    assert one.headline.started_between[0] <= weeks[40] <= one.headline.started_between[1]
    assert (one.opened_week - weeks[40]).days <= 7 * 9
    shares = [share for share in one.cause.shares.values() if share is not None]
    assert sum(shares) == pytest.approx(one.headline.after - one.headline.before, abs=1e-9)
    alert = alert_of(one, drifted.last, drifted.settings)
    assert alert.charts[0].title == "fit mix, B or better"
    assert alert.next_step == "Decide with the head of sales which deals below tier B to stop taking."


def test_the_core_share_says_nothing_of_it(drifted):
    """The same weeks without the cut: else the test above would prove nothing."""
    reading = next(one for one in drifted.last.judged if one.key == FIT)
    assert reading.part_of_bar < 0.5


def test_a_fall_of_the_core_moves_both_and_is_told_by_the_core(lived, settings_with, company):
    history = company(32, weeks=55, a_week=40.0, core=by_week(0.5, 0.3, 40), adjacent=0.3)
    found = lived(settings_with(ONLY_FIT), history).weekly.ledger.inflections
    assert [one.headline.key for one in found] == [FIT]


@pytest.mark.parametrize("adjacent", [0.04, 0.97])
def test_a_cut_that_hardly_any_deal_lies_beyond_is_not_watched(lived, settings_with, company, adjacent):
    history = company(33, weeks=28, a_week=40.0, core=0.5, adjacent=adjacent)
    keys = {one.key for one in lived(settings_with(ONLY_FIT), history).last.judged}
    assert keys == {FIT}


def test_who_comes_is_asked_at_the_cut(drifted):
    """The deals of both tiers stand for the core; a panel of another kind keeps its values."""
    panel = drifted.last.panels["fit_mix"]
    seen = seen_at(panel, ("A", "B"))
    assert seen.observed.core.mean() > panel.observed.core.mean() + 0.1
    np.testing.assert_array_equal(seen.observed.core, np.isin(panel.observed.tier_names, ["A", "B"]))
    np.testing.assert_array_equal(seen.observed.value, seen.observed.core.astype(float))
    assert cut_of(EAST) is None
    assert cut_of(FIT) is None
    assert cut_of(CORE) is None

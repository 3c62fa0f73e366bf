"""Weeks judged from deals: companies of every kind, what a week may know, events, stale sources, tiers."""

from dataclasses import astuple
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from monitor.ledger import Ledger
from monitor.plan import plan_of
from monitor.schedule import ready_at
from monitor.store.deals import as_known
from monitor.types import INSTANT, SeriesKey
from monitor.weekly import History, Weekly, nothing_in

FIRST = date(2024, 1, 1)
LEARNING = 26
PROFILE = "profile: [{effective: 2020-01-01, tier_column: icp, tiers: {A: 0.8, B: 0.5}, core: [A]}]\n"
SEGMENTS = "segments: [region]\n"
WHOLE = SeriesKey(metric="win_rate")


def week(index):
    return FIRST + timedelta(weeks=index)


def live(settings, history, last, *, first=LEARNING, without=()):
    """The weeks from `first` to `last` judged one after another, each as soon as it may be."""
    weekly = Weekly(settings=settings)
    seen = {}
    for index in range(first, last + 1):
        if index not in without:
            seen[index] = weekly.judge(week(index), ready_at(plan_of(settings), week(index)), history)
    return weekly, seen


def readings(judged):
    return {one.key: one.reading for one in judged.judged}


def figures(judged):
    """Every number of every reading, as an array, so that nan is equal to nan."""
    return {key: np.array(astuple(reading), dtype=float) for key, reading in readings(judged).items()}


def kinds(weekly):
    return [(i.headline.kind, i.cause.verdict) for i in weekly.ledger.inflections]


def falling(seed, **more):
    return {"seed": seed, "weeks": 70, "a_week": 60.0, "win": lambda w: np.where(w >= 45, 0.18, 0.34)} | more


# --- companies of every kind ---------------------------------------------------------------------------------


def test_a_fall_of_the_win_rate_everywhere_is_a_shift_of_the_market(company, settings_with):
    weekly, seen = live(settings_with(), company(**falling(1)), 66)
    assert kinds(weekly) == [("win_rate", "market_shift")]
    (inflection,) = weekly.ledger.inflections
    assert abs((inflection.headline.started_on - week(45)).days) <= 21
    assert inflection.headline.after < inflection.headline.before
    assert sum(len(one.changes.opened) for one in seen.values()) == 1


def test_without_a_profile_everything_but_fit_works(company, settings_with):
    weekly, seen = live(settings_with(SEGMENTS), company(**falling(1)), 66)
    assert set(seen[66].panels) == {"win_rate", "volume", "discount"}
    assert not any(dict(one.key.segment).get("tier") for one in seen[66].judged)
    assert kinds(weekly) == [("win_rate", "market_shift")]
    assert weekly.ledger.inflections[0].headline.adjusted_for == ()


def test_without_segments_the_company_is_still_judged(company, settings_with):
    weekly, seen = live(settings_with(PROFILE), company(**falling(1)), 66)
    assert kinds(weekly) == [("win_rate", "market_shift")]
    assert not any(one.key.contrast for one in seen[66].judged)


def test_a_closed_only_export_counts_deals_by_their_decision_and_sees_no_fall_at_its_end(
    company, settings_with
):
    """The newest creations are not in it yet: by creation, its last weeks would be nearly empty."""
    history = company(2, weeks=60, a_week=40.0, cycle=30.0, show="closed")
    weekly, seen = live(settings_with(), history, 59)
    panels = seen[59].panels
    assert {panel.basis for panel in panels.values()} == {"decided"}
    whole = next(s for s in panels["volume"].series if not s.key.contrast)
    decided = history.versions.filter(pl.col("closed_on").is_between(week(59), week(59) + timedelta(days=6)))
    assert whole.deals[-1] == decided.height
    assert weekly.ledger.inflections == []


def test_an_export_with_open_deals_counts_deals_by_their_creation(company, settings_with):
    history = company(2, weeks=60, a_week=40.0, cycle=30.0)
    _, seen = live(settings_with(), history, 59, first=59)
    bases = {name: panel.basis for name, panel in seen[59].panels.items()}
    assert bases == {"win_rate": "decided", "fit_mix": "created", "volume": "created", "discount": "decided"}
    whole = next(s for s in seen[59].panels["volume"].series if not s.key.contrast)
    created = history.versions.filter(pl.col("created_on").is_between(week(59), week(59) + timedelta(days=6)))
    assert whole.deals[-1] == created.height


@pytest.mark.parametrize(("undated", "basis"), [(0.02, "created"), (0.2, "decided")])
def test_open_deals_without_a_day_of_creation_make_creations_vanish_too(
    company, settings_with, undated, basis
):
    history = company(2, weeks=40, a_week=40.0, cycle=30.0)
    missing = pl.Series(np.random.default_rng(1).random(history.versions.height) < undated)
    created = pl.when(missing & (pl.col("outcome") == "open")).then(None).otherwise("created_on")
    history = History(versions=history.versions.with_columns(created_on=created), accounts=history.accounts)
    _, seen = live(settings_with(), history, 39, first=39)
    assert seen[39].panels["volume"].basis == basis


@pytest.mark.parametrize(
    ("says", "changes"),
    [
        ("five deals a week", {"a_week": 5.0}),
        ("one deal a week", {"a_week": 1.0}),
        ("only won deals in the export", {"show": "won"}),
        ("every deal is won", {"win": 2.0}),
        ("no deal is won", {"win": -2.0}),
        ("one region", {"regions": ("East",)}),
        ("one seller", {"owners": 1}),
        ("sold on the day", {"cycle": 0.1}),
        ("half a year to a decision", {"cycle": 180.0}),
    ],
)
def test_an_unusual_company_without_a_change_is_quiet_and_warns_of_nothing(
    company, settings_with, says, changes
):
    weekly, seen = live(settings_with(), company(**({"seed": 3, "weeks": 36} | changes)), 35)
    assert weekly.ledger.inflections == [], says
    assert seen[35].judged or seen[35].too_few, says


@pytest.mark.parametrize(
    "blank", ["owner", "creator", "account", "attr:region", "attr:icp", "amount", "created_on"]
)
def test_a_column_that_is_empty_throughout_leaves_the_rest_judged(company, settings_with, blank):
    history = company(3, weeks=36, show="closed" if blank == "created_on" else "everything")
    kind = history.versions.schema[blank]
    history = History(
        versions=history.versions.with_columns(pl.lit(None, kind).alias(blank)), accounts=history.accounts
    )
    weekly, seen = live(settings_with(), history, 35)
    assert WHOLE in readings(seen[35])
    assert weekly.ledger.inflections == []


def test_a_445_calendar_and_weeks_that_begin_on_sunday_are_judged_too(company, settings_with):
    own = "currency: USD, fiscal: {starts: february, pattern: 4-4-5}, week_starts: sunday"
    settings = settings_with(floor=settings_with.floor.replace("currency: USD", own))
    weekly = Weekly(settings=settings)
    first = weekly.first_week(history := company(3, weeks=36))
    assert first.weekday() == 6
    sunday = first + timedelta(weeks=30)
    seen = weekly.judge(sunday, ready_at(plan_of(settings), sunday), history)
    assert np.isfinite(readings(seen)[WHOLE].evidence)


def test_no_deals_at_all_have_no_first_week_and_are_held(company, settings_with):
    history = company(3, weeks=36)
    nothing = History(versions=history.versions.clear(), accounts=history.accounts)
    weekly = Weekly(settings=settings_with())
    assert weekly.first_week(nothing) is None
    assert weekly.judged_from(nothing) is None
    seen = weekly.judge(week(30), datetime(2026, 1, 1, tzinfo=UTC), nothing)
    assert (seen.held, seen.judged, dict(seen.panels)) == ("stale_data", (), {})


def test_renewals_do_not_swamp_the_win_rate_unless_a_metric_asks_for_them(company, settings_with):
    new = company(4, weeks=36, a_week=20.0)
    renewed = company(5, weeks=36, a_week=40.0, win=0.95).versions.with_columns(
        deal_id=pl.concat_str(pl.lit("R"), "deal_id"), motion=pl.lit("renewal")
    )
    both = History(versions=pl.concat([new.versions, renewed]), accounts=new.accounts)
    more = (
        PROFILE + "motions: {new: [New Business], renewal: [Renewal]}\n"
        "metrics:\n  win_rate: {}\n  volume: {}\n"
        "  renewals: {kind: win_rate, where: {motion: renewal}, matters_if: 5 points}\n"
    )
    _, seen = live(settings_with(more), both, 35, first=35)
    raw = {name: np.nanmean(panel.series[0].raw) for name, panel in seen[35].panels.items()}
    assert raw["win_rate"] < 0.4
    assert raw["renewals"] > 0.85
    assert raw["volume"] < 25


# --- what a week may know ------------------------------------------------------------------------------------


def test_a_week_is_judged_the_same_when_everything_after_it_is_still_unknown(company, settings_with):
    """The history as it was read that week, and as it is read years later: the same readings, to the last bit."""
    history = company(**falling(6, weeks=60, a_week=20.0))
    for index in (30, 40, 50):
        at = ready_at(plan_of(settings_with()), week(index))
        read_then = week(index) + timedelta(days=6)
        over = pl.col("closed_on") <= read_then
        then = history.versions.filter(pl.col("created_on") <= read_then).with_columns(
            outcome=pl.when(over).then("outcome").otherwise(pl.lit("open")),
            closed_on=pl.when(over).then("closed_on"),
            amount=pl.when(over).then("amount"),
        )
        one, two = (
            Weekly(settings=settings_with()).judge(
                week(index), at, History(versions=versions, accounts=history.accounts)
            )
            for versions in (then, history.versions)
        )
        np.testing.assert_equal(figures(one), figures(two))
        assert figures(one)


def test_weeks_judged_one_by_one_end_where_a_fresh_judge_with_their_ledger_ends(company, settings_with):
    history = company(**falling(7, weeks=62))
    weekly, _ = live(settings_with(), history, 60)
    fresh = Weekly(settings=settings_with(), ledger=weekly.ledger)
    at = ready_at(plan_of(settings_with()), week(60))
    again = fresh.look(week(60), at, history, nothing_in(week(60)))
    once_more = weekly.look(week(60), at, history, nothing_in(week(60)))
    np.testing.assert_equal(figures(again), figures(once_more))


def test_looking_at_a_week_changes_no_inflection(company, settings_with):
    history = company(**falling(1))
    weekly, _ = live(settings_with(), history, 60)
    before = list(weekly.ledger.inflections)
    weekly.look(week(66), ready_at(plan_of(settings_with()), week(66)), history, nothing_in(week(66)))
    assert weekly.ledger.inflections == before


def test_the_first_week_stays_where_it_was_when_older_deals_turn_up(company, settings_with):
    history = company(8, weeks=40)
    weekly = Weekly(settings=settings_with())
    first = weekly.first_week(history)
    older = history.versions.head(50).with_columns(
        deal_id=pl.concat_str(pl.lit("old"), "deal_id"),
        created_on=pl.col("created_on").dt.offset_by("-60d"),
        closed_on=pl.col("created_on").dt.offset_by("-50d"),
    )
    more = History(versions=pl.concat([older, history.versions]), accounts=history.accounts)
    assert Weekly(settings=settings_with()).first_week(more) != first
    assert weekly.first_week(more) == first


# --- stale sources, events -----------------------------------------------------------------------------------


def test_a_week_of_which_nothing_has_arrived_is_held_and_changes_nothing(company, settings_with):
    history = company(9, weeks=40)
    weekly, _ = live(settings_with(), history, 38)
    regimes = dict(weekly.ledger.regimes)
    at = ready_at(plan_of(settings_with()), week(41))
    seen = weekly.judge(week(41), at, history)
    assert (seen.held, seen.judged) == ("stale_data", ())
    assert seen.changes == nothing_in(week(41))
    assert weekly.ledger.regimes == regimes


def test_one_stale_source_of_two_holds_the_week(company, settings_with):
    history = company(9, weeks=40)
    other = history.versions.filter(pl.col("created_on") < week(35)).with_columns(source=pl.lit("second"))
    other = other.filter(pl.col("closed_on").is_null() | (pl.col("closed_on") < week(35)))
    both = History(versions=pl.concat([history.versions, other]), accounts=history.accounts)
    settings = settings_with()
    second = settings.sources[0].model_copy(update={"name": "second"})
    settings = settings.model_copy(update={"sources": (*settings.sources, second)})
    assert live(settings, both, 34)[1][34].held is None
    assert live(settings, both, 36, first=36)[1][36].held == "stale_data"


EVENT = "events: [{{on: {on}, name: New CRM, affects: [{affects}], then: {then}}}]\n"


@pytest.mark.parametrize(
    ("then", "affects", "restarts"),
    [
        ("restart", "", {"win_rate", "fit_mix", "volume", "discount"}),
        ("restart", "win_rate", {"win_rate"}),
        ("explain", "", set()),
    ],
)
def test_an_event_restarts_what_it_affects_where_it_says_so(company, settings_with, then, affects, restarts):
    event = EVENT.format(on=week(34) + timedelta(days=2), affects=affects, then=then)
    settings = settings_with(PROFILE + SEGMENTS + event)
    weekly, seen = live(settings, company(10, weeks=40), 38)
    changed = {key.metric for key, regime in weekly.ledger.regimes.items() if regime.why == "event"}
    assert changed == restarts
    for one in seen[38].judged:
        expected = week(34) if one.key.metric in restarts else FIRST
        assert one.regime.since == expected
        assert (one.quiet == "learning") == (one.key.metric in restarts)


def test_an_event_in_a_segment_restarts_what_is_judged_there_alone(company, settings_with):
    event = f"events: [{{on: {week(34)}, name: Reorganised, where: {{region: East}}, then: restart}}]\n"
    _, seen = live(settings_with(PROFILE + SEGMENTS + event), company(10, weeks=40), 38)
    restarted = {one.key.segment for one in seen[38].judged if one.regime.why == "event"}
    assert restarted == {(("region", "East"),)}


@pytest.mark.parametrize("owners", ["pseudonyms", "names"])
def test_people_as_segments_have_made_up_names_unless_ops_say_otherwise(company, settings_with, owners):
    settings = settings_with(f"segments: [owner]\nprivacy: {{owners: {owners}}}\n")
    history = company(13, weeks=30)
    known = set(history.versions["owner"].drop_nulls())
    deals = Weekly(settings=settings).deals(ready_at(plan_of(settings), week(20)), history)
    shown = set(deals["seg:owner"].drop_nulls())
    assert len(shown) == len(set(deals["owner"].drop_nulls())) > 2
    assert shown <= known if owners == "names" else not shown & known


def test_an_event_to_come_restarts_nothing_yet(company, settings_with):
    event = EVENT.format(on=week(39), affects="", then="restart")
    weekly, seen = live(settings_with(PROFILE + event), company(10, weeks=42), 39)
    assert {one.regime.why for one in seen[38].judged} == {"start"}
    assert {one.regime.why for one in seen[39].judged} == {"event"}
    assert weekly.ledger.regimes[WHOLE].first_candidate == week(39 + LEARNING)


def test_a_change_that_an_event_explains_by_a_restart_opens_nothing(company, settings_with):
    event = EVENT.format(on=week(45), affects="", then="restart")
    weekly, _ = live(settings_with(PROFILE + SEGMENTS + event), company(**falling(1)), 66)
    assert weekly.ledger.inflections == []


# --- bars, sizes, directions ---------------------------------------------------------------------------------


def test_the_bars_of_all_series_spend_the_budget_and_no_more(company, settings_with):
    _, seen = live(settings_with(), company(11, weeks=36), 35, first=35)
    assert sum(52.18 / one.watch.bar for one in seen[35].judged) == pytest.approx(0.5)
    assert sum(52.18 / one.watch.watch_bar for one in seen[35].judged) == pytest.approx(4.0)


def test_the_size_that_matters_is_in_the_unit_of_the_values(company, settings_with):
    more = "metrics:\n  win_rate: {matters_if: 7 points}\n  volume: {matters_if: 20 %}\n"
    _, seen = live(settings_with(more), company(11, weeks=36), 35, first=35)
    sizes = {one.key.metric: one.watch.matters_if for one in seen[35].judged}
    assert sizes == pytest.approx({"win_rate": 0.07, "volume": np.log(1.2)})


@pytest.mark.parametrize(
    ("directions", "harmful", "weight"),
    [
        ("both", "down", 0.8),
        ("{win_rate: up}", "up", 1.0),
        ("{win_rate: down}", "down", 1.0),
        ("{volume: up}", "down", 0.8),
    ],
)
def test_directions_are_those_that_ops_asked_for(company, settings_with, directions, harmful, weight):
    settings = settings_with(f"attention: {{directions: {directions}}}\n")
    _, seen = live(settings, company(11, weeks=36), 35, first=35)
    held = next(one.watch for one in seen[35].judged if one.key == WHOLE)
    assert (held.harmful, held.harmful_weight) == (harmful, weight)


# --- tiers as they were --------------------------------------------------------------------------------------

ACCOUNTS = """\
  - {name: accounts, role: accounts, type: csv, path: accounts.csv, key: account, attributes: {size: size}}
profile: [{effective: 2020-01-01, criteria: [{name: Large, where: {size: {between: [200, 9000]}}}], tiers: {A: 1},
           core: [A], score: SCORE}]
"""
GREW = datetime(2024, 6, 1, tzinfo=UTC)


def grown(company):
    """One account that grew from 100 to 500 people, as we learnt on GREW; a deal before that, and one after."""
    versions = company(12, weeks=30).versions.head(2)
    versions = versions.with_columns(
        deal_id=pl.Series(["before", "after"]),
        account=pl.lit("X"),
        created_on=pl.Series([date(2024, 3, 4), date(2024, 7, 1)]),
        closed_on=pl.lit(None, pl.Date),
        outcome=pl.lit("open"),
        known_at=pl.Series([datetime(2024, 5, 1, tzinfo=UTC), datetime(2024, 7, 2, tzinfo=UTC)]).cast(
            INSTANT
        ),
        observed=pl.Series([False, True]),
    )
    accounts = pl.DataFrame(
        {
            "source": ["accounts"] * 2,
            "account": ["X"] * 2,
            "attr:size": ["100", "500"],
            "known_at": [datetime(2024, 5, 1, tzinfo=UTC), GREW],
            "observed": [False, True],
        },
        schema_overrides={"known_at": INSTANT},
    )
    return History(versions=versions, accounts=accounts)


@pytest.mark.parametrize(
    ("score", "at", "expected"),
    [
        ("at_creation", datetime(2024, 5, 20, tzinfo=UTC), {"before": "out"}),
        ("at_creation", datetime(2024, 9, 1, tzinfo=UTC), {"before": "out", "after": "A"}),
        ("latest", datetime(2024, 9, 1, tzinfo=UTC), {"before": "A", "after": "A"}),
    ],
)
def test_a_deal_keeps_the_tier_its_customer_had_when_it_was_created(
    company, settings_with, score, at, expected
):
    floor = settings_with.floor + ACCOUNTS.replace("SCORE", score)
    deals = Weekly(settings=settings_with("", floor=floor)).deals(at, grown(company))
    assert dict(deals.select("deal_id", "tier").iter_rows()) == expected


def test_a_deal_whose_customer_is_read_a_day_later_is_scored_by_what_was_read_first(company, settings_with):
    floor = settings_with.floor + ACCOUNTS.replace("SCORE", "at_creation")
    grew = grown(company)
    late = grew.accounts.with_columns(known_at=pl.col("known_at").dt.offset_by("90d"), observed=pl.lit(True))
    weekly, history = (
        Weekly(settings=settings_with("", floor=floor)),
        History(versions=grew.versions, accounts=late),
    )
    unread, read = (
        dict(weekly.deals(at, history).select("deal_id", "tier").iter_rows())["after"]
        for at in (datetime(2024, 7, 20, tzinfo=UTC), datetime(2024, 10, 1, tzinfo=UTC))
    )
    assert (unread, read) == ("unknown", "out")


def test_the_deals_of_a_week_carry_tier_core_and_segments(company, settings_with):
    history = company(13, weeks=30)
    at = ready_at(plan_of(settings_with()), week(20))
    deals = Weekly(settings=settings_with(), ledger=Ledger()).deals(at, history)
    known = as_known(history.versions, history.accounts, at, {"crm": timedelta(days=3)}, "UTC")
    assert deals.height == known.height
    assert set(deals["seg:region"]) == {"East", "North", "West"}
    assert set(deals["tier"]) == {"A", "B", "out"}
    assert (deals["core"] == (deals["tier"] == "A")).all()


@pytest.mark.parametrize(
    ("last_day", "held"),
    [
        (6, None),  # to the end of the week
        (4, None),  # a Friday: this company has no deals at weekends
        (1, "stale_data"),  # a Tuesday: five silent days are more than a weekend
        (-3, "stale_data"),  # the Friday before
        (8, None),  # beyond the week: what it lacks is not to come
    ],
)
def test_a_week_whose_export_stopped_within_it_is_held(company, settings_with, last_day, held):
    """As the daemon reads it: nothing after the export is known."""
    settings, history = settings_with(), company(9, weeks=40)
    end = week(36) + timedelta(days=last_day)
    versions = history.versions.filter(pl.col("created_on") <= end).with_columns(
        outcome=pl.when(pl.col("closed_on") <= end).then("outcome").otherwise(pl.lit("open")),
        closed_on=pl.when(pl.col("closed_on") <= end).then("closed_on"),
    )
    stopped = History(versions=versions, accounts=history.accounts)
    assert live(settings, stopped, 36, first=36)[1][36].held == held


def test_a_company_of_few_deals_is_not_held_for_its_usual_silence(company, settings_with):
    """Two deals a week: days without any are no sign of anything."""
    history = company(9, weeks=40, a_week=2.0)
    _, seen = live(settings_with(), history, 38)
    assert sum(one.held is not None for one in seen.values()) <= 1


def test_a_rejected_inflection_is_closed_and_only_later_starts_count(company, settings_with):
    """A fall that people say is none: it is closed at the next judgement, and its series start anew from there."""
    settings, history = settings_with(PROFILE), company(**falling(1))
    weekly, seen = live(settings, history, 58)
    (inflection,) = weekly.ledger.open()
    at = ready_at(plan_of(settings), week(59))
    judged = weekly.judge(week(59), at, history, rejected=[inflection.id])
    (closed,) = weekly.ledger.inflections
    assert (closed.state, weekly.ledger.open()) == ("closed", [])
    key = inflection.headline.key
    regime = weekly.ledger.regimes[key]
    assert (regime.since, regime.first_candidate) == (seen[58].panels["win_rate"].weeks[0], week(59))
    assert not readings(judged)[key].alarm
    again = weekly.judge(week(60), ready_at(plan_of(settings), week(60)), history, rejected=[inflection.id])
    assert again.changes.opened == ()
    assert weekly.ledger.regimes[key] == regime  # said once, it is not dismissed every week

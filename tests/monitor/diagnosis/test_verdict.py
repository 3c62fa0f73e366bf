"""One row a case: what the deals say, and the verdict it must be read as."""

from dataclasses import replace
from datetime import date

import pytest

from monitor.diagnosis.attribution import Parts
from monitor.diagnosis.facts import Breadth, Facts, Local, RateFacts, VolumeFacts
from monitor.diagnosis.rivals import Rival
from monitor.diagnosis.split import Estimate, Split
from monitor.diagnosis.tree import name_cause
from monitor.diagnosis.verdict import SHARES, Move
from monitor.types import SeriesKey


def about(value, error=0.015):
    return Estimate(value=value, error=error, freedom=30.0)


def rate(
    mix=0.0,
    within=-0.12,
    core=-0.12,
    outside=-0.12,
    local=None,
    moved=(4, 4),
    error=0.015,
    mix_error=0.005,
    model=None,
):
    return RateFacts(
        split=Split(
            whole=about(mix + within, error),
            mix=about(mix, mix_error),
            mix_of_whole=about(mix, mix_error),
            rate=about(within, error),
            groups=(about(within, error),),
        ),
        core=None if core is None else about(core, error),
        outside=None if outside is None else about(outside, error),
        local=local,
        breadth=(Breadth(dimension="product", moved=moved[0], of=moved[1]),),
        model=model,
    )


def demand(core=0.0, outside=0.0):
    return VolumeFacts(
        core=about(core, 0.05),
        outside=about(outside, 0.05),
        whole=about((core + outside) / 2, 0.05),
        core_change=30 * core,
        outside_change=30 * outside,
    )


def local(part, rest, dimension="region", value="EMEA", error=0.015):
    return Local(
        dimension=dimension,
        value=value,
        part=about(part, error),
        of_whole=about(part, error),
        rest=about(rest, error),
        level=0.99,
    )


def move(kind="win_rate", before=0.30, after=0.18, segment=(), contrast=False):
    return Move(
        key=SeriesKey(metric=kind, segment=segment, contrast=contrast), kind=kind, before=before, after=after
    )


STILL = rate(within=0.0, core=0.0, outside=0.0)
CASES = [
    (
        "core wins fall everywhere, nothing else moves",
        [move()],
        Facts(win=rate(), price=STILL, demand=demand()),
        "market_shift",
    ),
    (
        "core wins rise everywhere",
        [move(after=0.42)],
        Facts(win=rate(within=0.12, core=0.12, outside=0.12)),
        "market_shift",
    ),
    (
        "how much of the fall is mix is too uncertain to clear half",
        [move()],
        Facts(win=rate(mix=-0.03, within=-0.09, mix_error=0.04)),
        "unclear",
    ),
    (
        "the raw rate fell because outside deals rose",
        [move()],
        Facts(win=rate(mix=-0.11, within=-0.01, core=0.0, outside=0.0), demand=demand(outside=0.5)),
        "focus_drift",
    ),
    (
        "a model with tier and calendar held still does not see the fall",
        [move()],
        Facts(win=rate(model=about(-0.01, 0.02)), price=STILL, demand=demand()),
        "unclear",
    ),
    (
        "the model sees it too",
        [move()],
        Facts(win=rate(model=about(-0.11, 0.02)), price=STILL, demand=demand()),
        "market_shift",
    ),
    (
        "half mix and half rate name no cause",
        [move()],
        Facts(win=rate(mix=-0.06, within=-0.06, core=-0.06), demand=demand(outside=0.5)),
        "unclear",
    ),
    (
        "one region carries the fall and the rest stands still",
        [move()],
        Facts(win=rate(local=local(-0.12, -0.001))),
        "internal",
    ),
    (
        "one region fell more, but the rest fell too",
        [move()],
        Facts(win=rate(local=local(-0.03, -0.09))),
        "market_shift",
    ),
    (
        "only some products fell, and no single one carries it",
        [move()],
        Facts(win=rate(moved=(2, 4))),
        "unclear",
    ),
    (
        "win rates rise outside the profile only",
        [move(after=0.36)],
        Facts(win=rate(within=0.06, core=0.0, outside=0.15), price=STILL),
        "left_turn",
    ),
    (
        "the core did not move while the rest fell",
        [move(after=0.24)],
        Facts(win=rate(within=-0.06, core=0.0, outside=-0.15)),
        "unclear",
    ),
    (
        "deals outside the profile rose in number",
        [move("fit_mix", 0.45, 0.30)],
        Facts(win=STILL, price=STILL, demand=demand(core=0.0, outside=0.6)),
        "focus_drift",
    ),
    (
        "core-fit deals stayed away and nothing rose",
        [move("fit_mix", 0.45, 0.30)],
        Facts(win=STILL, demand=demand(core=-0.6, outside=0.0)),
        "market_shift",
    ),
    (
        "core fell as much as outside rose",
        [move("fit_mix", 0.45, 0.30)],
        Facts(win=STILL, demand=demand(core=-0.3, outside=0.3)),
        "unclear",
    ),
    (
        "drift and deeper discounts together, wins steady",
        [move("fit_mix", 0.45, 0.30), move("discount", 0.09, 0.15)],
        Facts(win=STILL, price=rate(within=0.06, core=None), demand=demand(outside=0.6)),
        "commodity_drift",
    ),
    (
        "drift with win rates up outside at full price is an opportunity",
        [move("fit_mix", 0.45, 0.30)],
        Facts(win=rate(within=0.05, core=0.0, outside=0.12), price=STILL, demand=demand(outside=0.6)),
        "left_turn",
    ),
    (
        "discounts deepened for like deals",
        [move("discount", 0.09, 0.15)],
        Facts(win=STILL, price=rate(within=0.06, core=None)),
        "price_erosion",
    ),
    (
        "discounts deepened only because other products are sold",
        [move("discount", 0.09, 0.15)],
        Facts(win=STILL, price=rate(mix=0.06, within=0.0, core=None)),
        "unclear",
    ),
    (
        "one region discounts",
        [move("discount", 0.09, 0.15)],
        Facts(win=STILL, price=rate(within=0.06, core=None, local=local(0.06, 0.0, error=0.008))),
        "internal",
    ),
    (
        "one region's win rate falls against the rest",
        [move(segment=(("region", "EMEA"),), contrast=True)],
        Facts(win=rate(local=local(-0.05, 0.0))),
        "internal",
    ),
    (
        "one region's win rate rises against the rest at full price",
        [move(after=0.45, segment=(("region", "EMEA"),), contrast=True)],
        Facts(win=rate(within=0.05, local=local(0.05, 0.0)), price=STILL),
        "left_turn",
    ),
    (
        "fewer core-fit deals are created",
        [move("volume", 60, 45)],
        Facts(win=STILL, demand=demand(core=-0.4, outside=-0.05)),
        "market_shift",
    ),
    (
        "more deals outside are created",
        [move("volume", 60, 75)],
        Facts(win=STILL, demand=demand(core=0.0, outside=0.5)),
        "focus_drift",
    ),
    (
        "a count without a profile says that, not why",
        [move("volume", 60, 45)],
        Facts(has_profile=False),
        "unclear",
    ),
]


@pytest.mark.parametrize(("says", "moves", "facts", "verdict"), CASES, ids=[case[0] for case in CASES])
def test_the_verdict_is_what_the_deals_say(says, moves, facts, verdict):
    assert name_cause(moves, facts).verdict == verdict, says


@pytest.mark.parametrize(("says", "moves", "facts", "verdict"), CASES, ids=[case[0] for case in CASES])
def test_shares_are_the_five_and_add_up_to_the_whole_move(says, moves, facts, verdict):
    cause = name_cause(moves, facts)
    assert tuple(cause.shares) == SHARES
    known = [share for share in cause.shares.values() if share is not None]
    if known:
        assert sum(known) == pytest.approx(moves[0].whole, abs=1e-9), says


@pytest.mark.parametrize(
    ("says", "touches", "verdict"),
    [
        ("fits", None, "unclear"),
        ("began_before", None, "market_shift"),
        ("fits", 0.5, "unclear"),
        ("fits", 0.001, "market_shift"),
    ],
)
def test_a_known_cause_that_could_have_made_it_takes_the_word_from_the_market(says, touches, verdict):
    rival = Rival(on=date(2026, 2, 1), name="List", says=says, favour=1.0, weeks=0, touches=touches)
    cause = name_cause([move()], Facts(win=rate(), rivals=(rival,)))
    assert (cause.verdict, cause.rivals) == (verdict, (rival,))
    assert cause.form == ("known_cause" if verdict == "unclear" else "choose_others")


def test_a_win_rate_that_was_bought_is_price():
    bought = Estimate(value=0.1, error=0.01, freedom=30.0)
    nothing = Estimate(value=0.0, error=0.01, freedom=30.0)
    parts = Parts(
        whole=bought, recording=nothing, mix=nothing, price=bought, people=nothing, rest=nothing, left=nothing
    )
    facts = Facts(win=replace(rate(), parts=parts), price=rate(within=0.05))
    assert name_cause([move("win_rate", 0.3, 0.4)], facts).verdict == "price_erosion"
    assert name_cause([move("win_rate", 0.3, 0.4)], replace(facts, price=STILL)).verdict == "unclear"


def test_a_market_shift_says_which_form():
    fewer = name_cause([move("fit_mix", 0.45, 0.30)], Facts(win=STILL, demand=demand(core=-0.6)))
    others = name_cause([move()], Facts(win=rate()))
    assert (fewer.form, others.form) == ("fewer_come", "choose_others")


def test_an_internal_verdict_says_where():
    cause = name_cause([move()], Facts(win=rate(local=local(-0.12, -0.001))))
    assert dict(cause.place) == {"region": "EMEA"}


@pytest.mark.parametrize(("says", "form"), [("fits", "known_cause"), ("began_before", None)])
def test_what_carries_a_rise_of_volume_is_named_where_its_date_fits(says, form):
    rival = Rival(on=date(2026, 4, 1), name="a new region", says=says, favour=1.0, weeks=0, carries=True)
    cause = name_cause([move("volume", 40, 61)], Facts(rivals=(rival,)))
    assert (cause.verdict, cause.form) == ("unclear", form)

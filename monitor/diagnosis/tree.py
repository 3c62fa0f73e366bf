"""From facts to one verdict: a cause is named only when the interval of its share clears half of the move.

A forced label costs more trust than `unclear`, so every branch that does not clear ends there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from monitor.diagnosis.conditions import (
    SURELY,
    alone,
    cheaper,
    clears,
    core_agrees,
    described_alone,
    form_of_mix,
    general,
    looks_elsewhere,
    made_by,
    model_disagrees,
    outside_only,
    rose,
    surely_cheaper,
    win_rate_holds,
)
from monitor.diagnosis.facts import Breadth, Facts, Local, RateFacts
from monitor.diagnosis.parts import NOTHING, parts_of_fit, parts_of_mean, parts_of_volume
from monitor.diagnosis.verdict import Cause, Move, cause_of
from monitor.types import Verdict

OF_PRICE = ("price_realisation", "price_per_unit")
SELLERS = "sellers who came or went"


def name_cause(moves: Sequence[Move], facts: Facts) -> Cause:
    """The cause of the inflection whose findings are `moves`, the headline first.

    The market is not named while a known cause fits the date.
    """
    headline = moves[0]
    took = facts.shape.took if facts.shape is not None else None
    cause = replace(_by_kind(headline, moves, facts), rivals=facts.rivals, took=took)
    if cause.verdict == "market_shift" and any(rival.could_make(headline.whole) for rival in facts.rivals):
        return replace(cause, verdict="unclear", form="known_cause")
    if cause.verdict == "unclear" and any(rival.carries and rival.says == "fits" for rival in facts.rivals):
        return replace(cause, form="known_cause")
    return cause


def _by_kind(headline: Move, moves: Sequence[Move], facts: Facts) -> Cause:
    if headline.kind == "win_rate":
        return _of_win_rate(headline, moves, facts)
    if headline.kind == "fit_mix":
        return _of_fit_mix(headline, moves, facts)
    if headline.kind == "discount":
        return _of_discount(headline, moves, facts)
    if headline.kind == "volume":
        return _of_volume(headline, facts)
    if headline.kind in OF_PRICE:
        return _of_price(headline, moves, facts)
    return cause_of("unclear", headline, {"market": None})


def _of_win_rate(headline: Move, moves: Sequence[Move], facts: Facts) -> Cause:
    win = facts.win
    if win is None:
        return cause_of("unclear", headline, {"market": None})
    parts = parts_of_mean(headline, win, facts, rest="market")
    breadth = _widest(win.breadth)
    if made_by(parts, "recording", headline, win) or described_alone(facts, headline):
        return cause_of("recording", headline, parts, breadth=breadth)
    local = alone(headline, win)
    ours = made_by(parts, "people", headline, win)
    if local is not None and (ours or clears(parts, "market", headline)):
        place = _place(local)
        return cause_of(_verdict_of_place(headline, facts), headline, parts, place=place, breadth=breadth)
    if ours:
        return cause_of("internal", headline, parts, place={"team": SELLERS}, breadth=breadth)
    if clears(parts, "mix", headline):
        return cause_of(
            _verdict_of_mix(moves, facts), headline, parts, form=form_of_mix(facts), breadth=breadth
        )
    if clears(parts, "price", headline) and headline.direction == "up" and surely_cheaper(facts):
        return cause_of("price_erosion", headline, parts, breadth=breadth)
    if not clears(parts, "market", headline) or model_disagrees(win, headline):
        return cause_of("unclear", headline, parts, breadth=breadth)
    if outside_only(win, headline.direction):
        verdict: Verdict = "left_turn" if headline.direction == "up" else "unclear"
        return cause_of(verdict, headline, parts, breadth=breadth)
    if core_agrees(win, headline) and general(win, headline):
        return cause_of("market_shift", headline, parts, form="choose_others", breadth=breadth)
    return cause_of("unclear", headline, parts, breadth=breadth)


def _of_fit_mix(headline: Move, moves: Sequence[Move], facts: Facts) -> Cause:
    demand = facts.demand
    if demand is None:
        return cause_of("unclear", headline, {"market": None, "mix": None})
    parts = parts_of_fit(headline, facts, demand)
    if clears(parts, "recording", headline) or described_alone(facts, headline):
        return cause_of("recording", headline, parts)
    if clears(parts, "mix", headline):
        return cause_of(_verdict_of_mix(moves, facts), headline, parts)
    if clears(parts, "market", headline):
        return cause_of("market_shift", headline, parts, form="fewer_come")
    return cause_of("unclear", headline, parts)


def _of_discount(headline: Move, moves: Sequence[Move], facts: Facts) -> Cause:
    price = facts.price
    if price is None:
        return cause_of("unclear", headline, {"price": None})
    parts = parts_of_mean(headline, price, facts, rest="price")
    local = alone(headline, price)
    if local is None and clears(parts, "people", headline):
        return cause_of("internal", headline, parts, place={"team": SELLERS})
    if not clears(parts, "price", headline) or headline.direction == "down":
        return cause_of("unclear", headline, parts)
    if local is not None:
        return cause_of("internal", headline, parts, place=_place(local))
    drifted = any(m.kind == "fit_mix" and m.direction == "down" for m in moves) or looks_elsewhere(facts)
    verdict: Verdict = "commodity_drift" if drifted and win_rate_holds(facts) else "price_erosion"
    return cause_of(verdict, headline, parts, breadth=_widest(price.breadth))


def _of_price(headline: Move, moves: Sequence[Move], facts: Facts) -> Cause:
    """A price that fell is a discount that rose: told in the unit of the price, whose mix is held still already."""
    turned = replace(headline, before=-headline.before, after=-headline.after)
    cause = _of_discount(turned, moves, replace(facts, price=facts.price and _without_mix(facts.price)))
    return replace(
        cause,
        shares={name: None if share is None else 0.0 - share for name, share in cause.shares.items()},
        intervals={name: pair and (-pair[1], -pair[0]) for name, pair in cause.intervals.items()},
    )


def _without_mix(price: RateFacts) -> RateFacts:
    """Facts of logarithms against ordinary prices: their mix is no part of a change told as an index."""
    return replace(price, parts=None, split=replace(price.split, mix_of_whole=NOTHING))


def _of_volume(headline: Move, facts: Facts) -> Cause:
    demand = facts.demand
    if headline.key.segment:
        told = {"market": None, "recording": facts.relabelled}
        if clears(told, "recording", headline):
            return cause_of("recording", headline, told)
        verdict = _verdict_of_place(headline, facts) if headline.direction == "up" else "internal"
        return cause_of(verdict, headline, {"market": None}, place=dict(headline.key.segment))
    if demand is None or not facts.has_profile:
        return cause_of("unclear", headline, {"market": None})
    parts = parts_of_volume(headline, demand)
    if clears(parts, "recording", headline):
        return cause_of("recording", headline, parts)
    fell = demand.core.clears_zero() and demand.core.value < 0
    if headline.direction == "down" and fell and demand.core.value <= demand.outside.value / 2:
        return cause_of("market_shift", headline, parts, form="fewer_come")
    if headline.direction == "up" and clears(parts, "mix", headline):
        return cause_of(_verdict_outside(facts), headline, parts)
    return cause_of("unclear", headline, parts)


def _verdict_of_mix(moves: Sequence[Move], facts: Facts) -> Verdict:
    """A change of mix: the company looked elsewhere, unless its core customers stopped coming."""
    if form_of_mix(facts) == "fewer_come":
        return "market_shift"
    discounted = any(m.kind == "discount" and m.direction == "up" for m in moves) or surely_cheaper(facts)
    if discounted and win_rate_holds(facts):
        return "commodity_drift"
    return _verdict_outside(facts) if moves[0].whole < 0 else "focus_drift"


def _verdict_outside(facts: Facts) -> Verdict:
    """More deals outside the profile: a left turn only if they are also won more often, at no lower price."""
    win = facts.win
    won_more = win is not None and any(
        one is not None and rose(one, SURELY) for one in (win.beyond, win.outside)
    )
    return "left_turn" if won_more and not cheaper(facts) else "focus_drift"


def _verdict_of_place(headline: Move, facts: Facts) -> Verdict:
    """One place that rises while price holds is an opportunity; anything else in one place is internal."""
    return "left_turn" if headline.direction == "up" and not cheaper(facts) else "internal"


def _place(local: Local) -> Mapping[str, str]:
    return {local.dimension: local.value}


def _widest(breadths: Sequence[Breadth]) -> Breadth | None:
    return max((b for b in breadths if b.of_places), key=lambda b: b.of, default=None)

"""The evidence pack as sentences: rivals, order in time, breadth, who rises, the placebo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alerts.words.names import dimension_plural

SAYS: Mapping[str, str] = {
    "fits": "its date fits",
    "began_before": "ruled out: the change began before it",
    "began_after": "ruled out: the change began well after it",
}
WHAT: Mapping[str, str] = {
    "creator": "somebody who is no deal's owner creates deals that nearly all end one way",
    "closer": "somebody who is no deal's owner closes deals that nearly all end one way",
    "arrival": "somebody who was not there before creates deals",
    "bulk": "deals are closed many at once, all one way",
}


def evidence_lines(pack: Mapping[str, Any] | None) -> Iterator[str]:
    """Lines for a person; none where no evidence was kept."""
    if pack is None:
        return
    figures = pack["figures"]
    for rival in figures["rivals"]:
        yield f"Known cause: {rival['name']} ({rival['on']}): {_rival(rival)}."
    for signal in (figures["win_rate"] or {}).get("signals_of_recording", ()):
        yield (
            f"Recording: {WHAT[signal['what']]}: {_percent(signal['share_before'])} of deals before, "
            f"{_percent(signal['share_after'])} after, {_percent(signal['won'])} won."
        )
    if figures["redefined"]:
        ways = " and ".join(
            f"{_points(way['move']['value'])} points by the definition of {way['effective']}"
            for way in figures["redefined"]["by_definition"]
        )
        yield f"The profile was redefined: {ways}."
    anew = figures.get("redescribed")
    if anew:
        yield (
            f"Accounts were described anew: {_points(anew['measured']['value'])} points as deals came, "
            f"{_points(anew['first']['value'])} by the first description of every account and "
            f"{_points(anew['latest']['value'])} by the latest."
        )
    if len(figures["order"]) > 1:
        order = ", then ".join(f"{m['metric']} ({m['started_on']})" for m in figures["order"])
        yield f"What moved first: {order}."
    if pack["findings"][0]["kind"] == "win_rate":
        yield from _beside(figures)
    yield from _money(figures.get("money_won_a_week"))
    yield from _shape(figures.get("shape"))
    yield from _breadth(figures["win_rate"])
    yield from _who(figures["who"])
    yield from _placebo(figures["placebo"])
    if pack["verdict"]["overturned_if"]:
        yield f"Overturned if {pack['verdict']['overturned_if']}."
    yield f"Evidence of the week of {pack['week']}: {pack['hash'][:12]}, on deals {pack['data']['hash'][:12]}."


def _rival(rival: Mapping[str, Any]) -> str:
    weeks = rival["weeks"]
    distance = (
        f" ({abs(weeks)} weeks {'before' if weeks < 0 else 'after'} it)"
        if rival["says"] != "fits" and weeks
        else ""
    )
    return SAYS[rival["says"]] + distance


def _beside(figures: Mapping[str, Any]) -> Iterator[str]:
    """The price, where its part of a win rate is not known: it stands beside the split."""
    win, price = figures["win_rate"], figures["price"]
    if not win or not win["parts"] or not price or win["parts"].get("price") is not None:
        return
    like = price["within_strata"]
    yield (
        "Too few lost deals carry the price they were offered to say what prices made of it. Beside it: the discount "
        f"on like deals that were won moved by {_points(like['value'])} points ({_points(like['low'])} to "
        f"{_points(like['high'])})."
    )


def _money(money: Mapping[str, Any] | None) -> Iterator[str]:
    if money is not None:
        parts = "; ".join(
            f"{name} {money[part]['value']:+,.0f} ({money[part]['low']:+,.0f} to {money[part]['high']:+,.0f})"
            for part, name in (("price", "price"), ("quantity", "number of deals"), ("mix", "what they hold"))
        )
        before, whole = money["before"], money["whole"]["value"]
        yield f"Money won a week: {before:,.0f} before, {before + whole:,.0f} after: {parts}."


def _shape(shape: Mapping[str, Any] | None) -> Iterator[str]:
    if shape is not None and shape["slow"]:
        yield f"It came bit by bit, over about {shape['over_weeks']} weeks: the date given is its middle."


def _breadth(win: Mapping[str, Any] | None) -> Iterator[str]:
    for one in (win or {}).get("breadth", ()):
        if one["share"] is not None:
            low, high = one["share_between"]
            yield (
                f"Of {_all_of(one['dimension'])}, {_percent(one['share'])} moved that way ({_percent(low)} to "
                f"{_percent(high)}); concentration {one['concentration']:.2f} of 1."
            )


def _all_of(dimension: str) -> str:
    return "sellers" if dimension == "owner" else dimension_plural(dimension)


def _who(who: Mapping[str, Any] | None) -> Iterator[str]:
    if who is None:
        return
    yield f"Who they are: {who['deals']} deals of {who['sellers']} sellers and {who['accounts']} accounts."
    for trait in who["traits"][:5]:
        yield (
            f"  {trait['attribute']} {trait['value']}: {_percent(trait['share'])} of them against "
            f"{_percent(trait['elsewhere'])} elsewhere ({trait['deals']} deals, effect {trait['effect']:+.2f})"
        )


def _placebo(placebo: Mapping[str, Any] | None) -> Iterator[str]:
    if placebo is not None:
        yield (
            f"Placebo: {placebo['shuffled']} of {placebo['of_shuffled']} shuffled histories and "
            f"{placebo['coins']} of {placebo['of_coins']} series of coins alarmed "
            f"(highest {placebo['highest']:.2f}, bar {placebo['bar']:.2f})."
        )


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _points(change: float) -> str:
    return f"{100 * change:+.1f}"

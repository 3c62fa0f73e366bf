"""The verdict as a reader is told of it: its name, whether it is good news, its one or two sentences.

"You" is the company, "we" is LeftTurn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from alerts.types import Alert, Verdict
from alerts.words.figures import opening
from alerts.words.known import that_fit
from alerts.words.names import (
    CORE,
    TIER,
    dimension_plural,
    is_harm,
    lowest_tier,
    place_name,
)

Tone = Literal["good", "bad", "even"]

LABELS: Mapping[Verdict, str] = {
    "market_shift": "Market shift",
    "left_turn": "Left turn",
    "focus_drift": "Focus drift",
    "price_erosion": "Price erosion",
    "commodity_drift": "Commodity drift",
    "internal": "One place only",
    "recording": "Recording",
    "shock": "A blip",
    "unclear": "Cause unclear",
}
FAR = 0.75


def tone(alert: Alert) -> Tone:
    """Good news, bad news, or neither: what colours and arrows say."""
    if alert.state != "open" or alert.verdict in ("recording", "shock", "unclear"):
        return "even"
    if alert.verdict == "left_turn":
        return "good"
    if alert.verdict in ("price_erosion", "commodity_drift"):
        return "bad"
    if alert.verdict == "focus_drift":
        return "good" if towards_core(alert) else "bad"
    return "bad" if harms(alert) else "good"


def harms(alert: Alert) -> bool:
    """Whether the headline moved the bad way."""
    headline = alert.findings[0]
    return is_harm(headline.kind, headline.after - headline.before)


def towards_core(alert: Alert) -> bool:
    """Of a focus drift: whether deals moved towards the profile rather than away from it."""
    return alert.findings[0].kind in ("fit_mix", "win_rate") and not harms(alert)


def sentences(alert: Alert) -> str:
    """What happened, in one to three sentences without a figure."""
    return _SENTENCES[alert.verdict](alert)


def _market_shift(alert: Alert) -> str:
    down = harms(alert)
    whom = "the customers you aim for" if _knows_core(alert) else "the customers you know"
    tier = lowest_tier(alert.findings[0].segment)
    if tier is not None:
        whom = f"the customers of tier {tier} or better"
    if alert.form == "fewer_come":
        if down:
            return f"Fewer of {whom} come to you. It does not look like your own doing."
        return f"More of {whom} come to you. It does not look like your own doing."
    what = "win" if alert.findings[0].kind == "win_rate" else "sell to"
    who = whom if _knows_core(alert) else "your deals"
    return (
        f"You {what} {'fewer' if down else 'more'} of {who}{_how_widely(alert)}. "
        "It does not look like your own doing."
    )


def _knows_core(alert: Alert) -> bool:
    """Whether the company has said whom it aims for, as far as the alert tells."""
    return any(f.kind == "fit_mix" or f.segment.get(TIER) == CORE for f in alert.findings) or (
        alert.form == "fewer_come"
    )


def _how_widely(alert: Alert) -> str:
    breadth = alert.breadth
    if breadth is None or breadth.of < 2 or 2 * breadth.moved <= breadth.of:
        return ""
    return ", almost everywhere" if breadth.moved >= FAR * breadth.of else ", in most places"


def _left_turn(alert: Alert) -> str:
    kinds = {finding.kind for finding in alert.findings}
    at, outside = where(alert), _outside(alert)
    if "win_rate" in kinds and kinds & {"volume", "fit_mix"}:
        what = f"More deals come from {at or outside}, and you win more of them"
    elif "win_rate" in kinds:
        what = f"You win more of the deals {'in ' + at if at else 'outside your profile'}"
    else:
        what = f"More deals come from {at or outside}"
    price = ", at smaller discounts" if _discount_fell(alert) else ", with no sign of deeper discounts"
    return f"You are winning where you do not aim. {what}{price}."


def _discount_fell(alert: Alert) -> bool:
    return any(f.kind == "discount" and f.after < f.before for f in alert.findings)


def _outside(alert: Alert) -> str:
    """Where deals lie that the headline's share leaves out."""
    tier = lowest_tier(alert.findings[0].segment)
    return "outside your profile" if tier is None else f"below tier {tier}"


def _focus_drift(alert: Alert) -> str:
    tier = lowest_tier(alert.findings[0].segment)
    if tier is not None:
        part = "larger" if towards_core(alert) else "smaller"
        turned = "" if towards_core(alert) else " Those customers have not turned away."
        return (
            f"You changed who you sell to: a {part} part of your deals is of tier {tier} or better.{turned}"
        )
    if towards_core(alert):
        return "You changed who you sell to: a larger part of your deals is core-fit now."
    return (
        "You changed who you sell to: more of your deals lie outside your profile. "
        "Your core-fit customers have not turned away."
    )


def _price_erosion(alert: Alert) -> str:
    wins = next((f for f in alert.findings if f.kind == "win_rate"), None)
    if wins is None:
        return "You are buying your wins: like deals close at lower prices than before."
    held = "you win more" if wins.after > wins.before else "you still win less"
    return f"You are buying your wins: like deals close at lower prices than before, and {held}."


def _commodity_drift(alert: Alert) -> str:
    return (
        f"You get better at selling what your customers value less: more deals {_outside(alert)}, at deeper "
        "discounts, while the win rate holds."
    )


def _internal(alert: Alert) -> str:
    at = opening(where(alert)) or "One place"
    return f"{at} moved and the rest did not. It looks like something inside the company, not the market."


def _recording(alert: Alert) -> str:  # noqa: ARG001
    return "How deals are recorded changed. The business behind the records need not have."


def _shock(alert: Alert) -> str:  # noqa: ARG001
    return "It was a blip of a few weeks, and it is over."


def _unclear(alert: Alert) -> str:
    if alert.form == "known_cause" and (known := that_fit(alert.known_causes)):
        return (
            f"Something changed at about the time of {known}. It may be that and not the market: from the dates "
            "alone we cannot tell the two apart."
        )
    return "Something changed, and we cannot say why: no single cause clearly explains half of it."


_SENTENCES: Mapping[Verdict, Callable[[Alert], str]] = {
    "market_shift": _market_shift,
    "left_turn": _left_turn,
    "focus_drift": _focus_drift,
    "price_erosion": _price_erosion,
    "commodity_drift": _commodity_drift,
    "internal": _internal,
    "recording": _recording,
    "shock": _shock,
    "unclear": _unclear,
}


def where(alert: Alert) -> str:
    """Where it happened, if in one place: "EMEA", "one seller"; else nothing."""
    segment = dict(alert.one_place or {})
    segment = segment or {name: value for name, value in alert.findings[0].segment.items() if name != TIER}
    return place_name(segment)


def how_wide(alert: Alert) -> str | None:
    """How many places moved the same way: "9 of 11 regions fell"."""
    breadth = alert.breadth
    if breadth is None or breadth.of < 2:
        return None
    headline = alert.findings[0]
    verb = "rose" if headline.after > headline.before else "fell"
    return f"{breadth.moved} of {breadth.of} {dimension_plural(breadth.dimension)} {verb}"

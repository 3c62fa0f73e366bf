"""What things are called in mails: metrics, places, dimensions, and how far and which way something moved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from alerts import safe_text
from alerts.types import FindingLine, Unit
from alerts.words.figures import UNKNOWN, Figures, digits_of

OUTSIDE_SHARE = "outside_share"
"""The rest of the core share: told in its place where its rise is the good news."""
METRICS: Mapping[str, str] = {
    OUTSIDE_SHARE: "share outside the profile",
    "win_rate": "win rate",
    "fit_mix": "core share",
    "volume": "deals",
    "discount": "discount",
    "price_realisation": "price against list",
    "price_per_unit": "price per unit",
    "stalled": "stalled deals",
    "cycle_time": "time to win",
    "no_decision": "deals without a decision",
    "deal_size": "deal size",
    "loss_reasons": "losses put down to a reason",
}
"""A metric that is named after its kind, in a leader's words."""
HARMFUL_UP = frozenset({"discount", "stalled", "cycle_time", "no_decision"})
"""Kinds whose rise is the bad news; of all others it is the fall."""
REASONS = "loss_reasons"
"""The kind whose place is no place but what the losses are put down to."""
TIER, CORE, OUT = "tier", "core", "out"
SHARES_OF_TIERS = (OUTSIDE_SHARE, "fit_mix")
OR_BETTER = " or better"
"""How a place ends that is a cut through the tiers and no place: "B or better"."""
A_PERSON = "team"
"""The dimension under which the monitor says "one seller", and never who."""
SOLD = ("product", "plan", "edition", "service")
"""Parts of the names of dimensions that say what is sold rather than where or to whom."""
DOUBLED = 2.0


def metric_name(metric: str, kind: str, segment: Mapping[str, str] | None = None) -> str:
    """The metric in its place, in small letters.

    >>> metric_name("win_rate", "win_rate", {"tier": "core"}), metric_name("win_rate", "win_rate")
    ('core-fit win rate', 'win rate')
    >>> metric_name("renewals", "win_rate", {"region": "EMEA"})
    'renewals in EMEA'
    >>> metric_name("loss_reasons", "loss_reasons", {"loss_reason": "Price"})
    'losses put down to Price'
    >>> metric_name("fit_mix", "fit_mix", {"tier": "B or better"})
    'share of tier B or better'
    """
    place = dict(segment or {})
    if kind in SHARES_OF_TIERS and place.get(TIER, "").endswith(OR_BETTER):
        return share_of(place[TIER], kind)
    if kind == REASONS and place:
        return f"losses put down to {place_name(place)}"
    if kind in SHARES_OF_TIERS:
        place.pop(TIER, None)  # a share of tiers has none of its own
    return _placed(_plain(metric, kind), place)


def lowest_tier(segment: Mapping[str, str]) -> str | None:
    """The lowest tier on the better side of a cut through the profile; None of any other place.

    >>> lowest_tier({"tier": "B or better"}), lowest_tier({"tier": "core"})
    ('B', None)
    """
    tiers = segment.get(TIER, "")
    return safe_text.name(tiers.removesuffix(OR_BETTER)) if tiers.endswith(OR_BETTER) else None


def share_of(tiers: str, kind: str) -> str:
    """The share of a tier or better; where the rest of it is told, the share below.

    >>> share_of("B or better", "fit_mix"), share_of("B or better", OUTSIDE_SHARE)
    ('share of tier B or better', 'share below tier B')
    """
    if kind == OUTSIDE_SHARE:
        return f"share below tier {safe_text.name(tiers.removesuffix(OR_BETTER))}"
    return f"share of tier {safe_text.name(tiers)}"


def _plain(metric: str, kind: str) -> str:
    own = METRICS.get(kind) if metric in (kind, kind.replace("_", " ")) else None
    return own or safe_text.name(metric.replace("_", " "))


def _placed(noun: str, segment: dict[str, str]) -> str:
    tier = segment.pop(TIER, None)
    if tier == CORE:
        noun = f"core-fit {noun}"
    elif tier == OUT:
        noun = f"{noun} outside the profile"
    elif tier is not None:
        noun = f"{noun} of tier {safe_text.name(tier)}"
    if not segment:
        return noun
    sold = all(any(word in dimension.lower() for word in SOLD) for dimension in segment)
    return f"{noun} {'for' if sold else 'in'} {place_name(segment)}"


def titled(title: str, kind: str) -> str:
    """The name of a metric whose place is written behind a comma, as charts and digest lines have it.

    >>> titled("win rate, core", "win_rate"), titled("volume", "volume"), titled("win rate, EMEA", "win_rate")
    ('core-fit win rate', 'deals', 'win rate in EMEA')
    """
    metric, _, place = title.partition(", ")
    if not place:
        return _plain(metric, kind)
    if kind == REASONS:
        return f"losses put down to {safe_text.name(place)}"
    if kind in SHARES_OF_TIERS and place.endswith(OR_BETTER):
        return share_of(place, kind)
    return _placed(_plain(metric, kind), {TIER: CORE} if place == CORE else {"place": place})


def kind_of_title(title: str) -> str:
    """The kind a chart's title speaks of, as far as the title tells."""
    return title.partition(", ")[0].replace(" ", "_")


def place_name(segment: Mapping[str, str]) -> str:
    """A segment by its values: "EMEA", "EMEA, Orion"."""
    return ", ".join(safe_text.name(value) for value in segment.values())


def dimension_plural(dimension: str) -> str:
    """Several values of a dimension.

    >>> dimension_plural("region"), dimension_plural("industry"), dimension_plural("business_unit")
    ('regions', 'industries', 'business units')
    """
    word = safe_text.name(dimension.replace("_", " "))
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word if word.endswith("s") else word + "s"


def is_harm(kind: str, change: float) -> bool:
    """Whether a move of this kind and sign is the bad news."""
    return change > 0 if kind in HARMFUL_UP else change < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """How a finding moved, in words.

    way      "down 9 points", "up 21 %", "up from 14 to 41 a week"
    by       "down 9 points", "up 27 a week"
    size     "9 points", "13 deals a week": what the shares add up to
    between  "5 to 13 points": the interval, read along the move
    before   "31 %", "14"
    after    "22 %", "41"
    per      "a week" for counts, else nothing
    """

    way: str
    by: str
    size: str
    between: str
    before: str
    after: str
    per: str = ""

    @property
    def levels(self) -> str:
        """From where to where: "31 % to 22 %", "14 to 41 a week"."""
        return f"{self.before} to {self.after} {self.per}".rstrip()


def move(line: FindingLine, figures: Figures) -> Move:
    """The words of one finding."""
    change = line.after - line.before
    low, high = line.change.low, line.change.high
    if line.unit == "count":
        return Move(
            way=_count_way(line.before, line.after, figures),
            by=f"{_up_or_down(change)} {figures.count(abs(change))} a week",
            size=f"{figures.count(abs(change))} deals a week",
            between=_between(low, high, change, lambda v: figures.count(abs(v)), "a week"),
            before=figures.count(line.before),
            after=figures.count(line.after),
            per="a week",
        )
    if line.unit in ("days", "money"):
        return Move(
            way=_relative_way(line.before, line.after, line.unit, figures),
            by=f"{_up_or_down(change)} {difference(change, line.unit, figures)}",
            size=difference(change, line.unit, figures),
            between=_between(low, high, change, lambda v: amount(abs(v), line.unit, figures), ""),
            before=amount(line.before, line.unit, figures),
            after=amount(line.after, line.unit, figures),
        )
    digits = digits_of(line.before, line.after)
    way = f"{_up_or_down(change)} {figures.points(change, digits)}"
    return Move(
        way=way,
        by=way,
        size=figures.points(change, digits),
        between=_between(low, high, change, lambda v: figures.number(abs(100 * v), digits), "points"),
        before=figures.percent(line.before, digits),
        after=figures.percent(line.after, digits),
    )


def _up_or_down(change: float) -> str:
    return "up" if change > 0 else "down"


def _count_way(before: float, after: float, figures: Figures) -> str:
    if not math.isfinite(before) or before <= 0 or after >= DOUBLED * before:
        return f"{_up_or_down(after - before)} from {figures.count(before)} to {figures.count(after)} a week"
    return f"{_up_or_down(after - before)} {figures.percent(abs(after / before - 1))}"


def _relative_way(before: float, after: float, unit: Unit, figures: Figures) -> str:
    if not math.isfinite(before) or before <= 0 or after >= DOUBLED * before:
        said = f"from {amount(before, unit, figures)} to {amount(after, unit, figures)}"
        return f"{_up_or_down(after - before)} {said}"
    return f"{_up_or_down(after - before)} {figures.percent(abs(after / before - 1))}"


def _between(low: float, high: float, change: float, figure: Callable[[float], str], unit: str) -> str:
    """The interval of a change, the end nearer to nothing first; one that covers nothing names both ways."""
    if low < 0 < high:
        return f"{figure(low)} down to {figure(high)} up{f', {unit}' if unit else ''}"
    near, far = (high, low) if change < 0 else (low, high)
    return f"{figure(near)} to {figure(far)} {unit}".rstrip()


def amount(value: float, unit: Unit, figures: Figures, digits: int = 0) -> str:
    """A value of a metric: "29 %", "61" deals, "34 days", "41K"."""
    if unit == "days":
        return f"{figures.count(value)} {'day' if value == 1 else 'days'}"
    if unit == "money":
        return figures.short_money(Decimal(round(value))) if math.isfinite(value) else UNKNOWN
    return figures.count(value) if unit == "count" else figures.percent(value, digits)


def difference(change: float, unit: Unit, figures: Figures, digits: int = 0) -> str:
    """A change of a metric without its direction: "7 points", "12 deals a week"."""
    if unit == "count":
        return f"{figures.count(abs(change))} deals a week"
    if unit in ("days", "money"):
        return amount(abs(change), unit, figures)
    return figures.points(change, digits)

"""The parts of a headline's move: what recording, mix, people, price and the market made of it.

One function a family of metrics, for what the data can identify differs; a part that they cannot is None.
"""

from __future__ import annotations

from math import hypot

from monitor.diagnosis.facts import Facts, RateFacts, VolumeFacts
from monitor.diagnosis.split import MOST_OF_WHOLE, Estimate
from monitor.diagnosis.verdict import Move
from monitor.metrics import METRICS

NOTHING = Estimate(value=0.0, error=0.0, freedom=1.0)
SAME = 0.05
"""Two logarithms of change closer than this cannot say which side moved a share."""

PartsOfMove = dict[str, Estimate | None]


def parts_of_mean(headline: Move, facts: RateFacts, around: Facts, *, rest: str) -> PartsOfMove:
    """The parts of a mean's move: what recording, mix, people and offers made of it, and what is left for `rest`."""
    split = facts.parts
    if split is None:
        mix = facts.split.mix_of_whole if not headline.key.segment else NOTHING
        return {"mix": mix, rest: _remainder(headline.whole, mix)}
    scale = _of_trimmed(headline, split.whole)
    made = _recorded(around, _times(split.recording, scale))
    people = _times(split.people, scale) if split.people is not None else None
    known = {"recording": made, "mix": _times(split.mix, scale), "people": people}
    if rest != "price":
        known["price"] = split.price
    taken = sum(part.value for part in known.values() if part is not None)
    described = around.redescribed.made.error if around.redescribed is not None else 0.0
    error = hypot(scale * split.rest.error, described)
    left = Estimate(value=headline.whole - taken, error=error, freedom=split.rest.freedom)
    return {**known, rest: left}


def _of_trimmed(headline: Move, plain: Estimate) -> float:
    """What the parts of a plain mean's move are multiplied by, to be parts of the move of the trimmed mean.

    A discount on a tenth of the deals moves the plain mean by more than the trimmed one. Its parts taken away from
    the smaller move as they are would leave too little for the price. 1 where the mean is not trimmed, or where the
    two moves do not go one way.
    """
    trimmed = METRICS[headline.kind].trim > 0
    share = headline.whole / plain.value if trimmed and plain.value else 1.0
    return share if 0.0 < share <= MOST_OF_WHOLE else 1.0


def _times(part: Estimate, scale: float) -> Estimate:
    return Estimate(value=scale * part.value, error=scale * part.error, freedom=part.freedom)


def parts_of_fit(headline: Move, facts: Facts, demand: VolumeFacts) -> PartsOfMove:
    """The parts of a move of the core share: recording, and what is left by who moved."""
    hands = facts.fit.parts.recording if facts.fit is not None and facts.fit.parts is not None else NOTHING
    made = _recorded(facts, hands)
    parts = _by_who_moved(_remainder(headline.whole, made), demand)
    return {"recording": made, **(parts or {"market": None, "mix": None})}


def parts_of_volume(headline: Move, demand: VolumeFacts) -> PartsOfMove:
    """The parts of a move of a count: recording, the core tier's own (market), and everything else (mix)."""
    made, scale = demand.recorded or NOTHING, abs(headline.before)
    core, outside = demand.core, demand.outside
    others = headline.whole - demand.core_change - made.value
    return {
        "recording": made,
        "market": Estimate(value=demand.core_change, error=scale * core.error, freedom=core.freedom),
        "mix": Estimate(value=others, error=scale * outside.error, freedom=outside.freedom),
    }


def _recorded(facts: Facts, hands: Estimate) -> Estimate:
    """What the records alone made of a move: another definition, or accounts described anew and `hands` that came.

    The definitions are compared by the latest description, so that theirs is both; the other two are taken to be
    about different deals.
    """
    if facts.redefined is not None:
        return facts.redefined.made
    if facts.redescribed is None:
        return hands
    return _both(facts.redescribed.made, hands)


def _both(one: Estimate, other: Estimate) -> Estimate:
    """The sum of two parts; the freedom is that of the less certain one."""
    return Estimate(
        value=one.value + other.value,
        error=hypot(one.error, other.error),
        freedom=max((one, other), key=lambda part: part.error).freedom,
    )


def _by_who_moved(left: Estimate, demand: VolumeFacts) -> dict[str, Estimate] | None:
    """What is left of a move of the core share, by who moved: core-fit deals (market) or those outside (mix).

    The log odds of the core share change by d_core - d_outside; each side's part of the share's move is in
    proportion (the logarithmic mean Divisia split, exact in two factors). Either is as uncertain as its fraction and
    as its part of what is left.
    """
    gap = demand.core.value - demand.outside.value
    if abs(gap) < SAME:
        return None
    fraction = demand.core.value / gap
    by_core, by_outside = -demand.outside.value / gap**2, demand.core.value / gap**2
    error = hypot(by_core * demand.core.error, by_outside * demand.outside.error)
    freedom = min(demand.core.freedom, demand.outside.freedom)
    return {
        name: Estimate(
            value=left.value * part, error=hypot(left.value * error, part * left.error), freedom=freedom
        )
        for name, part in (("market", fraction), ("mix", 1.0 - fraction))
    }


def _remainder(whole: float, part: Estimate) -> Estimate:
    """What is left of a given whole: as uncertain as the part taken away."""
    return Estimate(value=whole - part.value, error=part.error, freedom=part.freedom)

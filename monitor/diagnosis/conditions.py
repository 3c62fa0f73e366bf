"""What the verdict asks of the facts, one question a function: each answers yes only where the data surely say so."""

from __future__ import annotations

from monitor.diagnosis.facts import Facts, Local, RateFacts
from monitor.diagnosis.parts import PartsOfMove
from monitor.diagnosis.split import LEVEL, Estimate
from monitor.diagnosis.verdict import Form, Move
from monitor.types import Direction

LOPSIDED = 1 / 3
"""The part of a move that one place may surely have beyond the rest before it is no general one."""
SURELY = 0.995
"""The one-sided level for good news: it is looked for every week, and a left turn that is none costs trust."""


def clears(parts: PartsOfMove, name: str, headline: Move) -> bool:
    """Whether the part of that name surely is more than half of the move."""
    part = parts.get(name)
    return part is not None and part.clears_half_of(headline.whole)


def made_by(parts: PartsOfMove, name: str, headline: Move, win: RateFacts) -> bool:
    """Whether sellers, or the records, made the move: their part clears half, or stands alone beside what is left."""
    part, left = parts.get(name), win.parts.left if win.parts is not None else None
    if part is None or part.value * headline.whole <= 0:
        return False
    return clears(parts, name, headline) or (left is not None and _stands_alone(part, left))


def described_alone(facts: Facts, headline: Move) -> bool:
    """What accounts described anew made of the move stands alone: by their descriptions nothing surely moved."""
    anew = facts.redescribed
    return anew is not None and anew.made.value * headline.whole > 0 and _stands_alone(anew.made, anew.left)


def core_agrees(win: RateFacts, headline: Move) -> bool:
    """The core tier moved the same way, by at least half of what the whole did within tiers."""
    if win.core is None:
        return True
    return win.core.value * headline.whole > 0 and abs(win.core.value) >= abs(win.split.rate.value) / 2


def model_disagrees(win: RateFacts, headline: Move) -> bool:
    """The model of every deal, with tier and calendar held still, does not see a change this way."""
    return win.model is not None and not (win.model.clears_zero() and win.model.value * headline.whole > 0)


def outside_only(win: RateFacts, direction: Direction) -> bool:
    """The tiers outside the core moved and the core did not."""
    if win.core is None or win.outside is None:
        return False
    sign = 1 if direction == "up" else -1
    outside_moved = win.outside.clears_zero() and win.outside.value * sign > 0
    core_moved = win.core.value * sign > 0 and abs(win.core.value) >= abs(win.outside.value) / 2
    return outside_moved and not core_moved


def alone(headline: Move, facts: RateFacts) -> Local | None:
    """The one slice that carries the change, if one does: by its own series, or by its part of the whole."""
    local = facts.local
    if local is None:
        return None
    if headline.key.contrast:
        return local if not local.part.value * local.rest.value > 0 or _small_rest(local) else None
    whole = local.part.value + local.rest.value
    if not local.part.clears_zero(local.level):
        return None
    carried = local.of_whole.clears_half_of(whole) and _small_rest(local)
    return local if carried or _stands_alone(local.part, local.rest) else None


def _stands_alone(part: Estimate, rest: Estimate) -> bool:
    """The contrast speaks: the part surely moved, further than the rest, and the rest did not surely move at all."""
    return part.clears_zero(SURELY) and abs(part.value) > abs(rest.value) and not rest.clears_zero()


def _small_rest(local: Local) -> bool:
    """Whether the rest moved less than half of what the slice's part came to, or not at all for certain."""
    return abs(local.rest.value) < abs(local.part.value) / 2 or not local.rest.clears_zero()


def general(win: RateFacts, headline: Move) -> bool:
    """Most places moved the same way, and what is left without the one that moved most surely moved as well."""
    if not all(2 * b.moved > b.of for b in win.breadth if b.of_places):
        return False
    local = win.local
    if local is None or headline.key.contrast:
        return True
    whole = local.part.value + local.rest.value
    if local.part.clears_zero(local.level) and local.part.value / whole > LOPSIDED:
        return False
    same_way = local.rest.value * headline.whole > 0 and local.rest.clears_zero()
    return same_way and abs(local.rest.value) >= abs(whole) / 2


def form_of_mix(facts: Facts) -> Form | None:
    """Whether a mix that moved away from the core did so because core-fit deals stopped coming."""
    demand = facts.demand
    if demand is None:
        return None
    stays_away = demand.core.clears_zero() and demand.core.value < 0
    more_elsewhere = rose(demand.outside)
    return "fewer_come" if stays_away and not more_elsewhere else None


def looks_elsewhere(facts: Facts) -> bool:
    """Deals outside the profile surely became more, and relatively more than those of the core."""
    demand = facts.demand
    return (
        demand is not None and rose(demand.outside, SURELY) and demand.outside.value > 2 * demand.core.value
    )


def surely_cheaper(facts: Facts) -> bool:
    """Discounts of like deals surely deepened, whether or not that alarmed by itself."""
    return facts.price is not None and rose(facts.price.split.rate, SURELY)


def cheaper(facts: Facts) -> bool:
    """What is paid for the whole surely fell, by deeper discounts or by another mix."""
    return facts.price is not None and rose(facts.price.split.whole)


def win_rate_holds(facts: Facts) -> bool:
    """Within tiers, no fewer of the deals are won; also where nothing is known of it."""
    return facts.win is None or not (facts.win.split.rate.clears_zero() and facts.win.split.rate.value < 0)


def rose(change: Estimate, level: float = LEVEL) -> bool:
    """Whether a change surely is one upwards."""
    return change.value > 0 and change.clears_zero(level)

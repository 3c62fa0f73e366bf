"""From facts to one verdict: a cause is named only when the interval of its share clears half of the move.

Shares are in the unit of the headline and add up to after minus before; what the data cannot identify is None. Their
intervals take the move as given: how large it is has an interval of its own.
A forced label costs more trust than `unclear`, so every branch that does not clear ends there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal

from monitor.diagnosis.facts import Breadth, Local, RateFacts, VolumeFacts
from monitor.diagnosis.redefined import Redefined
from monitor.diagnosis.rivals import Rival
from monitor.diagnosis.split import LEVEL, Estimate
from monitor.types import Direction, SeriesKey, Verdict

OF_PRICE = ("price_realisation", "price_per_unit")
SHARES = ("market", "mix", "price", "people", "recording")
Form = Literal["fewer_come", "choose_others", "known_cause"]
"""Of a market shift, which kind; of an unclear cause, that an event on record came with it."""
LOPSIDED = 1 / 3
"""The part of a move that one place may surely have beyond the rest before it is no general one."""
NOTHING = Estimate(value=0.0, error=0.0, freedom=1.0)
SELLERS = "sellers who came or went"
SURELY = 0.995
"""The one-sided level for good news: it is looked for every week, and a left turn that is none costs trust."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One finding's change, as the verdict needs it: before and after are unadjusted."""

    key: SeriesKey
    kind: str
    before: float
    after: float

    @property
    def whole(self) -> float:
        """After minus before."""
        return self.after - self.before

    @property
    def direction(self) -> Direction:
        """Which way it went."""
        return "up" if self.whole > 0 else "down"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A family that moved around the change: by how much (in the unit of its series), and when."""

    metric: str
    kind: str
    size: float
    started_on: date
    between: tuple[date, date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known about each family of evidence around one change; None where it cannot be.

    rivals   the known causes near its date; order: the families that moved, the first to move first
    """

    win: RateFacts | None = None
    price: RateFacts | None = None
    fit: RateFacts | None = None
    demand: VolumeFacts | None = None
    has_profile: bool = True
    redefined: Redefined | None = None
    rivals: tuple[Rival, ...] = ()
    order: tuple[Moved, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The verdict with its shares. `form` says of a market shift which kind; `place` where, if in one place."""

    verdict: Verdict
    form: Form | None = None
    place: Mapping[str, str] | None = None
    shares: Mapping[str, float | None] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    breadth: Breadth | None = None


def name_cause(moves: Sequence[Move], facts: Facts) -> Cause:
    """The cause of the inflection whose findings are `moves`, the headline first.

    The market is not named while a known cause fits the date.
    """
    headline = moves[0]
    cause = _by_kind(headline, moves, facts)
    if cause.verdict == "market_shift" and any(rival.says == "fits" for rival in facts.rivals):
        return replace(cause, verdict="unclear", form="known_cause")
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
    return _cause("unclear", headline, {"market": None})


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


def _of_win_rate(headline: Move, moves: Sequence[Move], facts: Facts) -> Cause:
    win = facts.win
    if win is None:
        return _cause("unclear", headline, {"market": None})
    parts = _parts_of(headline, win, facts, rest="market")
    breadth = _widest(win.breadth)
    if _made_by(parts, "recording", headline, win):
        return _cause("recording", headline, parts, breadth=breadth)
    local = _alone(headline, win)
    ours = _made_by(parts, "people", headline, win)
    if local is not None and (ours or _clears(parts, "market", headline)):
        place = _place(local)
        return _cause(_verdict_of_place(headline, facts), headline, parts, place=place, breadth=breadth)
    if ours:
        return _cause("internal", headline, parts, place={"team": SELLERS}, breadth=breadth)
    if _clears(parts, "mix", headline):
        return _cause(
            _verdict_of_mix(moves, facts), headline, parts, form=_form_of_mix(facts), breadth=breadth
        )
    if not _clears(parts, "market", headline) or _model_disagrees(win, headline):
        return _cause("unclear", headline, parts, breadth=breadth)
    if _outside_only(win, headline.direction):
        verdict: Verdict = "left_turn" if headline.direction == "up" else "unclear"
        return _cause(verdict, headline, parts, breadth=breadth)
    if _core_agrees(win, headline) and _general(win, headline):
        return _cause("market_shift", headline, parts, form="choose_others", breadth=breadth)
    return _cause("unclear", headline, parts, breadth=breadth)


def _parts_of(headline: Move, facts: RateFacts, around: Facts, *, rest: str) -> dict[str, Estimate | None]:
    """The parts of a mean's move: what recording, mix and people made of it, and what is left for `rest`."""
    split = facts.parts
    if split is None:
        mix = facts.split.mix_of_whole if not headline.key.segment else NOTHING
        return {"mix": mix, rest: _remainder(headline.whole, mix)}
    made = around.redefined.made if around.redefined is not None else split.recording
    taken = made.value + split.mix.value + (split.people.value if split.people else 0.0)
    left = Estimate(value=headline.whole - taken, error=split.rest.error, freedom=split.rest.freedom)
    return {"recording": made, "mix": split.mix, "people": split.people, rest: left}


def _made_by(parts: Mapping[str, Estimate | None], name: str, headline: Move, win: RateFacts) -> bool:
    """Whether sellers, or the records, made the move: their part clears half, or stands alone beside what is left."""
    part, left = parts.get(name), win.parts.left if win.parts is not None else None
    if part is None or part.value * headline.whole <= 0:
        return False
    return _clears(parts, name, headline) or (left is not None and _stands_alone(part, left))


def _clears(parts: Mapping[str, Estimate | None], name: str, headline: Move) -> bool:
    part = parts.get(name)
    return part is not None and part.clears_half_of(headline.whole)


def _of_fit_mix(headline: Move, moves: Sequence[Move], facts: Facts) -> Cause:
    demand = facts.demand
    if demand is None:
        return _cause("unclear", headline, {"market": None, "mix": None})
    made = _recorded(facts)
    if made.clears_half_of(headline.whole):
        return _cause("recording", headline, _beside(made, headline, demand))
    parts = _beside(made, headline, demand)
    if _clears(parts, "mix", headline):
        return _cause(_verdict_of_mix(moves, facts), headline, parts)
    if _clears(parts, "market", headline):
        return _cause("market_shift", headline, parts, form="fewer_come")
    return _cause("unclear", headline, parts)


def _recorded(facts: Facts) -> Estimate:
    """What the records alone made of a move of the core share: another definition, or a hand that came."""
    if facts.redefined is not None:
        return facts.redefined.made
    return facts.fit.parts.recording if facts.fit is not None and facts.fit.parts is not None else NOTHING


def _beside(made: Estimate, headline: Move, demand: VolumeFacts) -> dict[str, Estimate | None]:
    """The parts of a move of the core share: recording, and what is left by who moved."""
    parts = _shares_of_fit(headline.whole - made.value, demand)
    return {"recording": made, **(parts or {"market": None, "mix": None})}


def _of_discount(headline: Move, moves: Sequence[Move], facts: Facts) -> Cause:
    price = facts.price
    if price is None:
        return _cause("unclear", headline, {"price": None})
    parts = _parts_of(headline, price, facts, rest="price")
    local = _alone(headline, price)
    if local is None and _clears(parts, "people", headline):
        return _cause("internal", headline, parts, place={"team": SELLERS})
    if not _clears(parts, "price", headline) or headline.direction == "down":
        return _cause("unclear", headline, parts)
    if local is not None:
        return _cause("internal", headline, parts, place=_place(local))
    drifted = any(m.kind == "fit_mix" and m.direction == "down" for m in moves) or _looks_elsewhere(facts)
    verdict: Verdict = "commodity_drift" if drifted and _win_rate_holds(facts) else "price_erosion"
    return _cause(verdict, headline, parts, breadth=_widest(price.breadth))


def _of_volume(headline: Move, facts: Facts) -> Cause:
    demand = facts.demand
    if headline.key.segment:
        verdict = _verdict_of_place(headline, facts) if headline.direction == "up" else "internal"
        return _cause(verdict, headline, {"market": None}, place=dict(headline.key.segment))
    if demand is None or not facts.has_profile:
        return _cause("unclear", headline, {"market": None})
    recorded = demand.recorded or NOTHING
    outside = headline.whole - demand.core_change - recorded.value
    scale = abs(headline.before)
    parts: dict[str, Estimate | None] = {
        "recording": recorded,
        "market": Estimate(
            value=demand.core_change, error=scale * demand.core.error, freedom=demand.core.freedom
        ),
        "mix": Estimate(value=outside, error=scale * demand.outside.error, freedom=demand.outside.freedom),
    }
    if recorded.clears_half_of(headline.whole):
        return _cause("recording", headline, parts)
    fell = demand.core.clears_zero() and demand.core.value < 0
    if headline.direction == "down" and fell and demand.core.value <= demand.outside.value / 2:
        return _cause("market_shift", headline, parts, form="fewer_come")
    if headline.direction == "up" and _clears(parts, "mix", headline):
        return _cause(_verdict_outside(facts), headline, parts)
    return _cause("unclear", headline, parts)


def _shares_of_fit(whole: float, demand: VolumeFacts) -> dict[str, Estimate] | None:
    """The move of the core share, split by who moved: core-fit deals (market) or those outside (mix).

    The log odds of the core share change by d_core - d_outside; each side's part of the share's move is in
    proportion (the logarithmic mean Divisia split, exact in two factors).
    """
    gap = demand.core.value - demand.outside.value
    if abs(gap) < 0.05:
        return None
    fraction = demand.core.value / gap
    by_core, by_outside = -demand.outside.value / gap**2, demand.core.value / gap**2
    error = (
        abs(whole) * ((by_core * demand.core.error) ** 2 + (by_outside * demand.outside.error) ** 2) ** 0.5
    )
    freedom = min(demand.core.freedom, demand.outside.freedom)
    return {
        "market": Estimate(value=whole * fraction, error=error, freedom=freedom),
        "mix": Estimate(value=whole * (1.0 - fraction), error=error, freedom=freedom),
    }


def _verdict_of_mix(moves: Sequence[Move], facts: Facts) -> Verdict:
    """A change of mix: the company looked elsewhere, unless its core customers stopped coming."""
    if _form_of_mix(facts) == "fewer_come":
        return "market_shift"
    cheaper = any(m.kind == "discount" and m.direction == "up" for m in moves) or _surely_cheaper(facts)
    if cheaper and _win_rate_holds(facts):
        return "commodity_drift"
    return _verdict_outside(facts) if moves[0].whole < 0 else "focus_drift"


def _verdict_outside(facts: Facts) -> Verdict:
    """More deals outside the profile: a left turn only if they are also won more often, at no lower price."""
    win = facts.win
    won_more = win is not None and any(
        one is not None and _rose(one, SURELY) for one in (win.beyond, win.outside)
    )
    cheaper = facts.price is not None and _rose(facts.price.split.whole)
    return "left_turn" if won_more and not cheaper else "focus_drift"


def _verdict_of_place(headline: Move, facts: Facts) -> Verdict:
    """One place that rises while price holds is an opportunity; anything else in one place is internal."""
    cheaper = facts.price is not None and _rose(facts.price.split.whole)
    return "left_turn" if headline.direction == "up" and not cheaper else "internal"


def _form_of_mix(facts: Facts) -> Form | None:
    """Whether a mix that moved away from the core did so because core-fit deals stopped coming."""
    demand = facts.demand
    if demand is None:
        return None
    stays_away = demand.core.clears_zero() and demand.core.value < 0
    looks_elsewhere = demand.outside.clears_zero() and demand.outside.value > 0
    return "fewer_come" if stays_away and not looks_elsewhere else None


def _looks_elsewhere(facts: Facts) -> bool:
    """Deals outside the profile surely became more, and relatively more than those of the core."""
    demand = facts.demand
    return (
        demand is not None and _rose(demand.outside, SURELY) and demand.outside.value > 2 * demand.core.value
    )


def _surely_cheaper(facts: Facts) -> bool:
    """Discounts of like deals surely deepened, whether or not that alarmed by itself."""
    return facts.price is not None and _rose(facts.price.split.rate, SURELY)


def _win_rate_holds(facts: Facts) -> bool:
    return facts.win is None or not (facts.win.split.rate.clears_zero() and facts.win.split.rate.value < 0)


def _rose(change: Estimate, level: float = LEVEL) -> bool:
    return change.value > 0 and change.clears_zero(level)


def _core_agrees(win: RateFacts, headline: Move) -> bool:
    """The core tier moved the same way, by at least half of what the whole did within tiers."""
    if win.core is None:
        return True
    return win.core.value * headline.whole > 0 and abs(win.core.value) >= abs(win.split.rate.value) / 2


def _model_disagrees(win: RateFacts, headline: Move) -> bool:
    """The model of every deal, with tier and calendar held still, does not see a change this way."""
    return win.model is not None and not (win.model.clears_zero() and win.model.value * headline.whole > 0)


def _outside_only(win: RateFacts, direction: Direction) -> bool:
    """The tiers outside the core moved and the core did not."""
    if win.core is None or win.outside is None:
        return False
    sign = 1 if direction == "up" else -1
    outside_moved = win.outside.clears_zero() and win.outside.value * sign > 0
    core_moved = win.core.value * sign > 0 and abs(win.core.value) >= abs(win.outside.value) / 2
    return outside_moved and not core_moved


def _alone(headline: Move, facts: RateFacts) -> Local | None:
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


def _general(win: RateFacts, headline: Move) -> bool:
    """Most places moved the same way, and what is left without the one that moved most surely moved as well."""
    if not all(2 * b.moved > b.of for b in win.breadth):
        return False
    local = win.local
    if local is None or headline.key.contrast:
        return True
    whole = local.part.value + local.rest.value
    if local.part.clears_zero(local.level) and local.part.value / whole > LOPSIDED:
        return False
    same_way = local.rest.value * headline.whole > 0 and local.rest.clears_zero()
    return same_way and abs(local.rest.value) >= abs(whole) / 2


def _small_rest(local: Local) -> bool:
    """Whether the rest moved less than half of what the slice's part came to, or not at all for certain."""
    return abs(local.rest.value) < abs(local.part.value) / 2 or not local.rest.clears_zero()


def _place(local: Local) -> Mapping[str, str]:
    return {local.dimension: local.value}


def _widest(breadths: Sequence[Breadth]) -> Breadth | None:
    return max(breadths, key=lambda b: b.of, default=None)


def _remainder(whole: float, part: Estimate) -> Estimate:
    """What is left of a given whole: as uncertain as the part taken away."""
    return Estimate(value=whole - part.value, error=part.error, freedom=part.freedom)


def _cause(
    verdict: Verdict,
    headline: Move,
    parts: Mapping[str, Estimate | None],
    *,
    form: Form | None = None,
    place: Mapping[str, str] | None = None,
    breadth: Breadth | None = None,
) -> Cause:
    shares: dict[str, float | None] = dict.fromkeys(SHARES)
    intervals: dict[str, tuple[float, float] | None] = dict.fromkeys(SHARES)
    for name, part in parts.items():
        if part is not None:
            shares[name], intervals[name] = part.value, (part.low, part.high)
    if headline.key.contrast and place is None:
        place = dict(headline.key.segment)
    return Cause(
        verdict=verdict,
        form=form if verdict == "market_shift" else None,
        place=place if verdict in ("internal", "left_turn") else None,
        shares=shares,
        intervals=intervals,
        breadth=breadth,
    )

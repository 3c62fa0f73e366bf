"""What is known around a change, whatever series raised it: the facts that every verdict is read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from monitor.diagnosis.attribution import Parts
from monitor.diagnosis.basket import Basket
from monitor.diagnosis.recording import Signal
from monitor.diagnosis.redefined import Redefined
from monitor.diagnosis.redescribed import Redescribed
from monitor.diagnosis.rivals import Rival
from monitor.diagnosis.shape import Shape
from monitor.diagnosis.split import Estimate, Split

SELLERS = "owner"
"""The dimension of sellers, who are looked at beside the segments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """The part of a change that one slice has over the rest: contribution = share (slice change - rest change).

    `of_whole` is the same part with the size of the whole taken as given.
    """

    dimension: str
    value: str
    part: Estimate
    of_whole: Estimate
    rest: Estimate
    level: float
    """The one-sided level that allows for having picked the largest of many slices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breadth:
    """Along one dimension, how many values moved the way the whole did.

    share           the expected share of values whose true change goes that way: each value's chance is that of a
                    normal posterior with a flat prior; `between` its 90 % interval (Poisson-binomial, by its normal)
    concentration   Herfindahl index of the values' parts in the move: 1 / of where all have the same, 1 where one
                    carries it
    """

    dimension: str
    moved: int
    of: int
    share: float | None = None
    between: tuple[float, float] | None = None
    concentration: float | None = None

    @property
    def of_places(self) -> bool:
        """Whether it is of places and not of sellers."""
        return self.dimension != SELLERS


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFacts:
    """A mean-like metric: its split over strata, the core tier's and the other tiers' own change, its places.

    The strata are the tiers, unless the metric is adjusted for something else. `parts` is of the deals that the
    finding is about, everything else of the company's; `beyond` is the tier outside the profile proper.
    """

    split: Split
    core: Estimate | None
    outside: Estimate | None
    local: Local | None
    breadth: tuple[Breadth, ...]
    model: Estimate | None = None
    """Of a win rate: the same change by a binomial GLM; None where there is none to be had."""
    parts: Parts | None = None
    mix_over: Mapping[str, Estimate] = field(default_factory=dict)
    """By segment dimension: what the mix over its values made of the whole move, taken by itself."""
    signals: tuple[Signal, ...] = ()
    beyond: Estimate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeFacts:
    """Counts a week: ln(after / before) of core-fit deals, of those outside, of all; and weekly means.

    `recorded` is the change a week of deals by hands that only came in between, such as an import.
    """

    core: Estimate
    outside: Estimate
    whole: Estimate
    core_change: float
    outside_change: float
    recorded: Estimate | None = None


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
    relabelled   of a place's count: what labels that ended and began made of its move
    shape    the form of the headline's change in time; money: what won deals brought in a week, and why it moved
    """

    win: RateFacts | None = None
    price: RateFacts | None = None
    fit: RateFacts | None = None
    demand: VolumeFacts | None = None
    has_profile: bool = True
    redefined: Redefined | None = None
    redescribed: Redescribed | None = None
    relabelled: Estimate | None = None
    rivals: tuple[Rival, ...] = ()
    order: tuple[Moved, ...] = ()
    shape: Shape | None = None
    money: Basket | None = None

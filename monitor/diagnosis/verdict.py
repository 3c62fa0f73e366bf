"""What goes into a verdict and what comes out: the moves of an inflection, and its cause with shares.

Shares are in the unit of the headline and add up to after minus before; what the data cannot identify is None. Their
intervals take the move as given: how large it is has an interval of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from monitor.diagnosis.facts import Breadth
from monitor.diagnosis.rivals import Rival
from monitor.diagnosis.split import Estimate
from monitor.types import Direction, SeriesKey, Verdict

SHARES = ("market", "mix", "price", "people", "recording")
Form = Literal["fewer_come", "choose_others", "known_cause"]
"""Of a market shift, which kind; of an unclear cause, that an event on record came with it."""


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
class Cause:
    """The verdict with its shares. `form` says of a market shift which kind; `place` where, if in one place.

    `rivals` are the known causes near its date, each with what the date says of it; `took` the weeks of a change that
    surely came bit by bit, whose date is then its middle.
    """

    verdict: Verdict
    form: Form | None = None
    place: Mapping[str, str] | None = None
    shares: Mapping[str, float | None] = field(default_factory=dict)
    intervals: Mapping[str, tuple[float, float] | None] = field(default_factory=dict)
    breadth: Breadth | None = None
    rivals: tuple[Rival, ...] = ()
    took: int | None = None


def cause_of(
    verdict: Verdict,
    headline: Move,
    parts: Mapping[str, Estimate | None],
    *,
    form: Form | None = None,
    place: Mapping[str, str] | None = None,
    breadth: Breadth | None = None,
) -> Cause:
    """The verdict with the parts of the move as shares; form and place only where the verdict has them."""
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

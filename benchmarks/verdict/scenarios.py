"""The scenarios that verdicts are measured on: what happens to the company, and what it must be called.

Sizes are twice what the demo's configuration says matters: 12 points of win rate within tiers (and whatever else a
scenario needs to be of that rank). Every company has batches, month-end clean-ups, quarter ends and leavers besides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from monitor.demo.company import FIRST_DAY
from monitor.demo.forces import Force

FIRST_WEEK, PLACES = 52, 13
"""A scenario begins in one of so many weeks from the first on, by its seed: no place in the quarter is favoured."""
FULL_SIZE = 0.12
OUTSIDE = ("out",)
CORE = ("A",)

Forces = Callable[[date, float], tuple[Force, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One thing that happens. `size` of its forces is in points of win rate, or stands for twice what matters.

    verdicts   any of these is right
    never      what it must not be called
    shares     of a mixed case: each cause's part of the whole move
    more       lines of configuration that go with it, `{on}` being the day it begins
    """

    name: str
    says: str
    verdicts: tuple[str, ...]
    forces: Forces
    never: tuple[str, ...] = ("market_shift",)
    shares: Mapping[str, float] = field(default_factory=dict)
    more: str = ""


def begins(seed: int) -> date:
    """The first day of the week in which a seed's scenario begins."""
    return FIRST_DAY + timedelta(weeks=FIRST_WEEK + seed % PLACES)


def _more_outside(size: float) -> float:
    """The factor of deals outside the profile that goes with a size: 2.4 at the full one (16 points of mix)."""
    return 1 + 1.4 * size / FULL_SIZE


SCENARIOS: dict[str, Scenario] = {
    one.name: one
    for one in (
        Scenario(
            name="market_shift",
            says="win rates fall in every tier",
            verdicts=("market_shift",),
            never=(),
            forces=lambda on, size: (Force(acts_on="win", size=-size, begins=on),),
        ),
        Scenario(
            name="stays_away",
            says="core-fit deals come less, those outside as before",
            verdicts=("market_shift",),
            never=(),
            forces=lambda on, size: (
                Force(acts_on="created", size=1 - 0.45 * size / FULL_SIZE, begins=on, tiers=CORE),
            ),
        ),
        Scenario(
            name="left_turn",
            says="more deals from outside, won more often, at a smaller discount",
            verdicts=("left_turn",),
            forces=lambda on, size: (
                Force(acts_on="created", size=_more_outside(size), begins=on, tiers=OUTSIDE),
                Force(acts_on="win", size=2.5 * size, begins=on, tiers=OUTSIDE),
                Force(acts_on="discount", size=-size / 6, begins=on, tiers=OUTSIDE),
            ),
        ),
        Scenario(
            name="focus_drift",
            says="more deals from outside the profile",
            verdicts=("focus_drift",),
            forces=lambda on, size: (
                Force(acts_on="created", size=_more_outside(size), begins=on, tiers=OUTSIDE),
            ),
        ),
        Scenario(
            name="price_erosion",
            says="discounts deepen everywhere",
            verdicts=("price_erosion",),
            forces=lambda on, size: (Force(acts_on="discount", size=size / 3, begins=on),),
        ),
        Scenario(
            name="commodity_drift",
            says="more deals from outside at deeper discounts, win rates up",
            verdicts=("commodity_drift",),
            forces=lambda on, size: (
                Force(acts_on="created", size=_more_outside(size), begins=on, tiers=OUTSIDE),
                Force(acts_on="discount", size=size / 3, begins=on),
                Force(acts_on="win", size=size / 4, begins=on),
            ),
        ),
        Scenario(
            name="internal_place",
            says="one region wins less, the others as before",
            verdicts=("internal",),
            forces=lambda on, size: (Force(acts_on="win", size=-1.5 * size, begins=on, region="EMEA"),),
        ),
        Scenario(
            name="internal_people",
            says="half of the sellers are replaced, and newcomers win a quarter of what they did",
            verdicts=("internal",),
            forces=lambda on, size: (Force(acts_on="sellers", size=-1.5 * size, begins=on, share=1 / 2),),
        ),
        Scenario(
            name="recording_imports",
            says="an integration begins to record raw leads as deals",
            verdicts=("recording",),
            forces=lambda on, size: (Force(acts_on="imports", size=50 * size / FULL_SIZE, begins=on),),
        ),
        Scenario(
            name="recording_profile",
            says="the profile's definition of mid-market is narrowed",
            verdicts=("recording",),
            forces=lambda on, size: (),  # noqa: ARG005
            more=(
                "  - effective: {on}\n"
                "    criteria:\n"
                "      - {{name: Right industry, where: {{industry: [Software, Financial Services, Healthcare]}}, "
                "weight: 3}}\n"
                "      - {{name: Mid-market, where: {{employees: {{between: [500, 5000]}}}}, weight: 2}}\n"
                "    tiers: {{A: 0.8, B: 0.5}}\n"
                "    core: [A]\n"
                "    score: at_creation\n"
                "    missing: unknown\n"
            ),
        ),
        Scenario(
            name="shock",
            says="win rates fall for five weeks and are back",
            verdicts=("shock",),
            forces=lambda on, size: (
                Force(acts_on="win", size=-1.5 * size, begins=on, ends=on + timedelta(weeks=5)),
            ),
        ),
        Scenario(
            name="ordered",
            says="win rates fall with a change of the company's own that is on record",
            verdicts=("internal", "unclear"),
            forces=lambda on, size: (Force(acts_on="win", size=-size, begins=on),),
            more="events:\n  - {{on: {on}, name: New price list}}\n",
        ),
        Scenario(
            name="mixed_mix",
            says="win rates fall in every tier, and more deals come from outside",
            verdicts=("market_shift", "unclear"),
            never=(),
            forces=lambda on, size: (
                Force(acts_on="win", size=-2 * size / 3, begins=on),
                Force(acts_on="created", size=1 + 2.5 * size / FULL_SIZE, begins=on, tiers=OUTSIDE),
            ),
            # the split of 12 to 24 weeks of a company of 1,500 deals a week: what is decided follows what is created
            shares={"mix": 0.24, "market": 0.76},
        ),
        Scenario(
            name="mixed_people",
            says="win rates fall in every tier, and half of the sellers are replaced by weaker ones",
            verdicts=("market_shift", "internal", "unclear"),
            never=(),
            forces=lambda on, size: (
                Force(acts_on="win", size=-2 * size / 3, begins=on),
                Force(acts_on="sellers", size=-size, begins=on, share=1 / 2),
            ),
            shares={"people": 3 / 7, "market": 4 / 7},
        ),
        Scenario(
            name="null",
            says="nothing happens",
            verdicts=(),
            forces=lambda on, size: (),  # noqa: ARG005
        ),
    )
}

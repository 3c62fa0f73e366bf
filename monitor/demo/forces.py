"""What can happen to a simulated company, one force each: the ground truth that verdicts are measured against.

A force acts on one thing from a day on. Several together make a mixed case whose parts are known. Without forces the
simulator draws exactly what it draws for the demo.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from monitor.demo.company import TIERS, Company
from monitor.demo.rhythm import BoolArray, FloatArray, IntArray, day_of
from monitor.demo.sellers import Sellers

ActsOn = Literal["win", "created", "discount", "sellers", "imports"]
REORGANISED_OVER = 21
"""Days over which the sellers of one reorganisation change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Force:
    """One thing that happens to a company.

    acts_on   win       points of win rate, each tier in proportion to how much it wins
              created   the factor by which deals of `tiers` are created
              discount  points of discount
              sellers   points of win rate that newcomers stay behind, who take over `share` of the seats
              imports   deals a week that an integration creates and that are nearly all lost
    ends      the first day on which it is over; None: it lasts
    tiers     the tiers it touches; region: the one region it touches, None for all
    """

    acts_on: ActsOn
    size: float
    begins: date
    ends: date | None = None
    tiers: tuple[str, ...] = TIERS
    region: str | None = None
    share: float = 1.0

    def during(self, day: IntArray) -> BoolArray:
        """Whether each day of the export lies in the force's time."""
        last = np.inf if self.ends is None else day_of(self.ends)
        return (day >= day_of(self.begins)) & (day < last)

    def touches(self, company: Company, tier: IntArray, region: IntArray) -> BoolArray:
        """Whether each deal is of the force's tiers and region."""
        touched: BoolArray = np.isin(tier, [TIERS.index(name) for name in self.tiers])
        return touched if self.region is None else touched & (region == company.regions.index(self.region))


def reshaped(shares: FloatArray, day: IntArray, forces: Sequence[Force]) -> FloatArray:
    """Creations by day and tier, relative to an ordinary day's total, with the forces on creation."""
    changed = shares.copy()
    for force in forces:
        if force.acts_on == "created":
            touched = np.isin(np.arange(len(TIERS)), [TIERS.index(name) for name in force.tiers])
            changed *= np.where(force.during(day)[:, None] & touched, force.size, 1.0)
    return changed


def on_winning(
    company: Company, sellers: Sellers, forces: Sequence[Force], tier: IntArray, region: IntArray, seat: IntArray,
    at: IntArray,
) -> FloatArray:  # fmt: skip
    """Points of win rate that the forces add to deals decided on the days `at`."""
    level = float(np.dot(company.tier_shares, company.win_rates))
    by_tier = np.asarray(company.win_rates)[tier] / level / (1 - company.stale_share)
    effect = np.zeros(at.size)
    for force in forces:
        if force.acts_on == "win":
            here = force.during(at) & force.touches(company, tier, region)
            effect += np.where(here, force.size * by_tier, 0.0)
        if force.acts_on == "sellers":
            new = (
                sellers.later(seat, at) & force.during(at) & (sellers.handover[seat] >= day_of(force.begins))
            )
            effect += np.where(new, force.size * by_tier, 0.0)
    return effect


def on_discount(
    company: Company, forces: Sequence[Force], tier: IntArray, region: IntArray, at: IntArray
) -> FloatArray:
    """Points of discount that the forces add to deals closed on the days `at`."""
    effect = np.zeros(at.size)
    for force in forces:
        if force.acts_on == "discount":
            effect += np.where(force.during(at) & force.touches(company, tier, region), force.size, 0.0)
    return effect


def reorganised(rng: np.random.Generator, sellers: Sellers, forces: Sequence[Force]) -> Sellers:
    """The sellers after every reorganisation: a share of the seats changes hands within three weeks."""
    for force in forces:
        if force.acts_on != "sellers":
            continue
        seats = len(sellers.share)
        leaving = rng.choice(seats, size=round(force.share * seats), replace=False)
        handover = sellers.handover.copy()
        handover[leaving] = day_of(force.begins) + rng.integers(0, REORGANISED_OVER, leaving.size)
        sellers = replace(sellers, handover=handover)
    return sellers

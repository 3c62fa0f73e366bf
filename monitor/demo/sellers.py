"""The demo company's sellers: who holds which seat, how well they sell, who left and who came."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.demo.company import Company
from monitor.demo.rhythm import BoolArray, FloatArray, IntArray

FIRST_NAMES = (
    "Ada", "Bruno", "Chloe", "Dario", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaja", "Liam", "Mara",
    "Nils", "Oona", "Pavel", "Quinn", "Rosa", "Samir", "Tessa", "Uma", "Viktor", "Wanda", "Yusuf", "Zoe",
)  # fmt: skip
LAST_NAMES = (
    "Abel", "Brandt", "Castell", "Duarte", "Eriksen", "Falk", "Gruber", "Holm", "Ivers", "Janssen", "Keller",
    "Lindt", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Sato", "Thorne", "Ueda", "Vance", "Weber",
    "Yilmaz", "Zeller",
)  # fmt: skip
NEVER = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sellers:
    """The seats of the sales team, arrays over seats (region by region).

    share      of its region's deals that a seat works on
    skill      points of win rate above the company, of the first holder and of the successor
    handover   the day the successor takes over; NEVER if nobody left
    names      of the first holder and of the successor
    """

    region: IntArray
    share: FloatArray
    skill: FloatArray
    handover: IntArray
    names: tuple[tuple[str, ...], tuple[str, ...]]

    def assign(self, rng: np.random.Generator, region: IntArray) -> IntArray:
        """A seat in the region of each deal."""
        seat = np.empty(region.size, dtype=np.int64)
        for code in np.unique(self.region):
            here = np.flatnonzero(region == code)
            seats = np.flatnonzero(self.region == code)
            seat[here] = rng.choice(seats, size=here.size, p=self.share[seats])
        return seat

    def owner(self, seat: IntArray, day: IntArray) -> list[str]:
        """Who holds each seat on each day; deals go to the successor with the seat."""
        successor = self.later(seat, day)
        return [self.names[int(late)][place] for late, place in zip(successor, seat, strict=True)]

    def later(self, seat: IntArray, day: IntArray) -> BoolArray:
        """Whether each seat is held by the successor on each day."""
        return day >= self.handover[seat]


def hire(rng: np.random.Generator, company: Company, days: int) -> Sellers:
    """The team of `company`; its leavers go on days spread over the export's `days`."""
    per_region, regions = company.sellers_per_region, len(company.regions)
    seats = per_region * regions
    share = rng.dirichlet(np.full(per_region, 10.0), size=regions)
    skill = rng.normal(0.0, company.seller_spread, (2, regions, per_region))
    skill -= (skill * share).sum(axis=2, keepdims=True)  # a region is as good as its sellers are on average
    handover = np.full(seats, NEVER)
    leavers = rng.choice(seats, size=company.leavers, replace=False)
    handover[leavers] = rng.integers(0, days, company.leavers)
    names = _names(rng, 2 * seats)
    return Sellers(
        region=np.repeat(np.arange(regions), per_region),
        share=share.ravel(),
        skill=skill.reshape(2, seats),
        handover=handover,
        names=(names[:seats], names[seats:]),
    )


def _names(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    pairs = rng.choice(len(FIRST_NAMES) * len(LAST_NAMES), size=count, replace=False)
    return tuple(
        f"{FIRST_NAMES[pair % len(FIRST_NAMES)]} {LAST_NAMES[pair // len(FIRST_NAMES)]}" for pair in pairs
    )

"""The demo company's market: accounts with a sector and a size, in the profile, beside it or outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from monitor.demo.company import ADJACENT, CORE, OUTSIDE, TIERS, Company
from monitor.demo.rhythm import IntArray

WANTED = ("Software", "Financial Services", "Healthcare")
UNWANTED = ("Retail", "Logistics", "Education", "Hospitality")
MID_MARKET = (200, 5000)
POOL, MOST_REGIONS = (500, 350, 900), 6
"""Accounts of each tier in one region."""

FRONT = (
    "Alder", "Amber", "Birch", "Bright", "Cedar", "Clear", "Copper", "Crown", "East", "Elm", "Fair", "Fern",
    "Glen", "Gold", "Green", "Grey", "Hazel", "High", "Iron", "Ivy", "Lake", "Lark", "Long", "Maple", "Mill",
    "North", "Oak", "Pine", "Quarry", "Red", "River", "Rock", "Silver", "South", "Spring", "Stone", "Summer",
    "Thorn", "West", "White", "Wild", "Willow", "Winter", "Wood",
)  # fmt: skip
BACK = (
    "bank", "bay", "bridge", "brook", "burn", "cliff", "dale", "field", "ford", "gate", "grove", "ham", "haven",
    "hill", "holm", "land", "leigh", "mead", "mere", "moor", "mount", "point", "port", "ridge", "side", "stead",
    "stone", "vale", "view", "water", "well", "wick", "worth", "yard",
)  # fmt: skip
KIND = ("Group", "Partners", "Labs", "Systems", "Works", "& Co", "Holdings", "Collective")


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """The accounts there are; `pools[region][tier]` holds their indices."""

    names: tuple[str, ...]
    sector: tuple[str, ...]
    employees: IntArray
    pools: tuple[tuple[IntArray, ...], ...]

    def pick(self, rng: np.random.Generator, region: IntArray, tier: IntArray) -> IntArray:
        """An account of each deal's region and tier."""
        account = np.empty(region.size, dtype=np.int64)
        for place, by_tier in enumerate(self.pools):
            for level, pool in enumerate(by_tier):
                here = np.flatnonzero((region == place) & (tier == level))
                account[here] = rng.choice(pool, size=here.size)
        return account

    def frame(self) -> pl.DataFrame:
        """The accounts as the CRM exports them: account, sector, employees."""
        return pl.DataFrame(
            {"account": self.names, "sector": self.sector, "employees": self.employees}
        ).with_columns(pl.all().cast(pl.String))


def settle(rng: np.random.Generator, company: Company) -> Market:
    """A market for `company`: A is a wanted sector and mid-market, B the sector alone, the rest is outside."""
    regions = len(company.regions)
    pool = [size * MOST_REGIONS // max(regions, MOST_REGIONS) for size in POOL]
    tier = np.tile(np.repeat(np.arange(len(TIERS)), pool), regions)
    region = np.repeat(np.arange(regions), sum(pool))
    wanted = np.isin(tier, (CORE, ADJACENT))
    sector = np.where(
        wanted, rng.choice(WANTED, tier.size, p=(0.5, 0.3, 0.2)), rng.choice(UNWANTED, tier.size)
    )
    return Market(
        names=_names(rng, tier.size),
        sector=tuple(sector.tolist()),
        employees=_employees(rng, tier),
        pools=tuple(
            tuple(np.flatnonzero((region == place) & (tier == level)) for level in range(len(TIERS)))
            for place in range(regions)
        ),
    )


def _employees(rng: np.random.Generator, tier: IntArray) -> IntArray:
    """Mid-market for A; smaller or larger for B; anything outside."""
    low, high = MID_MARKET
    inside = np.exp(rng.uniform(np.log(low), np.log(high), tier.size))
    small = np.exp(rng.uniform(np.log(10), np.log(low - 1), tier.size))
    large = np.exp(rng.uniform(np.log(high + 1), np.log(60_000), tier.size))
    beside = np.where(rng.random(tier.size) < 0.7, small, large)
    middle = (tier == CORE) | ((tier == OUTSIDE) & (rng.random(tier.size) < 0.5))
    return np.clip(np.where(middle, inside, beside), 5, None).astype(np.int64)


def _names(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    picks = rng.choice(len(FRONT) * len(BACK) * len(KIND), size=count, replace=False)
    front, rest = np.divmod(picks, len(BACK) * len(KIND))
    back, kind = np.divmod(rest, len(KIND))
    return tuple(f"{FRONT[f]}{BACK[b]} {KIND[k]}" for f, b, k in zip(front, back, kind, strict=True))

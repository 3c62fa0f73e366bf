"""Deals that no seller opened: renewals, self-serve sales, and leads that an integration makes deals of.

Renewals and self-serve sales would swamp the win rate if they were not kept apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from monitor.demo.company import TIERS, Company
from monitor.demo.forces import Force
from monitor.demo.new_business import LOST, WON, Deals
from monitor.demo.rhythm import COUNT, FIRST, LAST, IntArray, calendar
from monitor.demo.sellers import Sellers

RENEWAL_TIERS = (0.6, 0.25, 0.15)
SELF_SERVE_TIERS = (0.1, 0.3, 0.6)
LEAD_DAYS = (2, 20)
LEADS_WON = 0.01
RENEWAL_DAYS = (20, 75)


def renewals(rng: np.random.Generator, company: Company, sellers: Sellers) -> Deals:
    """Renewals: opened weeks before they are due, nearly always won."""
    created = _days(rng, company.weekly_renewals)
    due = calendar().working(created + rng.integers(*RENEWAL_DAYS, created.size))
    won = rng.random(created.size) < company.renewal_rate
    return _deals(rng, company, sellers, created, due, np.where(won, WON, LOST), RENEWAL_TIERS)


def self_serve(rng: np.random.Generator, company: Company, sellers: Sellers) -> Deals:
    """Purchases on the web site: won at birth, nobody sold them."""
    created = _days(rng, company.weekly_self_serve)
    return _deals(rng, company, sellers, created, created, np.full(created.size, WON), SELF_SERVE_TIERS)


def imported(rng: np.random.Generator, company: Company, sellers: Sellers, forces: Sequence[Force]) -> Deals:
    """Leads that an integration records as deals, of which nearly nothing becomes a sale."""
    created = np.concatenate(
        [
            days[force.during(days)]
            for force in forces
            if force.acts_on == "imports"
            for days in (_days(rng, force.size),)
        ]
        or [np.empty(0, dtype=np.int64)]
    )
    closed = calendar().working(created + rng.integers(*LEAD_DAYS, created.size))
    outcome = np.where(rng.random(created.size) < LEADS_WON, WON, LOST)
    return _deals(rng, company, sellers, created, closed, outcome, company.tier_shares)


def _days(rng: np.random.Generator, weekly: float) -> IntArray:
    day = np.arange(COUNT) + FIRST
    counts = rng.poisson(weekly / 7 * calendar().creation)
    counts[day > LAST] = 0
    return np.repeat(day, counts)


def _deals(
    rng: np.random.Generator,
    company: Company,
    sellers: Sellers,
    created: IntArray,
    closed: IntArray,
    outcome: IntArray,
    tiers: tuple[float, ...],
) -> Deals:
    size = created.size
    region = rng.choice(len(company.regions), size=size, p=company.region_shares)
    return Deals(
        created=created,
        tier=rng.choice(len(TIERS), size=size, p=tiers),
        region=region,
        product=rng.choice(len(company.products), size=size, p=company.product_shares),
        seat=sellers.assign(rng, region),
        closed=closed,
        outcome=outcome,
        stale=np.zeros(size, dtype=np.bool_),
        rate=np.full(size, np.nan),
    )

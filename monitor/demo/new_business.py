"""New business, deal by deal: creation, cycle, closing day, outcome. This is where changes are planted.

An outcome is drawn in two steps. First from the deal's own win rate (tier, region, product, seller), with a cycle
that depends on it; then, once the closing day is known, what holds on that day (weekly luck, quarter end, a
newcomer in the seat, the market shift) turns some wins into losses or losses into wins. So a shift changes
the outcomes decided from its day on, and neither how many deals are decided nor when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from monitor.demo.company import ADJACENT, CORE, OUTSIDE, TIERS, Company, Plant
from monitor.demo.forces import Force, on_winning, reshaped
from monitor.demo.rhythm import (
    COUNT,
    FIRST,
    LAST,
    FloatArray,
    IntArray,
    calendar,
    day_of,
    rest,
    rush,
    weekly_luck,
)
from monitor.demo.sellers import Sellers

WON, LOST, GONE_DARK, DISQUALIFIED = 0, 1, 2, 3
DAYS_TO = {WON: (36.0, 0.55), LOST: (44.0, 0.60), GONE_DARK: (58.0, 0.60), DISQUALIFIED: (12.0, 0.60)}
"""Median and log standard deviation of the days from creation to each outcome."""
MOST_DAYS = 300
CLEAN_UP_DAYS = 13


@dataclass(slots=True, kw_only=True)
class Deals:
    """Deals as arrays of one length; days count from the first day of the export.

    stale   whether nobody decided the deal, so that the integration user closed it
    rate    the win rate the deal was drawn with, before what held on its closing day
    """

    created: IntArray
    tier: IntArray
    region: IntArray
    product: IntArray
    seat: IntArray
    closed: IntArray
    outcome: IntArray
    stale: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rate: FloatArray


def new_business(
    rng: np.random.Generator,
    company: Company,
    sellers: Sellers,
    changes: tuple[Plant, ...],
    forces: Sequence[Force] = (),
) -> Deals:
    """All new-business deals from a year before the export to its last day, with changes and forces planted."""
    created, tier = _creations(rng, company, changes, forces)
    size = created.size
    region = rng.choice(len(company.regions), size=size, p=company.region_shares)
    product = rng.choice(len(company.products), size=size, p=company.product_shares)
    seat = sellers.assign(rng, region)
    stale = rng.random(size) < company.stale_share
    rate = (np.asarray(company.win_rates)[tier] + np.asarray(company.region_skill)[region]) / (
        1 - company.stale_share
    ) + np.asarray(company.product_skill)[product]
    rate = np.clip(rate + sellers.skill[0, seat], 0.02, 0.9)
    outcome = _first_outcomes(rng, company, rate)
    outcome[stale] = LOST
    deals = Deals(
        created=created,
        tier=tier,
        region=region,
        product=product,
        seat=seat,
        closed=_closings(rng, company, sellers, created, seat, outcome, stale),
        outcome=outcome,
        stale=stale,
        rate=rate,
    )
    _turn(rng, company, sellers, deals, changes, forces)
    return deals


def _creations(
    rng: np.random.Generator, company: Company, changes: tuple[Plant, ...], forces: Sequence[Force]
) -> tuple[IntArray, IntArray]:
    """Day and tier of every creation: Poisson by day and tier, with weekly luck in volume and in mix."""
    day = np.arange(COUNT) + FIRST
    week = np.arange(COUNT) // 7
    volume = np.exp(weekly_luck(rng, company.volume_spread, company.phi))[week]
    core, adjacent, outside = company.tier_shares
    spread = np.sqrt(company.mix_rho * core * (1 - core))
    core_share = np.clip(core + weekly_luck(rng, spread, company.phi), 0.1, 0.9)[week]
    shares = np.empty((COUNT, len(TIERS)))
    shares[:, CORE] = core_share
    shares[:, ADJACENT] = (1 - core_share) * adjacent / (adjacent + outside)
    shares[:, OUTSIDE] = (1 - core_share) * outside / (adjacent + outside)
    for plant in changes:
        if plant.verdict == "focus_drift" and plant.ends is not None:
            during = (day >= day_of(plant.begins)) & (day <= day_of(plant.ends))
            shares[during, OUTSIDE] *= _more_outside(company, plant)
    shares = reshaped(shares, day, forces)
    daily = company.weekly_deals / 7 * calendar().creation * volume
    counts = rng.poisson(daily[:, None] * shares)
    counts[day > LAST] = 0
    return np.repeat(day, counts.sum(axis=1)), np.concatenate([np.repeat(np.arange(3), c) for c in counts])


def _more_outside(company: Company, plant: Plant) -> float:
    """How many times more deals outside the profile bring the core share down by the planted size."""
    core, adjacent, outside = company.tier_shares
    return (core / (core + plant.size) - core - adjacent) / outside


def _first_outcomes(rng: np.random.Generator, company: Company, rate: FloatArray) -> IntArray:
    won = rng.random(rate.size) < rate
    dark = rng.random(rate.size) < company.gone_dark_share
    outcome = np.where(won, WON, np.where(dark, GONE_DARK, LOST))
    outcome[rng.random(rate.size) < company.disqualified_share] = DISQUALIFIED
    return outcome


def _closings(
    rng: np.random.Generator,
    company: Company,
    sellers: Sellers,
    created: IntArray,
    seat: IntArray,
    outcome: IntArray,
    stale: np.ndarray[tuple[int], np.dtype[np.bool_]],
) -> IntArray:
    """The closing day of each deal; a day after the export's last means that the deal is still open."""
    median, spread = (np.array([DAYS_TO[kind][part] for kind in range(4)])[outcome] for part in (0, 1))
    days = company.cycle * np.clip(median * np.exp(spread * rng.normal(size=created.size)), 1, MOST_DAYS)
    close = rest(rng, rush(rng, created + days.astype(np.int64)))
    lost = (outcome == LOST) | (outcome == GONE_DARK)
    close = np.where(lost, _cleaned_up(rng, company, len(sellers.share), seat, close), close)
    close = calendar().working(np.maximum(close, created))
    nightly_job = created + company.stale_age
    tuesday = nightly_job + (1 - nightly_job) % 7
    closed: IntArray = np.where(stale, tuesday, close)
    return closed


def _cleaned_up(
    rng: np.random.Generator, company: Company, seats: int, seat: IntArray, close: IntArray
) -> IntArray:
    """Losses that their owner left lying and closed in one go on the last working day of the month."""
    months = COUNT // 28 + 2
    tidy = rng.random((seats, months)) < company.clean_up_chance
    at = np.clip(close, FIRST, FIRST + COUNT - 1) - FIRST
    left = calendar().left_in_month[at]
    month_end = close + left
    month = (month_end - FIRST) // 30
    batched = tidy[seat, np.clip(month, 0, months - 1)] & (left < CLEAN_UP_DAYS)
    weekday = month_end % 7
    last_working_day = month_end - np.where(weekday >= 5, weekday - 4, 0)
    return np.where(batched, last_working_day, close)


def _turn(
    rng: np.random.Generator,
    company: Company,
    sellers: Sellers,
    deals: Deals,
    changes: tuple[Plant, ...],
    forces: Sequence[Force],
) -> None:
    """Turn some outcomes by what holds on the closing day, in place."""
    at = np.clip(deals.closed, FIRST, FIRST + COUNT - 1)
    level = float(np.dot(company.tier_shares, company.win_rates))
    luck = weekly_luck(rng, float(np.sqrt(company.rho * level * (1 - level))), company.phi)
    effect = luck[(at - FIRST) // 7] + company.quarter_end_lift * calendar().quarter_end(at)
    since = at - sellers.handover[deals.seat]
    effect += np.where(since >= 0, sellers.skill[1, deals.seat] - sellers.skill[0, deals.seat], 0.0)
    effect -= np.where((since >= 0) & (since < company.newcomer_days), company.newcomer_penalty, 0.0)
    for plant in changes:
        if plant.verdict == "market_shift":
            by_tier = plant.size * np.asarray(company.win_rates) / level / (1 - company.stale_share)
            effect += np.where(at >= day_of(plant.begins), by_tier[deals.tier], 0.0)
    effect += on_winning(company, sellers, forces, deals.tier, deals.region, deals.seat, at)
    target = np.clip(deals.rate + effect, 0.01, 0.95)
    luck_of_deal = rng.random(at.size)
    decided = ~deals.stale & (deals.outcome != DISQUALIFIED)
    won = decided & (deals.outcome == WON)
    to_lost = won & (luck_of_deal < 1 - target / deals.rate)
    to_won = decided & ~won & (luck_of_deal < (target - deals.rate) / (1 - deals.rate))
    deals.outcome[to_lost] = LOST
    deals.outcome[to_won] = WON

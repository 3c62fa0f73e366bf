"""The demo company as its CRM would export it on the last day: one frame of deals, one of accounts.

The company exists before the export begins: deals created earlier and closed inside the two years are there,
those closed earlier are not, and deals that are not closed on the last day are open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from monitor.demo.accounts import Market, settle
from monitor.demo.company import FIRST_DAY, LAST_DAY, TIERS, Company, Planted, planted_changes
from monitor.demo.forces import Force, on_discount, reorganised
from monitor.demo.new_business import DISQUALIFIED, GONE_DARK, LOST, WON, Deals, new_business
from monitor.demo.other_business import imported, renewals, self_serve
from monitor.demo.rhythm import FIRST, LAST, FloatArray, IntArray, calendar, to_dates, weekly_luck
from monitor.demo.sellers import Sellers, hire

STAGES = {WON: "Won", LOST: "Lost", GONE_DARK: "Gone Dark", DISQUALIFIED: "Disqualified"}
PROSPECTING_DAYS = 21
CREATED_BY_SELLER = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """A simulated company.

    deals     opportunity_id, type, account, region, product, sales_agent, created_by, closed_by, deal_stage,
              created_on, close_date (null while open), last_modified, close_value, list_price; and `tier`, the truth
    accounts  account, sector, employees
    """

    deals: pl.DataFrame
    accounts: pl.DataFrame
    planted: Planted


def simulate(
    seed: int,
    *,
    drift: float = 0.16,
    shift: float = 0.12,
    company: Company | None = None,
    forces: Sequence[Force] = (),
) -> Simulated:
    """A company with a focus drift of `drift` points of core share and a market shift of `shift` points.

    Core creations and win rates within the tiers do not move with the drift; mix and discount do not move with
    the shift; 0 plants nothing. `forces` act beside them. The same seed is the same company. Raises ValueError for
    a size out of range.
    """
    company = company or Company()
    changes = planted_changes(drift, shift)
    rng = np.random.default_rng(seed)
    market, sellers = settle(rng, company), hire(rng, company, LAST + 1)
    sellers = reorganised(np.random.default_rng([seed, 2]), sellers, forces)
    kinds = {
        "New Business": new_business(rng, company, sellers, changes, forces),
        "Renewal": renewals(rng, company, sellers),
        "Web": self_serve(rng, company, sellers),
    }
    frames = [
        _frame(rng, company, sellers, market, name, deals, forces)
        for name, deals in kinds.items()
        if deals.created.size
    ]
    leads = imported(np.random.default_rng([seed, 3]), company, sellers, forces)
    if leads.created.size:
        frame = _frame(rng, company, sellers, market, "New Business", leads, forces)
        frames.append(frame.with_columns(created_by=pl.lit(company.import_user)))
    deals = pl.concat(frames).sort("created_on", maintain_order=True)
    numbers = pl.int_range(100_001, 100_001 + deals.height).cast(pl.String)
    planted = Planted(seed=seed, first_day=FIRST_DAY, last_day=LAST_DAY, changes=changes)
    return Simulated(
        deals=deals.select(pl.concat_str(pl.lit("O-"), numbers).alias("opportunity_id"), pl.all()),
        accounts=market.frame(),
        planted=planted,
    )


def _frame(
    rng: np.random.Generator,
    company: Company,
    sellers: Sellers,
    market: Market,
    kind: str,
    deals: Deals,
    forces: Sequence[Force],
) -> pl.DataFrame:
    """The deals of one kind that the export shows, column by column."""
    account = market.pick(rng, deals.region, deals.tier)
    list_price, discount = _prices(rng, company, deals, forces)
    value = np.round(list_price * (1 - discount), 2)
    sold_by = np.array(sellers.owner(deals.seat, np.minimum(deals.closed, LAST)), dtype=object)
    started_by = np.array(sellers.owner(deals.seat, deals.created), dtype=object)
    from_marketing = rng.random(account.size) >= CREATED_BY_SELLER
    region = np.array(company.regions, dtype=object)[deals.region]
    web = kind == "Web"
    open_ = deals.closed > LAST
    columns = {
        "type": [kind] * account.size,
        "account": [market.names[place] for place in account],
        "region": region,
        "product": np.array(company.products, dtype=object)[deals.product],
        "sales_agent": ["web shop"] * account.size if web else sold_by,
        "created_by": ["web shop"] * account.size
        if web
        else np.where(from_marketing, "Marketing " + region, started_by),
        "closed_by": ["web shop"] * account.size
        if web
        else np.where(deals.stale, company.integration_user, sold_by),
        "deal_stage": _stages(deals),
        "created_on": to_dates(deals.created),
        "close_date": to_dates(deals.closed),
        "last_modified": to_dates(_modified(rng, deals)),
        "close_value": value,
        "list_price": list_price,
        "tier": np.array(TIERS, dtype=object)[deals.tier],
    }
    frame = pl.DataFrame(columns).with_columns(pl.col("^.*_(on|date|modified)$").cast(pl.Date))
    still_open = pl.Series("open", open_)
    frame = frame.with_columns(
        pl.when(still_open).then(None).otherwise(pl.col(name)).alias(name)
        for name in ("close_date", "closed_by")
    )
    return frame.filter(pl.Series((deals.closed >= 0) & (deals.created <= LAST)))


def _stages(deals: Deals) -> list[str]:
    """What the stage column says on the last day."""
    young = deals.created > LAST - PROSPECTING_DAYS
    final = np.array([STAGES[kind] for kind in range(4)], dtype=object)[deals.outcome]
    now = np.where(young, "Prospecting", "Engaging")
    stages: list[str] = np.where(deals.closed > LAST, now, final).tolist()
    return stages


def _prices(
    rng: np.random.Generator, company: Company, deals: Deals, forces: Sequence[Force]
) -> tuple[FloatArray, FloatArray]:
    """List price and discount of each deal; discounts are deeper at quarter ends, some are below zero."""
    size = deals.created.size
    typical = np.asarray(company.list_prices)[deals.product]
    list_price = np.round(typical * np.exp(rng.normal(0.0, 0.35, size)), -2)
    at = np.minimum(deals.closed, LAST)
    luck = weekly_luck(rng, company.discount_spread * company.discount_rho**0.5, company.phi)
    mean = company.discount + luck[(np.maximum(at, FIRST) - FIRST) // 7]
    mean += company.quarter_end_discount * calendar().quarter_end(np.maximum(at, FIRST))
    mean += on_discount(company, forces, deals.tier, deals.region, at)
    heavy_tails = rng.standard_t(6, size) / np.sqrt(6 / 4)
    return list_price, np.clip(mean + company.discount_spread * heavy_tails, -0.3, 0.7)


def _modified(rng: np.random.Generator, deals: Deals) -> IntArray:
    """The day of the last edit: for one closed deal in seven some days after its closing."""
    touched = np.where(
        deals.closed > LAST, deals.created + rng.integers(0, 30, deals.closed.size), deals.closed
    )
    late = np.where(rng.random(touched.size) < 1 / 7, rng.exponential(9.0, touched.size), 0.0)
    modified: IntArray = np.minimum(touched + late.astype(np.int64), LAST)
    return np.maximum(modified, np.minimum(deals.created, LAST))

"""The demo company: who works there, what it sells to whom, how it records its deals, and what is planted.

All figures are those of ordinary times. Rates and shares are 0..1, sizes of changes are points (0.12 is twelve
points), spans are days unless they say weeks, money is in the company's currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

WEEKS = 104
LAST_DAY = date(2026, 6, 28)
FIRST_DAY = LAST_DAY - timedelta(days=7 * WEEKS - 1)
BEFORE_WEEKS = 52
"""Weeks simulated before the export begins, so that its first weeks hold the slow deals of earlier months."""

CORE, ADJACENT, OUTSIDE = 0, 1, 2
TIERS = ("A", "B", "out")

DRIFT_WEEKS = (34, 58)
SHIFT_WEEK = WEEKS - 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A sales organisation in ordinary times.

    weekly_deals      new-business deals created a week; in the long run as many are decided
    win_rates         won / decided by tier, all deals counted
    rho, phi          how alike the outcomes of one week are, and how much of that carries into the next
    cycle             how many times the usual days a deal takes from creation to its outcome
    stale_share       deals that nobody decides, until the integration user closes them as lost
    """

    regions: tuple[str, ...] = ("Americas", "EMEA", "APAC")
    region_shares: tuple[float, ...] = (0.40, 0.35, 0.25)
    region_skill: tuple[float, ...] = (0.01, -0.004, -0.0104)
    products: tuple[str, ...] = ("Atlas", "Beacon", "Compass Pro", "Drift Sensor")
    product_shares: tuple[float, ...] = (0.35, 0.30, 0.20, 0.15)
    product_skill: tuple[float, ...] = (0.01, 0.0, -0.01, -0.01)
    list_prices: tuple[float, ...] = (12_000.0, 18_000.0, 30_000.0, 55_000.0)

    weekly_deals: float = 60.0
    tier_shares: tuple[float, float, float] = (0.45, 0.30, 0.25)
    win_rates: tuple[float, float, float] = (0.32, 0.25, 0.15)
    weekly_renewals: float = 18.0
    renewal_rate: float = 0.92
    weekly_self_serve: float = 9.0

    sellers_per_region: int = 6
    seller_spread: float = 0.035
    leavers: int = 5
    newcomer_penalty: float = 0.08
    newcomer_days: int = 91

    rho: float = 0.01
    mix_rho: float = 0.005
    phi: float = 0.2
    volume_spread: float = 0.06
    quarter_end_lift: float = 0.03

    cycle: float = 1.0
    stale_share: float = 0.08
    stale_age: int = 90
    disqualified_share: float = 0.03
    gone_dark_share: float = 0.2
    clean_up_chance: float = 0.3
    integration_user: str = "crm-sync"
    import_user: str = "lead-import"

    discount: float = 0.083
    discount_spread: float = 0.08
    discount_rho: float = 0.01
    quarter_end_discount: float = 0.025


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """One planted change.

    metric   the series that shows it first
    size     what was planted, in points, signed
    begins   first day of the changed regime; ends: its last day, None if it lasts to the end of the data
    basis    which day of a deal counts: "created" or "decided"
    tiers    the tiers it touches
    """

    verdict: str
    metric: str
    size: float
    begins: date
    ends: date | None
    basis: str
    tiers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """The truth about a simulated company: its span, its changes, and the rows that were spoilt on purpose.

    spoilt   how many rows of each fault stand in deals.csv
    """

    seed: int
    first_day: date
    last_day: date
    changes: tuple[Plant, ...]
    spoilt: dict[str, int] = field(default_factory=dict)


def planted_changes(drift: float, shift: float) -> tuple[Plant, ...]:
    """The changes that `drift` (points of core share) and `shift` (points of win rate) plant; 0 plants none.

    The shift takes its points from the company's win rate, from each tier in proportion to how much it wins.

    Raises ValueError for a size that the demo company cannot have.

    >>> [(plant.verdict, plant.size) for plant in planted_changes(0.16, 0)]
    [('focus_drift', -0.16)]
    """
    if not 0 <= drift <= 0.3:
        raise ValueError(f"drift must be between 0 and 0.3 points of core share, not {drift}")
    if not 0 <= shift <= 0.2:
        raise ValueError(f"shift must be between 0 and 0.2 points of win rate, not {shift}")
    changes = []
    if drift:
        changes.append(
            Plant(
                verdict="focus_drift",
                metric="fit_mix",
                size=-drift,
                begins=FIRST_DAY + timedelta(weeks=DRIFT_WEEKS[0]),
                ends=FIRST_DAY + timedelta(weeks=DRIFT_WEEKS[1], days=-1),
                basis="created",
                tiers=(TIERS[OUTSIDE],),
            )
        )
    if shift:
        changes.append(
            Plant(
                verdict="market_shift",
                metric="win_rate",
                size=-shift,
                begins=FIRST_DAY + timedelta(weeks=SHIFT_WEEK),
                ends=None,
                basis="decided",
                tiers=TIERS,
            )
        )
    return tuple(changes)

"""Companies unlike the one that the verdict was built on: what is said of a change must not depend on the company."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.demo.company import Company

TWELVE = (
    "Nordics",
    "Benelux",
    "DACH",
    "France",
    "Iberia",
    "Italy",
    "UK",
    "East",
    "West",
    "South",
    "Brazil",
    "Japan",
)

COMPANIES: Mapping[str, Company] = {
    "usual": Company(),
    "twelve": Company(
        regions=TWELVE,
        region_shares=(0.2, 0.16, 0.14, 0.1, 0.09, 0.08, 0.06, 0.05, 0.04, 0.03, 0.03, 0.02),
        region_skill=(0.02, -0.02, 0.01, -0.01, 0.0, 0.03, -0.03, 0.0, 0.0, 0.02, -0.02, 0.0),
        sellers_per_region=2,
        leavers=8,
        weekly_deals=140.0,
    ),
    "few": Company(
        regions=("Home", "Abroad"),
        region_shares=(0.7, 0.3),
        region_skill=(0.0, 0.0),
        sellers_per_region=3,
        leavers=1,
        seller_spread=0.06,
        clean_up_chance=0.6,
    ),
    "quarters": Company(
        quarter_end_lift=0.12, quarter_end_discount=0.08, clean_up_chance=0.7, volume_spread=0.15, rho=0.02
    ),
    "slow": Company(cycle=3.0, weekly_deals=80.0, win_rates=(0.22, 0.15, 0.08), gone_dark_share=0.35),
}
"""usual: the demo's. twelve: many regions and sellers, more deals. few: six sellers who clean up in batches.
quarters: everything happens at the quarter's end. slow: cycles of a third of a year and low win rates."""

"""`leftturn explain DEAL`: which tier of the profile a deal is in, and why."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from monitor.show import cell, say

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from config import Settings


def is_deal(connection: Connection, id_: str) -> bool:
    """Whether the store knows a deal of that id."""
    from sqlalchemy import select

    from monitor.store import tables

    deals = tables.deal_version
    return connection.execute(select(deals.c.id).where(deals.c.deal_id == id_).limit(1)).first() is not None


def find_deal(
    connection: Connection, settings: Settings, deal_id: str, now: datetime
) -> dict[str, Any] | None:
    """The deal as known now and its tier explained, criterion by criterion; None where there is no such deal."""
    import polars as pl

    from monitor.profile import explain_tier
    from monitor.remembered import Remembered
    from monitor.store.deals import as_first_known, as_known

    history = Remembered(settings).history(connection)
    versions = history.versions.filter(pl.col("deal_id") == deal_id)
    latest = bool(settings.profile) and settings.profile[-1].score == "latest"
    late_by = {source.name: source.late_by for source in settings.sources}
    known = (as_known if latest else as_first_known)(
        versions, history.accounts, now, late_by, settings.company.timezone
    )
    if known.is_empty():
        return None
    deal = known.head(1)
    shown = {name: value for name, value in deal.row(0, named=True).items() if value is not None}
    told: dict[str, Any] = {"deal": shown, "tier": None}
    if settings.profile:
        why = explain_tier(deal, settings.profile)
        told["tier"] = {
            "name": why.tier,
            "core": why.tier in _core(settings, why.effective),
            "score": why.score,
            "excluded": why.excluded,
            "profile_of": why.effective,
            "criteria": [{"name": c.name, "weight": c.weight, "met": c.met} for c in why.criteria],
        }
    return told


def _core(settings: Settings, effective: object) -> tuple[str, ...]:
    return next(tuple(version.core) for version in settings.profile if version.effective == effective)


def show_deal(told: dict[str, Any]) -> None:
    """The deal and its tier as a person reads them."""
    deal, tier = told["deal"], told["tier"]
    say(
        f"Deal {deal['deal_id']} of {deal['source']}: {deal['outcome']}, created {cell(deal.get('created_on'))}"
    )
    for name, value in deal.items():
        if name.startswith("attr:") or name in ("account", "closed_on", "amount", "motion"):
            say(f"  {name.removeprefix('attr:')}: {cell(value)}")
    if tier is None:
        say("No profile is configured, so it has no tier.")
        return
    core = "core-fit" if tier["core"] else "not core-fit"
    say(
        f"Tier {tier['name']} ({core}), by the profile of {tier['profile_of']}: score {tier['score']:.2f} of 1"
    )
    if tier["excluded"]:
        say("  excluded, whatever the score")
    for criterion in tier["criteria"]:
        met = {True: "met", False: "not met", None: "cannot be read"}[criterion["met"]]
        say(f"  {criterion['name']} (weight {criterion['weight']:g}): {met}")

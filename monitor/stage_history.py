"""A CRM's own history of stages as versions that were observed when they happened.

Without it, that a deal was decided is taken to be known when its closing day is over; with it, the instant at which
somebody set the stage is. The rest of such a version is as the deal is known now: nobody wrote down what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import Connection

from monitor.sources import labels
from monitor.store.ageing import not_aged
from monitor.store.deals import load_versions, save_versions
from monitor.store.known import OF_THE_OUTCOME
from monitor.store.versions import newest

if TYPE_CHECKING:
    from config.settings import Settings, Source

KEPT = ("stage", "modified_at")
"""What an open version has though it comes with the outcome elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StagesBrought:
    """Versions added, changes of deals that are not known (yet), and changes to stages without a meaning."""

    added: int
    unknown_deals: int
    unknown_stages: int

    def told(self) -> Iterator[str]:
        """What operations should hear of it."""
        if self.unknown_deals:
            yield f"{self.unknown_deals:,} changes are of deals that are not known yet; they are read again"
        if self.unknown_stages:
            yield f"{self.unknown_stages:,} changes are to a stage that is in no list under outcome"


def bring_stages(
    connection: Connection, settings: Settings, changes: pl.DataFrame, now: datetime
) -> StagesBrought:
    """Save a version of every change of `changes` (deal_id, stage, changed_at) up to `now` that is not there yet."""
    changes = changes.filter(pl.col("changed_at") <= now).unique(["deal_id", "changed_at"], keep="last")
    changes = not_aged(connection, changes, "deal_id")
    met, added, strange = pl.Series(dtype=pl.String), 0, 0
    for source in settings.sources:
        if source.role != "deals" or source.outcome is None:
            continue
        versions = load_versions(connection, "deals", source.name)
        theirs = changes.filter(pl.col("deal_id").is_in(versions["deal_id"].implode()))
        met = pl.concat([met, theirs["deal_id"]])
        told = _versions(versions, theirs, source, settings.company.timezone)
        meant = told.filter(pl.col("outcome").is_not_null() & (pl.col("outcome") != labels.IGNORE))
        strange += told.filter(pl.col("outcome").is_null()).height
        fresh = meant.join(versions, on=["deal_id", "known_at"], how="anti").select(versions.columns)
        save_versions(connection, "deals", fresh)
        added += fresh.height
    unknown = changes.filter(~pl.col("deal_id").is_in(met.implode())).height if met.len() else changes.height
    return StagesBrought(added=added, unknown_deals=unknown, unknown_stages=strange)


def _versions(versions: pl.DataFrame, changes: pl.DataFrame, source: Source, timezone: str) -> pl.DataFrame:
    """The deal as it is known now, with the stage of each change, and as known at its instant."""
    if source.outcome is None:
        raise ValueError(f"source {source.name} says nothing of outcomes")
    then = changes.rename({"stage": "stage_then", "changed_at": "then"}).select(
        "deal_id", "stage_then", "then"
    )
    known = then.join(newest(versions, "deal_id"), on="deal_id", how="inner", maintain_order="left")
    known = known.with_columns(
        was=pl.col("outcome"), stage=pl.col("stage_then"), known_at=pl.col("then"), observed=True
    )
    known = known.with_columns(labels.outcome(source.outcome).alias("outcome"))
    set_on = pl.col("then").dt.convert_time_zone(timezone).dt.date()
    decided = pl.col("outcome") != "open"
    closed = (
        pl.when(decided & (pl.col("outcome") == pl.col("was"))).then("closed_on").when(decided).then(set_on)
    )
    blank = [name for name in OF_THE_OUTCOME if name not in (*KEPT, "closed_on")]
    return known.with_columns(
        closed.alias("closed_on"), *(pl.when(decided).then(name).alias(name) for name in blank)
    )

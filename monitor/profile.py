"""The strategic customer profile: each deal's tier, with the score explained.

A deal's score is the share of the criteria's weight that it meets. A criterion that cannot be read makes the
tier `unknown` only when it could change the tier. The profile is versioned: a deal is judged by the version
in force on the day it was created, and the first version also applies to earlier deals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from monitor.where import matches, readable

if TYPE_CHECKING:
    from config.settings import ProfileVersion

OUT = "out"
UNKNOWN = "unknown"
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionScore:
    """One criterion of one deal: its weight and whether it is met (None: it cannot be read)."""

    name: str
    weight: float
    met: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TierExplained:
    """Why a deal is in its tier: the version that applied, the criteria, the score between 0 and 1."""

    tier: str
    effective: date
    excluded: bool
    score: float
    criteria: tuple[CriterionScore, ...]


def with_tier(deals: pl.DataFrame, profile: Sequence[ProfileVersion]) -> pl.DataFrame:
    """`deals` with the columns `tier` (String) and `core` (Boolean); both null-free, `core` False if unknown.

    Without a profile every deal's tier is `unknown`.
    """
    if not profile:
        return deals.with_columns(pl.lit(UNKNOWN).alias("tier"), pl.lit(False).alias("core"))
    tier: pl.Expr = pl.lit(UNKNOWN)
    core: pl.Expr = pl.lit(False)
    for position, version in enumerate(profile):
        applies = pl.lit(True) if position == 0 else pl.col("created_on") >= version.effective
        here = _tier(version, deals.columns)
        tier = pl.when(applies).then(here).otherwise(tier)
        core = pl.when(applies).then(here.is_in(list(version.core))).otherwise(core)
    return deals.with_columns(tier.alias("tier"), core.fill_null(False).alias("core"))


def explain_tier(deal: pl.DataFrame, profile: Sequence[ProfileVersion]) -> TierExplained:
    """Why the one deal in `deal` is in its tier. Raises ValueError without a profile or for several deals."""
    if deal.height != 1 or not profile:
        raise ValueError("a tier is explained for one deal and a profile")
    created = deal["created_on"][0]
    version = profile[0]
    for later in profile[1:]:
        if created is not None and created >= later.effective:
            version = later
    scored = deal.select(
        _tier(version, deal.columns).alias("tier"),
        _excluded(version, deal.columns).alias("excluded"),
        *(_met(c.where, version, deal.columns).alias(f"c{i}") for i, c in enumerate(version.criteria)),
    ).row(0, named=True)
    criteria = tuple(
        CriterionScore(name=c.name, weight=c.weight, met=scored[f"c{i}"])
        for i, c in enumerate(version.criteria)
    )
    total = sum(c.weight for c in criteria)
    return TierExplained(
        tier=scored["tier"],
        effective=version.effective,
        excluded=bool(scored["excluded"]),
        score=sum(c.weight for c in criteria if c.met) / total if total else 0.0,
        criteria=criteria,
    )


def _tier(version: ProfileVersion, columns: Sequence[str]) -> pl.Expr:
    if version.tier_column is not None:
        label = pl.col(f"attr:{version.tier_column}").str.strip_chars()
        known = {name.casefold(): name for name in version.tiers}
        by_label = label.str.to_lowercase().replace_strict(known, default=pl.lit(OUT), return_dtype=pl.String)
        tier = pl.when(label.is_null() | (label == "")).then(pl.lit(UNKNOWN)).otherwise(by_label)
    else:
        tier = _tier_by_score(version, columns)
    return pl.when(_excluded(version, columns)).then(pl.lit(OUT)).otherwise(tier)


def _tier_by_score(version: ProfileVersion, columns: Sequence[str]) -> pl.Expr:
    total = sum(criterion.weight for criterion in version.criteria)
    met = [(_met(c.where, version, columns), c.weight) for c in version.criteria]
    least = sum((m.fill_null(False).cast(pl.Float64) * w for m, w in met), pl.lit(0.0)) / total
    most = sum((m.fill_null(True).cast(pl.Float64) * w for m, w in met), pl.lit(0.0)) / total
    worst, best = _named(least, version.tiers), _named(most, version.tiers)
    return pl.when(worst == best).then(worst).otherwise(pl.lit(UNKNOWN))


def _named(score: pl.Expr, tiers: Mapping[str, float]) -> pl.Expr:
    name: pl.Expr = pl.lit(OUT)
    for tier, least in reversed(list(tiers.items())):
        name = pl.when(score >= least - ROUNDING).then(pl.lit(tier)).otherwise(name)
    return name


def _met(where: object, version: ProfileVersion, columns: Sequence[str]) -> pl.Expr:
    """True, False, or null where the criterion cannot be read and the profile says `missing: unknown`."""
    met = matches(where, columns)  # type: ignore[arg-type]
    if version.missing == "no":
        return met
    return pl.when(readable(where, columns)).then(met).otherwise(None)  # type: ignore[arg-type]


def _excluded(version: ProfileVersion, columns: Sequence[str]) -> pl.Expr:
    return matches(version.exclude, columns) if version.exclude is not None else pl.lit(False)

"""Who the rising deals are: the attributes that set them apart, with effect sizes and counts, and no black box.

For each value of each attribute: its share among the rising deals since the change against its share among all other
deals of that time. The effect size is Cohen's h = 2 asin sqrt(p1) - 2 asin sqrt(p0); 0.2 is called small, 0.5 medium,
0.8 large (Cohen 1988).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl

from monitor.segments import SEGMENT

SMALL = 0.2
LEAST_DEALS = 10
MOST_VALUES = 30
MOST_TRAITS = 8
QUARTERS = (0.25, 0.5, 0.75)
ATTRIBUTE = "attr:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trait:
    """A value of an attribute: how many of the rising deals have it, its share there and elsewhere, Cohen's h."""

    attribute: str
    value: str
    deals: int
    share: float
    elsewhere: float
    effect: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The rising deals: how many, of how many sellers, accounts and places, and what sets them apart."""

    deals: int
    sellers: int
    accounts: int
    traits: tuple[Trait, ...]


def who_rises(deals: pl.DataFrame, place: tuple[str, str] | None, since: date) -> Who | None:
    """The deals outside the core (or in `place`) created since the change, set against the others of that time.

    deals   with tier, core and segment columns

    None where there are fewer than LEAST_DEALS of either.
    """
    new = deals.filter(pl.col("created_on") >= since)
    rising = (pl.col(f"{SEGMENT}{place[0]}") == place[1]).fill_null(False) if place else ~pl.col("core")
    ours, others = new.filter(rising), new.filter(~rising)
    if min(ours.height, others.height) < LEAST_DEALS:
        return None
    traits = [t for column in _attributes(deals, place) for t in _traits(column, ours, others)]
    traits.sort(key=lambda trait: -abs(trait.effect))
    return Who(
        deals=ours.height,
        sellers=ours["owner"].drop_nulls().n_unique(),
        accounts=ours["account"].drop_nulls().n_unique(),
        traits=tuple(traits[:MOST_TRAITS]),
    )


def _attributes(deals: pl.DataFrame, place: tuple[str, str] | None) -> list[str]:
    """The columns looked at: segments and attributes, but not what the deals were chosen by."""
    chosen = {f"{SEGMENT}{place[0]}"} if place else set()
    return [
        name
        for name in deals.columns
        if name.startswith((SEGMENT, ATTRIBUTE)) and name not in chosen and "owner" not in name
    ]


def _traits(column: str, ours: pl.DataFrame, others: pl.DataFrame) -> list[Trait]:
    labels = _labels(pl.concat([ours[column], others[column]]))
    mine, theirs = labels.head(ours.height), labels.tail(others.height)
    values = mine.drop_nulls().unique().to_list()
    if not values or len(values) > MOST_VALUES:
        return []
    found = []
    for value in values:
        count = int((mine == value).sum())
        share, elsewhere = count / ours.height, float((theirs == value).sum()) / others.height
        effect = 2 * float(np.arcsin(np.sqrt(share)) - np.arcsin(np.sqrt(elsewhere)))
        if count >= LEAST_DEALS and abs(effect) >= SMALL:
            found.append(
                Trait(
                    attribute=column.removeprefix(SEGMENT).removeprefix(ATTRIBUTE),
                    value=str(value),
                    deals=count,
                    share=share,
                    elsewhere=elsewhere,
                    effect=effect,
                )
            )
    return found


def _labels(column: pl.Series) -> pl.Series:
    """The values as they are; numbers by the quarter they lie in."""
    number = column.cast(pl.Float64, strict=False)
    if number.null_count() > column.null_count() or number.n_unique() <= MOST_VALUES:
        return column.cast(pl.String)
    edges = np.unique(np.quantile(number.drop_nulls().to_numpy(), QUARTERS))
    names = [f"up to {edges[0]:g}", *(f"{a:g} to {b:g}" for a, b in pairwise(edges)), f"over {edges[-1]:g}"]
    place = np.searchsorted(edges, number.fill_null(0.0).to_numpy())
    labels = pl.Series([names[index] for index in place])
    return labels.set(number.is_null(), None)

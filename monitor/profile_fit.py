"""What the profile and the segments make of the deals in the files: counted dry, for `leftturn check`.

A profile that nearly nobody fits, or whose attribute is blank in most deals, is seen here before it is judged by.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from monitor.look_alikes import look_alikes
from monitor.ordinary import MOST_VALUES
from monitor.profile import OUT, UNKNOWN, with_tier
from monitor.segments import SEGMENT, with_segments
from monitor.where import column_of, number_of

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.weekly import History

DECIDED = ("won", "lost", "no_decision")
MANY = 0.2
"""A share of deals without a tier, above which the profile sees too little."""
MANY_VALUES = 10
"""Values of a dimension for each that is watched, above which it is hardly the dimension that was meant."""
MOST_PAIRS = 5
UNREAD = 0.05
"""A share of deals with a size that is no number, from which on it is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierCount:
    """Deals of a tier: all of them, those that were decided, and those that were won."""

    tier: str
    deals: int
    decided: int
    won: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFit:
    """Tiers in the order of the profile, then out and unknown; what must be mended, and what may be meant."""

    tiers: tuple[TierCount, ...]
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def profile_fit(settings: Settings, history: History | None, now: datetime) -> ProfileFit:
    """Reckon up the deals of `history` as known at `now`; None: there is no deal."""
    known = None if history is None else _known(settings, history, now)
    if known is None or not known.height:
        return ProfileFit(tiers=(), problems=(), warnings=())
    tiers = tier_counts(known, settings) if settings.profile else ()
    return ProfileFit(
        tiers=tiers,
        problems=(*_blank_criteria(known, settings), *_blank_segments(known, settings)),
        warnings=(
            *_odd_tiers(tiers, known, settings),
            *_unread_sizes(known, settings),
            *_near_labels(known, settings),
            *_odd_segments(known, settings),
        ),
    )


def _known(settings: Settings, history: History, now: datetime) -> pl.DataFrame:
    """The deals with their accounts' attributes."""
    from monitor.store.deals import as_known

    late_by = {source.name: source.late_by for source in settings.sources}
    return as_known(
        history.versions, history.accounts, now, late_by, settings.company.timezone, history.lines
    )


def tier_counts(known: pl.DataFrame, settings: Settings) -> tuple[TierCount, ...]:
    """How many deals fall in each tier."""
    grouped = (
        with_tier(known, settings.profile)
        .group_by("tier")
        .agg(
            pl.len().alias("deals"),
            pl.col("outcome").is_in(DECIDED).sum().alias("decided"),
            (pl.col("outcome") == "won").sum().alias("won"),
        )
    )
    counts: Mapping[str, dict[str, int]] = {row.pop("tier"): row for row in grouped.iter_rows(named=True)}
    names = dict.fromkeys([*(tier for version in settings.profile for tier in version.tiers), OUT, UNKNOWN])
    nothing = {"deals": 0, "decided": 0, "won": 0}
    return tuple(TierCount(tier=tier, **counts.get(tier, nothing)) for tier in names)


def _conditions(settings: Settings, op: str) -> dict[str, set[str]]:
    """The values that the profile's conditions of a kind ask for, by attribute; labels as they are compared."""
    wanted: dict[str, set[str]] = {}
    for version in settings.profile:
        for where in (*(one.where for one in version.criteria), version.exclude):
            for condition in where.conditions if where is not None else ():
                if condition.op == op:
                    wanted.setdefault(condition.name, set()).update(str(value) for value in condition.values)
    return wanted


def _unread_sizes(known: pl.DataFrame, settings: Settings) -> Iterator[str]:
    """Attributes of which a number is asked for, though they say something that is none."""
    for name in _conditions(settings, "between"):
        column = column_of(name, known.columns)
        if known.schema[column] != pl.String:
            continue
        told = pl.col(column).str.strip_chars()
        unread = known.filter(
            told != "", number_of(column).is_null(), told.str.to_date(strict=False).is_null()
        )
        if unread.height > UNREAD * known.height:
            yield (
                f"profile: {name} is no number in {unread.height / known.height:.0%} of the deals (such as "
                f"{unread[column][0]!r}), so that `between` cannot be asked of them"
            )


def _near_labels(known: pl.DataFrame, settings: Settings) -> Iterator[str]:
    """Labels that say more than one that the profile asks for, and so are not it: 'Computer Software', 'Software'."""
    for name, values in _conditions(settings, "in").items():
        wanted = [words for words in map(_words, values) if words]
        labels = known[column_of(name, known.columns)].cast(pl.String).drop_nulls()
        tally = labels.str.strip_chars().str.to_lowercase().value_counts(sort=True)
        asked = {value.strip().lower() for value in values}
        near = {
            label: count
            for label, count in tally.iter_rows()
            if label not in asked and any(words <= _words(label) for words in wanted)
        }
        if near:
            told = ", ".join(
                f"{label!r} ({count:,} deals)" for label, count in islice(near.items(), MOST_PAIRS)
            )
            more = f" and {len(near) - MOST_PAIRS} more" if len(near) > MOST_PAIRS else ""
            yield f"profile: {name} has {told}{more} beside what a criterion asks for; add those that are meant"


def _words(label: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", label.lower()))


def _criteria(settings: Settings) -> dict[str, None]:
    """The names of everything that the profile reads, in order."""
    names: dict[str, None] = {}
    for version in settings.profile:
        if version.tier_column is not None:
            names[version.tier_column] = None
        for where in (*(one.where for one in version.criteria), version.exclude):
            names |= dict.fromkeys(where.names() if where is not None else ())
    return names


def _blank(known: pl.DataFrame, name: str) -> float:
    """The share of deals in which the value is blank."""
    text = pl.col(column_of(name, known.columns)).cast(pl.String).str.strip_chars()
    return float(known.select((text.is_null() | (text == "")).mean()).item())


def _blank_criteria(known: pl.DataFrame, settings: Settings) -> Iterator[str]:
    for name in _criteria(settings):
        if _blank(known, name) == 1:
            yield (
                f"profile: {name} is blank in every deal, so no criterion on it can be read; "
                f"check the column, and the key by which accounts are joined"
            )


def _blank_segments(known: pl.DataFrame, settings: Settings) -> Iterator[str]:
    for segment in settings.segments:
        if _blank(known, segment.by) == 1:
            yield f"segments: {segment.by} is blank in every deal, so there is nothing to watch apart"


def _odd_segments(known: pl.DataFrame, settings: Settings) -> Iterator[str]:
    """Dimensions with one value, with so many that most are not watched, and values that only look the same."""
    placed = with_segments(known, settings.segments)
    for segment in settings.segments:
        values = placed[f"{SEGMENT}{segment.by}"].drop_nulls().unique().to_list()
        most = segment.at_most or MOST_VALUES
        if len(values) == 1:
            yield f"segments: every deal has {segment.by} {values[0]}, so it has no rest to be compared with"
        if len(values) > MANY_VALUES * most:
            yield (
                f"segments: {segment.by} has {len(values):,} values; at most {most} of them are watched apart, all "
                f"others only as part of the rest. Join what belongs together by groups, or name a coarser column"
            )
        for one, other, letter in islice(look_alikes(values), MOST_PAIRS):
            yield (
                f"segments: {segment.by} has {one!r} and {other!r}, which look alike and are two ({letter}); mend it "
                f"in the source, or join them by groups"
            )


def _odd_tiers(tiers: Sequence[TierCount], known: pl.DataFrame, settings: Settings) -> Iterator[str]:
    if not tiers:
        return
    core = {name for version in settings.profile for name in version.core}
    if not any(one.deals for one in tiers if one.tier in core):
        yield f"profile: no deal at all is core-fit ({', '.join(sorted(core))}); is it written as the CRM writes it?"
    unknown = next(one.deals for one in tiers if one.tier == UNKNOWN) / known.height
    if unknown > MANY:
        blank = {name: _blank(known, name) for name in _criteria(settings)}
        most = max(blank, key=lambda name: blank[name])
        yield (
            f"profile: {unknown:.0%} of the deals have no tier, since what it asks for is not known of them "
            f"({most} is blank in {blank[most]:.0%})"
        )

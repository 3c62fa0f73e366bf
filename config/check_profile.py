"""Whether the profile, the segments and the metrics fit together and to what the sources provide."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from config.check_where import TIERS_APART, check_where, unreadable
from config.complete import deals_sources, measurable
from config.document import Loc, Wrong
from config.refusal import did_you_mean, listed
from config.settings import MetricSettings, ProfileVersion, SegmentBy, Settings

WHY_NOT = {
    "win_rate": "needs lost deals: no source has a stage in lost or no_decision",
    "fit_mix": "needs a profile: without one no deal is core-fit",
    "discount": "needs list_amount beside amount, or discount, in the columns of a source",
    "price_realisation": "needs list_amount beside amount, or discount, in the columns of a source",
    "price_per_unit": "needs amount and quantity in the columns of a source",
    "stalled": "needs open deals: a source with stages in open, and created_at in its columns",
    "cycle_time": "needs created_at in the columns of a source",
    "no_decision": "needs stages in no_decision: what nobody decided cannot be told from what was lost",
    "deal_size": "needs amount in the columns of a source",
    "loss_reasons": "needs loss_reason in the columns of a source, and stages in lost",
}
ADJUSTABLE = ("discount", "price_realisation", "price_per_unit", "deal_size")
"""Kinds that take adjust_for; the others are adjusted for the tier, or are no means of like deals."""
IN_PERCENT = ("volume", "price_realisation", "price_per_unit", "cycle_time", "deal_size")
"""Kinds of which a change is a share of the level."""
WHY_PERCENT = {
    "volume": "a count",
    "cycle_time": "a length of time",
    "deal_size": "an amount",
    "price_per_unit": "a price",
}
CUT_BY = ("owner", "creator", "currency", "pipeline", "motion", "channel", "competitor")
"""Columns that may be a segment; the others have too many values or are numbers."""


def check_motions(settings: Settings) -> Iterator[Wrong]:
    """Motions that no source tells, and labels of two motions."""
    if settings.motions and not any("motion" in source.columns for source in deals_sources(settings)):
        yield ("motions",), "no source of deals maps the column motion, so these cannot be told apart"
    first: dict[str, str] = {}
    for name, labels in settings.motions.items():
        for position, label in enumerate(labels):
            other = first.setdefault(label.casefold(), name)
            if other != name:
                yield ("motions", name, position), f"{label} is in {other} too; a label has one motion"


def check_profile(settings: Settings) -> Iterator[Wrong]:
    """Everything wrong with the versions of the profile."""
    for position, (earlier, later) in enumerate(pairwise(settings.profile), start=1):
        if later.effective <= earlier.effective:
            yield (
                ("profile", position, "effective"),
                f"must lie after {earlier.effective}; write the versions oldest first",
            )
    for position, version in enumerate(settings.profile):
        yield from _version(version, ("profile", position), settings)


def _version(version: ProfileVersion, at: Loc, settings: Settings) -> Iterator[Wrong]:
    if version.tier_column is not None:
        if version.criteria:
            yield (*at, "tier_column"), "and criteria are both given; the tier comes from one of them"
        declared = {name for source in settings.sources for name in source.attributes}
        if version.tier_column not in declared:
            near = did_you_mean(version.tier_column, declared)
            yield (*at, "tier_column"), f"{version.tier_column} is no attribute of any source{near}"
    elif not version.criteria:
        yield (*at, "criteria"), "is missing: write criteria, or tier_column for a tier that the source knows"
    names = set[str]()
    for position, criterion in enumerate(version.criteria):
        here = (*at, "criteria", position)
        if criterion.name.casefold() in names:
            yield (*here, "name"), f"{criterion.name} is the name of an earlier criterion; names must differ"
        names.add(criterion.name.casefold())
        yield from check_where(criterion.where, (*here, "where"), settings, tier=False)
    yield from check_where(version.exclude, (*at, "exclude"), settings, tier=False)
    yield from _tiers(version, at)


def _tiers(version: ProfileVersion, at: Loc) -> Iterator[Wrong]:
    if not version.tiers:
        yield (*at, "tiers"), "is empty; write at least one tier, such as {A: 0.8}"
    for name in version.tiers:
        if name in (*TIERS_APART, "core"):
            yield (*at, "tiers", name), f"{name} has a meaning of its own; choose another name"
    for (better, least), (worse, below) in pairwise(version.tiers.items()):
        if below >= least:
            yield (
                (*at, "tiers", worse),
                f"must be less than {least:g}, the share of {better}; the best comes first",
            )
    for position, name in enumerate(version.core):
        if name not in version.tiers:
            near = did_you_mean(name, version.tiers)
            yield (*at, "core", position), f"{name} is no tier; {listed(version.tiers)} are{near}"


def check_segments(settings: Settings) -> Iterator[Wrong]:
    """Segments that nothing provides, twice the same, or with a value in two groups."""
    seen = set[str]()
    for position, segment in enumerate(settings.segments):
        at: Loc = ("segments", position)
        if segment.by in seen:
            yield at, f"{segment.by} is named twice"
        seen.add(segment.by)
        attributes = {name for source in settings.sources for name in source.attributes}
        if message := unreadable(segment.by, settings):
            yield (*at, "by"), message
        elif segment.by not in attributes and segment.by not in CUT_BY:
            yield (
                (*at, "by"),
                f"{segment.by} has too many values to be a segment; {listed(CUT_BY)} may be one",
            )
        yield from _groups(segment, at)


def _groups(segment: SegmentBy, at: Loc) -> Iterator[Wrong]:
    first: dict[str, str] = {}
    for name, values in segment.groups.items():
        if name == "other":
            yield (*at, "groups", name), "other holds what is in no group; choose another name"
        for position, value in enumerate(values):
            group = first.setdefault(value.casefold(), name)
            if group != name:
                yield (*at, "groups", name, position), f"{value} is in {group} too; a value has one group"


def check_metrics(settings: Settings) -> Iterator[Wrong]:
    """Metrics that cannot be measured here, sizes in the wrong unit, adjustments by nothing."""
    for name, metric in settings.metrics.items():
        at: Loc = ("metrics", name)
        if not all(character.isalnum() or character in "_- " for character in name):
            yield at, "the name of a metric is made of letters, digits, blanks, _ and - only"
        if metric.kind not in measurable(settings):
            yield at, WHY_NOT[metric.kind]
        yield from _size(metric, at)
        yield from check_where(metric.where, (*at, "where"), settings)
        if metric.adjust_for and metric.kind not in ADJUSTABLE:
            yield (*at, "adjust_for"), f"is for {listed(ADJUSTABLE)}, not for {metric.kind}"
        for position, other in enumerate(metric.adjust_for):
            if message := unreadable(other, settings, *(("tier",) if settings.profile else ())):
                yield (*at, "adjust_for", position), message


def _size(metric: MetricSettings, at: Loc) -> Iterator[Wrong]:
    unit = metric.matters_if.unit
    if metric.kind in WHY_PERCENT and unit == "points":
        yield (
            (*at, "matters_if"),
            f"{metric.kind} is {WHY_PERCENT[metric.kind]}, which has no points; write a share of it, such as 20 %",
        )
    if metric.kind not in IN_PERCENT and unit == "percent":
        number = f"{metric.matters_if.amount * 100:.12g}"
        yield (
            (*at, "matters_if"),
            f"{metric.kind} is a rate; write {number} points (from 30 % to 35 % is 5 points)",
        )

"""Whether what a `where`, a segment or an adjustment names is there to be read."""

from __future__ import annotations

from collections.abc import Iterator

from config.complete import NEW, deals_sources
from config.document import Loc, Wrong
from config.refusal import did_you_mean, listed
from config.settings import Settings
from config.settings_sources import COLUMNS
from config.where import DAYS, Condition, Where

WRITTEN = {day: moment for moment, day in DAYS.items()}
TIERS_APART = ("out", "unknown")
"""What a deal is that is in no tier, or cannot be told."""


def readable_names(settings: Settings) -> tuple[str, ...]:
    """The columns that a source maps and the attributes that one declares, by our names, and motion."""
    columns = {name for source in deals_sources(settings) for name in source.columns}
    attributes = {name for source in settings.sources for name in source.attributes}
    return (*sorted(DAYS.get(name, name) for name in {*columns, "motion"}), *sorted(attributes))


def unreadable(name: str, settings: Settings, *more: str) -> str | None:
    """The sentence for a name that no source provides, or None. `more` may be named besides."""
    known = (*readable_names(settings), *more)
    if name in known:
        return None
    written = WRITTEN.get(name, name)
    if written in COLUMNS:
        return f"names the column {written}, which no source of deals maps"
    return f"names {written!r}, which is neither a mapped column nor an attribute{did_you_mean(name, known)}"


def check_where(where: Where | None, at: Loc, settings: Settings, *, tier: bool = True) -> Iterator[Wrong]:
    """Everything wrong with one `where` over deals. Without `tier`, deals have none yet (the profile's own)."""
    for condition in where.conditions if where else ():
        here = (*at, WRITTEN.get(condition.name, condition.name))
        if condition.name == "tier":
            if not tier:
                yield here, "the profile cannot ask for the tier that it decides"
            elif not settings.profile:
                yield here, "there is no profile, so deals have no tier"
            else:
                yield from _one_of(condition, here, _tiers(settings), "tier")
        elif condition.name == "motion":
            yield from _one_of(condition, here, tuple(settings.motions) or (NEW,), "motion")
        elif message := unreadable(
            condition.name, settings, *(("tier",) if settings.profile and tier else ())
        ):
            yield here, message


def _tiers(settings: Settings) -> tuple[str, ...]:
    named = (tier for version in settings.profile for tier in version.tiers)
    return (*dict.fromkeys(named), *TIERS_APART)


def _one_of(condition: Condition, at: Loc, known: tuple[str, ...], what: str) -> Iterator[Wrong]:
    if condition.op not in ("in", "not_in"):
        return
    for value in condition.values:
        if str(value) not in known:
            near = did_you_mean(str(value), known)
            yield at, f"{value} is no {what}; {listed(known)} {'is' if len(known) == 1 else 'are'}{near}"

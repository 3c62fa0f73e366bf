"""What may be concluded from what is missing in a read of everything: a deletion, or that the read is not whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from monitor.sources.reasons import Reason

MOST_VANISHED = 10
MOST_VANISHED_SHARE = 0.02
"""More than so many deals, and more than this share of all, are not deleted within one turn."""
UNREADABLE = (Reason.RAGGED, Reason.BROKEN_QUOTES, Reason.CONTROL_CHARACTER)
"""A row set aside for one of these may be any deal, where not even its name can be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A read of everything against the store: how many rows say what, and which deals are in no row.

    vanished   the newest versions of deals that are in no row and not deleted
    """

    unchanged: int
    changed: int
    fresh: int
    older: int
    vanished: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What a read of everything lacks.

    deleted   the newest versions of deals that are deleted
    said      sentences on those that were kept all the same
    suspects  whether so many are missing that nothing had better be judged before a person looked
    """

    deleted: pl.DataFrame
    said: tuple[str, ...] = ()
    suspects: bool = False


def gone(
    seen: Seen,
    rejected: pl.DataFrame,
    called_none: Sequence[str],
    *,
    whole: bool,
    accepted: bool = False,
) -> Gone:
    """What may be concluded from what is missing.

    rejected     the rows that were set aside: their deals are not missing
    called_none  deals that are in the source but none by the configuration: they are gone for certain
    whole        whether every file of the source could be used
    accepted     whether a person said that what is missing is rightly so
    """
    none = pl.col("deal_id").is_in(called_none)
    aside = pl.col("deal_id").is_in(rejected["key"].drop_nulls().implode())
    absent = seen.vanished.filter(~aside)
    missing = absent.filter(~none).height
    kept, said, suspects = _doubt(seen, missing, rejected, whole=whole, accepted=accepted)
    return Gone(deleted=absent.filter(none) if kept else absent, said=said, suspects=suspects)


def _doubt(
    seen: Seen, missing: int, rejected: pl.DataFrame, *, whole: bool, accepted: bool
) -> tuple[bool, tuple[str, ...], bool]:
    """Whether `missing` deals had better be kept, what to say of it, and whether judging waits for it."""
    if seen.older:
        return (
            True,
            (
                f"an old export: of {seen.older:,} of its deals a newer state is known; nothing was changed back, "
                f"and what is missing in it ({missing:,}) was kept",
            ),
            False,
        )
    nameless = rejected.filter(pl.col("key").is_null() & pl.col("reason").is_in(UNREADABLE)).height
    if not whole or missing <= nameless:
        return True, (), False
    if accepted:
        return False, (), False
    found = seen.unchanged + seen.changed
    known = found + seen.vanished.height
    if not found and not seen.fresh:
        return True, (f"there is no deal in it at all; the {missing:,} that are known were kept",), True
    if missing > max(MOST_VANISHED, MOST_VANISHED_SHARE * known):
        return (
            True,
            (
                f"{missing:,} of {known:,} deals are missing all at once, which looks like half an export: they "
                f"were kept; export everything again",
            ),
            True,
        )
    return False, (), False

"""What may be concluded from what is missing in a read of everything: a deletion, or that the read is not whole."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from monitor.sources.reasons import Reason
from monitor.store.restatement import Restatement

MOST_VANISHED = 10
MOST_VANISHED_SHARE = 0.02
"""More than so many deals, and more than this share of all, are not deleted within one turn."""
UNREADABLE = (Reason.RAGGED, Reason.BROKEN_QUOTES, Reason.CONTROL_CHARACTER)
"""A row set aside for one of these may be any deal, where not even its name can be read."""


def gone(
    change: Restatement,
    rejected: pl.DataFrame,
    called_none: Sequence[str],
    *,
    whole: bool,
    accepted: bool = False,
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The newest versions of deals that are deleted, and sentences on those that were kept all the same.

    rejected     the rows that were set aside: their deals are not missing
    called_none  deals that are in the source but none by the configuration: they are gone for certain
    whole        whether every file of the source could be used
    accepted     whether a person said that what is missing is gone
    """
    none = pl.col("deal_id").is_in(called_none)
    aside = pl.col("deal_id").is_in(rejected["key"].drop_nulls().implode())
    absent = change.vanished.filter(~aside)
    missing = absent.filter(~none).height
    if accepted and whole:
        return absent, ()
    kept, said = _doubt(change, missing, rejected, whole=whole)
    return absent.filter(none) if kept else absent, said


def _doubt(
    change: Restatement, missing: int, rejected: pl.DataFrame, *, whole: bool
) -> tuple[bool, tuple[str, ...]]:
    """Whether `missing` deals had better be kept, and what to say of it."""
    if change.older:
        return True, (
            f"an old export: of {change.older:,} of its deals a newer state is known; nothing was changed back, and "
            f"what is missing in it ({missing:,}) was kept",
        )
    nameless = rejected.filter(pl.col("key").is_null() & pl.col("reason").is_in(UNREADABLE)).height
    if not whole or missing <= nameless:
        return True, ()
    found = change.unchanged + change.changed.height
    known = found + change.vanished.height
    if not found and not change.fresh.height:
        return True, (f"there is no deal in it at all; the {missing:,} that are known were kept",)
    if missing > max(MOST_VANISHED, MOST_VANISHED_SHARE * known):
        return True, (
            f"{missing:,} of {known:,} deals are missing all at once, which looks like half an export: they "
            f"were kept; export everything again",
        )
    return False, ()

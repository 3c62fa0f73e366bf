"""What a read says that the store does not know yet: new, changed, older and vanished deals or accounts.

Found by comparing what rows say, column by column; a source's own word of when a row changed decides only which of
two is older.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from monitor.store.attributes import attributes_of
from monitor.store.known import OF_THE_OUTCOME
from monitor.store.versions import newest

OLD = "!old"
"""Ends the name of a column as the store has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restatement:
    """A read against the store, each row with the columns of a version but `known_at` and `observed`.

    fresh      rows of keys the store does not have
    changed    rows that say something else than the newest version
    older      how many rows the source itself dates before the newest version
    unchanged  how many rows say what is known
    """

    fresh: pl.DataFrame
    changed: pl.DataFrame
    older: int
    unchanged: int


def compare(read: pl.DataFrame, versions: pl.DataFrame, key: str) -> Restatement:
    """`read` (one row a key) against every version of the same source."""
    latest = newest(versions, key)
    columns = [*read.columns, *(name for name in attributes_of(versions) if name not in read.columns)]
    rows = _with(read, columns)
    if not latest.height:
        return Restatement(fresh=rows, changed=rows.clear(), older=0, unchanged=0)
    known = _with(latest, columns)
    matched = rows.join(
        known.rename({name: name + OLD for name in columns if name != key}),
        on=key,
        how="left",
        maintain_order="left",
    ).with_columns(there=pl.col(f"source{OLD}").is_not_null())
    said = [name for name in columns if name not in (key, "source", "modified_at")]
    differs = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name + OLD)) for name in said)
    dated = "modified_at" in columns
    older = (pl.col("modified_at") < pl.col(f"modified_at{OLD}")).fill_null(False) if dated else pl.lit(False)
    told = matched.with_columns(differs=differs, older=older)
    both = told.filter("there")
    changed = both.filter(pl.col("differs") & ~pl.col("older"))
    return Restatement(
        fresh=told.filter(~pl.col("there")).select(columns),
        changed=changed.select(columns),
        older=both.filter("older").height,
        unchanged=both.height - changed.height,
    )


def vanished(versions: pl.DataFrame, keys: pl.Series, key: str) -> pl.DataFrame:
    """The newest versions of what is in no row and not deleted, with the columns of a version but its times."""
    latest = newest(versions, key)
    gone = latest.filter(~pl.col(key).is_in(keys.implode())) if keys.len() else latest
    if "deleted" in versions.columns:
        gone = gone.filter(~pl.col("deleted"))
    return gone.drop("known_at", "observed")


def read_anew(versions: pl.DataFrame, read: pl.DataFrame, key: str, names: Iterable[str]) -> pl.DataFrame:
    """Every version as it had been, had the source always been read as now.

    A key's newest version, if it is assumed, says what the row says now. Columns that were never read before
    (`names`) are taken from the row for older versions too, since no other value is known; what comes with the
    outcome only where there is one.
    """
    columns = [*versions.columns, *(name for name in attributes_of(read) if name not in versions.columns)]
    old = _with(versions, columns).with_row_index("!place")
    said = [name for name in read.columns if name != key]
    both = old.join(
        read.rename({name: f"{name}!new" for name in said}), on=key, how="left", maintain_order="left"
    )
    there = pl.col("source!new").is_not_null()
    last = pl.col("!place").is_in(newest(old, key)["!place"].implode())
    replaced = there & last & ~pl.col("observed")
    decided = pl.col("outcome") != "open" if "outcome" in columns else pl.lit(True)
    filled = {
        name: there & (decided if name in OF_THE_OUTCOME else pl.lit(True))
        for name in names
        if name in said and name not in ("outcome", "deleted")
    }
    return both.select(
        pl.when(replaced | filled.get(name, pl.lit(False)))
        .then(pl.col(f"{name}!new"))
        .otherwise(pl.col(name))
        .alias(name)
        if name in said
        else pl.col(name)
        for name in columns
    )


def _with(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """`frame` with exactly `columns`; attributes it lacks are null."""
    missing = [pl.lit(None, pl.String).alias(name) for name in columns if name not in frame.columns]
    return frame.with_columns(missing).select(columns)

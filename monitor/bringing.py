"""Rows of a source into the store: what they say that is not known becomes versions, a part at a time.

The first read of a source is history: its versions are assumed, and replayed from their dates. After that a deal
that changed, appeared or vanished is a version observed now; one that appeared although it was over before the
source could still change it is a backfill, and assumed as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
from sqlalchemy import Connection

from monitor.retention import taken_from
from monitor.sources.deal_rows import DAYS
from monitor.store.absence import Gone, Seen, gone
from monitor.store.ageing import (
    Aged,
    aged_before,
    keys_of,
    not_aged,
    note_aged,
    note_keys,
    old_deals,
    take_back,
)
from monitor.store.deals import Role, load_versions, replace_versions, save_versions
from monitor.store.restatement import compare, read_anew, vanished
from monitor.types import INSTANT
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings, Source

AN_INSTANT = timedelta(microseconds=1)


@dataclass(slots=True, kw_only=True)
class Bringing:
    """One read of a source on its way into the store.

    names   our names of the columns that are read for the first time, where the source is read in another way than
            before; None where it is read as ever
    """

    connection: Connection
    settings: Settings
    source: Source
    key: str
    now: datetime
    names: Sequence[str] | None
    new_versions: int = 0
    unchanged: int = 0
    backfilled: int = 0
    aged: int = 0
    """Rows that are too old to be taken in."""
    _role: Role = field(init=False)
    _changed: int = 0
    _older: int = 0
    _versions: pl.DataFrame = field(init=False)
    _history: bool = field(init=False)
    _seen: list[pl.Series] = field(init=False, default_factory=list)
    _taken_from: date | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._role = "deals" if self.source.role == "history" else self.source.role
        self._load()
        self._history = self.names is not None or self._versions.height == 0
        if self.source.role == "deals":
            first = self._versions.height == 0
            self._taken_from = taken_from(self.connection, self.settings, self.now, first_load=first)

    @property
    def rows(self) -> int:
        """How many rows were brought."""
        return self.unchanged + self.new_versions

    def keys(self) -> pl.Series:
        """What the rows that were brought are about."""
        return pl.concat(self._seen) if self._seen else pl.Series(dtype=pl.String)

    def anew(self, rows: pl.DataFrame, called_none: Sequence[str]) -> None:
        """Put every version as it had been, had the source always been read as now; `rows` are all there are."""
        if self.names is None or not self._versions.height:
            return
        names = [DAYS.get(name, name) for name in self.names]
        versions = read_anew(self._versions, rows, self.key, names).filter(
            ~pl.col(self.key).is_in(called_none)
        )
        replace_versions(self.connection, self._role, self.source.name, versions)
        self._versions = versions

    def bring(self, rows: pl.DataFrame, *, again: bool = True) -> None:
        """Save what `rows` (one a key) say that is not known; `again` says that a key may have come before."""
        if again and any(rows[self.key].is_in(seen.implode()).any() for seen in self._seen):
            self._load()  # a row that was met earlier in this read came again: compare it with what it said then
        here = self._versions
        if here.height:
            here = here.filter(pl.col(self.key).is_in(rows[self.key].implode()))
        change = compare(rows, here, self.key)
        fresh = self._young(change.fresh)
        fresh = fresh.with_columns(observed=~self._backfill(fresh))
        added = pl.concat([fresh, change.changed.with_columns(observed=pl.lit(True))])
        self._save(added)
        self.new_versions += added.height
        self.unchanged += change.unchanged
        self.backfilled += 0 if self._history else fresh.height - int(fresh["observed"].sum())
        self._changed += change.changed.height
        self._older += change.older
        self._seen.append(rows[self.key])

    def _young(self, fresh: pl.DataFrame) -> pl.DataFrame:
        """The rows that are new to the store, without those of deals that were over too long ago."""
        if self._role == "lines":
            young = not_aged(self.connection, fresh, self.key)
            self.aged += fresh.height - young.height
            return young
        if self._taken_from is None or fresh.is_empty():
            return fresh
        old, today = old_deals(fresh, self._taken_from), local_day(self.settings.company.timezone, self.now)
        if aged_before(self.connection) is None and old.height:
            left_out = Aged(at=self.now, before=self._taken_from, deals=old.height, versions=0)
            note_aged(self.connection, left_out, restated=False)
        young = fresh.join(old, on=["source", "deal_id"], how="anti")
        note_keys(self.connection, keys_of(old), today)
        take_back(self.connection, keys_of(young))
        self.aged += old.height
        return young

    def close(
        self, rejected: pl.DataFrame, called_none: Sequence[str], *, whole: bool, accepted: bool
    ) -> Gone:
        """Delete what is missing in a read of everything, if that may be believed; see `gone`."""
        seen = Seen(
            unchanged=self.unchanged,
            changed=self._changed,
            fresh=self.new_versions - self._changed,
            older=self._older,
            vanished=vanished(self._versions, self.keys(), self.key),
        )
        lacking = gone(seen, rejected, called_none, whole=whole, accepted=accepted)
        self._save(lacking.deleted.with_columns(deleted=pl.lit(True), observed=pl.lit(True)))
        return lacking

    def _load(self) -> None:
        self._versions = load_versions(self.connection, self._role, self.source.name)

    def _save(self, versions: pl.DataFrame) -> None:
        at = pl.lit(_after(self.now, self._versions), INSTANT)
        save_versions(self.connection, self._role, versions.with_columns(known_at=at))

    def _backfill(self, fresh: pl.DataFrame) -> pl.Expr:
        """Whether a row that is new to the store tells of the past.

        All do in a first read; later those that were over before the source could still change them.
        """
        if self._history or "closed_on" not in fresh.columns:
            return pl.lit(self._history)
        source = self.source
        bound = local_day(self.settings.company.timezone, self.now - source.revises - source.late_by)
        return (pl.coalesce("closed_on", "created_on") < bound).fill_null(False)


def _after(now: datetime, versions: pl.DataFrame) -> datetime:
    """`now`, or just after the newest version where the clock was set back: what is saved later is known later."""
    newest = versions["known_at"].max() if versions.height else None
    return now if not isinstance(newest, datetime) or now > newest else newest + AN_INSTANT

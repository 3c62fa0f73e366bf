"""What the data can bear, for the pages: reckoned from the store's deals when somebody asks, kept until they change.

The whole history is held in memory while it is reckoned, and dropped again: only what the pages show stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from monitor.batches import Batch, Bearing, bearings_now, rows_of
from monitor.remembered import Remembered
from monitor.store.tables import account_version, deal_version, line_version
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.store import Store

MOST_ROWS = 200
"""Deals of a batch that a page lists; `leftturn batches` lists them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """What each series rests on, and by batch the first of its deals."""

    found: tuple[Bearing, ...]
    rows: Mapping[str, list[dict[str, Any]]]

    def batch(self, id_: str) -> Batch | None:
        """The batch of that name."""
        return next((batch for one in self.found for batch in one.batches if batch.id == id_), None)


class Bears:
    """What the data can bear, reckoned anew only on other deals or another day."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime]) -> None:
        self._settings, self._store, self._clock = settings, store, clock
        self._lock = threading.Lock()
        self._of: tuple[Any, ...] = ()
        self._borne = Borne(found=(), rows={})

    def __call__(self) -> Borne:
        """As of now; raises StoreError where the database cannot be reached."""
        now = self._clock()
        with self._lock, self._store.read() as conn:
            of = (*_newest(conn), local_day(self._settings.company.timezone, now))
            if of != self._of:
                self._borne, self._of = self._reckon(conn, now), of
            return self._borne

    def _reckon(self, conn: Connection, now: datetime) -> Borne:
        found, deals = bearings_now(self._settings, Remembered(self._settings).history(conn), now)
        batches = [batch for one in found for batch in one.batches]
        return Borne(
            found=found,
            rows={
                batch.id: rows_of(batch, deals, self._settings).head(MOST_ROWS).to_dicts()
                for batch in batches
            },
        )


def _newest(conn: Connection) -> tuple[Any, ...]:
    tables = deal_version, account_version, line_version
    return tuple(conn.execute(select(func.max(table.c.id))).scalar() for table in tables)

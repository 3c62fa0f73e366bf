"""A store to look back with: the live one where it holds every source, else a scratch one that was just filled."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from monitor.ingest import ingest
from monitor.remembered import Remembered
from monitor.store import Store, StoreError, open_store, tables
from monitor.weekly import History

if TYPE_CHECKING:
    from config.settings import Settings


@contextmanager
def store_to_look_back(settings: Settings, now: datetime, *, fresh: bool) -> Iterator[tuple[Store, History]]:
    """A store that holds the history of every source, and that history. The live store is not written.

    fresh   read the sources anew, whatever the live store holds

    Raises StoreError, ReadError: a source that cannot be read at all.
    """
    live = None if fresh else _live(settings)
    if live is not None:
        with live:
            yield live, _history(settings, live)
        return
    with (
        tempfile.TemporaryDirectory(prefix="leftturn-") as folder,
        open_store(f"sqlite:///{Path(folder) / 'scratch.db'}") as scratch,
    ):
        for source in settings.sources:
            with scratch.write() as conn:
                ingest(conn, settings, source, now=now)
        yield scratch, _history(settings, scratch)


def _live(settings: Settings) -> Store | None:
    """The live store, if it is there and has something of every source."""
    secret = settings.database_password
    try:
        store = open_store(
            settings.database, password=secret.get_secret_value() if secret else None, create=False
        )
    except StoreError:
        return None
    with store.read() as conn:
        read = set(conn.execute(select(tables.source_read.c.source).distinct()).scalars())
    if {source.name for source in settings.sources} <= read:
        return store
    store.close()
    return None


def _history(settings: Settings, store: Store) -> History:
    with store.read() as conn:
        return Remembered(settings).history(conn)

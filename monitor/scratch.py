"""A store to look back with: the live one where it holds every source as it is to be read now.

Else a scratch one that was just filled from the files: so an attribute, a stage or a motion that was changed since
the last read can be tried before anything of it is stored.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from config.resolve import plain
from monitor.health import last_whole_read, refused_now
from monitor.ingest import ingest
from monitor.live_store import live_store
from monitor.remembered import Remembered
from monitor.setting_changes import how_read, in_force
from monitor.store import Store, open_store
from monitor.weekly import History

if TYPE_CHECKING:
    from config.settings import Settings


class UnusableSourceError(ValueError):
    """A file of a source cannot be used; the sentence says why."""


@contextmanager
def store_to_look_back(settings: Settings, now: datetime, *, fresh: bool) -> Iterator[tuple[Store, History]]:
    """A store that holds the history of every source, and that history. The live store is not written.

    fresh   read the sources anew, whatever the live store holds

    Raises StoreError; ReadError where a source cannot be read at all, UnusableSourceError where a file of it cannot:
    what is left would be looked at as if it were the whole history.
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
                refused = refused_now(conn, source.name)
            if refused:
                raise UnusableSourceError(f"source {source.name}: {'; '.join(refused)}")
        yield scratch, _history(settings, scratch)


def _live(settings: Settings) -> Store | None:
    """The live store, if there is one and it holds every source as it is to be read now.

    Raises StoreError where a database is there and cannot be used: what it knows is not passed over in silence.
    """
    store = live_store(settings)
    if store is None:
        return None
    try:
        with store.read() as conn:
            holds = all(_holds(conn, settings, source.name) for source in settings.sources)
    except BaseException:
        store.close()
        raise
    if holds:
        return store
    store.close()
    return None


def _holds(conn: Connection, settings: Settings, source: str) -> bool:
    """Whether a file of the source was read, and by what the configuration at hand says of reading."""
    read_at = last_whole_read(conn, source)
    before = None if read_at is None else in_force(conn, read_at)
    return before is not None and how_read(before, source) == how_read(plain(settings), source)


def _history(settings: Settings, store: Store) -> History:
    with store.read() as conn:
        return Remembered(settings).history(conn)

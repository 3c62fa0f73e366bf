"""What the store remembers, held in memory between ticks: the history of deals, the ledger and its detectors.

Both are only copies. The history is loaded again when a version was added; the ledger is dropped when a transaction
that was to save it failed, and comes back as it was saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from monitor.frozen import Frozen, frozen_of
from monitor.store import tables
from monitor.store.ageing import aged_before, load_frozen, was_restated
from monitor.store.deals import load_history, load_versions
from monitor.store.ledger import load_ledger, load_watched
from monitor.types import SeriesKey
from monitor.weekly import History, Weekly

if TYPE_CHECKING:
    from config.settings import Settings


class Remembered:
    """The copies, for one configuration."""

    def __init__(self, settings: Settings, *, isolates: bool = True) -> None:
        self._settings = settings
        self._isolates = isolates
        self._history: History | None = None
        self._versions: tuple[Any, ...] = ()
        self._weekly: Weekly | None = None

    def history(self, conn: Connection) -> History:
        """Every version of deals and accounts."""
        every = tables.deal_version, tables.account_version, tables.line_version
        newest = tuple(conn.execute(select(func.max(table.c.id))).scalar() for table in (*every, tables.aged))
        if self._history is None or newest != self._versions:
            names = [name for source in self._settings.sources for name in source.attributes]
            versions, accounts = load_history(conn, names)
            lines = load_versions(conn, "lines")
            self._history = History(
                versions=versions,
                accounts=accounts,
                lines=lines,
                whole_from=aged_before(conn),
                restated=was_restated(conn),
            )
            self._versions = newest
        return self._history

    def weekly(self, conn: Connection) -> Weekly:
        """The judge of weeks, with the ledger as it was last saved."""
        if self._weekly is None:
            detail = newest_judged_run(conn)
            ledger = load_ledger(conn)
            ledger.listed = {
                (_key(name), str(reason)): date.fromisoformat(week)
                for *name, reason, week in detail.get("listed", ())
            }
            frozen = load_frozen(conn)
            unread = tuple(_key(name) for name in detail.get("unread", ()))
            first = {basis: date.fromisoformat(week) for basis, week in detail.get("first_weeks", {}).items()}
            self._weekly = Weekly(
                settings=self._settings,
                ledger=ledger,
                first_weeks=first,
                creations=detail.get("creations"),
                left_out=detail.get("left_out"),
                frozen=Frozen() if frozen is None else frozen_of(frozen),
                isolates=self._isolates,
                watched=_with(load_watched(conn), unread),
                unread=unread,
            )
        return self._weekly

    def forget(self) -> None:
        """Drop every copy: what is stored was changed otherwise than by adding to it."""
        self._history, self._versions = None, ()
        self.forget_ledger()

    def forget_ledger(self) -> None:
        """Drop the ledger in memory: what it says was not saved."""
        self._weekly = None


def kept(weekly: Weekly) -> dict[str, Any]:
    """What a judged week's run keeps beside the ledger's tables, so that a restart changes nothing.

    The first weeks of the history, and what is suppressed already and need not be listed again.
    """
    return {
        "first_weeks": {basis: week.isoformat() for basis, week in weekly.first_weeks.items()},
        "creations": weekly.creations,
        "left_out": weekly.left_out,
        "listed": [
            [*_name(key), reason, week.isoformat()]
            for (key, reason), week in sorted(weekly.ledger.listed.items(), key=str)
        ],
        "unread": [_name(key) for key in weekly.unread],
    }


def _with(
    watched: Mapping[str, tuple[SeriesKey, ...]], unread: Sequence[SeriesKey]
) -> dict[str, tuple[SeriesKey, ...]]:
    """The series of each metric, with those that were left out of the newest week."""
    every = dict(watched)
    for key in unread:
        known = every.get(key.metric, ())
        every[key.metric] = known if key in known else (*known, key)
    return every


def _name(key: SeriesKey) -> list[Any]:
    return [key.metric, [list(pair) for pair in key.segment], key.contrast]


def _key(name: Sequence[Any]) -> SeriesKey:
    metric, segment, contrast = name
    return SeriesKey(metric=metric, segment=tuple((n, v) for n, v in segment), contrast=contrast)


def newest_judged_run(conn: Connection) -> Mapping[str, Any]:
    """What the run of the newest judged week kept; empty where no week was judged."""
    run = tables.run
    done = run.c.job == "judge", run.c.state == "done"
    detail: Mapping[str, Any] | None = conn.execute(
        select(run.c.detail).where(*done).order_by(run.c.period.desc()).limit(1)
    ).scalar()
    return detail or {}

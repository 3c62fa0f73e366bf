"""What the store remembers, held in memory between ticks: the history of deals, the ledger and its detectors.

Both are only copies. The history is loaded again when a version was added; the ledger is dropped when a transaction
that was to save it failed, and comes back as it was saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from monitor.store import tables
from monitor.store.deals import load_history
from monitor.store.ledger import load_ledger
from monitor.weekly import History, Weekly

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.metrics import Basis


class Remembered:
    """The copies, for one configuration."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._history: History | None = None
        self._versions: tuple[Any, ...] = ()
        self._weekly: Weekly | None = None

    def history(self, conn: Connection) -> History:
        """Every version of deals and accounts."""
        deal, account = tables.deal_version, tables.account_version
        newest = tuple(conn.execute(select(func.max(table.c.id))).scalar() for table in (deal, account))
        if self._history is None or newest != self._versions:
            names = [name for source in self._settings.sources for name in source.attributes]
            versions, accounts = load_history(conn, names)
            self._history, self._versions = History(versions=versions, accounts=accounts), newest
        return self._history

    def weekly(self, conn: Connection) -> Weekly:
        """The judge of weeks, with the ledger as it was last saved."""
        if self._weekly is None:
            self._weekly = Weekly(
                settings=self._settings, ledger=load_ledger(conn), first_weeks=_first_weeks(conn)
            )
        return self._weekly

    def forget_ledger(self) -> None:
        """Drop the ledger in memory: what it says was not saved."""
        self._weekly = None


def first_weeks_row(weekly: Weekly) -> dict[str, Any]:
    """What a judged week's run keeps, so that the beginning of time survives a restart."""
    return {"first_weeks": {basis: week.isoformat() for basis, week in weekly.first_weeks.items()}}


def _first_weeks(conn: Connection) -> dict[Basis, date]:
    run = tables.run
    rows = conn.execute(
        select(run.c.detail)
        .where(run.c.job == "judge", run.c.state == "done")
        .order_by(run.c.id.desc())
        .limit(1)
    )
    detail: Mapping[str, Any] = rows.scalar() or {}
    known: dict[Basis, str] = detail.get("first_weeks", {})
    return {basis: date.fromisoformat(week) for basis, week in known.items()}

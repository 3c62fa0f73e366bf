"""The night's ageing: deals that were over longer ago than `privacy.keep` are erased, and judging goes on as ever.

Reckoned from the newest judged week, so that nothing is erased that a week still to be judged looks at. First what
the weeks before say is frozen, then their deals are erased, in one transaction. A first load leaves such deals out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from monitor.freezing import freeze
from monitor.frozen import frozen_json
from monitor.store.ageing import (
    Aged,
    Erased,
    aged_before,
    erase_beside,
    erase_deals,
    note_aged,
    old_deals,
)
from monitor.store.ledger import newest_judged
from monitor.wall_clock import local_day, start_of_day
from monitor.weekly import History, Weekly


@dataclass(frozen=True, slots=True, kw_only=True)
class AgedNow:
    """What a night's ageing erased; `deals` is None where no deal was old enough."""

    deals: Aged | None
    beside: Erased


def age(conn: Connection, weekly: Weekly, history: History, now: datetime) -> AgedNow:
    """Erase what is older than `privacy.keep`, in the caller's transaction. Raises ValueError without such a span."""
    settings = weekly.settings
    if settings.privacy.keep is None:
        raise ValueError("nothing is aged out where everything is kept forever")
    company, keep = settings.company, timedelta(weeks=settings.privacy.keep)
    today = local_day(company.timezone, now)
    beside = erase_beside(conn, start_of_day(company.timezone, today - keep), today - keep)
    return AgedNow(deals=_age_deals(conn, weekly, history, now, today), beside=beside)


def _age_deals(conn: Connection, weekly: Weekly, history: History, now: datetime, today: date) -> Aged | None:
    week, keep = newest_judged(conn), weekly.settings.privacy.keep
    if week is None or keep is None:
        return None
    before, known = week - timedelta(weeks=keep), aged_before(conn)
    if known is not None and before <= known:
        return None
    old = old_deals(history.versions, before)
    if old.is_empty():
        return None
    frozen = freeze(weekly, history, week=week, at=now, before=before)
    if frozen is None:
        return None
    versions = erase_deals(conn, old, history.versions, today)
    aged = Aged(at=now, before=before, deals=old.height, versions=versions)
    note_aged(conn, aged, restated=restated(history), frozen=frozen_json(frozen))
    return aged


def restated(history: History) -> bool:
    """Whether any deal or account has, or had, several versions."""
    versions, accounts = history.versions, history.accounts
    return (
        history.restated
        or versions.height > versions.n_unique(["source", "deal_id"])
        or accounts.height > accounts.n_unique(["source", "account"])
    )

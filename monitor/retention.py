"""From which day on deals are taken into the store."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from monitor.calendar import week_start
from monitor.store.ageing import aged_before
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings


def taken_from(conn: Connection, settings: Settings, now: datetime, *, first_load: bool) -> date | None:
    """The day before which deals that are over are not taken into the store; None: all are taken.

    What was aged out stays out. Where nothing was yet, a first load leaves out what is older than `privacy.keep`.
    """
    known, keep = aged_before(conn), settings.privacy.keep
    if known is not None or keep is None or not first_load:
        return known
    today = local_day(settings.company.timezone, now)
    return week_start(today - timedelta(weeks=keep), settings.company.week_starts)

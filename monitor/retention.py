"""From which day on deals are taken into the store, and from when on its history is whole."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from monitor.calendar import week_start
from monitor.store.ageing import aged_before, every_aged
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


def whole_from(conn: Connection) -> str | None:
    """From when on history is whole, as a sentence without its full stop; None where nothing was aged out."""
    every = every_aged(conn)
    if not every:
        return None
    deals, last = sum(one.deals for one in every), max(one.at for one in every)
    return (
        f"History is whole from {max(one.before for one in every)} on: {deals:,} deals that were over before were "
        f"aged out by {last:%Y-%m-%d} (privacy.keep), and the weeks before are kept as figures alone"
    )


def aged_lines(conn: Connection, since: date) -> list[str]:
    """Which deals of `since` and later were aged out and when, a sentence each time."""
    return [
        f"{one.deals:,} deals that were over before {one.before} were aged out on {one.at:%Y-%m-%d} "
        f"({one.versions:,} versions): what this rests on cannot be reckoned from them any more"
        for one in every_aged(conn)
        if one.before > since
    ]

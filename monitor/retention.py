"""From which day on deals are taken into the store, and from when on its history is whole."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from monitor.calendar import week_start
from monitor.store.ageing import Aged, aged_before, every_aged
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
    return (
        f"History is whole from {max(one.before for one in every)} on: {_gone(every)} (privacy.keep), and the weeks "
        f"before are kept as figures alone"
    )


def aged_out(conn: Connection, since: date) -> str | None:
    """Which deals of what has rested on deals from `since` on were aged out and when, in a sentence; None: none."""
    every = [one for one in every_aged(conn) if one.before > since]
    if not every:
        return None
    return f"{_gone(every)}: what this rests on cannot be reckoned from them any more"


def _gone(every: Sequence[Aged]) -> str:
    deals, versions = sum(one.deals for one in every), sum(one.versions for one in every)
    first, last = min(one.at for one in every), max(one.at for one in every)
    when = f"on {last:%Y-%m-%d}" if first == last else f"from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    said = f"{deals:,} deal{'s' if deals != 1 else ''} that {'were' if deals != 1 else 'was'} over before"
    return f"{said} {max(one.before for one in every)} left the store {when}, in {versions:,} versions"

"""The digest as it would read at any instant: the past replayed up to then, nothing stored."""

from __future__ import annotations

from collections import deque
from datetime import date, datetime
from typing import TYPE_CHECKING

from alerts.render import render_digest
from alerts.types import Email, Reader
from monitor.backtest import replay
from monitor.health import sources_of
from monitor.plan import plan_of
from monitor.readers import readers_of
from monitor.schedule import DigestReader, digest_week
from monitor.store import Store
from monitor.wall_clock import local_day
from monitor.weekly import History, WeekJudged, Weekly, nothing_in
from monitor.weekly_digest import Surroundings, digest_of

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.show import Progress


def replayed_digest(
    settings: Settings, store: Store, history: History, now: datetime, progress: Progress | None
) -> Email:
    """The digest at `now` for the first of its readers, or for nobody in particular."""
    reader = next((r for r in readers_of(settings) if "digest" in r.receives), _nobody(settings))
    today = local_day(settings.company.timezone, now)
    newest = deque(replay(settings, history, start=None, end=today, progress=progress), maxlen=1)
    weekly = newest[0][1] if newest else Weekly(settings=settings)
    week = _week(settings, today, reader)
    judged = newest[0][2] if newest else None
    if judged is None or judged.week < week:
        judged = _as_it_stands(weekly, week, now, history)
    with store.read() as conn:
        surroundings = Surroundings(
            number=today.isocalendar().week,
            year=today.year,
            late=False,
            sources=sources_of(conn, settings, judged.week, now),
        )
    digest = digest_of(judged, weekly.ledger, settings, surroundings)
    mail = settings.mail
    return render_digest(
        digest, reader, sender=mail.from_, reply_to=mail.reply_to, now=now, templates=mail.templates
    )


def _as_it_stands(weekly: Weekly, week: date, now: datetime, history: History) -> WeekJudged:
    """A week that was not judged: too early in the history, or nothing of it has arrived."""
    return weekly.look(week, now, history, nothing_in(week))


def _week(settings: Settings, today: date, reader: Reader) -> date:
    """The week that a digest of today covers: the newest that may be judged."""
    timed = DigestReader(
        email=reader.email, timezone=reader.timezone, day=settings.digest.day, at=settings.digest.at
    )
    return digest_week(plan_of(settings), timed, today)


def _nobody(settings: Settings) -> Reader:
    return Reader(
        email="nobody@localhost",
        name=None,
        receives=frozenset({"digest"}),
        verdicts=None,
        segments=None,
        timezone=settings.company.timezone,
        locale="en",
    )

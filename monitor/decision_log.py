"""What people decided, silenced and said of alerts, as the mails tell of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from alerts import types as mail
from monitor.ledger import Ledger
from monitor.proposal import proposal
from monitor.store import answers, silences
from monitor.store.tables import notice
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings

A_YEAR = timedelta(days=365)
SOON = timedelta(days=7)
"""The digest names decisions that are due until its next one."""
EVERYTHING = "every metric"


def decided(conn: Connection, settings: Settings) -> Mapping[str, tuple[mail.Answer, ...]]:
    """The decision that stands on each inflection, by its id."""
    return {id_: (answer_of(one, settings),) for id_, one in answers.standing(conn).items()}


def answer_of(one: answers.Answer, settings: Settings) -> mail.Answer:
    """A decision as mails show it: by whom it is taken on, else by whom it was said, by name where it is known."""
    return mail.Answer(
        what=one.what,  # type: ignore[arg-type]  # the store holds no other words
        by=name_of(one.owner or one.by, settings),
        on=local_day(settings.company.timezone, one.at),
        look_again_on=one.look_again_on,
        note=one.note,
    )


def name_of(who: str, settings: Settings) -> str:
    """The configured name of an address; whatever it is, where there is none."""
    found = (person for person in settings.people if person.email.casefold() == who.casefold())
    person = next(found, None)
    return who if person is None or person.name is None else person.name


def due_by(conn: Connection, today: date) -> frozenset[str]:
    """The inflections whose decision is to be looked at again within a week of `today`."""
    return frozenset(one.inflection_id for one in answers.due(conn, today + SOON))


def silent(conn: Connection, ledger: Ledger, settings: Settings, today: date) -> tuple[mail.Silence, ...]:
    """The silences in force, each by what it is about: a silenced inflection by its headline."""
    headlines = {one.id: one.headline.key for one in ledger.inflections}
    found = []
    for one in silences.active_silences(conn, today):
        headline = headlines.get(one.inflection_id or "")
        metric = headline.metric if headline else one.metric or EVERYTHING
        place = dict(headline.segment) if headline else dict(one.place)
        by = name_of(one.by, settings)
        found.append(mail.Silence(metric=metric, segment=place, why=one.reason, by=by, until=one.until))
    return tuple(found)


def record_of(conn: Connection, settings: Settings, now: datetime) -> mail.Record:
    """The alerts of the last year, and what their readers said of them: the word most said of each counts once."""
    since = now - A_YEAR
    opened = select(func.count(notice.c.inflection_id.distinct())).where(
        notice.c.reason == mail.Reason.OPENED.value, notice.c.created_at >= since
    )
    budget = settings.attention.false_alarms_per_year
    said = [max(words, key=words.count) for words in answers.feedback_since(conn, since).values()]
    return mail.Record(
        sent=int(conn.execute(opened).scalar_one()),
        true=said.count("true"),
        known=said.count("known"),
        not_useful=said.count("not_useful"),
        false_alarms_per_year=budget,
        proposal=proposal(said.count("true"), said.count("not_useful"), budget),
    )

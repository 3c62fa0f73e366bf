"""What people answered and silenced, as the mails say it: the decision log, what is silent, how the alerts held."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from alerts import types as mail
from monitor.store import answers, silences
from monitor.store.tables import notice
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings

A_YEAR = timedelta(days=365)
SOON = timedelta(days=7)
RARE = 0.1
"""What comes by chance in fewer than one of ten years is more than was agreed on."""
ENOUGH_TRUE = 3
BY_WEIGHT = ("true", "known", "not_useful")
"""Where as many people say one as the other, the first of these counts."""


def with_answers(conn: Connection, settings: Settings, alert: mail.Alert) -> mail.Alert:
    """The alert with its decision log, oldest first, without what was taken back."""
    log = tuple(
        mail.Answer(
            what=one.what,  # type: ignore[arg-type]  # of DECISIONS, which are the same words
            by=name_of(settings, one.by),
            on=local_day(settings.company.timezone, one.at),
            look_again_on=one.look_again_on,
            note=_note(settings, one),
        )
        for one in answers.answers_to(conn, alert.id)
        if one.kind == "decision" and one.undone_at is None
    )
    return replace(alert, answers=log)


def _note(settings: Settings, one: answers.Answer) -> str:
    """The note of a decision, with who takes it on where that is somebody else."""
    owner = name_of(settings, one.owner) if one.owner and one.owner != one.by else ""
    return "; ".join(part for part in (f"{owner} takes it on" if owner else "", one.note) if part)


def name_of(settings: Settings, who: str) -> str:
    """A person as the company knows them: the name that the configuration gives an address."""
    for person in settings.people:
        if person.email.casefold() == who.casefold() and person.name:
            return person.name
    return who


def silent_now(conn: Connection, settings: Settings, today: date) -> tuple[mail.Silence, ...]:
    """The silences in force that are of a metric or a segment; those of one change stand beside it."""
    return tuple(
        mail.Silence(
            metric=one.metric or "everything",
            segment=dict(one.place),
            why=one.reason,
            by=name_of(settings, one.by),
            until=one.until,
        )
        for one in silences.active_silences(conn, today)
        if one.inflection_id is None
    )


def due_soon(conn: Connection, today: date) -> frozenset[str]:
    """The inflections whose decision is to be looked at again by now or within a week."""
    return frozenset(one.inflection_id for one in answers.due(conn, today + SOON))


def record_of(conn: Connection, settings: Settings, now: datetime) -> mail.Record | None:
    """How the alerts of the last year held by their readers' word; None where none was sent."""
    since = now - A_YEAR
    first = select(notice.c.inflection_id, func.min(notice.c.created_at)).where(
        notice.c.kind == "alert", notice.c.reason == "opened", notice.c.created_at >= since
    )
    sent = {str(one) for one, _ in conn.execute(first.group_by(notice.c.inflection_id))}
    if not sent:
        return None
    said = answers.feedback_since(conn, since)
    words = Counter(_word(said[one]) for one in sent if said.get(one))
    budget = settings.attention.false_alarms_per_year
    return mail.Record(
        sent=len(sent),
        true=words["true"],
        known=words["known"],
        not_useful=words["not_useful"],
        false_alarms_per_year=budget,
        proposal=proposal(words["true"], words["not_useful"], budget),
    )


def proposal(true: int, mistaken: int, budget: float) -> str:
    """What the year's answers propose for the budget; "" where they say nothing. Nothing changes by itself.

    Mistaken ones are counted against a Poisson of the budget: P(X ≥ mistaken) below RARE is more than was agreed on.

    >>> proposal(true=2, mistaken=0, budget=0.5), proposal(true=1, mistaken=1, budget=0.5)
    ('', '')
    >>> proposal(true=0, mistaken=3, budget=0.5)
    'That is more than was agreed on; operations can see what half as many would have told'
    """
    from scipy.stats import poisson

    if mistaken and poisson.sf(mistaken - 1, budget) < RARE:
        return "That is more than was agreed on; operations can see what half as many would have told"
    if true >= ENOUGH_TRUE and not mistaken:
        return "None was mistaken; operations can see what twice as many would have told sooner"
    return ""


def _word(said: list[str]) -> str:
    counted = Counter(said)
    return max(BY_WEIGHT, key=lambda word: (counted[word], -BY_WEIGHT.index(word)))

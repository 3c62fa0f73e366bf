"""What people asked not to hear of for a while, with the reason.

A silence is of one inflection, or of whatever begins in a metric and a segment. It ends with its last day, by hand,
or by itself when what it kept back became materially worse: nobody silences a change without bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, or_, select

from monitor.store.acts import ActError, Author, one_line, save_act, who
from monitor.store.ledger import place_of, text_of_place
from monitor.store.tables import inflection, silence, silenced

USUAL = timedelta(days=30)
"""How long a silence lasts unless another day is said, and at most unless a longer one is asked for by name."""
LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One silence. `place` is {dimension: value}; `until` its last day, a day of the company."""

    id: int
    by: str
    via: str
    at: datetime
    reason: str
    inflection_id: str | None
    metric: str | None
    place: Mapping[str, str]
    until: date
    ended_at: datetime | None
    ended_by: str | None
    ended_why: str | None

    def covers(self, inflection_id: str, metric: str, place: Mapping[str, str]) -> bool:
        """Whether a change with this headline is silenced: by its id, or by its metric and the places named."""
        if self.inflection_id is not None:
            return self.inflection_id == inflection_id
        return self.metric in (None, metric) and all(place.get(n) == value for n, value in self.place.items())

    @property
    def about(self) -> str:
        """What is silenced, in a few words."""
        if self.inflection_id is not None:
            return self.inflection_id
        where = ", ".join(f"{name} {value}" for name, value in self.place.items())
        return " in ".join(part for part in (self.metric or "every metric", where) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBack:
    """What a silence kept back when it first did: the verdict and the size of the change then."""

    silence_id: int
    verdict: str
    change: float


def add_silence(
    conn: Connection,
    author: Author,
    *,
    today: date,
    reason: str,
    inflection_id: str | None = None,
    metric: str | None = None,
    place: Mapping[str, str] | None = None,
    until: date | None = None,
    long: bool = False,
) -> Silence:
    """Silence an inflection, or a metric or segment, until a day, by default for 30 days.

    Raises ActError without a reason, without anything to silence, and for more than 30 days unless `long`.
    """
    why = one_line(reason)
    if not why:
        raise ActError("say why: the reason is kept, and shown to everybody")
    if inflection_id is None and metric is None and not place:
        raise ActError("say what to silence: an inflection, a metric or a segment")
    last = until or today + USUAL
    if last < today:
        raise ActError(f"until {last}: that day is over; name one from today on")
    if last > today + (LONGEST if long else USUAL):
        bound = "a year" if long else "30 days, unless a longer silence is asked for (--long)"
        raise ActError(f"until {last}: a silence lasts at most {bound}")
    if (
        inflection_id is not None
        and conn.execute(select(inflection.c.id).where(inflection.c.id == inflection_id)).first() is None
    ):
        raise ActError(f"{one_line(inflection_id, 80)}: no such inflection; leftturn status lists those open")
    values = {
        "reason": why,
        "inflection_id": inflection_id,
        "metric": metric,
        "segment": text_of_place(place or {}),
        "until": last,
    }
    return _one(conn, save_act(conn, silence, author, values))


def end_silence(conn: Connection, author: Author, silence_id: int, why: str = "by hand") -> Silence:
    """End a silence; one that has ended stays as it ended. Raises ActError where there is none."""
    if conn.execute(select(silence.c.id).where(silence.c.id == silence_id)).first() is None:
        raise ActError(f"{silence_id}: there is no such silence")
    conn.execute(
        silence.update()
        .where(silence.c.id == silence_id, silence.c.ended_at.is_(None))
        .values(ended_at=author.at, ended_by=who(author.who), ended_why=one_line(why))
    )
    return _one(conn, silence_id)


def active_silences(conn: Connection, today: date) -> list[Silence]:
    """The silences in force on a day, the oldest first."""
    here = silence.c.ended_at.is_(None), silence.c.until >= today
    return [
        _silence(row) for row in conn.execute(select(silence).where(*here).order_by(silence.c.id)).mappings()
    ]


def all_silences(conn: Connection, most: int = 50) -> list[Silence]:
    """The newest silences, in force or not, the newest first."""
    rows = conn.execute(select(silence).order_by(silence.c.id.desc()).limit(most))
    return [_silence(row) for row in rows.mappings()]


def silences_of(conn: Connection, inflection_id: str) -> list[Silence]:
    """The silences of one inflection, and those that kept a notice of it back, in force or not; oldest first."""
    keeping = select(silenced.c.silence_id).where(silenced.c.inflection_id == inflection_id)
    here = or_(silence.c.inflection_id == inflection_id, silence.c.id.in_(keeping))
    return [
        _silence(row) for row in conn.execute(select(silence).where(here).order_by(silence.c.id)).mappings()
    ]


def kept_back(conn: Connection, inflection_id: str, among: Iterable[Silence]) -> KeptBack | None:
    """What the first of these silences kept back of an inflection; None where none did yet."""
    ids = [one.id for one in among]
    rows = conn.execute(
        select(silenced)
        .where(silenced.c.inflection_id == inflection_id, silenced.c.silence_id.in_(ids))
        .order_by(silenced.c.at)
    )
    row = rows.mappings().first()
    if row is None:
        return None
    return KeptBack(silence_id=row["silence_id"], verdict=row["verdict"], change=row["change"])


def note_kept_back(
    conn: Connection,
    by: Silence,
    inflection_id: str,
    *,
    at: datetime,
    reason: str,
    verdict: str,
    change: float,
) -> bool:
    """Remember that a silence kept a notice back; whether it is the first time for this inflection."""
    here = silenced.c.silence_id == by.id, silenced.c.inflection_id == inflection_id
    if conn.execute(select(silenced.c.at).where(*here)).first() is not None:
        return False
    row = {
        "silence_id": by.id,
        "inflection_id": inflection_id,
        "at": at,
        "reason": reason,
        "verdict": verdict,
        "change": change,
    }
    conn.execute(insert(silenced), [row])
    return True


def _one(conn: Connection, silence_id: int) -> Silence:
    return _silence(conn.execute(select(silence).where(silence.c.id == silence_id)).mappings().one())


def _silence(row: Mapping[Any, Any]) -> Silence:
    plain = {name: row[name] for name in Silence.__dataclass_fields__ if name != "place"}
    return Silence(**plain, place=place_of(row["segment"]))

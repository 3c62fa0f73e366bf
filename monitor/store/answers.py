"""What people answer to an inflection: decisions (a log; the newest stands) and feedback (one word a person).

decision   act     somebody takes it on, and it is looked at again
           watch   nothing is done yet, and it is looked at again
           reject  it is no change of the market to us
           known   we knew
feedback   true · not_useful · known

Nothing is deleted: what is undone says by whom and when.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select

from monitor.store.acts import ActError, Author, one_line, save_act, who
from monitor.store.tables import answer, inflection

DECISIONS = ("act", "watch", "reject", "known")
FEEDBACK = ("true", "not_useful", "known")
Kind = Literal["decision", "feedback"]
LOOK_AGAIN_AFTER = timedelta(weeks=4)
"""When a decision to act or to watch is looked at again, where no day is said."""
LONGEST_WAIT = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; `what` is of DECISIONS or FEEDBACK, `look_again_on` a day of the company."""

    id: int
    inflection_id: str
    kind: Kind
    what: str
    by: str
    via: str
    at: datetime
    owner: str | None
    look_again_on: date | None
    note: str
    undone_at: datetime | None
    undone_by: str | None


def decide(
    conn: Connection,
    author: Author,
    inflection_id: str,
    what: str,
    *,
    today: date,
    owner: str = "",
    look_again_on: date | None = None,
    note: str = "",
) -> Answer:
    """Write a decision down. To act or to watch is looked at again, in four weeks unless another day is said.

    Raises ActError for an unknown inflection or word, or a day that is not within the coming year.
    """
    if what not in DECISIONS:
        raise ActError(f"{one_line(what, 40)!r} is no decision; write {', '.join(DECISIONS)}")
    if look_again_on is None and what in ("act", "watch"):
        look_again_on = today + LOOK_AGAIN_AFTER
    if look_again_on is not None and not today <= look_again_on <= today + LONGEST_WAIT:
        raise ActError(f"look again on {look_again_on}: name a day from today on, within a year")
    values = {
        "kind": "decision",
        "what": what,
        "owner": one_line(owner, 120) or (who(author.who) if what == "act" else None),
        "look_again_on": look_again_on,
        "note": one_line(note),
    }
    return _saved(conn, author, inflection_id, values)


def give_feedback(
    conn: Connection, author: Author, inflection_id: str, what: str, *, note: str = ""
) -> Answer:
    """Write down what somebody says of an alert; the newest word of a person stands. Raises ActError as `decide`."""
    if what not in FEEDBACK:
        raise ActError(f"{one_line(what, 40)!r} is no feedback; write {', '.join(FEEDBACK)}")
    return _saved(conn, author, inflection_id, {"kind": "feedback", "what": what, "note": one_line(note)})


def undo(
    conn: Connection, author: Author, answer_id: int, *, of: str | None = None, own: bool = False
) -> Answer:
    """Take an answer back; one that was taken back stays so.

    of   only if it is about this inflection
    own  only if it is the author's own

    Raises ActError where there is no such answer.
    """
    found = conn.execute(select(answer).where(answer.c.id == answer_id)).mappings().first()
    if found is None or (of is not None and found["inflection_id"] != of):
        raise ActError("there is no such answer any more")
    if own and found["by"].casefold() != author.who.casefold():
        raise ActError("somebody else decided that: they can take it back, or operations")
    conn.execute(
        answer.update()
        .where(answer.c.id == answer_id, answer.c.undone_at.is_(None))
        .values(undone_at=author.at, undone_by=who(author.who))
    )
    return _one(conn, answer_id)


def answers_to(conn: Connection, inflection_id: str) -> list[Answer]:
    """All answers to an inflection, oldest first, with those that were taken back."""
    rows = conn.execute(select(answer).where(answer.c.inflection_id == inflection_id).order_by(answer.c.id))
    return [_answer(row) for row in rows.mappings()]


def standing(conn: Connection) -> dict[str, Answer]:
    """The decision that stands on each inflection: its newest that was not taken back."""
    rows = conn.execute(
        select(answer).where(answer.c.kind == "decision", answer.c.undone_at.is_(None)).order_by(answer.c.id)
    )
    return {row["inflection_id"]: _answer(row) for row in rows.mappings()}


def due(conn: Connection, until: date) -> list[Answer]:
    """Standing decisions on open inflections that are to be looked at again by `until`, the oldest first."""
    open_ones = set(conn.execute(select(inflection.c.id).where(inflection.c.state == "open")).scalars())
    found = [
        one
        for one in standing(conn).values()
        if one.look_again_on is not None and one.look_again_on <= until and one.inflection_id in open_ones
    ]
    return sorted(found, key=lambda one: (one.look_again_on or until, one.id))


def feedback_since(conn: Connection, since: datetime) -> dict[str, list[str]]:
    """By inflection, what each person last said of it since an instant; "known" decisions count as said."""
    rows = conn.execute(
        select(answer).where(answer.c.undone_at.is_(None), answer.c.at >= since).order_by(answer.c.id)
    ).mappings()
    said: dict[str, dict[str, str]] = {}
    for row in rows:
        if row["kind"] == "feedback" or row["what"] in ("known", "reject"):
            word = "not_useful" if row["what"] == "reject" else row["what"]
            said.setdefault(row["inflection_id"], {})[row["by"]] = word
    return {one: list(words.values()) for one, words in said.items()}


def _saved(conn: Connection, author: Author, inflection_id: str, values: dict[str, Any]) -> Answer:
    if conn.execute(select(inflection.c.id).where(inflection.c.id == inflection_id)).first() is None:
        raise ActError(f"{one_line(inflection_id, 80)}: no such inflection; leftturn status lists those open")
    return _one(conn, save_act(conn, answer, author, {"inflection_id": inflection_id, **values}))


def _one(conn: Connection, answer_id: int) -> Answer:
    return _answer(conn.execute(select(answer).where(answer.c.id == answer_id)).mappings().one())


def _answer(row: Mapping[Any, Any]) -> Answer:
    return Answer(**{name: row[name] for name in Answer.__dataclass_fields__})

"""What people answered, as mails say it: the decision log, the record of the year, and who is reminded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert

from alerts import samples
from alerts.types import Reader
from monitor.answered import proposal, record_of, with_answers
from monitor.reminders import _concerned
from monitor.store import Store, tables
from monitor.store.acts import Author
from monitor.store.answers import Answer, decide, give_feedback, undo

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
PEOPLE = (
    SimpleNamespace(email="ceo@acme.example", name="Chief executive"),
    SimpleNamespace(email="cro@acme.example", name=None),
)
SETTINGS: Any = SimpleNamespace(
    people=PEOPLE,
    company=SimpleNamespace(timezone="UTC"),
    attention=SimpleNamespace(false_alarms_per_year=0.5),
)


def told(store: Store, *ids: str, days_ago: int = 30) -> None:
    """Inflections that leadership was mailed about."""
    days = dict.fromkeys(("opened_on", "started_on", "started_low", "started_high"), NOW.date())
    mail = {"kind": "alert", "reason": "opened", "seq": 1, "sender": "l", "recipient": "c", "subject": "s"}
    mail |= {"content": b"", "state": "sent", "attempts": 1, "created_at": NOW - timedelta(days=days_ago)}
    with store.write() as conn:
        for id_ in ids:
            row = {"id": id_, **days, "verdict": "market_shift", "direction": "down", "state": "open"}
            conn.execute(insert(tables.inflection), [row])
            conn.execute(insert(tables.notice), [{**mail, "message_id": f"<{id_}>", "inflection_id": id_}])


def author(who: str) -> Author:
    return Author(who=who, via="mail", at=NOW)


def test_an_alert_carries_its_decisions_oldest_first_without_those_taken_back(sqlite_store: Store) -> None:
    alert = samples.alerts()["market_shift"]
    told(sqlite_store, alert.id)
    with sqlite_store.write() as conn:
        decide(
            conn, author("ceo@acme.example"), alert.id, "watch", today=NOW.date(), owner="cro@acme.example"
        )
        gone = decide(conn, author("ceo@acme.example"), alert.id, "reject", today=NOW.date())
        undo(conn, author("ceo@acme.example"), gone.id)
        decide(conn, author("Rita"), alert.id, "act", today=NOW.date(), note="call them")
        give_feedback(conn, author("Rita"), alert.id, "true")
        found = with_answers(conn, SETTINGS, alert).answers
    assert [(one.what, one.by, one.note) for one in found] == [
        ("watch", "Chief executive", "cro@acme.example takes it on"),
        ("act", "Rita", "call them"),
    ]


def test_the_record_counts_each_alert_of_the_year_once_by_what_most_say(sqlite_store: Store) -> None:
    with sqlite_store.read() as conn:
        assert record_of(conn, SETTINGS, NOW) is None
    told(sqlite_store, "a", "b", "c", "d")
    told(sqlite_store, "old", days_ago=400)
    said = {"a": ["true", "known"], "b": ["not_useful", "not_useful", "true"], "old": ["true"]}
    with sqlite_store.write() as conn:
        for id_, words in said.items():
            for place, word in enumerate(words):
                give_feedback(conn, author(f"reader {place}"), id_, word)
        decide(conn, author("ceo"), "c", "known", today=NOW.date())
        found = record_of(conn, SETTINGS, NOW)
    assert found is not None
    assert (found.sent, found.true, found.known, found.not_useful, found.proposal) == (4, 1, 1, 1, "")


@pytest.mark.parametrize(
    ("true", "mistaken", "budget", "begins"),
    [
        (0, 2, 0.5, "That is more than was agreed on"),  # P(X >= 2) = 9 % at a half a year
        (0, 1, 0.5, ""),
        (0, 2, 4.0, ""),
        (3, 0, 0.5, "None was mistaken"),
        (2, 0, 0.5, ""),
        (9, 1, 0.5, ""),
    ],
)
def test_a_budget_is_proposed_where_the_answers_say_more_than_chance(
    true: int, mistaken: int, budget: float, begins: str
) -> None:
    said = proposal(true, mistaken, budget)
    assert bool(said) == bool(begins)
    assert said.startswith(begins)


def test_who_took_it_on_is_reminded_else_who_decided_else_all_who_were_told() -> None:
    def reader(email: str, name: str | None) -> Reader:
        kinds = {"receives": frozenset({"inflections"}), "verdicts": None, "segments": None}
        return Reader(email=email, name=name, timezone="UTC", locale="en", **kinds)

    def decision(owner: str | None, by: str) -> Answer:
        blank = dict.fromkeys(Answer.__dataclass_fields__)
        return Answer(**{**blank, "owner": owner, "by": by})

    readers = tuple(reader(one.email, one.name) for one in PEOPLE)
    every = {"ceo@acme.example"}
    assert [one.email for one in _concerned(readers, decision("chief EXECUTIVE", "x"), every)] == [
        PEOPLE[0].email
    ]
    assert [one.email for one in _concerned(readers, decision("Bob", "CRO@acme.example"), every)] == [
        PEOPLE[1].email
    ]
    assert [one.email for one in _concerned(readers, decision(None, "Rita"), every)] == ["ceo@acme.example"]

"""The outbox: frozen bytes, one claim an attempt, marked after sending, never lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from alerts.types import Delivery, Email
from monitor.store import Store, tables
from monitor.store.outbox import (
    LIFETIME,
    About,
    Queued,
    claim,
    count_of_kind,
    dead_since,
    last_notice,
    queue,
    record,
    waiting,
)
from monitor.store.threads import threads

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
INFLECTION = {
    "id": "2026-05-04-a",
    **dict.fromkeys(("opened_on", "started_on", "started_low", "started_high"), NOW.date()),
    "verdict": "market_shift",
    "direction": "down",
    "state": "open",
}
EVERY_BYTE = bytes(range(256)) + "Größe: 5 €\r\n".encode()


def email(number: int = 1, **more: Any) -> Email:
    told = {
        "message_id": f"<{number}@acme.example>",
        "sender": "LeftTurn <l@acme.example>",
        "to": "ceo@acme.example",
        "subject": "Marktwechsel: −9 Punkte",
        "kind": "alert",
        "content": EVERY_BYTE,
    }
    return Email(**{**told, **more})


def about(**more: Any) -> About:
    told = {"inflection_id": None, "reason": "digest", "sequence": 0, "verdict": None, "change": None}
    return About(**{**told, **more})


def put(store: Store, mail: Email, of: About | None = None, now: datetime = NOW) -> bool:
    with store.write() as connection:
        return queue(connection, mail, of or about(), {"title": "é", "n": [1, None]}, now)


def due(store: Store, now: datetime = NOW) -> list[Queued]:
    with store.read() as connection:
        return waiting(connection, now)


def take(store: Store, mail: Queued) -> bool:
    with store.write() as connection:
        return claim(connection, mail)


def mark(store: Store, mail: Queued, state: str, now: datetime = NOW, detail: str = "") -> str:
    with store.write() as connection:
        return record(connection, mail, Delivery(state=state, detail=detail), now)  # type: ignore[arg-type]


def test_a_mail_comes_back_byte_for_byte(store: Store) -> None:
    assert put(store, email())
    assert due(store) == [Queued(email=email(), attempts=0, created_at=NOW)]
    with store.read() as connection:
        assert connection.execute(select(tables.notice.c.view)).scalar_one() == {"title": "é", "n": [1, None]}


def test_the_same_message_is_queued_once_and_stays_as_it_was(store: Store) -> None:
    assert put(store, email())
    assert not put(store, email(content=b"other"), now=NOW + MINUTE)
    assert due(store)[0].email.content == EVERY_BYTE


def test_only_one_of_two_takes_a_mail(store: Store) -> None:
    put(store, email())
    (mail,) = due(store)
    assert [take(store, mail), take(store, mail)] == [True, False]


def test_a_mail_left_by_a_process_that_died_is_tried_again(store: Store) -> None:
    put(store, email())
    take(store, due(store)[0])
    (again,) = due(store)
    assert again.attempts == 1
    assert take(store, again)


def test_a_sent_mail_is_done(store: Store) -> None:
    put(store, email())
    (mail,) = due(store)
    take(store, mail)
    assert mark(store, mail, "sent", NOW + MINUTE) == "sent"
    assert due(store, NOW + timedelta(days=30)) == []
    assert not take(store, mail)
    with store.read() as connection:
        row = connection.execute(select(tables.notice)).one()
    assert (row.sent_at, row.last_error, row.attempts) == (NOW + MINUTE, None, 1)


def test_a_failed_mail_waits_longer_each_time_and_dies_of_age(store: Store) -> None:
    put(store, email())
    now, waits = NOW, []
    while due(store, now):
        (mail,) = due(store, now)
        take(store, mail)
        if mark(store, mail, "ambiguous" if len(waits) % 2 else "deferred", now, "no route") == "dead":
            break
        with store.read() as connection:
            later = connection.execute(select(tables.notice.c.next_try_at)).scalar_one()
        assert due(store, later - timedelta(seconds=1)) == []
        waits.append((later - now).total_seconds())
        now = later
    assert waits[:4] == [30, 60, 120, 240]
    assert max(waits) == 3_600
    assert LIFETIME < now - NOW <= LIFETIME + timedelta(hours=1)
    with store.read() as connection:
        assert dead_since(connection, NOW) == [
            "not delivered to ceo@acme.example: Marktwechsel: −9 Punkte (no route)"
        ]


def test_a_refused_mail_is_dead_at_once(store: Store) -> None:
    put(store, email())
    (mail,) = due(store)
    take(store, mail)
    assert mark(store, mail, "refused", detail="x" * 900) == "dead"
    assert due(store, NOW + timedelta(days=30)) == []


def test_mails_go_out_in_the_order_they_were_queued(store: Store) -> None:
    for number in (3, 1, 2):
        put(store, email(number), now=NOW + number * MINUTE)
    told = [mail.email.message_id for mail in due(store, NOW + 10 * MINUTE)]
    assert told == ["<1@acme.example>", "<2@acme.example>", "<3@acme.example>"]
    assert [mail.email.message_id for mail in due(store, NOW + MINUTE)] == ["<1@acme.example>"]


def test_a_mail_and_what_it_is_about_are_saved_together_or_not_at_all(store: Store) -> None:
    with store.write() as connection:  # in this order, too
        queue(connection, email(), about(inflection_id="2026-05-04-a", reason="opened", sequence=1), {}, NOW)
        connection.execute(insert(tables.inflection), [INFLECTION])
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        put(store, email(2), about(inflection_id="nobody", reason="opened", sequence=1))
    assert [mail.email.message_id for mail in due(store)] == ["<1@acme.example>"]


def told_about(store: Store, number: int, reason: str, sequence: int, **more: Any) -> None:
    to = more.pop("to", "ceo@acme.example")
    of = about(inflection_id="2026-05-04-a", reason=reason, sequence=sequence, **more)
    put(store, email(number, to=to), of, NOW + number * MINUTE)


def test_the_last_word_on_an_inflection_is_the_one_of_the_highest_number(store: Store) -> None:
    with store.write() as connection:
        connection.execute(insert(tables.inflection), [INFLECTION])
        assert last_notice(connection, "2026-05-04-a") == (None, 0)
    told_about(store, 1, "opened", 1, verdict="unclear", change=-0.05)
    told_about(store, 2, "worsened", 2, verdict="market_shift", change=-0.09)
    told_about(store, 3, "worsened", 2, to="sales@acme.example", verdict="market_shift", change=-0.09)
    with store.read() as connection:
        notice, sequence = last_notice(connection, "2026-05-04-a")
        firsts = {who: one.message_id for who, one in threads(connection, "2026-05-04-a").items()}
    assert notice is not None
    assert (notice.reason, notice.verdict, notice.change, sequence) == ("worsened", "market_shift", -0.09, 2)
    assert firsts == {"ceo@acme.example": "<1@acme.example>", "sales@acme.example": "<3@acme.example>"}


def test_the_digests_of_a_year_are_counted_for_each_reader(store: Store) -> None:
    for number in range(3):
        put(store, email(number, kind="digest"), now=NOW + number * MINUTE)
    put(store, email(9, kind="digest", to="other@acme.example"))
    with store.read() as connection:
        assert count_of_kind(connection, "digest", "ceo@acme.example", NOW + MINUTE) == 2
        assert count_of_kind(connection, "alert", "ceo@acme.example", NOW) == 0

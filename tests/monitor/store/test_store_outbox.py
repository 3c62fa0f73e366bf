"""The outbox: frozen bytes, one claim an attempt, marked after sending, never lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import insert, select

from alerts.another_try import TEXT_ALONE
from alerts.envelope import Envelope, compose
from alerts.types import Delivery, Email
from monitor.store import Store, tables
from monitor.store.outbox import (
    About,
    NotInHandError,
    Queued,
    claim,
    count_of_kind,
    dead_since,
    handing_over,
    last_notice,
    queue,
    record,
    send_again,
    take_back,
    waiting,
)
from monitor.store.retries import LIFETIME
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
ENVELOPE = Envelope(
    message_id="<1@acme.example>",
    sender="LeftTurn <l@acme.example>",
    to="ceo@acme.example",
    to_name="Cäsar",
    reply_to=None,
    subject="Größe",
    now=NOW,
    timezone="Europe/Berlin",
)
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


def take(store: Store, mail: Queued, epoch: int = 1) -> bool:
    with store.write() as connection:
        return claim(connection, mail, NOW, epoch)


def mark(store: Store, mail: Queued, state: str, now: datetime = NOW, detail: str = "", **more: Any) -> str:
    with store.write() as connection:
        delivery = Delivery(state=state, detail=detail, **more)  # type: ignore[arg-type]
        return record(connection, mail, delivery, now).state


def dot(store: Store, mail: Queued) -> None:
    with store.write() as connection:
        handing_over(connection, mail)


def taken_back(store: Store, epoch: int, now: datetime = NOW) -> list[tuple[str, str]]:
    with store.write() as connection:
        return [(one.state, one.email.message_id) for one in take_back(connection, now, epoch)]


def state_of(store: Store) -> str:
    with store.read() as connection:
        return str(connection.execute(select(tables.notice.c.state)).scalar_one())


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


def test_a_mail_left_claimed_by_an_earlier_term_goes_out_again_as_if_nothing_had_been(store: Store) -> None:
    put(store, email())
    take(store, due(store)[0], epoch=1)
    assert due(store) == []
    assert taken_back(store, epoch=1) == [] == due(store)
    assert taken_back(store, epoch=2) == []
    (again,) = due(store)
    assert (again.attempts, again.maybe_sent, again.as_sent()) == (1, False, email())


def test_where_nobody_leads_a_claim_is_taken_back_when_it_is_old(store: Store) -> None:
    put(store, email())
    take(store, due(store)[0], epoch=0)
    assert taken_back(store, 0, NOW + 20 * MINUTE) == [] == due(store, NOW + 20 * MINUTE)
    taken_back(store, 0, NOW + 21 * MINUTE)
    assert len(due(store, NOW + 21 * MINUTE)) == 1


def test_an_alert_left_at_the_dot_is_sent_once_more_and_says_so_and_a_second_time_ends_it(
    store: Store,
) -> None:
    put(store, email())
    (mail,) = due(store)
    take(store, mail, epoch=1)
    dot(store, mail)
    assert taken_back(store, epoch=2) == []
    later = NOW + MINUTE
    (again,) = due(store, later)
    assert again.as_sent().content == b"X-Possible-Duplicate: 1\r\n" + EVERY_BYTE
    assert again.as_sent().message_id == mail.email.message_id
    take(store, again, epoch=2)
    dot(store, again)
    assert taken_back(store, epoch=3) == [("dead", "<1@acme.example>")]
    assert due(store, NOW + timedelta(days=30)) == []


def test_a_digest_left_at_the_dot_is_held_until_somebody_asks_for_it(store: Store) -> None:
    put(store, email(kind="digest"))
    (mail,) = due(store)
    take(store, mail, epoch=1)
    dot(store, mail)
    assert taken_back(store, epoch=2) == [("held", "<1@acme.example>")]
    assert taken_back(store, epoch=3, now=NOW + timedelta(days=9)) == []
    assert due(store, NOW + timedelta(days=30)) == []
    assert state_of(store) == "data"
    with store.write() as connection:
        assert send_again(connection, "<nobody@acme.example>", NOW) is None
        assert send_again(connection, "<1@acme.example>", NOW) == "<1@acme.example>"
    (again,) = due(store)
    assert again.maybe_sent


def test_a_mail_in_hand_is_not_sent_again_by_asking(store: Store) -> None:
    put(store, email(kind="digest"))
    (mail,) = due(store)
    take(store, mail)
    dot(store, mail)
    with store.write() as connection:
        assert send_again(connection, "<1@acme.example>", NOW) is None


def test_what_an_attempt_knows_is_not_written_once_the_mail_is_in_other_hands(store: Store) -> None:
    put(store, email())
    (mail,) = due(store)
    take(store, mail, epoch=1)
    taken_back(store, epoch=2)
    (again,) = due(store)
    take(store, again, epoch=2)
    with pytest.raises(NotInHandError):
        mark(store, mail, "sent")
    with pytest.raises(NotInHandError):
        dot(store, mail)
    assert state_of(store) == "claimed"


def test_a_page_that_is_refused_goes_out_once_more_as_text_alone(store: Store) -> None:
    whole = compose(ENVELOPE, "the text\n", "<p>the page</p>", {})
    put(store, email(content=whole))
    (mail,) = due(store)
    take(store, mail)
    assert mark(store, mail, "refused", about="content", code=554) == "deferred"
    (again,) = due(store, NOW + timedelta(hours=1))
    sent = message_from_bytes(again.as_sent().content, policy=policy.default)
    assert sent.get_content_type() == "text/plain"
    assert sent.get_content().split() == ["the", "text", *TEXT_ALONE.split()]
    assert (sent["Message-ID"], sent["Subject"]) == ("<1@acme.example>", "Größe")
    take(store, again)
    assert mark(store, again, "refused", about="content", code=554) == "dead"


def test_a_server_that_says_later_is_given_time_and_one_that_refuses_the_login_more(store: Store) -> None:
    answers = (
        ("content", 451, 5),
        ("reader", 450, 5),
        ("road", 535, 15),
        ("sender", 550, 15),
        ("road", None, 0.5),
    )
    for number, (about_what, code, minutes) in enumerate(answers):
        put(store, email(number))
        (mail,) = due(store)
        take(store, mail)
        mark(store, mail, "deferred", about=about_what, code=code)
        with store.read() as connection:
            wanted = select(tables.notice.c.next_try_at).where(
                tables.notice.c.message_id == f"<{number}@acme.example>"
            )
            assert connection.execute(wanted).scalar_one() - NOW == minutes * MINUTE, about_what


def test_alerts_go_before_words_to_operations_and_digests_last(store: Store) -> None:
    for number, kind in enumerate(("digest", "operations", "alert")):
        put(store, email(number, kind=kind), now=NOW + number * MINUTE)
    assert [mail.email.kind for mail in due(store, NOW + 9 * MINUTE)] == ["alert", "operations", "digest"]


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
        if mark(store, mail, "deferred", now, "no route") == "dead":
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


def test_a_next_try_made_by_a_clock_that_was_set_back_since_is_due(store: Store) -> None:
    put(store, email())
    (mail,) = due(store)
    take(store, mail)
    mark(store, mail, "deferred", now=NOW + timedelta(days=4))
    assert len(due(store, NOW)) == 1
    put(store, email(2), now=NOW + timedelta(days=1))  # held back, by the right clock
    assert len(due(store, NOW)) == 1

"""One summary in the place of many mails: after an outage, in a storm, for words under one subject."""

from __future__ import annotations

from datetime import datetime, timedelta
from email import message_from_bytes, policy

from sqlalchemy import select

from alerts.types import Email
from monitor.roll_up import STALE_AFTER, fold_stale, fold_words
from monitor.store import Store, open_store, tables
from monitor.store.outbox import About, claim, queue, record, waiting

from .conftest import Place, moments

NOW = next(moments(30, 30))
HOUR = timedelta(hours=1)
CEO = "ceo@acme.example"


def put(
    store: Store, number: int, now: datetime, *, kind: str = "alert", to: str = CEO, line: str = "x"
) -> None:
    email = Email(
        message_id=f"<{number}@acme.example>",
        sender="l@acme.example",
        to=to,
        subject=f"Change {number}" if kind == "alert" else "A source needs a look",
        kind=kind,  # type: ignore[arg-type]
        content=b"x",
    )
    about = About(inflection_id=None, reason="opened", sequence=1, verdict=None, change=None)
    with store.write() as conn:
        queue(conn, email, about, {"lines": [line]}, now)
        if kind == "alert":  # the server was away
            conn.execute(tables.notice.update().values(attempts=1).where(tables.notice.c.kind == "alert"))


def states(store: Store) -> dict[str, tuple[str, str | None]]:
    notice = tables.notice
    with store.read() as conn:
        rows = conn.execute(select(notice.c.message_id, notice.c.state, notice.c.folded_into)).all()
    return {name: (state, into) for name, state, into in rows}


def text_of(mail: Email) -> str:
    body = message_from_bytes(mail.content, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_alerts_that_waited_for_longer_than_a_day_go_out_as_one_list(place: Place) -> None:
    settings = place.settings()
    with open_store(settings.database) as store:
        for number in range(3):
            put(store, number, NOW + number * HOUR)
        later = NOW + STALE_AFTER + timedelta(hours=1, minutes=30)
        with store.write() as conn:
            assert fold_stale(conn, settings, later) == 2
            assert fold_stale(conn, settings, later) == 0
            (fresh, summary) = sorted(waiting(conn, later), key=lambda mail: mail.email.message_id)
        assert fresh.email.message_id == "<2@acme.example>"
        assert (summary.email.kind, summary.email.to) == ("alert", CEO)
        assert summary.email.subject == "2 changes found while no mail could be sent"
        assert "Change 0" in text_of(summary.email)
        assert "Change 1" in text_of(summary.email)
        found = states(store)
        assert found["<0@acme.example>"] == found["<1@acme.example>"] == ("folded", summary.email.message_id)


def test_a_summary_that_could_not_be_sent_either_is_replaced_by_the_next(place: Place) -> None:
    settings = place.settings()
    with open_store(settings.database) as store:
        for number in range(3):
            put(store, number, NOW + 10 * number * HOUR)
        with store.write() as conn:
            fold_stale(conn, settings, NOW + STALE_AFTER + 11 * HOUR)
            fold_stale(conn, settings, NOW + STALE_AFTER + 21 * HOUR)
            (summary,) = waiting(conn, NOW + STALE_AFTER + 21 * HOUR)
        assert summary.email.subject == "3 changes found while no mail could be sent"
        assert all(f"Change {number}" in text_of(summary.email) for number in range(3))
        folded = [into for state, into in states(store).values() if state == "folded"]
        assert folded == [summary.email.message_id] * 4  # three alerts and the first summary


def test_one_stale_alert_goes_out_as_it_is(place: Place) -> None:
    settings = place.settings()
    with open_store(settings.database) as store:
        put(store, 1, NOW)
        put(store, 2, NOW, to="ops@acme.example")
        with store.write() as conn:
            assert fold_stale(conn, settings, NOW + 2 * STALE_AFTER) == 0


def test_an_alert_that_may_have_arrived_is_never_folded(place: Place) -> None:
    from alerts.types import Delivery

    settings = place.settings()
    with open_store(settings.database) as store:
        for number in range(3):
            put(store, number, NOW)
        with store.write() as conn:
            doubtful = waiting(conn, NOW)[0]
            claim(conn, doubtful, NOW, 0)
            record(conn, doubtful, Delivery(state="ambiguous", detail="lost"), NOW)
            assert fold_stale(conn, settings, NOW + 2 * STALE_AFTER) == 2
        assert states(store)["<0@acme.example>"] == ("deferred", None)


def test_words_to_operations_under_one_subject_are_one_mail(place: Place) -> None:
    settings = place.settings()
    with open_store(settings.database) as store:
        for number in range(3):
            put(store, number, NOW, kind="operations", to="ops@acme.example", line=f"source {number}")
        with store.write() as conn:
            assert fold_words(conn, settings, NOW) == 3
            assert fold_words(conn, settings, NOW) == 0
            (one,) = waiting(conn, NOW)
        assert all(f"source {number}" in text_of(one.email) for number in range(3))

"""Threads, previews and reminders through the whole corridor: who is mailed what, when, and in which thread."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from monitor.report import Report
from monitor.store import open_store, tables
from monitor.store.acts import Author
from monitor.store.answers import decide
from monitor.wall_clock import local_day

from .conftest import CONFIG, FALL_WEEK, Place, moments
from .test_corridor_acts import rows

Live = Callable[..., list[Report]]


def alerts(place: Place, to: str = "") -> list[EmailMessage]:
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in place.mails("-alert-")]
    return [mail for mail in found if to in str(mail["To"])]


@pytest.fixture
def previewing(place: Place) -> Place:
    place.config.write_text(
        CONFIG.replace(
            "attention: {learning: 13 weeks}", "attention: {learning: 13 weeks, preview: 24 hours}"
        )
    )
    return place


def opening(place: Place, live: Live) -> Any:
    """Live until the fall is told, or shown to operations; the instant of that."""
    app = place.app()
    for now in moments(FALL_WEEK - 1, FALL_WEEK + 6):
        app.tick(now)
        if rows(place, tables.notice, "reason") and place.mails("-alert-"):
            return app, now
    raise AssertionError("nothing was told")


def test_operations_see_an_alert_before_leadership_and_leadership_gets_it_when_the_time_is_over(
    previewing: Place, live: Live
) -> None:
    app, now = opening(previewing, live)
    (preview,) = alerts(previewing)
    assert "ops@acme.example" in str(preview["To"])
    assert preview["Subject"].startswith("[Preview] ")
    text = preview.get_body(("plain",)).get_content()
    assert "leadership is mailed on" in text
    assert "at 08:00, your time" in text
    app.tick(now + timedelta(hours=23))
    assert alerts(previewing, "ceo@") == []
    app.tick(now + timedelta(hours=25))
    (told,) = alerts(previewing, "ceo@")
    assert told["Subject"] == preview["Subject"].removeprefix("[Preview] ")


def test_what_is_silenced_during_its_preview_is_never_mailed(previewing: Place, live: Live) -> None:
    app, now = opening(previewing, live)
    with open_store(previewing.settings().database) as store, store.write() as conn:
        row = {"at": now, "by": "revops", "via": "command", "nonce": "n", "reason": "our own price list"}
        until = now.date() + timedelta(days=30)
        conn.execute(tables.silence.insert().values(**row, metric="win_rate", segment="", until=until))
    app.tick(now + timedelta(hours=25))
    assert alerts(previewing, "ceo@") == []
    states = rows(previewing, tables.notice, "recipient", "state", "reason")
    assert ("ceo@acme.example", "withheld", "withheld") in states


def test_a_decision_is_reminded_of_once_on_its_day_in_the_same_thread(place: Place, live: Live) -> None:
    app, now = opening(place, live)
    (told,) = alerts(place, "ceo@")
    ((id_,),) = rows(place, tables.inflection, "id")
    today = local_day("Europe/Berlin", now)
    with open_store(place.settings().database) as store, store.write() as conn:
        author = Author(who="ceo@acme.example", via="link", at=now)
        day = today + timedelta(days=10)
        decide(conn, author, id_, "watch", today=today, look_again_on=day, note="after the fair")
    for days in range(1, 16):
        app.tick(now + timedelta(days=days))
    reminders = [mail for mail in alerts(place) if mail["Subject"].startswith("[Reminder]")]
    (reminder,) = reminders
    assert reminder["References"] == reminder["In-Reply-To"] == told["Message-ID"]
    assert reminder["Subject"] == f"[Reminder] {told['Subject']}"
    text = reminder.get_body(("plain",)).get_content().replace("\u00a0", " ")
    assert "Chief executive decided to watch it, and to look again on" in text
    assert "after the fair" in text
    digests = [path.read_bytes() for path in place.mails("-digest-ceo")]
    newest = message_from_bytes(digests[-1], policy=policy.default).get_body(("plain",)).get_content()
    assert "Decided to watch it: Chief executive" in newest.replace("\u00a0", " ").replace("\r\n", " ")


def test_a_monthly_reader_gets_one_mail_a_month_that_tells_of_all_its_weeks(place: Place, live: Live) -> None:
    place.config.write_text(
        CONFIG.replace("name: Chief executive}", "name: Chief executive, digest: monthly}")
    )
    live(place.app(), FALL_WEEK - 2, FALL_WEEK + 9)
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in place.mails("-digest-ceo")
    ]
    assert len(place.mails("-digest-ops")) > 2 * len(mails) > 2
    told = [mail for mail in mails if "win rate down" in mail["Subject"]]
    assert len(told) == 1
    assert any(told[0]["Subject"].startswith(month) for month in ("July", "August", "September"))
    text = told[0].get_body(("plain",)).get_content()
    assert "To stop this monthly mail" in text
    assert "Quarter so far" in text

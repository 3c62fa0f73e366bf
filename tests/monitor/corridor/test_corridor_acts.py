"""What people do, in the corridor: silences keep mails back and say so, data are accepted, mails are left."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlalchemy import select

from config import load
from monitor.app import App
from monitor.cli import exit_code
from monitor.console.links import Signer
from monitor.report import Report
from monitor.store import open_store, tables
from monitor.store.acts import Author
from monitor.store.answers import decide, give_feedback
from monitor.store.silences import add_silence
from monitor.store.subscriptions import subscribe

from .conftest import FALL_WEEK, FIRST, Place, export, moments

Live = Callable[..., list[Report]]
QUICK = {"first": FALL_WEEK - 1, "last": FALL_WEEK + 5}


def rows(place: Place, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    with open_store(f"sqlite:///{place.folder / 'leftturn.db'}") as store, store.read() as conn:
        return [tuple(row) for row in conn.execute(select(*(table.c[column] for column in columns)))]


@pytest.fixture
def leftturn(place: Place, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = exit_code([*words, "--config", str(place.config)])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def test_a_silenced_change_is_not_mailed_and_every_place_says_why(
    place: Place, live: Live, leftturn: Callable[..., tuple[int, str]]
) -> None:
    live(place.app(), FALL_WEEK - 1, FALL_WEEK - 1)
    why = "the price list, we know"
    code, said = leftturn(
        "silence", "--metric", "win_rate", "--reason", why, "--until", "2099-01-01", "--long"
    )
    assert (code, said) == (2, "leftturn: until 2099-01-01: a silence lasts at most a year\n")
    with open_store(place.settings().database) as store, store.write() as conn:
        row = {"at": next(moments(1, 1)), "by": "revops", "via": "command", "nonce": "n", "reason": why}
        ends = FIRST + timedelta(weeks=FALL_WEEK + 30)
        conn.execute(tables.silence.insert().values(**row, metric="win_rate", segment="", until=ends))
    live(place.app(), FALL_WEEK, FALL_WEEK + 5)
    assert place.mails("alert") == []
    ((id_,),) = rows(place, tables.inflection, "id")
    assert rows(place, tables.silenced, "inflection_id", "reason") == [(id_, "opened")]
    assert ("win_rate", "silenced") in rows(place, tables.suppressed, "metric", "reason")
    assert [reason for _, reason in rows(place, tables.suppressed, "metric", "reason")].count("silenced") == 1
    code, said = leftturn("explain", id_)
    assert code == 0
    assert f"Silence 1 of win_rate until {ends}, by revops: {why}" in said

    live(place.app(), FALL_WEEK + 6, FALL_WEEK + 6)
    assert place.mails("alert") == []
    leftturn("silence", "--end", "1")
    live(place.app(), FALL_WEEK + 7, FALL_WEEK + 7)
    assert len(place.mails("alert")) == 1


def test_ack_writes_down_a_decision_that_status_and_explain_show(
    place: Place, live: Live, leftturn: Callable[..., tuple[int, str]]
) -> None:
    live(place.app(), **QUICK)
    ((id_,),) = rows(place, tables.inflection, "id")
    code, said = leftturn("ack", id_, "--owner", "Head of sales", "--by", "ceo", "--json")
    assert code == 0
    assert json.loads(said)["standing"]["owner"] == "Head of sales"
    open_ones = json.loads(leftturn("status", "--json")[1])["open"]
    assert [(one["decision"], one["owner"]) for one in open_ones] == [("act", "Head of sales")]
    assert "decision act, by ceo, owner Head of sales, look again on" in leftturn("explain", id_)[1]
    assert leftturn("ack", id_, "--feedback", "true", "--by", "ceo")[0] == 0
    assert leftturn("ack", id_, "--undo", "--by", "ceo") == (0, f"{id_}: nothing is decided\n")
    assert "(taken back on" in leftturn("explain", id_)[1]
    code, said = leftturn("ack", "nonsense")
    assert (code, "nonsense: no such inflection" in said) == (2, True)


def test_a_week_without_fresh_deals_is_judged_once_a_person_accepts_that(
    place: Place, live: Live, leftturn: Callable[..., tuple[int, str]]
) -> None:
    place.write(export(until_week=26))
    app: App = place.app()
    live(app, 24, 27)
    held = json.loads(leftturn("accept", "--json")[1])["held"]
    week = FIRST + timedelta(weeks=26)
    assert [one["run"] for one in held] == [f"judge:{week}"]
    told = [path.read_text() for path in place.mails("no-fresh-deals")]
    assert f"leftturn accept judge:{week}" in told[0].replace("=\n", "")
    assert leftturn("accept", f"judge:{week}", "--by", "ops") == (
        0,
        f"judge:{week}: accepted; it is acted on at the next tick\n",
    )
    later = app.tick(list(moments(27, 27))[-1] + timedelta(minutes=11))
    assert next((one.week, one.held) for one in later.judged) == (week, None)


def test_who_is_taken_off_gets_no_more_digests_and_others_do(place: Place, live: Live) -> None:
    app = place.app()
    live(app, 25, 25)
    before = len(place.mails("digest"))
    with open_store(place.settings().database) as store, store.write() as conn:
        author = Author(who="ceo@acme.example", via="mail", at=next(moments(26, 26)))
        subscribe(conn, author, "ceo@acme.example", "digest", wanted=False)
    reports = live(app, 26, 27)
    states = [(one.reader, one.state) for report in reports for one in report.digests]
    assert states == [("ceo@acme.example", "unsubscribed"), ("ops@acme.example", "queued")] * 2
    assert len(place.mails("digest")) == before + 2


KEYED = """
console: {url: "https://leftturn.acme.example", token_env: LEFTTURN_TOKEN, signing_key_env: LEFTTURN_KEY}
"""
ENVIRON = {"LEFTTURN_TOKEN": "t" * 20, "LEFTTURN_KEY": "k" * 40, "MAIL_PASSWORD": "x"}


def text_of(path: Any) -> str:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    body = message.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


def test_mails_carry_signed_links_remind_on_the_day_and_the_digest_says_what_was_decided(
    place: Place, live: Live
) -> None:
    place.config.write_text(place.config.read_text() + KEYED)
    settings = load(place.config, environ=ENVIRON)
    app = App.build(settings, lambda: next(moments(1, 1)))
    live(app, FALL_WEEK - 1, FALL_WEEK + 4)
    (alert,) = place.mails("alert")
    ((id_,),) = rows(place, tables.inflection, "id")
    links = re.findall(r"https://leftturn.acme.example/a/(\S+)\?answer=(\w+)", text_of(alert))
    assert [answer for _, answer in links] == ["act", "watch", "known"]
    console = settings.console
    assert console is not None
    now = next(moments(FALL_WEEK + 5, FALL_WEEK + 5))
    ticket = Signer(console.signing_keys).read(links[0][0], "answer", now)
    assert (ticket.about, ticket.reader) == (id_, "ceo@acme.example")
    digest = message_from_bytes(place.mails("digest")[-1].read_bytes(), policy=policy.default)
    assert digest["List-Unsubscribe"].startswith("<https://leftturn.acme.example/u/")
    assert digest["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    today = now.date()
    with open_store(settings.database) as store, store.write() as conn:
        one, two = (Author(who="ceo@acme.example", via="mail", at=now) for _ in range(2))
        decide(conn, one, id_, "act", today=today, look_again_on=today + timedelta(days=7))
        give_feedback(conn, two, id_, "true")
        add_silence(conn, one, today=today, reason="the price list", metric="volume")
    live(app, FALL_WEEK + 5, FALL_WEEK + 8)
    (reminder,) = [path for path in place.mails("alert") if path != alert]
    message = message_from_bytes(reminder.read_bytes(), policy=policy.default)
    assert message["Subject"].startswith("[Reminder] ")
    assert (
        message["In-Reply-To"] == message_from_bytes(alert.read_bytes(), policy=policy.default)["Message-ID"]
    )
    assert "Chief executive decided to act on it" in " ".join(text_of(reminder).split())
    told = " ".join(text_of(place.mails("digest-ceo")[-1]).split())
    for line in (
        "the price list (Chief executive)",
        "1 alert in the last year; by your answers 1 true",
        "look again on",
    ):
        assert line in told

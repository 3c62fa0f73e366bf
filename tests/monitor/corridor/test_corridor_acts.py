"""What people do, in the corridor: silences keep mails back and say so, data are accepted, mails are left."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from monitor.app import App
from monitor.cli import exit_code
from monitor.report import Report
from monitor.store import open_store, tables
from monitor.store.acts import Author
from monitor.store.subscriptions import subscribe

from .conftest import FALL_WEEK, FIRST, Place, export, moments

Live = Callable[..., list[Report]]
QUICK = {"first": FALL_WEEK - 1, "last": FALL_WEEK + 5}


def rows(place: Place, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    with open_store(place.settings().database) as store, store.read() as conn:
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

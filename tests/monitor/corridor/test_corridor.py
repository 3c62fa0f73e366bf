"""The corridor end to end on a small company: read, judged, told once, whatever happens on the way."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from smtp_servers import USER
from sqlalchemy import select

import monitor.pipeline
from alerts.channels import CHANNELS
from monitor.app import App
from monitor.cli import exit_code
from monitor.report import Report
from monitor.store import Store, StoreError, open_store, runs, tables

from .conftest import FALL_WEEK, FIRST, WEEKS, Place, export, moments

Live = Callable[..., list[Report]]


def rows(place: Place, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    with open_store(place.settings().database) as store, store.read() as conn:
        wanted = [table.c[column] for column in columns]
        return [tuple(row) for row in conn.execute(select(*wanted).order_by(*wanted))]


def same(one: Any, other: Any) -> bool:
    """Equal, numbers to 1e-9."""
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-9)
    return bool(one == other)


def text_of(content: bytes) -> str:
    body = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_fall_is_told_once_and_ticking_again_tells_nothing(place: Place, live: Live) -> None:
    reports = live(place.app(), 25)
    assert [one for report in reports for one in report.failed] == []
    assert sum(week.opened for report in reports for week in report.judged) == 1
    (alert,) = place.mails("alert")
    message = message_from_bytes(alert.read_bytes(), policy=policy.default)
    assert message["To"].addresses[0].addr_spec == "ceo@acme.example"
    assert message["Subject"].startswith("Market shift: win rate down")
    assert len(place.mails("digest")) == 2 * (WEEKS - 25)

    before = rows(place, tables.notice, "message_id", "state", "attempts")
    again = [place.app().tick(now) for now in (*moments(30, 31), list(moments(39, 39))[-1])]
    assert all(not report.judged and not report.digests for report in again)
    told = [mail for report in again for mail in report.delivered]
    assert [(mail.to, mail.subject) for mail in told] == [
        ("ops@acme.example", "The clock of this machine is behind")
    ]
    after = rows(place, tables.notice, "message_id", "state", "attempts")
    assert set(before) < set(after)
    assert len(after) == len(before) + 1


def test_a_program_started_anew_at_every_tick_decides_and_writes_the_same(
    place: Place, live: Live, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Place(tmp_path_factory.mktemp("other"))
    other.config.write_text(place.config.read_text())
    other.write(export())
    first, last = FALL_WEEK - 1, FALL_WEEK + 8
    live(place.app(), first, last)
    for now in moments(first, last):
        other.app().tick(now)
    for table, columns in (
        (tables.inflection, ("id", "started_on", "verdict", "state")),
        (tables.finding, ("inflection_id", "position", "before", "after", "evidence")),
        (tables.judgement, ("week", "metric", "segment", "contrast", "evidence", "bar")),
        (tables.notice, ("message_id", "subject", "view")),
    ):
        one, two = rows(place, table, *columns), rows(other, table, *columns)
        assert len(one) == len(two) > 0, table
        for left, right in zip(one, two, strict=True):
            assert all(same(*pair) for pair in zip(left, right, strict=True)), (table.name, left, right)


def test_another_budget_counts_from_its_week_on_also_for_a_program_started_anew(
    place: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Six weeks by the usual budget, then eight times it: what came before goes on counting by the bar it had."""
    others = [Place(tmp_path_factory.mktemp(name)) for name in ("anew", "always")]
    frugal = place.config.read_text()
    assert "{learning: 13 weeks}" in frugal
    lavish = frugal.replace("{learning: 13 weeks}", "{learning: 13 weeks, false_alarms_per_year: 4}")
    anew, always = others
    for one, text in ((anew, frugal), (always, lavish)):
        one.config.write_text(text)
        one.write(export())
    kept = {one.folder: one.app() for one in (place, always)}
    for week in range(18, 28):
        if week == 24:
            for one in (place, anew):
                one.config.write_text(lavish)
            kept[place.folder] = place.app()
        for now in moments(week, week):
            for one in (place, anew, always):
                (kept.get(one.folder) or one.app()).tick(now)
    read = ("week", "metric", "segment", "contrast", "evidence", "bar")
    by_place = [rows(one, tables.judgement, *read) for one in (place, anew, always)]
    assert len(by_place[0]) == len(by_place[1]) == len(by_place[2]) > 0
    for left, right in zip(*by_place[:2], strict=True):
        assert all(same(*pair) for pair in zip(left, right, strict=True)), (left, right)
    changed = FIRST + timedelta(weeks=24)
    for left, right in zip(by_place[0], by_place[2], strict=True):
        (evidence, bar), (free, low) = left[-2:], right[-2:]
        if left[0] >= changed and evidence is not None:
            assert bar == pytest.approx(low)
            assert evidence < free - 0.1
        elif evidence is not None:
            assert bar == pytest.approx(low + math.log(8))
            assert evidence == pytest.approx(free)


def test_a_first_load_shows_the_past_and_alarms_nobody(place: Place) -> None:
    now = list(moments(WEEKS - 2, WEEKS - 2))[-1]
    report = place.app().tick(now)
    assert sum(week.opened for week in report.judged) == 1
    assert place.mails("alert") == []
    (told,) = place.mails("operations")
    assert "change-in-the-past" in told.name
    assert "market_shift in win_rate" in text_of(told.read_bytes())
    place.app().tick(now + timedelta(weeks=1))
    assert place.mails("alert") == []
    assert "open since" in text_of(place.mails("digest")[0].read_bytes())


def test_a_source_that_stops_holds_judgement_and_what_comes_later_is_judged(place: Place, live: Live) -> None:
    place.write(export(until_week=26))
    app = place.app()
    reports = live(app, 24, 27)
    held = [week for report in reports for week in report.judged if week.held]
    assert {week.week for week in held} == {FIRST + timedelta(weeks=26)}
    told = place.mails("operations")
    assert [name for name in told if "no-fresh-deals" in name.name]
    assert "crm: its newest deal is of 2025-07-0" in text_of(told[0].read_bytes())

    place.write(export(until_week=30))
    later = app.tick(list(moments(29, 29))[-1])
    judged = [week.week for week in later.judged]
    assert judged == [FIRST + timedelta(weeks=n) for n in range(26, 30)]
    assert not any(week.held for week in later.judged)
    known = rows(place, tables.deal_version, "observed")
    assert {one for (one,) in known} == {True, False}


def test_a_broken_source_hinders_no_other_and_rests_before_it_is_tried_again(place: Place) -> None:
    config = place.config.read_text()
    accounts = (
        "  - {name: accounts, role: accounts, path: accounts.csv, key: account, attributes: {industry: sector}}\n"
        "segments"
    )
    place.config.write_text(
        config.replace("segments", accounts, 1).replace("owner: owner,", "owner: owner, account: owner,")
    )
    now = list(moments(20, 20))[-1]
    report = place.app().tick(now)
    (failure,) = report.failed
    assert failure.job == "ingest"
    assert "accounts.csv" in failure.message
    assert report.ingested[0].source == "crm"
    assert len(report.judged) == 8
    soon = place.app().tick(now + timedelta(minutes=5))
    assert soon.failed == []
    later = place.app().tick(now + runs.RETRY + timedelta(minutes=1))
    assert [one.period for one in later.failed] == [failure.period]


def test_a_week_that_could_not_be_saved_leaves_nothing_and_is_judged_later(
    place: Place, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = place.app()
    live(app, FALL_WEEK + 3, FALL_WEEK + 3)
    broken = monitor.pipeline.save_suppressed

    def fails(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(monitor.pipeline, "save_suppressed", fails)
    before = rows(place, tables.judgement, "week", "metric")
    now = next(moments(FALL_WEEK + 4, FALL_WEEK + 4))
    failed = app.tick(now)
    assert "the disk is full" in failed.failed[0].message
    assert rows(place, tables.judgement, "week", "metric") == before
    monkeypatch.setattr(monitor.pipeline, "save_suppressed", broken)
    mended = app.tick(now + runs.RETRY + timedelta(minutes=1))
    assert [week.week for week in mended.judged] == [FIRST + timedelta(weeks=FALL_WEEK + 4)]


def test_digests_slept_through_are_listed_as_missed_and_the_newest_is_sent_late(place: Place) -> None:
    app = place.app()
    for now in moments(20, 20):
        app.tick(now)
    woken = app.tick(list(moments(24, 24))[-1] + timedelta(days=1))
    states = [(one.reader, one.state) for one in woken.digests]
    assert states.count(("ceo@acme.example", "missed")) == 3
    assert states.count(("ceo@acme.example", "queued")) == 1
    newest = text_of(place.mails("digest-ceo")[-1].read_bytes())
    assert "late" in newest.lower()
    for week in (23, 24, 25):
        assert f"the digest of week {week}" in newest.lower()


def test_of_two_processes_that_do_one_period_the_second_keeps_nothing(place: Place) -> None:
    now = next(moments(14, 14))
    outcome = runs.Outcome(
        key="judge:2025-04-07", job="judge", period="2025-04-07", state="done", started=now, finished=now
    )
    with open_store(place.settings().database) as store:
        with store.write() as conn:
            runs.settle(conn, outcome)
        with pytest.raises(runs.AlreadySettledError):
            _write_and_settle(store, outcome)
    assert rows(place, tables.setting_change, "digest") == []


def _write_and_settle(store: Store, outcome: runs.Outcome) -> None:
    with store.write() as conn:
        row = {"changed_at": outcome.started, "digest": "x", "settings": {}}
        conn.execute(tables.setting_change.insert(), [row])
        runs.settle(conn, outcome)


def test_a_backtest_finds_the_fall_and_never_writes_the_live_store(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.app().tick(list(moments(20, 20))[-1])
    database = place.folder / "leftturn.db"
    sqlite3.connect(database).execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    before = hashlib.sha256(database.read_bytes()).hexdigest()
    code = exit_code(
        ["backtest", "--config", str(place.config), "--to", "2025-10-20", "--json", "--exit-code"]
    )
    found = json.loads(capsys.readouterr().out)
    assert code == 4
    (inflection,) = found["inflections"]
    assert (inflection["verdict"], inflection["direction"]) == ("market_shift", "down")
    low, high = inflection["started_between"]
    assert low <= str(FIRST + timedelta(weeks=FALL_WEEK)) <= high
    assert set(inflection["shares"]) == {"market", "mix", "price", "people", "recording"}
    assert found["as_known"] == "assumed"
    assert hashlib.sha256(database.read_bytes()).hexdigest() == before


def test_what_ops_change_is_in_the_next_digest(place: Place) -> None:
    place.app().tick(next(moments(20, 20)))
    place.config.write_text(place.config.read_text().replace("learning: 13 weeks", "learning: 14 weeks"))
    place.app().tick(list(moments(20, 20))[-1])
    assert "Attention.learning: 13, now 14" in text_of(place.mails("digest-ops")[0].read_bytes())


def test_the_digest_of_any_day_is_shown_and_nothing_is_stored(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["digest", "--config", str(place.config), "--as-of", "2025-09-15"]) == 0
    assert "Win rate" in capsys.readouterr().out
    assert not (place.folder / "leftturn.db").exists()
    assert not (place.folder / "mails").exists()


def test_a_moment_before_the_first_deal_still_makes_a_digest(place: Place) -> None:
    place.write(["id,owner,created,closed,amount,stage,region"])
    place.app().tick(datetime(2025, 3, 2, 12, tzinfo=UTC))
    report = place.app().tick(datetime(2025, 3, 3, 7, tzinfo=UTC))
    assert {one.state for one in report.digests} == {"queued"}
    assert len(place.mails("digest")) == 2


def test_mails_go_through_a_real_server_encrypted_and_logged_in_one_to_each_reader(
    place: Place,
    live: Live,
    certificates: Any,
    real_server: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = real_server(tls=certificates.server, auth=True)
    smtp = (
        f"smtp: {{host: localhost, port: {server.port}, security: starttls, auth: password, "
        f"username: {USER}, password_env: MAIL_PASSWORD}}"
    )
    place.config.write_text(place.config.read_text().replace("folder: mails", smtp))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))  # what the system would trust
    reports = live(place.app(), FALL_WEEK + 2, FALL_WEEK + 5)
    tried = [mail for report in reports for mail in report.delivered]
    assert {mail.state for mail in tried} == {"sent"}
    assert all(server.received.encrypted)
    assert set(server.received.logins) == {USER}
    received = [message_from_bytes(content, policy=policy.default) for _, _, content in server.received.mails]
    stored = {row[0]: row[1:] for row in rows(place, tables.notice, "message_id", "recipient", "content")}
    assert {str(message["Message-ID"]) for message in received} == set(stored)
    for (_, recipients, content), message in zip(server.received.mails, received, strict=True):
        recipient, frozen = stored[str(message["Message-ID"])]
        assert recipients == [recipient]
        assert content == bytes(frozen)
    assert any("Market shift" in message["Subject"] for message in received)


def test_a_mail_that_no_server_takes_waits_and_goes_out_later(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    smtp = "smtp: {host: localhost, port: 9, security: starttls}"
    place.config.write_text(place.config.read_text().replace("folder: mails", smtp))
    for now in moments(20, 20):
        report = place.app().tick(now)
    assert {mail.state for mail in report.delivered} == {"deferred"}
    monkeypatch.setattr(
        "monitor.mail_road.channel_of", lambda _: CHANNELS["folder"](folder=place.folder / "mails")
    )
    later = place.app().tick(now + timedelta(minutes=30))
    assert {mail.state for mail in later.delivered} == {"sent"}
    assert len(place.mails("digest")) == 2
    assert rows(place, tables.notice, "state", "attempts") == [("sent", 2), ("sent", 2)]


@pytest.mark.parametrize("store_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_the_corridor_decides_the_same_on_postgresql(place: Place, live: Live, store_url: str) -> None:
    live(place.app(), FALL_WEEK + 3, FALL_WEEK + 5)
    settings = place.settings().model_copy(update={"database": store_url})
    reports = live(
        App.build(settings, lambda: datetime(2099, 1, 1, tzinfo=UTC)), FALL_WEEK + 3, FALL_WEEK + 5
    )
    assert [one for report in reports for one in report.failed] == []
    columns = [tables.judgement.c[name] for name in ("week", "metric", "segment", "contrast", "evidence")]
    with open_store(store_url) as store, store.read() as conn:
        there = sorted(tuple(row) for row in conn.execute(select(*columns)))
        assert conn.execute(select(tables.inflection.c.verdict)).scalars().all() == ["market_shift"]
    here = sorted(rows(place, tables.judgement, *(column.name for column in columns)))
    assert len(there) == len(here) > 50
    for one, other in zip(there, here, strict=True):
        assert all(same(*pair) for pair in zip(one, other, strict=True)), (one, other)


def test_a_mail_whose_page_cannot_be_made_goes_out_plain_and_operations_hear_of_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("the template is broken")

    monkeypatch.setattr("alerts.render.view_of_digest", fails)
    for now in moments(20, 20):
        report = place.app().tick(now)
    assert report.failed == []
    assert "The full mail could not be made" in text_of(place.mails("digest-ceo")[0].read_bytes())
    place.app().tick(now + timedelta(minutes=1))
    assert any("went-out-plain" in mail.name for mail in place.mails("operations"))


def test_an_app_that_cannot_have_its_database_says_so_before_the_first_job(place: Place) -> None:
    settings = place.settings().model_copy(update={"database": "sqlite:////nowhere/at/all/leftturn.db"})
    with pytest.raises(StoreError, match="the folder /nowhere/at/all does not exist"):
        App.build(settings, lambda: datetime(2025, 1, 1, tzinfo=UTC)).prepare()

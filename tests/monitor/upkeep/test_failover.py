"""A replica that took over: noticed from PostgreSQL itself, told once, and nothing older is written to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from config import Settings, load
from monitor.backup.aftermath import catching_up, caught_up
from monitor.failover import SUBJECT, note_server
from monitor.store import Store, open_store, outbox, tables
from monitor.store.server import AnotherServerError, Server, asked, remember_server, remembered_server

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
CONFIG = """
company: {name: Acme, timezone: UTC, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed, amount: amount}
    outcome: {column: stage, won: [Won], lost: [Lost]}
metrics: {win_rate: {matters_if: 5 points}}
mail: {from: "LeftTurn <leftturn@acme.example>", folder: mails}
people: [{email: ops@acme.example, receives: [operations]}]
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "leftturn.yaml").write_text(CONFIG)
    return load(tmp_path / "leftturn.yaml", environ={})


@pytest.fixture
def on_server(postgres_url: str) -> Iterator[Store]:
    with open_store(postgres_url) as store:
        yield store


def words(store: Store) -> list[list[str]]:
    with store.read() as conn:
        notice = tables.notice.c
        rows = conn.execute(select(notice.view).where(notice.subject.contains(SUBJECT))).scalars()
        return [view["lines"] for view in rows]


def server_of(store: Store) -> Server:
    with store.read() as conn:
        server = asked(conn)
    assert server is not None
    return server


def note_an_earlier_timeline(store: Store) -> Server:
    """Let the rows say that they were written one timeline before."""
    before = replace(server_of(store), timeline=server_of(store).timeline + 100)
    with store.write() as conn:
        remember_server(conn, before, NOW - timedelta(minutes=5))
    return before


@pytest.mark.postgres
def test_the_same_server_is_noted_and_nothing_is_said(on_server: Store, settings: Settings) -> None:
    assert not note_server(on_server, settings, NOW)
    assert not note_server(on_server, settings, NOW + timedelta(minutes=1))
    assert on_server.server == server_of(on_server)
    with on_server.read() as conn:
        assert remembered_server(conn) == on_server.server
        assert not catching_up(conn)
    assert words(on_server) == []


@pytest.mark.postgres
def test_another_timeline_is_told_once_with_the_stretch_that_may_be_missing(
    on_server: Store, settings: Settings
) -> None:
    before = note_an_earlier_timeline(on_server)
    assert note_server(on_server, settings, NOW), (
        "what this process remembers may be more than the database holds"
    )
    assert not note_server(on_server, settings, NOW + timedelta(minutes=1))
    (lines,) = words(on_server)
    assert f"was on {before.timeline}" in lines[0]
    assert "of 2026-05-07 07:55:00 UTC" in lines[1]
    assert "before 2026-05-07 08:00:00 UTC may be missing" in lines[1]
    with on_server.write() as conn:
        assert catching_up(conn)
        caught_up(conn)
        assert not catching_up(conn)


@pytest.mark.postgres
def test_what_was_decided_before_another_server_answered_is_not_written(
    on_server: Store, settings: Settings
) -> None:
    note_server(on_server, settings, NOW)
    on_server.server = replace(server_of(on_server), timeline=99)
    row = {"key": "k", "job": "j", "state": "done", "started_at": NOW}
    with pytest.raises(AnotherServerError), on_server.write() as conn:
        conn.execute(insert(tables.run), [row])
    with on_server.read() as conn:
        assert conn.execute(select(tables.run.c.key).where(tables.run.c.key == "k")).first() is None
    assert note_server(on_server, settings, NOW), "the next tick looks anew"
    with on_server.write() as conn:
        conn.execute(insert(tables.run), [row])


def test_a_file_is_on_no_server(tmp_path: Path, settings: Settings) -> None:
    with open_store(f"sqlite:///{tmp_path}/leftturn.db") as store:
        assert not note_server(store, settings, NOW)
        assert store.server is None


def test_a_mail_that_was_claimed_when_the_rest_went_missing_says_that_it_may_be_a_copy(
    tmp_path: Path,
) -> None:
    with open_store(f"sqlite:///{tmp_path}/leftturn.db") as store, store.write() as conn:
        row = {
            "kind": "alert",
            "reason": "opened",
            "seq": 1,
            "sender": "l@a.example",
            "recipient": "c@a.example",
            "subject": "s",
            "content": b"Subject: s\r\n\r\ntext\r\n",
            "attempts": 1,
            "created_at": NOW,
            "claim_epoch": 3,
            "claimed_at": NOW,
        }
        conn.execute(
            insert(tables.notice),
            [{**row, "message_id": f"<{state}@a>", "state": state} for state in ("claimed", "data")],
        )
        outbox.doubt_waiting(conn)
        assert outbox.take_back(conn, NOW, epoch=4) == []
        waiting = outbox.waiting(conn, NOW + timedelta(hours=2))
    assert {mail.email.message_id: mail.maybe_sent for mail in waiting} == {
        "<claimed@a>": True,
        "<data@a>": True,
    }

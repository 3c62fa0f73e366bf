"""What a clock wrote that was ahead does not stand in the way once it is right; one that is behind dates nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from smallest_company import SMALLEST
from sqlalchemy import insert, select, update

from config import Settings, load
from monitor.app import App
from monitor.store import Store, outbox, runs, tables
from monitor.wrong_clock import put_dates_right

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
AHEAD = NOW + timedelta(days=3652)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "leftturn.yaml").write_text(SMALLEST)
    return load(tmp_path / "leftturn.yaml", environ={})


def _run(store: Store, key: str, state: runs.State, at: datetime, period: str = "") -> None:
    job = key.split(":")[0]
    outcome = runs.Outcome(key=key, job=job, period=period or key, state=state, started=at, finished=at)
    with store.write() as conn:
        runs.settle(conn, outcome)


def _version(store: Store, deal: str, known_at: datetime, created: date, outcome: str = "open") -> None:
    row: dict[str, Any] = {
        "source": "crm",
        "deal_id": deal,
        "known_at": known_at,
        "observed": True,
        "created_on": created,
        "outcome": outcome,
        "deleted": False,
        "attributes": {},
    }
    with store.write() as conn:
        conn.execute(insert(tables.deal_version), [row])


def _known(store: Store) -> list[datetime]:
    with store.read() as conn:
        deal = tables.deal_version
        return list(conn.execute(select(deal.c.known_at).order_by(deal.c.id)).scalars())


def test_a_clock_that_was_ahead_leaves_nothing_in_the_future(store: Store, settings: Settings) -> None:
    _run(store, "ingest:crm:2026-05-04T00:00Z", "done", NOW - timedelta(hours=9), "2026-05-04T00:00:00+00:00")
    _run(store, "ingest:crm:2036-05-03T00:00Z", "done", AHEAD, "2036-05-03T00:00:00+00:00")
    _run(store, "digest:2026-04-20:a", "missed", AHEAD, "2026-04-20")
    _run(store, "digest:2026-04-13:a", "missed", NOW - timedelta(days=7), "2026-04-13")
    _run(store, "judge:2026-04-20", "done", AHEAD, "2026-04-20")
    _version(store, "D1", NOW - timedelta(days=1), date(2026, 5, 1))
    _version(store, "D1", AHEAD, date(2026, 5, 1), "won")
    _version(store, "D1", AHEAD + timedelta(hours=1), date(2026, 5, 1), "lost")
    assert put_dates_right(store, settings, NOW)
    with store.read() as conn:
        assert set(runs.settled(conn)) == {
            "ingest:crm:2026-05-04T00:00Z",
            "digest:2026-04-13:a",
            "judge:2026-04-20",
        }
        assert runs.when_done(conn, "judge:2026-04-20") == NOW
        said = conn.execute(select(tables.notice.c.subject)).scalars().all()
    known = _known(store)
    assert known == sorted(known)
    assert len(set(known)) == 3  # and in their order: the newest is the newest still
    assert known[-1] - NOW < timedelta(seconds=1)
    assert said == ["The clock of this machine was ahead, and is put right"]
    assert not put_dates_right(store, settings, NOW)


def test_a_mail_that_a_wrong_clock_queued_goes_out_at_once(store: Store, settings: Settings) -> None:
    _run(store, "judge:2026-04-20", "done", AHEAD, "2026-04-20")
    put_dates_right(store, settings, AHEAD - timedelta(days=1))  # a word to operations, of that clock
    notice = tables.notice
    with store.write() as conn:
        conn.execute(update(notice).values(created_at=AHEAD, next_try_at=AHEAD))
        conn.execute(update(tables.run).values(finished_at=AHEAD))
    put_dates_right(store, settings, NOW)
    with store.read() as conn:
        times = conn.execute(select(notice.c.next_try_at)).scalars().all()
    assert times == [NOW]


def test_a_clock_that_is_behind_dates_nothing_and_is_told_once(store: Store, settings: Settings) -> None:
    _run(store, "judge:2026-04-20", "done", NOW, "2026-04-20")
    for number in range(3):
        _version(store, f"D{number}", NOW - timedelta(days=9), date(2026, 4, 20 + number))
    before = _known(store)
    for _ in range(2):
        assert not put_dates_right(store, settings, NOW - timedelta(days=400))
    assert _known(store) == before
    with store.read() as conn:
        assert conn.execute(select(tables.notice.c.subject)).scalars().all() == [
            "The clock of this machine is behind"
        ]


def test_a_moment_that_somebody_named_says_nothing_of_the_clock(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "deals.csv").write_text("id,created,closed,stage\nD1,2026-05-01,2026-05-02,Won\n")
    app = App.build(settings, lambda: NOW)
    app.tick(NOW)
    store = app._pipeline.store
    before = _known(store)
    report = app.tick(NOW - timedelta(days=2), named=True)
    assert report.delivered == []
    assert _known(store) == before
    app.tick(NOW - timedelta(days=2))
    assert _known(store) != before
    store.close()


def test_two_deals_of_days_to_come_are_typing_errors(store: Store, settings: Settings) -> None:
    _run(store, "judge:2026-04-20", "done", AHEAD, "2026-04-20")
    for number in range(2):
        _version(store, f"D{number}", NOW, date(2030, 4, 20 + number))
    assert put_dates_right(store, settings, NOW)


def test_an_hour_is_no_reason(store: Store, settings: Settings) -> None:
    _run(store, "judge:2026-04-20", "done", NOW + timedelta(hours=1), "2026-04-20")
    assert not put_dates_right(store, settings, NOW)


def test_the_word_of_a_clock_that_is_behind_is_not_dated_by_it(store: Store, settings: Settings) -> None:
    _run(store, "judge:2026-04-20", "done", NOW, "2026-04-20")
    for number in range(3):
        _version(store, f"D{number}", NOW - timedelta(days=9), date(2026, 4, 20 + number))
    put_dates_right(store, settings, NOW - timedelta(days=400))
    with store.read() as conn:
        (word,) = outbox.waiting(conn, NOW - timedelta(days=400))
    mail = message_from_bytes(word.email.content, policy=policy.default)
    assert mail["Date"].datetime == NOW
    assert "carries the date of the newest thing" in mail.get_body(("plain",)).get_content()


def test_a_clock_that_is_behind_makes_no_other_mail(tmp_path: Path, settings: Settings) -> None:
    """What is due by it was done already, so the word to operations is all that could be dated wrongly."""
    days = [date(2026, 3, 2) + timedelta(days=day) for day in range(60)]
    rows = [f"D{n},{day},{day},{('Won', 'Lost')[n % 2]}" for n, day in enumerate(days)]
    (tmp_path / "deals.csv").write_text("\n".join(["id,created,closed,stage", *rows]) + "\n")
    (tmp_path / "leftturn.yaml").write_text(
        SMALLEST.replace("[operations]", "[inflections, digest, operations]")
    )
    app = App.build(load(tmp_path / "leftturn.yaml", environ={}), lambda: NOW)
    app.tick(NOW - timedelta(days=7))
    app.tick(NOW)
    before = {mail.name for mail in (tmp_path / "mails").glob("*.eml")}
    assert any("digest" in name for name in before)
    for minutes in range(3):
        report = app.tick(NOW - timedelta(days=20, minutes=-minutes))
        assert not report.failed
    made = [mail for mail in (tmp_path / "mails").glob("*.eml") if mail.name not in before]
    assert len(made) == 1
    assert b"Subject: The clock of this machine is behind" in made[0].read_bytes()
    app._pipeline.store.close()

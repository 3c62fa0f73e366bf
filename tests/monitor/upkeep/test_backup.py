"""Backups: whole, checked, taken beside a working writer, and restored on either database."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, make_url, select

from monitor.backup import BackupError, backups_in, restore, take_backup
from monitor.backup.aftermath import catching_up, caught_up
from monitor.schedule import Plan, due_periods
from monitor.store import Store, StoreError, open_store, tables

NOW = datetime(2026, 5, 7, 3, tzinfo=UTC)
NIGHT = timedelta(days=1)
DEAL = {
    "source": "crm",
    "known_at": NOW,
    "observed": True,
    "outcome": "won",
    "amount": Decimal("1234.50"),
    "closed_on": date(2026, 5, 1),
    "deleted": False,
    "attributes": {"region": "Süd", "none": None},
}
INFLECTION = {
    "id": "2026-05-04-a",
    **dict.fromkeys(("opened_on", "started_on", "started_low", "started_high"), NOW.date()),
    "verdict": "market_shift",
    "direction": "down",
    "state": "open",
    "shares": {"market": -0.09},
}
NOTICE = {
    "message_id": "<1@acme>",
    "inflection_id": "2026-05-04-a",
    "kind": "alert",
    "reason": "opened",
    "seq": 0,
    "sender": "l@a.example",
    "recipient": "c@a.example",
    "subject": "s",
    "content": bytes(range(256)),
    "state": "pending",
    "attempts": 0,
    "created_at": NOW,
}


def fill(store: Store, deals: int = 3) -> None:
    with store.write() as connection:
        connection.execute(insert(tables.deal_version), [{**DEAL, "deal_id": f"D{n}"} for n in range(deals)])
        connection.execute(insert(tables.inflection), INFLECTION)
        connection.execute(insert(tables.notice), NOTICE)


def content(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the note that a restore leaves."""
    with store.read() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(table)) if "restore" not in map(str, row)),
                key=repr,
            )
            for table in tables.metadata.sorted_tables
        }


def password(url: str) -> str | None:
    return make_url(url).password


def test_what_is_restored_is_what_was_backed_up(store: Store, store_url: str, tmp_path: Path) -> None:
    fill(store)
    before = content(store)
    made = take_backup(store, tmp_path / "backups", keep=7, now=NOW)
    with store.write() as connection:
        connection.execute(tables.notice.delete())
        connection.execute(insert(tables.deal_version), {**DEAL, "deal_id": "later"})
    store.close()
    done = restore(store_url, password(store_url), made.file, aside=tmp_path / "aside", now=NOW + NIGHT)
    with open_store(store_url) as back:
        assert content(back) == before
        with back.write() as connection:  # and new rows are numbered after the restored ones
            connection.execute(insert(tables.deal_version), {**DEAL, "deal_id": "after"})
    assert done.kept is not None
    assert done.kept.exists()
    assert done.taken_at == NOW


def test_what_stood_in_the_way_is_kept_whole(store: Store, store_url: str, tmp_path: Path) -> None:
    made = take_backup(store, tmp_path / "backups", keep=7, now=NOW)
    fill(store)
    wanted = content(store)
    store.close()
    done = restore(store_url, password(store_url), made.file, aside=tmp_path / "aside", now=NOW + NIGHT)
    assert done.kept is not None
    with open_store(f"sqlite:///{done.kept}") as kept:
        assert content(kept) == wanted


def test_a_backup_of_one_database_restores_into_the_other(
    store_url: str, sqlite_store: Store, tmp_path: Path
) -> None:
    fill(sqlite_store, deals=4_500)  # more than one part at a time
    made = take_backup(sqlite_store, tmp_path / "backups", keep=7, now=NOW)
    url = store_url.replace("leftturn.db", "moved.db")
    assert restore(url, password(url), made.file, aside=tmp_path / "aside", now=NOW).kept is None
    with open_store(url) as moved:
        assert content(moved) == content(sqlite_store)


def test_a_backup_taken_while_the_daemon_writes_is_of_one_moment(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store, deals=1)
    done = threading.Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            number += 1
            with sqlite_store.write() as connection:  # always two rows, or none
                for side in ("left", "right"):
                    connection.execute(insert(tables.deal_version), {**DEAL, "deal_id": f"{side}{number}"})

    writer = threading.Thread(target=write)
    writer.start()
    made = [take_backup(sqlite_store, tmp_path, keep=9, now=NOW + NIGHT * day) for day in range(5)]
    done.set()
    writer.join()
    for backup in made:
        assert backup.rows["deal_version"] % 2 == 1
    assert made[-1].rows["deal_version"] > made[0].rows["deal_version"]


def test_only_the_newest_are_kept_and_foreign_files_are_left_alone(
    sqlite_store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")
    (folder / "leftturn-20260101T000000Z.db.unfinished").write_text("a crash left this")
    for night in range(5):
        take_backup(sqlite_store, folder, keep=3, now=NOW + NIGHT * night)
    kept = [file.name for file in backups_in(folder)]
    assert kept == [
        "leftturn-20260509T030000Z.db",
        "leftturn-20260510T030000Z.db",
        "leftturn-20260511T030000Z.db",
    ]
    assert sorted(file.name for file in folder.iterdir()) == [*kept, "notes.txt"]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda file: file.unlink(), "no such file; `leftturn backup` makes one"),
        (lambda file: file.write_bytes(b"not a database at all" * 400), "this is no backup that can be used"),
        (
            lambda file: file.write_bytes(file.read_bytes()[:5000]),
            "malformed|damaged|no backup that can be used",
        ),
    ],
)
def test_a_backup_that_is_no_use_is_refused_before_anything_is_touched(
    sqlite_store: Store, store_url: str, tmp_path: Path, damage, sentence
) -> None:
    fill(sqlite_store)
    made = take_backup(sqlite_store, tmp_path / "backups", keep=7, now=NOW)
    url = f"sqlite:///{sqlite_store.engine.url.database}"
    before = content(sqlite_store)
    damage(made.file)
    with pytest.raises(BackupError, match=sentence):
        restore(url, None, made.file, aside=tmp_path, now=NOW)
    assert content(sqlite_store) == before


def test_a_backup_of_a_newer_program_is_refused(sqlite_store: Store, tmp_path: Path) -> None:
    made = take_backup(sqlite_store, tmp_path / "backups", keep=7, now=NOW)
    with sqlite3.connect(made.file) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(StoreError, match="written by a newer LeftTurn"):
        restore(f"sqlite:///{tmp_path / 'new.db'}", None, made.file, aside=tmp_path, now=NOW)
    assert not (tmp_path / "new.db").exists()


def test_a_folder_that_cannot_be_made_is_said(sqlite_store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupError, match="no backup was made"):
        take_backup(sqlite_store, tmp_path / "file" / "backups", keep=7, now=NOW)


def test_after_a_restore_catching_up_lies_ahead_until_it_is_done(sqlite_store: Store, tmp_path: Path) -> None:
    made = take_backup(sqlite_store, tmp_path / "backups", keep=7, now=NOW)
    with sqlite_store.read() as connection:
        assert not catching_up(connection)
    url = f"sqlite:///{tmp_path / 'other.db'}"
    restore(url, None, made.file, aside=tmp_path, now=NOW)
    with open_store(url) as back, back.write() as connection:
        assert catching_up(connection)
        caught_up(connection)
        assert not catching_up(connection)


def nights(now: datetime, done: dict[str, datetime], **more: Any) -> list[str]:
    plan = Plan(timezone="Europe/Berlin", backup_at=time(2, 30), **more)
    return [period.key for period in due_periods(now, plan, done) if period.job == "backup"]


def test_a_night_is_due_once_and_only_the_newest_is_owed() -> None:
    assert nights(datetime(2026, 3, 28, 1, 29, tzinfo=UTC), {}) == ["backup:2026-03-27"]
    assert nights(datetime(2026, 3, 28, 1, 30, tzinfo=UTC), {}) == ["backup:2026-03-28"]
    done = {"backup:2026-03-28": NOW}
    assert nights(datetime(2026, 3, 28, 9, tzinfo=UTC), done) == []
    assert nights(datetime(2026, 3, 27, 9, tzinfo=UTC), done) == []  # the clock went back
    # On 29 March half past two does not exist: the first instant after it counts.
    assert nights(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), done) == []
    assert nights(datetime(2026, 3, 29, 1, 0, tzinfo=UTC), done) == ["backup:2026-03-29"]


def test_the_night_before_the_first_run_is_not_owed() -> None:
    first = datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert nights(first, {}, since=first) == []
    assert nights(first + NIGHT, {}, since=first) == ["backup:2026-03-29"]

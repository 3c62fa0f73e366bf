"""A disk that is full or read-only: it is said, the daemon goes on, and afterwards everything goes out once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from console_company import Silent
from small_disk import Disk, small_disk  # noqa: F401  a fixture
from sqlalchemy import func, select

from config import Settings, load
from monitor.app import App
from monitor.backup import backups_in
from monitor.cli import exit_code
from monitor.daemon import Daemon
from monitor.operations import tell_operations
from monitor.pipeline import Pipeline
from monitor.readiness import troubles
from monitor.store import StoreError, tables

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
CONFIG = """
company: {{name: Acme, timezone: UTC, currency: EUR}}
database: "sqlite:///{database}"
sources:
  - name: crm
    path: deals.csv
    columns: {{deal_id: id, created_at: created, closed_at: closed, amount: amount}}
    outcome: {{column: stage, won: [Won], lost: [Lost]}}
metrics: {{win_rate: {{matters_if: 5 points}}}}
mail: {{from: "LeftTurn <leftturn@acme.example>", folder: "{mails}"}}
people:
  - {{email: ops@acme.example, receives: [operations]}}
backup: {{folder: "{backups}", keep: 2}}
"""
WAYS = [
    pytest.param(Disk.full, "the disk is full", id="full"),
    pytest.param(Disk.read_only, "cannot be opened; check the rights", id="read-only"),
]
Way = Callable[[Disk], AbstractContextManager[None]]


class Company:
    """A daemon whose database, mails or backups lie on the small disk, and the rest elsewhere."""

    def __init__(self, folder: Path, **places: Path) -> None:
        self.folder = folder
        where = {name: folder / name for name in ("mails", "backups")} | {"database": folder / "leftturn.db"}
        (folder / "leftturn.yaml").write_text(CONFIG.format(**{**where, **places}))
        self.export(60)
        self.settings: Settings = load(folder / "leftturn.yaml", environ={})
        self.now, self.log = NOW, Silent()
        self.app = App.build(self.settings, lambda: self.now)
        self.daemon = Daemon(self.app, log=self.log, clock=lambda: self.now)

    @property
    def store(self):
        return self.app._pipeline.store

    def export(self, deals: int) -> None:
        lines = ["id,created,closed,amount,stage"]
        for number in range(deals):
            day = NOW.date() - timedelta(days=number % 90 + 2)
            lines.append(f"D{number},{day},{day},{number}.5,{'Won' if number % 2 else 'Lost'}")
        (self.folder / "deals.csv").write_text("\n".join(lines) + "\n")

    def tick(self, **later: float) -> str:
        """One tick after so long; what the daemon said of it."""
        self.now += timedelta(**later)
        self.log.lines.clear()
        self.daemon.tick()
        return " ".join(self.log.lines)

    def queue(self, words: int) -> None:
        with self.store.write() as conn:
            for number in range(words):
                tell_operations(conn, self.settings, f"Word {number}", ["x"], key=str(number), now=self.now)

    def sent(self) -> list[str]:
        folder = self.settings.mail.folder
        assert folder is not None
        subjects = [file.read_text().split("Subject: ")[1].splitlines()[0] for file in folder.glob("*.eml")]
        return sorted(subject for subject in subjects if subject.startswith("Word"))

    def deals(self) -> int:
        with self.store.read() as conn:
            deal = tables.deal_version.c.deal_id
            return int(conn.execute(select(func.count(deal.distinct()))).scalar_one())

    def unready(self) -> list[str]:
        found = troubles(self.store, self.settings, now=self.now, last_tick=self.now, active=True)
        return [f"{one.part}: {one.message}" for one in found if one.part in ("database", "sources")]


@pytest.fixture
def on_disk(tmp_path: Path, small_disk: Disk) -> Iterator[Company]:  # noqa: F811
    """Its database lies on the small disk."""
    company = Company(tmp_path, database=small_disk.folder / "leftturn.db")
    company.tick()
    yield company
    company.store.close()


@pytest.mark.parametrize(("way", "said"), WAYS)
def test_what_waits_while_the_database_cannot_be_written_goes_out_once_afterwards(
    on_disk: Company,
    small_disk: Disk,  # noqa: F811
    way: Way,
    said: str,
) -> None:
    on_disk.queue(3)
    on_disk.export(20_000)
    assert on_disk.deals() == 60
    if way is Disk.read_only:
        on_disk.store.close()  # no disk with a file that is open for writing can be made read-only
    with way(small_disk):
        for hours in (24, 1):
            assert said in on_disk.tick(hours=hours)
            assert any(said in trouble for trouble in on_disk.unready())
    assert on_disk.deals() == 60
    on_disk.export(600)
    on_disk.tick(hours=1)
    on_disk.tick(hours=1)
    assert on_disk.sent() == ["Word 0", "Word 1", "Word 2"]
    assert on_disk.deals() == 600
    assert on_disk.unready() == []


def test_a_source_that_does_not_fit_keeps_no_mail_back(on_disk: Company, small_disk: Disk) -> None:  # noqa: F811
    """What is committed is sent, though nothing more can be read: a mail needs a page or two."""
    on_disk.queue(1)
    on_disk.export(40_000)
    assert "the disk is full" in on_disk.tick(hours=24)
    assert on_disk.sent() == ["Word 0"]
    assert on_disk.deals() == 60
    del small_disk


def test_a_failure_that_cannot_be_written_down_keeps_no_mail_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise StoreError("the disk is full")

    company = Company(tmp_path)
    company.tick()
    company.queue(1)
    (tmp_path / "deals.csv").unlink()
    monkeypatch.setattr(Pipeline, "failed", no_room)
    said = company.tick(hours=24)
    assert "deals.csv" in said
    assert "the disk is full" in said
    assert company.sent() == ["Word 0"]
    company.store.close()


@pytest.mark.parametrize("way", [Disk.full, Disk.read_only], ids=["full", "read-only"])
def test_a_backup_that_cannot_be_written_is_told_and_made_up(
    tmp_path: Path,
    small_disk: Disk,  # noqa: F811
    way: Way,
) -> None:
    folder = small_disk.folder / "backups"
    folder.mkdir()
    company = Company(tmp_path, backups=folder)
    company.tick()
    with way(small_disk):
        assert "no backup was made" in company.tick(hours=24)
        assert list(folder.iterdir()) == []
    company.tick(hours=1)
    assert len(backups_in(folder)) == 1
    company.store.close()


@pytest.mark.parametrize("way", [Disk.full, Disk.read_only], ids=["full", "read-only"])
def test_mails_that_cannot_be_written_into_their_folder_wait(
    tmp_path: Path,
    small_disk: Disk,  # noqa: F811
    way: Way,
) -> None:
    folder = small_disk.folder / "mails"
    folder.mkdir()
    company = Company(tmp_path, mails=folder)
    company.tick()
    company.queue(2)
    with way(small_disk):
        company.tick(hours=1)
        assert list(folder.glob("*.eml")) == []
    company.tick(hours=2)
    assert company.sent() == ["Word 0", "Word 1"]
    company.store.close()


@pytest.mark.parametrize("way", [Disk.full, Disk.read_only], ids=["full", "read-only"])
def test_commands_say_what_is_wrong_and_leave_nothing_half_written(
    on_disk: Company,
    small_disk: Disk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    way: Way,
) -> None:
    monkeypatch.chdir(on_disk.folder)
    on_disk.store.close()
    with way(small_disk):
        for command in (
            ["init", "deals.csv", "--out", "disk/new.yaml"],
            ["backup", "--out", "disk/here"],
            ["once"],
        ):
            code = exit_code(command)
            said = capsys.readouterr()
            if command[0] != "once":  # a tick without anything to write is whole
                assert code != 0
                assert len(said.err.splitlines()) == 1
            assert "Traceback" not in said.err
            assert "internal error" not in said.err
    assert {file.name for file in small_disk.folder.iterdir()} <= {
        "leftturn.db",
        "leftturn.db-wal",
        "leftturn.db-shm",
        "leftturn.db.lock",
        "leftturn.db.lock.held",
        "here",
    }

"""A disk that reports an error (EIO) at any call about a file, syncing included: no half is left, and it is told.

The k-th call fails, before it is done or after, for every k; then the same is done again on a disk that is well.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from faults import Faults, Mode

from alerts.channels import FolderChannel
from alerts.types import Email
from monitor.backup import BackupError, take_backup
from monitor.backup.take import check_backup
from monitor.errors import exit_code
from monitor.store import open_store
from monitor.whole_file import NotWrittenError, write_whole

NOW = datetime(2026, 5, 7, 3, tzinfo=UTC)
OLD, NEW = b"what stood there\n", b"what is to stand there\n" * 1000
WAYS = pytest.mark.parametrize("way", ["before", "after"])


def every_call(
    folder: Path,
    way: Mode,
    work: Callable[[], None],
    look: Callable[[str], None],
    begin: Callable[[], object] = lambda: None,
) -> int:
    """Let each call about a file in `folder` fail once, and look each time; how many calls there are."""
    number = 0
    while True:
        begin()
        faults = Faults(at=number, mode=way)
        with faults.files(folder):
            work()
        if not faults.hit:
            return number
        look(f"the call {number + 1} of {len(faults.calls)}, {way}")
        number += 1


@WAYS
def test_a_page_that_the_disk_does_not_take_leaves_the_old_one_or_the_new(tmp_path: Path, way: Mode) -> None:
    page = tmp_path / "page.html"
    errors: list[NotWrittenError] = []

    def work() -> None:
        try:
            write_whole(page, NEW, option="--html")
        except NotWrittenError as error:
            errors.append(error)

    def look(where: str) -> None:
        assert page.read_bytes() in (OLD, NEW), where
        assert [file.name for file in tmp_path.iterdir()] == ["page.html"], where

    calls = every_call(tmp_path, way, work, look, begin=lambda: page.write_bytes(OLD))
    assert calls >= 5, "open, write, flush, sync, rename at least"
    assert len(errors) == calls
    assert all("nothing was written" in str(error) and exit_code(error) == 1 for error in errors)


@WAYS
def test_a_mail_that_the_disk_does_not_take_is_deferred_and_leaves_no_half(tmp_path: Path, way: Mode) -> None:
    letter = EmailMessage()
    letter["Date"], letter["Subject"] = "Thu, 07 May 2026 03:00:00 +0000", "x"
    letter.set_content("the text")
    letter.add_alternative("<p>the page</p>", subtype="html")
    mail = Email(
        message_id="<1@acme.example>",
        sender="l@acme.example",
        to="ceo@acme.example",
        subject="x",
        kind="alert",
        content=letter.as_bytes(),
    )
    folder, states = tmp_path / "mails", []

    def work() -> None:
        ((_, delivery),) = FolderChannel(folder).deliver([mail])
        states.append(delivery)

    def look(where: str) -> None:
        assert states[-1].state == "deferred", where
        assert "a fault" in states[-1].detail, where
        for file in folder.iterdir():
            if file.name.startswith("."):  # opened, and nobody heard: nothing was written into it
                assert (way, file.stat().st_size) == ("after", 0), where
            if file.suffix == ".eml":
                assert file.read_bytes() == mail.content, where

    assert every_call(folder, way, work, look) >= 10
    assert states[-1].state == "sent", "on a disk that is well it goes through"
    assert len(list(folder.glob("[!.]*"))) == 2


@WAYS
def test_a_backup_that_the_disk_does_not_take_is_told_and_never_has_a_backups_name(
    tmp_path: Path, way: Mode
) -> None:
    folder = tmp_path / "backups"
    errors: list[str] = []
    with open_store(f"sqlite:///{tmp_path}/leftturn.db") as store:

        def work() -> None:
            try:
                take_backup(store, folder, keep=3, now=NOW)
            except BackupError as error:
                errors.append(str(error))

        def look(where: str) -> None:
            for file in folder.iterdir():
                assert file.name == "leftturn-20260507T030000Z.db", where
                check_backup(file)

        calls = every_call(folder, way, work, look)
    assert calls >= 4
    assert errors
    assert all("no backup was made" in error or "could not be" in error for error in errors)
    check_backup(folder / "leftturn-20260507T030000Z.db")

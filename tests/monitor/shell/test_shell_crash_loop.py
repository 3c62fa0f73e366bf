"""What ends the process each time it is begun is left in peace after three times, and everything else goes on."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from alerts.failpoints import armed
from config import load
from monitor.app import App
from monitor.leadership import only_daemon
from monitor.operations import tell_operations
from monitor.report import Report
from monitor.store import outbox, tables

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
CONFIG = """
company: {name: Acme, timezone: UTC, currency: EUR}
sources:
  - name: deadly
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost]}
  - name: harmless
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost]}
metrics: {win_rate: {matters_if: 5 points}}
mail: {from: "LeftTurn <leftturn@acme.example>", folder: mails}
people: [{email: ops@acme.example, receives: [operations]}]
"""


class Death(BaseException):
    """The process is gone: nothing of the product's catches it."""


@pytest.fixture
def company(tmp_path: Path) -> Path:
    (tmp_path / "leftturn.yaml").write_text(CONFIG)
    (tmp_path / "deals.csv").write_text("id,created,closed,stage\nD1,2026-05-01,2026-05-02,Won\n")
    return tmp_path


def life(company: Path, now: datetime, dies_at: str | None = None, times: int = 1) -> Report | None:
    """A process that ticks once; nothing where it died at the point."""
    settings, left = load(company / "leftturn.yaml", environ={}), [times]

    def come_by(name: str) -> None:
        if name == dies_at:
            left[0] -= 1
            if left[0] == 0:
                raise Death

    with only_daemon(settings.database) as leadership:
        app = App.build(settings, lambda: now, leadership=leadership)
        try:
            with armed(come_by), suppress(Death):
                return app.tick(now)
            return None
        finally:
            app._pipeline.store.close()


def subjects(company: Path) -> list[str]:
    files = sorted((company / "mails").glob("*.eml"))
    return [file.read_text().split("Subject: ")[1].splitlines()[0] for file in files]


def test_a_period_that_ends_the_process_three_times_rests_for_a_day_and_is_told(company: Path) -> None:
    for number in range(3):
        assert life(company, NOW + timedelta(minutes=number), "ingest.rows") is None
    report = life(company, NOW + timedelta(minutes=3), "ingest.never")
    assert report is not None
    assert [read.source for read in report.ingested] == ["harmless"]
    assert subjects(company) == ["Source deadly could not be read"]
    report = life(company, NOW + timedelta(minutes=4))
    assert report is not None
    assert report.ingested == []
    report = life(company, NOW + timedelta(hours=25))
    assert report is not None
    assert [read.source for read in report.ingested] == ["deadly", "harmless"]


def test_who_died_twice_and_lived_begins_anew(company: Path) -> None:
    for number in range(2):
        life(company, NOW + timedelta(minutes=number), "ingest.rows")
    report = life(company, NOW + timedelta(minutes=2))
    assert report is not None
    assert [read.source for read in report.ingested] == ["deadly", "harmless"]
    app = App.build(load(company / "leftturn.yaml", environ={}), lambda: NOW)
    with app._pipeline.store.read() as conn:
        assert conn.execute(select(tables.run.c.key).where(tables.run.c.job == "begun")).all() == []
    app._pipeline.store.close()


def test_an_error_that_is_shown_for_debugging_is_no_death(
    company: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEFTTURN_DEBUG", "1")
    (company / "deals.csv").unlink()
    for number in range(4):
        with pytest.raises(Exception, match=r"deals\.csv"):
            life(company, NOW + timedelta(minutes=number))


@pytest.fixture
def two_mails(company: Path) -> Path:
    """Two words to operations wait; the first in line is deadly."""
    life(company, NOW)
    app = App.build(load(company / "leftturn.yaml", environ={}), lambda: NOW)
    with app._pipeline.store.write() as conn:
        for number in range(2):
            tell_operations(
                conn,
                app._settings,
                f"Word {number}",
                ["x"],
                key=str(number),
                now=NOW + timedelta(seconds=number),
            )
    app._pipeline.store.close()
    return company


def test_a_mail_that_ends_the_process_three_times_lets_the_others_go_first(two_mails: Path) -> None:
    for number in range(1, 4):
        assert life(two_mails, NOW + timedelta(minutes=number), "deliver.claimed") is None
    assert subjects(two_mails) == []
    report = life(two_mails, NOW + timedelta(minutes=4))
    assert report is not None
    assert [mail.subject for mail in report.delivered] == ["Word 1"]
    report = life(two_mails, NOW + timedelta(hours=2))
    assert report is not None
    assert [mail.subject for mail in report.delivered] == ["Word 0"]
    assert outbox.MOST_DEATHS == 3

"""One reader whose digest cannot be made, and one source that cannot be read, keep nothing from anybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import monitor.pipeline
from alerts.types import Reader
from config import load
from monitor.app import App
from monitor.report import Report

MONDAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
CONFIG = """
company: {name: Acme, timezone: UTC, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost]}
  - name: gone
    path: nowhere.csv
    columns: {deal_id: id, created_at: created, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost]}
metrics: {win_rate: {matters_if: 5 points}}
mail: {from: "LeftTurn <leftturn@acme.example>", folder: mails}
people:
  - {email: first@acme.example, receives: [digest]}
  - {email: second@acme.example, receives: [digest]}
  - {email: ops@acme.example, receives: [operations]}
"""


@pytest.fixture
def company(tmp_path: Path) -> App:
    (tmp_path / "leftturn.yaml").write_text(CONFIG)
    rows = [f"D{n},2026-04-{n % 27 + 1:02},2026-04-{n % 27 + 1:02},Won" for n in range(60)]
    (tmp_path / "deals.csv").write_text("\n".join(["id,created,closed,stage", *rows]) + "\n")
    app = App.build(load(tmp_path / "leftturn.yaml", environ={}), lambda: MONDAY)
    app.tick(MONDAY - timedelta(days=1))
    return app


def to(report: Report, address: str) -> list[str]:
    return [mail.kind for mail in report.delivered if mail.to == address]


def test_a_reader_whose_digest_cannot_be_made_keeps_no_other_from_theirs(
    company: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = monitor.pipeline.render_digest

    def broken_for_one(digest: Any, reader: Reader, **more: Any) -> Any:
        if reader.email == "first@acme.example":
            raise ZeroDivisionError("nobody foresaw it")
        return made(digest, reader, **more)

    with monkeypatch.context() as here:
        here.setattr(monitor.pipeline, "render_digest", broken_for_one)
        report = company.tick(MONDAY)
    assert [failure.job for failure in report.failed] == ["ingest", "digest"]
    assert to(report, "first@acme.example") == []
    assert to(report, "second@acme.example") == ["digest"]
    assert any("for first@acme.example could not be made" in mail.subject for mail in report.delivered)
    report = company.tick(MONDAY + timedelta(minutes=11))
    assert to(report, "first@acme.example") == ["digest"]
    assert to(report, "second@acme.example") == []
    company._pipeline.store.close()


def test_a_source_that_cannot_be_read_keeps_no_other_from_being_read(company: App) -> None:
    report = company.tick(MONDAY)
    assert [read.source for read in report.ingested] == ["crm"]
    assert "nowhere.csv" in report.failed[0].message
    company._pipeline.store.close()

"""status, explain, outbox and quarantine: what the store knows, for people and for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Connection, Integer, MetaData, String, Table, create_engine, insert
from sqlalchemy.pool import StaticPool

import monitor.store
from monitor.cli import exit_code
from monitor.commands import explain, outbox, quarantine, status

AT = datetime(2026, 5, 7, 8, tzinfo=UTC).isoformat()
COLUMNS = {
    "run": "id:i key job period state started_at finished_at",
    "source_read": "id:i run_id:i source file rows_read:i accepted:i quarantined:i read_at message",
    "rejected_row": "id:i source_read_id:i row:i column reason detail",
    "deal_version": "id:i source deal_id created_on closed_on",
    "inflection": "id opened_on started_on started_low started_high verdict direction shares:j state",
    "finding": "id:i inflection_id position:i metric segment contrast:i unit before:i after:i change_low:i "
    "change_high:i adjusted_for started_on started_low started_high evidence:i bar:i deals_before:i deals_after:i",
    "notice": "message_id inflection_id kind reason recipient subject state attempts:i created_at sent_at "
    "next_try_at last_error",
}
KINDS = {"i": Integer, "j": JSON, "": String}
STARTED = {"started_on": "2026-03-02", "started_low": "2026-02-09", "started_high": "2026-03-30"}
ROWS: dict[str, list[dict[str, Any]]] = {
    "run": [
        {
            "id": 1,
            "key": "judge:2026-04-27",
            "job": "judge",
            "state": "done",
            "started_at": AT,
            "finished_at": AT,
        }
    ],
    "source_read": [
        {
            "id": 1,
            "source": "crm",
            "file": "deals.csv",
            "rows_read": 10,
            "accepted": 9,
            "quarantined": 1,
            "read_at": AT,
        }
    ],
    "rejected_row": [
        {
            "id": 1,
            "source_read_id": 1,
            "row": 7,
            "column": "amount",
            "reason": "not_a_number",
            "detail": "'x'",
        }
    ],
    "deal_version": [{"id": 1, "source": "crm"}],
    "inflection": [
        {"id": "2026-05-04-a", "opened_on": "2026-05-07", "verdict": "market_shift", "direction": "down"}
        | {"state": "open", "shares": {"market": -0.06, "price": None}}
        | STARTED
    ],
    "finding": [
        {
            "id": 1,
            "inflection_id": "2026-05-04-a",
            "position": 0,
            "metric": "win_rate",
            "segment": "",
            "contrast": 0,
        }
        | {
            "unit": "rate",
            "before": 3,
            "after": 2,
            "change_low": -2,
            "change_high": -1,
            "evidence": 9,
            "bar": 8,
        }
        | {"deals_before": 900, "deals_after": 300}
        | STARTED
    ],
    "notice": [
        {
            "message_id": "<1@x>",
            "inflection_id": "2026-05-04-a",
            "kind": "alert",
            "reason": "opened",
            "attempts": 1,
        }
        | {"recipient": "ceo@x", "subject": "Market shift", "state": "sent", "created_at": AT, "sent_at": AT}
    ],
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration and a store with one of everything, its tables as agreed."""
    metadata = MetaData()
    tables = {
        name: Table(
            name,
            metadata,
            *(
                Column(column, KINDS[kind], primary_key=index == 0)
                for index, (column, _, kind) in enumerate(part.partition(":") for part in columns.split())
            ),
        )
        for name, columns in COLUMNS.items()
    }
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    metadata.create_all(engine)
    with engine.begin() as connection:
        for name, rows in ROWS.items():
            connection.execute(insert(tables[name]), rows)

    @contextmanager
    def read() -> Iterator[Connection]:
        with engine.begin() as connection:
            yield connection

    monkeypatch.setattr(monitor.store, "tables", SimpleNamespace(**tables), raising=False)
    for command in (explain, outbox, quarantine, status):
        monkeypatch.setattr(command, "open_existing_store", lambda _: SimpleNamespace(read=read))
    path = tmp_path / "leftturn.yaml"
    path.write_text(
        "company: {name: Acme, timezone: Europe/Berlin, currency: EUR}\n"
        "sources:\n  - {name: crm, path: deals.csv, columns: {deal_id: id, closed_at: closed}, outcome: won}\n"
    )
    return path


def run(config: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert exit_code([*arguments, "--config", str(config)]) == 0
    return capsys.readouterr().out


def test_status_tells_runs_sources_open_inflections_mails_and_what_is_next(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(run(config, capsys, "status", "--json"))
    assert told["runs"][0]["key"] == "judge:2026-04-27"
    assert told["sources"][0]["rows_read"] == 10
    assert told["open"][0]["id"] == "2026-05-04-a"
    assert told["outbox"] == {"sent": 1}
    assert [line["job"] for line in told["next"]] == ["ingest", "judge"]
    assert date.fromisoformat(told["next"][1]["due_at"][:10]) > date(2026, 1, 1)
    assert "2026-05-04-a" in run(config, capsys, "status")


def test_explain_tells_every_finding_and_who_was_told(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(config, capsys, "explain", "2026-05-04-a")
    assert "market_shift (down), open" in told
    assert "began about 2026-03-02 (2026-02-09 to 2026-03-30)" in told
    assert "market -0.06" in told
    assert "price" not in told
    assert "evidence 9.00 against a bar of 8.00" in told
    assert "Told ceo@x (opened, sent): Market shift" in told
    assert (
        json.loads(run(config, capsys, "explain", "2026-05-04-a", "--json"))["findings"][0]["metric"]
        == "win_rate"
    )


def test_explain_of_what_is_unknown_names_what_there_is(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(["explain", "nonsense", "--config", str(config)]) == 2
    assert capsys.readouterr().err == (
        "leftturn: nonsense: no such inflection or deal; the newest are 2026-05-04-a (see leftturn status)\n"
    )


def test_the_outbox_lists_mails_without_their_content(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(run(config, capsys, "outbox", "--json"))["notices"]
    assert (told[0]["recipient"], told[0]["state"]) == ("ceo@x", "sent")
    assert not {"content", "view"} & told[0].keys()
    assert "Market shift" in run(config, capsys, "outbox")


def test_the_quarantine_names_file_row_column_and_reason(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(run(config, capsys, "quarantine", "--json"))
    assert told == {
        "total": 1,
        "rows": [
            {
                "source": "crm",
                "file": "deals.csv",
                "row": 7,
                "column": "amount",
                "reason": "not_a_number",
                "detail": "'x'",
            }
        ],
    }
    assert "1 of 1 rows" in run(config, capsys, "quarantine", "--source", "crm")
    assert exit_code(["quarantine", "--source", "bogus", "--config", str(config)]) == 2
    assert "there are crm" in capsys.readouterr().err

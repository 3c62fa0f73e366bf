"""status, explain, outbox and quarantine: what the store knows, for people and for scripts."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from monitor.cli import exit_code
from monitor.lock import hold_file
from monitor.store import open_store, tables

AT = datetime(2026, 5, 7, 8, tzinfo=UTC)
STARTED = {
    "started_on": date(2026, 3, 2),
    "started_low": date(2026, 2, 9),
    "started_high": date(2026, 3, 30),
}
RUN = {"key": "judge:2026-04-27", "job": "judge", "period": "2026-04-27", "state": "done"}
READ = {
    "source": "crm",
    "file": "deals.csv",
    "content_hash": "x",
    "reading": "y",
    "whole": True,
    "message": "",
}
COUNTS = {"rows_read": 10, "accepted": 9, "quarantined": 1, "duplicates": 0, "ignored": 0}
REJECTED = {"row": 7, "column": "amount", "reason": "not_a_number", "detail": "'x'", "raw": "1;x"}
INFLECTION = {
    "id": "2026-05-04-a",
    "opened_on": date(2026, 5, 7),
    "verdict": "market_shift",
    "form": "choose_others",
    "direction": "down",
    "state": "open",
    "shares": {"market": -0.06, "mix": -0.03, "price": None},
    "detail": {
        "intervals": {"market": [-0.08, -0.04], "mix": None},
        "breadth": ["region", 3, 4],
        "place": {"owner": "Ann Smith"},
    },
}
FINDING = {
    "inflection_id": "2026-05-04-a",
    "position": 0,
    "metric": "win_rate",
    "segment": "",
    "contrast": False,
    "kind": "win_rate",
    "unit": "rate",
    "before": 0.31,
    "after": 0.22,
    "change_low": -0.13,
    "change_high": -0.05,
    "adjusted_for": ["tier"],
    "evidence": 9.1,
    "bar": 8.0,
    "deals_before": 900,
    "deals_after": 300,
}
NOTICE = {
    "message_id": "<1@x>",
    "inflection_id": "2026-05-04-a",
    "kind": "alert",
    "reason": "opened",
    "seq": 1,
    "sender": "l@x",
    "recipient": "ceo@x",
    "subject": "Market shift",
    "content": b"secret words",
    "state": "sent",
    "attempts": 1,
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration and a store with one of everything."""
    rows: list[tuple[Any, dict[str, Any]]] = [
        (tables.run, RUN | {"started_at": AT, "finished_at": AT}),
        (tables.source_read, READ | COUNTS | {"id": 1, "read_at": AT}),
        (tables.rejected_row, REJECTED | {"source_read_id": 1}),
        (tables.inflection, INFLECTION | STARTED),
        (tables.finding, FINDING | STARTED),
        (tables.notice, NOTICE | {"created_at": AT, "sent_at": AT}),
    ]
    save(tmp_path, *rows)
    path = tmp_path / "leftturn.yaml"
    path.write_text(
        "company: {name: Acme, timezone: Europe/Berlin, currency: EUR}\n"
        "sources:\n  - {name: crm, path: deals.csv, columns: {deal_id: id, closed_at: closed}, outcome: won}\n"
    )
    return path


def save(folder: Path, *rows: tuple[Any, dict[str, Any]]) -> None:
    with open_store(f"sqlite:///{folder / 'leftturn.db'}") as store, store.write() as conn:
        for table, row in rows:
            conn.execute(insert(table), [row])


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


def test_status_tells_of_a_source_that_cannot_be_read_why_and_since_when(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = RUN | {"key": "ingest:crm:2026-05-08T00:00Z", "job": "ingest", "state": "failed"}
    later = AT + timedelta(days=1)
    detail = {"message": "deals.csv: no such file"}
    save(config.parent, (tables.run, tried | {"started_at": later, "finished_at": later, "detail": detail}))
    (source,) = json.loads(run(config, capsys, "status", "--json"))["sources"]
    assert source["message"] == "deals.csv: no such file"
    assert (source["read_at"], source["looked_at"]) == (AT.isoformat(), later.isoformat())


def test_status_tells_whether_a_process_is_active(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(run(config, capsys, "status", "--json"))["active"] == ""
    with hold_file(config.parent / "leftturn.db"):
        assert json.loads(run(config, capsys, "status", "--json"))["active"].startswith("process ")
    assert "active: no process" in run(config, capsys, "status")


def test_status_warns_of_what_was_done_ahead_of_the_clock(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert json.loads(run(config, capsys, "status", "--json"))["ahead"] is None
    future = datetime(2199, 1, 1, tzinfo=UTC)
    save(config.parent, (tables.run, RUN | {"key": "x", "started_at": future, "finished_at": future}))
    assert "done as of 2199-01-01" in run(config, capsys, "status")


def test_explain_tells_in_words_why_it_alarmed_what_it_is_put_down_to_and_who_was_told(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(config, capsys, "explain", "2026-05-04-a")
    for said in (
        "Market shift (market_shift, they choose others), open",
        "Decided on 2026-05-07; began about 2026-03-02 (2026-02-09 to 2026-03-30).",
        "Win rate: 31 % to 22 %, down 9 points (nine times in ten 5 to 13 points)",
        "evidence 9.10 against a bar of 8.00: noise this strong comes once in six years, over everything watched",
        "on 900 deals before and 300 after; the mix of tier is taken out of the interval",
        "Of the move (down 9 points): the market -6.0 points (-8.0 to -4.0); "
        "which customers you sell to -3.0 points.",
        "Not known: the part of prices.",
        "Breadth: 3 of 4 regions moved the same way.",
        "In one place: team one seller.",
        "2026-05-07 opened: Market shift\n  to ceo@x: sent 2026-05-07 08:00 UTC",
    ):
        assert said in told
    assert "Ann Smith" not in told
    found = json.loads(run(config, capsys, "explain", "2026-05-04-a", "--json"))["findings"]
    assert found[0]["metric"] == "win_rate"


def test_explain_names_people_only_where_privacy_says_so(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(config.read_text() + "privacy: {owners: names}\n")
    assert "In one place: owner Ann Smith." in run(config, capsys, "explain", "2026-05-04-a")


def test_explain_says_why_nobody_was_mailed(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    silent = INFLECTION | STARTED | {"id": "b", "opened_on": date(2026, 5, 14)}
    kept = {"on": date(2026, 5, 14), "metric": "win_rate", "segment": "", "reason": "too_old"}
    save(
        config.parent,
        (tables.inflection, silent),
        (tables.finding, FINDING | STARTED | {"inflection_id": "b", "evidence": 7.0}),
        (tables.suppressed, kept),
    )
    told = run(config, capsys, "explain", "b")
    assert "Nobody was mailed: older than our watch; it lies in the past." in told
    assert "evidence 7.00 against a bar of 8.00: below the bar by now" in told


def test_explain_tells_of_series_that_carry_it_together_and_of_none_that_it_is_below_its_bar(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0.78 of the bar and 0.30 are a noise that comes 1.08 / 0.5 years apart at the least."""
    days = ["2026-03-02", "2026-02-09", "2026-05-04", -0.08]
    agreed = [
        {"told": [*days, [metric, place, False]], "since": "2024-01-01", "raised": 0.6, "now": now}
        for metric, place, now in (("fit_mix", [], 0.30), ("win_rate", [], 0.78), ("volume", [], 0.0))
    ]
    whole = INFLECTION | STARTED | {"id": "c", "detail": INFLECTION["detail"] | {"agreed": agreed}}
    below = FINDING | STARTED | {"inflection_id": "c", "evidence": 8.0 + math.log(0.78)}
    other = below | {"position": 1, "metric": "fit_mix", "kind": "fit_mix", "unit": "share"}
    save(
        config.parent,
        (tables.inflection, whole),
        (tables.finding, below),
        (tables.finding, other | {"evidence": 8.0 + math.log(0.3)}),
    )
    told = run(config, capsys, "explain", "c")
    assert (
        "Two series that agree carry it together: 1.08 of the bar; win rate 0.78, core share 0.30. "
        "Noise comes to as much once in two years, over everything watched." in told
    )
    assert "evidence 7.75 against a bar of 8.00: 0.78 of it, with those that agree" in told
    assert "below the bar" not in told
    rows = json.loads(run(config, capsys, "explain", "c", "--json"))["agreed"]
    assert [(row["metric"], row["part_now"]) for row in rows][:2] == [("fit_mix", 0.3), ("win_rate", 0.78)]


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


def test_status_and_check_tell_how_closings_arrive_beside_late_by(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (config.parent / "deals.csv").write_text("id,closed\n1,2026-05-01\n")
    assert json.loads(run(config, capsys, "status", "--json"))["lateness"] == []
    for number in range(60):
        read = datetime(2026, 6, 1, 6, tzinfo=UTC) + timedelta(days=1 if number < 54 else 6)
        deal = {"source": "crm", "deal_id": str(number), "outcome": "won", "closed_on": date(2026, 6, 1)}
        row = deal | {"known_at": read, "observed": True, "deleted": False, "attributes": {}}
        save(config.parent, (tables.deal_version, row))
    for command in ("status", "check"):
        monkeypatch.setattr(f"monitor.commands.{command}.system_clock", lambda: AT + timedelta(days=90))
    (known,) = json.loads(run(config, capsys, "status", "--json"))["lateness"]
    sentence = (
        "source crm: 90 % of closings arrive within its late_by of 3 days (60 closings); 6 days would do"
    )
    assert known == {
        "source": "crm",
        "late_by_days": 3.0,
        "closings": 60,
        "in_time": 0.9,
        "suggested_days": 6,
        "sentence": sentence,
    }
    assert sentence in run(config, capsys, "status")
    exit_code(["check", "--config", str(config), "--json"])
    assert json.loads(capsys.readouterr().out)["lateness"] == [known]
    exit_code(["check", "--config", str(config)])
    assert sentence in capsys.readouterr().out

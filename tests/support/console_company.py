"""A company's store with a change that was told, for the tests of the pages: built by hand, no week judged."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from alerts import samples
from alerts.render import as_dict, render_alert, view_of_alert
from alerts.types import Reason
from config import Settings, load
from monitor.store import Store, tables

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
ID = "20260504-win-rate-aaaaaa"
TOKEN, KEY, OLD_KEY = "token-of-the-tests-0123456789", "k" * 40, "o" * 40
ENVIRON = {"LEFTTURN_TOKEN": TOKEN, "LEFTTURN_KEY": f"{KEY} {OLD_KEY}"}
HOST = "leftturn.acme.example"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u202e{{7*7}}"
CONFIG = f"""
company: {{name: Acme, timezone: Europe/Berlin, currency: EUR}}
sources:
  - name: crm
    path: deals.csv
    columns: {{deal_id: id, created_at: created, closed_at: closed, amount: amount}}
    attributes: {{region: region}}
    outcome: {{column: stage, won: [Won], lost: [Lost]}}
segments: [region]
mail: {{from: "LeftTurn <leftturn@acme.example>", folder: mails}}
people:
  - {{email: ceo@acme.example, name: Chief executive}}
  - {{email: ops@acme.example, receives: [digest, operations]}}
console:
  url: https://{HOST}
  token_env: LEFTTURN_TOKEN
  signing_key_env: LEFTTURN_KEY
"""


class Silent:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def error(self, event: str, **fields: object) -> None:
        self.lines.append(f"{event} {fields}")

    info = error


def settings_in(folder: Path, config: str = CONFIG, environ: dict[str, str] = ENVIRON) -> Settings:
    """The settings of the company, its files in `folder`."""
    (folder / "leftturn.yaml").write_text(config)
    return load(folder / "leftturn.yaml", environ=environ)


def fill(store: Store, name: str = "EMEA") -> None:
    """One open inflection in the segment `name`, told to the chief executive, and a little of all else."""
    mail = {"sender": samples.SENDER, "reply_to": samples.REPLY_TO}
    alert, reader = samples.alerts()["market_shift"], samples.READER
    email = render_alert(alert, Reason.OPENED, reader, sequence=1, opening_id=None, now=NOW, **mail)
    view = as_dict(
        view_of_alert(alert, Reason.OPENED, reader, reply_to=samples.REPLY_TO, sender=samples.SENDER)
    )
    view["company"] = name
    view["facts"] = [*view["facts"], {"label": "Where", "text": name}]
    days = dict.fromkeys(("started_on", "started_low", "started_high"), date(2026, 3, 2))
    with store.write() as conn:
        conn.execute(insert(tables.inflection), [{**_inflection(), **days}, {**_inflection("other"), **days}])
        conn.execute(insert(tables.finding), [{**_finding(name), **days}])
        conn.execute(insert(tables.notice), [_notice(email.content, view, email.subject)])
        conn.execute(
            insert(tables.run), [_run("ingest:crm:2026-05-07", "ingest"), _run("judge:2026-04-27", "judge")]
        )
        read = conn.execute(insert(tables.source_read).values(_read(name)).returning(tables.source_read.c.id))
        conn.execute(insert(tables.deal_version), [_deal()])
        row = {"row": 7, "column": name, "reason": "not_a_number", "detail": name, "raw": name}
        conn.execute(insert(tables.rejected_row), [{**row, "source_read_id": read.scalar_one()}])


def _inflection(id_: str = ID) -> dict[str, Any]:
    return {
        "id": id_,
        "opened_on": date(2026, 5, 4),
        "verdict": "market_shift",
        "form": "choose_others",
        "direction": "down",
        "state": "open",
        "shares": {"market": -0.06, "mix": -0.03, "price": None},
        "detail": {"intervals": {}, "breadth": ["region", 3, 4], "place": None},
    }


def _finding(name: str) -> dict[str, Any]:
    return {
        "inflection_id": ID,
        "position": 0,
        "metric": "win_rate",
        "segment": f"region\x1f{name}",
        "contrast": False,
        "kind": "win_rate",
        "unit": "rate",
        "before": 0.31,
        "after": 0.22,
        "change_low": -0.13,
        "change_high": -0.05,
        "adjusted_for": [],
        "evidence": 9.1,
        "bar": 8.0,
        "deals_before": 900,
        "deals_after": 300,
    }


def _notice(content: bytes, view: dict[str, Any], subject: str) -> dict[str, Any]:
    return {
        "message_id": "<1@x>",
        "inflection_id": ID,
        "kind": "alert",
        "reason": "opened",
        "seq": 1,
        "sender": "l@x",
        "recipient": "ceo@acme.example",
        "subject": subject,
        "view": view,
        "content": content,
        "state": "sent",
        "attempts": 1,
        "created_at": NOW,
        "sent_at": NOW,
    }


def _run(key: str, job: str) -> dict[str, Any]:
    return {
        "key": key,
        "job": job,
        "period": key[-10:],
        "state": "done",
        "started_at": NOW,
        "finished_at": NOW,
    }


def _read(name: str) -> dict[str, Any]:
    counts = {"rows_read": 1200, "accepted": 1199, "quarantined": 1, "duplicates": 0, "ignored": 0}
    told = {
        "source": "crm",
        "file": name,
        "content_hash": "x",
        "reading": "y",
        "whole": True,
        "message": name,
    }
    return {**told, **counts, "read_at": NOW}


def _deal() -> dict[str, Any]:
    day = date(2026, 5, 6)
    told = {"source": "crm", "deal_id": "d1", "known_at": NOW, "observed": True, "outcome": "won"}
    return {**told, "created_on": day, "closed_on": day, "deleted": False, "attributes": {}}

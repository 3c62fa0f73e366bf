"""A metric that fails is told to operations once, with the newest week, and once when it is back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import insert, select

from config import load
from monitor.not_judged import not_judged, tell_of_metrics
from monitor.store import open_store, tables

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
CONFIG = """
company: {name: Acme, timezone: UTC, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost]}
metrics: {win_rate: {matters_if: 5 points}}
mail: {from: "LeftTurn <leftturn@acme.example>", folder: mails}
people: [{email: ops@acme.example, receives: [operations]}]
"""


def test_told_once_with_the_newest_week_and_once_when_it_is_back(tmp_path: Path) -> None:
    (tmp_path / "leftturn.yaml").write_text(CONFIG)
    settings = load(tmp_path / "leftturn.yaml", environ={})
    said = []
    weeks = [({"win_rate": "KeyError: x"}, False), ({"win_rate": "KeyError: x"}, True)]
    weeks += [({"win_rate": "KeyError: y"}, True), ({}, True), ({}, True)]
    with open_store(settings.database) as store:
        for index, (failed, newest) in enumerate(weeks):
            week, now = date(2026, 3, 2) + timedelta(weeks=index), NOW + timedelta(weeks=index)
            judged = SimpleNamespace(week=week, failed=failed)
            with store.write() as conn:
                kept = tell_of_metrics(conn, settings, judged, now, newest=newest)  # type: ignore[arg-type]
                conn.execute(
                    insert(tables.run).values(
                        key=f"judge:{week}",
                        job="judge",
                        period=str(week),
                        state="done",
                        started_at=now,
                        finished_at=now,
                        detail={"not_judged": kept},
                    )
                )
            with store.read() as conn:
                said.append(
                    list(
                        conn.execute(
                            select(tables.notice.c.subject).order_by(tables.notice.c.created_at)
                        ).scalars()
                    )
                )
    assert [len(subjects) for subjects in said] == [0, 1, 1, 2, 2]
    assert "win_rate could not be judged" in said[-1][0]
    assert "win_rate is judged again" in said[-1][1]
    sentences = not_judged(SimpleNamespace(failed={"win_rate": "KeyError: x"}))  # type: ignore[arg-type]
    assert sentences == ("win rate could not be judged this week",)

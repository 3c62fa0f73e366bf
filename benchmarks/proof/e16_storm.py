"""E16: one week opens 10,000 inflections at once. Each reader gets one mail, soon, without the memory running out.

The inflections are one real one, 10,000 times, each in a place of its own: no configuration watches so many series,
so they are handed to `monitor.notices.tell` as a judged week, and what is queued goes to a server.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from company import LEADERS, OPERATIONS, Company, export, monday
from figures import Figure, Size, none, peak_megabytes, under
from smtp_sink import sink

STORM: dict[Size, int] = {"short": 300, "tenth": 1_000, "long": 10_000}


def run(size: Size) -> list[Figure]:
    """The storm, from the gate to the server."""
    from sqlalchemy import func, select

    from monitor.app import App
    from monitor.notices import tell
    from monitor.store import tables

    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder, sink() as server:
        here = Company(Path(folder))
        here.write(port=server.port, lines=export(3))
        app = App.build(here.settings(), lambda: monday(60))
        pipeline, judged, week = _until_told(app)
        storm = _storm(judged, STORM[size])
        server.taken.clear()
        begun = time.monotonic()
        with pipeline.store.write() as conn:
            conn.execute(tables.inflection.insert(), [_row(one) for one in storm.changes.opened])
            tell(conn, storm, pipeline.settings, monday(week))
        list(pipeline.deliver(monday(week)))
        took = time.monotonic() - begun
        with pipeline.store.read() as conn:
            folded = conn.execute(
                select(func.count()).where(tables.notice.c.state == "folded", tables.notice.c.kind == "alert")
            ).scalar_one()
        pipeline.store.close()
    mails = Counter(mail.to for mail in server.taken)
    others = sum(count for to, count in mails.items() if to not in (*LEADERS, OPERATIONS))
    each = [mails[leader] for leader in LEADERS]
    peak = peak_megabytes()
    return [
        Figure(
            f"mails to each leader, of {STORM[size]:,} alarms", ", ".join(map(str, each)), "1", each == [1, 1]
        ),
        none("mails to anybody else", others),
        Figure(
            "alerts kept for the record", f"{folded:,}", f"{2 * STORM[size]:,}", folded == 2 * STORM[size]
        ),
        under("from the gate to the server", took, 60, "s"),
        under("most memory", peak, 500, "MB"),
    ]


def _until_told(app: Any) -> tuple[Any, Any, int]:
    for week in range(13, 40):
        if any(judged.opened for judged in app.tick(monday(week)).judged):
            return app._pipeline, app._pipeline._judged, week
    raise RuntimeError("the fall was never told")


def _storm(judged: Any, count: int) -> Any:
    """The week with its one inflection in `count` places."""
    (one,) = judged.changes.opened
    opened = []
    for number in range(count):
        key = replace(one.headline.key, segment=(("place", f"{number:05}"),))
        findings = (replace(one.findings[0], key=key), *one.findings[1:])
        opened.append(replace(one, id=f"{one.id}-{number:05}", findings=findings))
    return replace(judged, changes=replace(judged.changes, opened=tuple(opened), followed=(), closed=()))


def _row(one: Any) -> dict[str, Any]:
    headline = one.headline
    low, high = headline.started_between
    return {
        "id": one.id,
        "opened_on": one.opened_on,
        "started_on": headline.started_on,
        "started_low": low,
        "started_high": high,
        "verdict": one.cause.verdict,
        "direction": "down",
        "state": "open",
    }

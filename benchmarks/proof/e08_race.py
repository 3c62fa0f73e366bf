"""E8: three processes do the same tick at the same moment, without any lease; the unique keys alone keep it single.

A tick: settle the period and queue a mail in one transaction, then claim and send what waits. All three wait for one
another before either half. That one process wins them all would prove nothing, so each must win a tenth.
"""

from __future__ import annotations

import multiprocessing
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from figures import Figure, Size, none
from postgres import fresh_database

TICKS: dict[Size, int] = {"short": 30, "tenth": 100, "long": 1000}
DAEMONS = 3
NOW = datetime(2026, 5, 4, tzinfo=UTC)


def run(size: Size) -> list[Figure]:
    """On SQLite, and on PostgreSQL."""
    figures = []
    for name, place in (("SQLite", _sqlite), ("PostgreSQL", fresh_database)):
        with place() as url:
            sent, won = race(url, TICKS[size])
        wrong = sum(count != 1 for count in sent.values()) + TICKS[size] - len(sent)
        least = 100 * min(won) / TICKS[size]
        figures += [
            none(f"{name}: ticks not told exactly once", wrong, TICKS[size]),
            Figure(
                f"{name}: mails sent by each of {DAEMONS}",
                ", ".join(f"{count:,}" for count in won),
                "at least 10 % each",
                least >= 10 or size == "short",
            ),
        ]
    return figures


def race(url: str, ticks: int) -> tuple[Counter[str], list[int]]:
    """How often each mail was sent, and how many each process sent."""
    from monitor.store import open_store

    open_store(url).close()
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(DAEMONS), context.Queue()
    daemons = [context.Process(target=_daemon, args=(url, ticks, barrier, results)) for _ in range(DAEMONS)]
    for daemon in daemons:
        daemon.start()
    sent: list[list[str]] = [results.get(timeout=600) for _ in daemons]
    for daemon in daemons:
        daemon.join()
    return Counter(one for each in sent for one in each), [len(each) for each in sent]


def _daemon(url: str, ticks: int, barrier: Any, results: Any) -> None:
    from monitor.store import open_store

    sent: list[str] = []
    with open_store(url) as store:
        for tick in range(ticks):
            barrier.wait(60)
            _decide(store, tick)
            barrier.wait(60)
            _send(store, NOW + timedelta(minutes=tick), sent)
    results.put(sent)


def _decide(store: Any, tick: int) -> None:
    from alerts.types import Email
    from monitor.store import outbox, runs

    about = outbox.About(inflection_id=None, reason="opened", sequence=1, verdict=None, change=None)
    email = Email(
        message_id=f"<{tick}@x>",
        sender="l@x.example",
        to="a@x.example",
        subject="x",
        kind="alert",
        content=b"x",
    )
    when = NOW + timedelta(minutes=tick)
    outcome = runs.Outcome(
        key=f"judge:{tick}", job="judge", period=str(tick), state="done", started=when, finished=when
    )
    try:
        with store.write() as conn:
            outbox.queue(conn, email, about, {}, when)
            runs.settle(conn, outcome)
    except runs.AlreadySettledError:
        pass


def _send(store: Any, now: datetime, sent: list[str]) -> None:
    from alerts.types import Delivery
    from monitor.store import outbox

    with store.read() as conn:
        waiting = outbox.waiting(conn, now)
    for mail in waiting:
        with store.write() as conn:
            mine = outbox.claim(conn, mail, now, store.epoch)
        if mine:
            with store.write() as conn:
                outbox.handing_over(conn, mail)
            sent.append(mail.email.message_id)
            with store.write() as conn:
                outbox.record(conn, mail, Delivery(state="sent", detail=""), now)


@contextmanager
def _sqlite() -> Iterator[str]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield f"sqlite:///{folder}/leftturn.db"

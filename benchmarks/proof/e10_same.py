"""E10: one daemon, three that take turns, and one that dies at every other tick tell the same.

Random histories of a company are lived through, week by week, three times. The sets of what was told to whom, and of
the inflections, must be equal. Dying is an exception out of a random failpoint that nothing may catch; E1 does it
with a signal.
"""

from __future__ import annotations

import sqlite3
import tempfile
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from company import LEADERS, WEEKS, Company, export, monday
from faults import Faults
from figures import Figure, Size, none

from alerts.failpoints import POINTS, armed
from alerts.types import Email

HISTORIES: dict[Size, int] = {"short": 1, "tenth": 3, "long": 25}
FIRST_WEEK = 15
DAEMONS = 3
SURE_TO_END = 3
AT_LAST = monday(WEEKS - 1) + timedelta(hours=6)
"""One more tick at the end: what died with a mail in hand tries it again within the hour, and no life ends before."""


class _Death(BaseException):
    """The process is gone; no handler of the product's sees it."""


def run(size: Size) -> list[Figure]:
    """Each history three times."""
    differing, deaths, told = [], 0, 0
    memory = Path("/dev/shm")
    for seed in range(HISTORIES[size]):
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
            here = Company(Path(folder))
            fall = Random(seed).randrange(16, 23)
            here.write(port=None, lines=export(100 + seed, fall_week=fall))
            one = _one(here)
            three = _three(here, Random(seed))
            killed, died = _killed(here, Random(seed))
        deaths += died
        told += len(one[0])
        differing += [
            f"{seed}: {name}" for name, other in (("three", three), ("killed", killed)) if other != one
        ]
    return [
        Figure(
            "histories",
            f"{HISTORIES[size]}, {told} mails, {deaths} deaths",
            "mails and deaths",
            told > 0 < deaths,
        ),
        none(
            "; ".join(["lives that told anything else", *differing[:3]]), len(differing), 2 * HISTORIES[size]
        ),
    ]


def _app(here: Company, taken: list[Email], leadership: Any = None) -> Any:
    from monitor.app import App

    app = App.build(here.settings(), lambda: monday(60), leadership=leadership)
    app._pipeline.channel = Faults().channel(taken)
    return app


def _one(here: Company) -> Any:
    _begin(here)
    taken: list[Email] = []
    app = _app(here, taken)
    for week in range(FIRST_WEEK, WEEKS):
        app.tick(monday(week))
    app.tick(AT_LAST)
    return _told(here, taken, app)


def _three(here: Company, random: Random) -> Any:
    """Three that each remember what they saw last, on one database without a lease; each tick is a random one's."""
    _begin(here)
    taken: list[Email] = []
    apps = [_app(here, taken) for _ in range(DAEMONS)]
    for week in range(FIRST_WEEK, WEEKS):
        for app in random.choices(apps, k=2):
            app._pipeline.remembered.forget_ledger()
            app.tick(monday(week))
    apps[0]._pipeline.remembered.forget_ledger()
    apps[0].tick(AT_LAST)
    for app in apps[1:]:
        app._pipeline.store.close()
    return _told(here, taken, apps[0])


def _killed(here: Company, random: Random) -> tuple[Any, int]:
    """One that dies at a random point, and is started again under a new term."""
    from monitor.leadership import only_daemon

    _begin(here)
    taken: list[Email] = []
    deaths = 0
    for week in range(FIRST_WEEK, WEEKS):
        for last in (False, *[True] * SURE_TO_END):
            with only_daemon(f"sqlite:///{here.database}") as leadership:
                app = _app(here, taken, leadership)
                point = None if last else random.choice(list(POINTS))
                try:
                    with armed(partial(_die, point)):
                        app.tick(monday(week))
                except _Death:
                    deaths += 1
                finally:
                    app._pipeline.store.close()
            if last and not deaths:
                break
    with only_daemon(f"sqlite:///{here.database}") as leadership:
        app = _app(here, taken, leadership)
        app.tick(AT_LAST)
        app._pipeline.store.close()
    return _told(here, taken, None), deaths


def _die(point: str | None, name: str) -> None:
    if name == point:
        raise _Death


def _begin(here: Company) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{here.database}{suffix}").unlink(missing_ok=True)


def _told(here: Company, taken: list[Email], app: Any) -> Any:
    """Who was told what, as sets, and what was decided. A digest that is held counts as told."""
    if app is not None:
        app._pipeline.store.close()
    with sqlite3.connect(here.database) as conn:
        held = conn.execute(
            "SELECT message_id FROM notice WHERE state = 'data' AND kind = 'digest'"
        ).fetchall()
        decided = conn.execute("SELECT id, verdict, started_on, state FROM inflection ORDER BY 1").fetchall()
        runs = conn.execute(
            "SELECT key, state FROM run WHERE job IN ('judge', 'digest') ORDER BY 1"
        ).fetchall()
    told = frozenset(mail.message_id for mail in taken if mail.to in LEADERS)
    return told | {name for (name,) in held}, decided, runs

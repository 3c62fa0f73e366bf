"""E3: in one tick that tells of a change, every single call to anything outside fails, in three ways.

The calls are counted first: statements, commits, sources, mails, looks at the clock, and calls about the files of the
export and of the night's backup. Then, for each of them, a daemon ticks from the same database with that one call
failing before it is done, failing after it was done, or taking twenty minutes by the clock; and goes on ticking until
nothing waits.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from company import LEADERS, Company, Unread, export, monday
from e01_kills import _checkpoint, _live_until_told
from faults import MODES, Faults, Mode
from figures import Figure, Size, none

from alerts.types import Email
from monitor.app import App
from monitor.daemon import Daemon

STEP: dict[Size, int] = {"short": 20, "tenth": 10, "long": 1}
AGAIN = timedelta(minutes=11)
"""Longer than what failed rests."""
TICKS = 5
SLOW = timedelta(minutes=20)


def run(size: Size) -> list[Figure]:
    """Every call, or every 25th."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        here = Company(Path(folder))
        here.write(port=None, lines=export(3), backup=True)
        week = _live_until_told(here)
        _checkpoint(here)
        lives = _Lives(here, week)
        lives.live(None, "before")
        counted = lives.calls
        for call in range(0, len(counted), STEP[size]):
            for mode in MODES:
                lives.judge(call, mode)
    kinds = ", ".join(f"{count} × {kind}" for kind, count in Counter(counted).items())
    return [
        Figure("calls that failed", f"{lives.tried:,} ({kinds}, in 3 ways)", "every call", lives.tried > 0),
        none("mails to leaders lost", lives.lost, lives.tried),
        none("copies without X-Possible-Duplicate", lives.unmarked, lives.tried),
        none("more than one copy too many", lives.many, lives.tried),
        none("other weeks, inflections or deals" + "; ".join(lives.wrong[:3]), len(lives.wrong), lives.tried),
    ]


class _Lives:
    def __init__(self, here: Company, week: int) -> None:
        self.here, self.week = here, week
        self.settings = here.settings()
        self.snapshot = here.folder / "snapshot.db"
        shutil.copy(here.database, self.snapshot)
        self.tried = self.lost = self.unmarked = self.many = 0
        self.wrong: list[str] = []
        self.mails: frozenset[str] = frozenset()
        self.rows: Any = None
        self.taken: list[Email] = []
        self.calls: list[str] = []
        """Of the first tick of the newest life."""

    def live(self, at: int | None, mode: Mode) -> Faults:
        """One tick with the fault, and undisturbed ones after it."""
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.here.database}{suffix}").unlink(missing_ok=True)
        shutil.copy(self.snapshot, self.here.database)
        moment = [monday(self.week)]

        def goes_by() -> None:
            moment[0] += SLOW

        self.taken = []
        shutil.rmtree(self.here.folder / "backups", ignore_errors=True)
        app = App.build(self.settings, lambda: moment[0])
        faults = Faults(at, mode, goes_by)
        app._pipeline.channel = faults.channel(self.taken)
        clock = faults.clock(lambda: moment[0])
        daemon = Daemon(app, log=Unread(), clock=clock, after_tick=_nothing_wrong)
        with faults.around(), faults.files(self.here.folder):
            daemon.tick()
            self.calls = list(faults.calls)
            for _ in range(1, TICKS):
                moment[0] += AGAIN
                daemon.tick()
        app._pipeline.store.close()
        if at is None:
            self.mails, self.rows = frozenset(_to_leaders(self.taken)), _rows(self.here.database)
        return faults

    def judge(self, at: int, mode: Mode) -> None:
        """Live with the fault, and count what is wrong."""
        faults = self.live(at, mode)
        if not faults.hit:
            return
        self.tried += 1
        copies = Counter(_to_leaders(self.taken))
        held = _held(self.here.database)
        self.lost += len(self.mails - set(copies) - held)
        for name, count in copies.items():
            marked = [
                b"X-Possible-Duplicate" in mail.content for mail in self.taken if mail.message_id == name
            ]
            self.unmarked += count > 1 and not all(marked[1:])
            self.many += count > 2
        if _rows(self.here.database) != self.rows:
            self.wrong.append(f"; {faults.calls[at]} {at} failed {mode}")


def _nothing_wrong(_: datetime) -> None:
    """The daemon looks at the clock for it."""


def _to_leaders(taken: Sequence[Email]) -> list[str]:
    return [mail.message_id for mail in taken if mail.to in LEADERS]


def _held(database: Path) -> frozenset[str]:
    with sqlite3.connect(database) as conn:
        rows = conn.execute("SELECT message_id FROM notice WHERE state = 'data' AND kind = 'digest'")
        return frozenset(name for (name,) in rows)


def _rows(database: Path) -> list[Any]:
    """What was done and decided."""
    with sqlite3.connect(database) as conn:
        return [
            conn.execute(wanted).fetchall()
            for wanted in (
                "SELECT key, state FROM run WHERE job IN ('judge', 'digest', 'backup') ORDER BY 1",
                "SELECT id, verdict, started_on, state FROM inflection ORDER BY 1",
                "SELECT count(*), count(DISTINCT deal_id) FROM deal_version",
                "SELECT message_id, kind, reason, seq FROM notice WHERE kind <> 'operations' ORDER BY 1",
                "SELECT count(*) FROM notice WHERE state IN ('claimed', 'pending', 'deferred')",
                "PRAGMA quick_check",
            )
        ]

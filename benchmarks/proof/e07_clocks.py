"""E7: the clock is wrong: by a second, by ten years, ahead, behind, for a while. The same mails come, each once.

A daemon ticks through a fortnight in which a change is told, by a clock that leaps at random moments and comes back
half a day to two days later: long after such a clock is believed. Sometimes the daemon is started again while the
clock is wrong, and so has none to hold it against. Whatever an undisturbed clock tells must be told, each mail once;
what the wrong one told besides (the digest of a week that never came) is counted.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

from company import LEADERS, Company, Unread, export, monday
from e01_kills import _checkpoint, _live_until_told
from faults import Faults
from figures import Figure, Size, none

from alerts.types import Email
from monitor.clock_guard import ClockGuard
from monitor.daemon import Daemon

RUNS: dict[Size, int] = {"short": 2, "tenth": 50, "long": 500}
TICK = timedelta(hours=12)
TICKS = 30
LONGEST = 5
LEAPS = [
    timedelta(seconds=1),
    timedelta(minutes=7),
    timedelta(hours=1),
    timedelta(hours=5),
    timedelta(days=2),
    timedelta(days=5),
    timedelta(days=400),
]
LEAPS += [timedelta(days=3652)]


def run(size: Size) -> list[Figure]:
    """Random leaps, some runs."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        here = Company(Path(folder))
        here.write(port=None, lines=export(3))
        week = _live_until_told(here)
        _checkpoint(here)
        snapshot = here.folder / "snapshot.db"
        shutil.copy(here.database, snapshot)
        right = _live(here, snapshot, week, None)
        lost = doubled = besides = leaps = 0
        for seed in range(RUNS[size]):
            random = Random(seed)
            found = _live(here, snapshot, week, random)
            leaps += 3
            lost += len(set(right) - set(found))
            doubled += sum(count > 1 for count in found.values())
            besides += len(set(found) - set(right))
    return [
        Figure("leaps of the clock", f"{leaps:,} in {RUNS[size]:,} runs", "1 s to 10 years", len(right) >= 2),
        none("alerts and digests lost", lost),
        none("alerts and digests doubled", doubled),
        Figure("mails that only a wrong clock made", f"{besides:,}", "no target", met=True),
    ]


def _live(here: Company, snapshot: Path, week: int, random: Random | None) -> Counter[str]:
    """A fortnight by a clock that leaps; what leaders were sent."""
    from monitor.app import App

    for suffix in ("", "-wal", "-shm"):
        Path(f"{here.database}{suffix}").unlink(missing_ok=True)
    shutil.copy(snapshot, here.database)
    taken: list[Email] = []
    moment = [monday(week) - 3 * TICK]
    leap = [timedelta(0)]
    begun = moment[0]
    app = App.build(here.settings(), lambda: moment[0])
    app._pipeline.channel = Faults().channel(taken)

    def started() -> Daemon:
        guard = ClockGuard(lambda: (moment[0] - begun).total_seconds())
        return Daemon(app, log=Unread(), clock=lambda: moment[0] + leap[0], guard=guard)

    daemon = started()
    begin_at = sorted(random.sample(range(1, TICKS - 4), 3)) if random else []
    until = 0
    for number in range(TICKS):
        if random and number in begin_at:
            leap[0] = random.choice(LEAPS) * random.choice((-1, 1))
            until = number + random.randrange(1, LONGEST)
            daemon = started() if random.random() < 0.3 else daemon
        elif number >= until:
            leap[0] = timedelta(0)
        for step in range(2):  # a tick, and another a minute later
            moment[0] = begun + number * TICK + step * timedelta(minutes=1)
            daemon.tick()
    app._pipeline.store.close()
    return Counter(mail.message_id for mail in taken if mail.to in LEADERS)

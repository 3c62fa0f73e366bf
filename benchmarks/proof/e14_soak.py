"""E14: the daemon's life at a thousand times its pace, for a minute (`make soak`: eight hours). Does it grow?

Weeks go by, each tick with a fault at a random call; the history begins anew when it is over. Memory after a first
third is held against memory at the end, and open files likewise; the leaders' mails must never be doubled unmarked.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

from company import LEADERS, WEEKS, Company, export, monday
from faults import MODES, Faults
from figures import Figure, Size, none, under

from alerts.types import Email

SECONDS: dict[Size, float] = {"short": 3.0, "tenth": 60.0, "long": 60.0}
CALLS = 60
AGAIN = timedelta(minutes=11)


def run(size: Size) -> list[Figure]:
    """A minute, or as long as LEFTTURN_SOAK_SECONDS says."""
    seconds = float(os.environ.get("LEFTTURN_SOAK_SECONDS", SECONDS[size]))
    begun = time.monotonic()
    lives = ticks = unmarked = 0
    first: tuple[float, int] | None = None
    while (passed := time.monotonic() - begun) < seconds or lives < 2:
        done, wrong = _life(lives)
        lives, ticks, unmarked = lives + 1, ticks + done, unmarked + wrong
        if first is None and passed > seconds / 3:
            first = _memory(), _files()
    start = first or (_memory(), _files())
    hours = (time.monotonic() - begun) * 2 / 3 / 3600
    grown = max(0.0, _memory() - start[0])
    return [
        Figure("ticks", f"{ticks:,} in {lives:,} lives", "some", ticks > 0),
        none("copies without X-Possible-Duplicate", unmarked),
        none("files left open", max(0, _files() - start[1])),
        under("memory grown after the first third", grown, max(20.0, hours), "MB"),
    ]


def _life(seed: int) -> tuple[int, int]:
    """One company from its first judged week to its last; ticks, and copies that do not say so."""
    from monitor.app import App

    random, taken, ticks = Random(seed), list[Email](), 0
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        here = Company(Path(folder))
        here.write(port=None, lines=export(seed))
        app = App.build(here.settings(), lambda: monday(60))
        app.prepare()
        for week in range(15, WEEKS):
            for again in range(3):
                faults = Faults(random.randrange(CALLS) if again == 0 else None, random.choice(MODES))
                app._pipeline.channel = faults.channel(taken)
                try:
                    with faults.around():
                        app.tick(monday(week) + again * AGAIN)
                except Exception as error:  # the daemon logs it and goes on
                    del error
                ticks += 1
        app._pipeline.store.close()
    seen: Counter[str] = Counter()
    unmarked = 0
    for mail in taken:
        if mail.to in LEADERS:
            unmarked += seen[mail.message_id] > 0 and b"X-Possible-Duplicate" not in mail.content
            seen[mail.message_id] += 1
    return ticks, unmarked


def _memory() -> float:
    """Resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))

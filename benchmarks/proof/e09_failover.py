"""E9: the active daemon is killed, stopped, or its database restarted; how soon does another one lead, and write?

Processes that stand by on one PostgreSQL. The one that leads writes rows under its term and says so; the time
from the blow to the next such word (of another process, or after a restart of the database) is what is measured, by a
clock that all processes share. One that was stopped and is let go again tries to write under its old term, a number
of times: none of that may be kept.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import time
from typing import Any

from figures import Figure, Size, none, under
from postgres import Server, server

TRIALS: dict[Size, dict[str, int]] = {
    "short": {"SIGKILL": 1, "SIGSTOP": 1, "restart": 0},
    "tenth": {"SIGKILL": 3, "SIGSTOP": 3, "restart": 2},
    "long": {"SIGKILL": 20, "SIGSTOP": 20, "restart": 10},
}
STALE_WRITES = 50
PATIENCE = 60.0
BETWEEN_WRITES = 0.1


def run(size: Size) -> list[Figure]:
    """Blow after blow on one database."""
    with server() as one, one.database() as url:
        trials = _Trials(one, url)
        try:
            for blow, times in TRIALS[size].items():
                for _ in range(times):
                    trials.strike(blow)
        finally:
            trials.end()
    figures = [
        under(f"slowest of {len(took)} failovers by {blow}", max(took), 10, "s")
        for blow, took in trials.took.items()
    ]
    wanted = TRIALS[size]["SIGSTOP"] * STALE_WRITES
    return [
        *figures,
        Figure(
            "writes of stale leaders that were tried",
            f"{trials.tried:,}",
            f"{wanted:,}",
            trials.tried == wanted,
        ),
        none("writes of stale leaders that were kept", trials.kept, trials.tried),
    ]


class _Trials:
    def __init__(self, one: Server, url: str) -> None:
        from monitor.store import open_store

        open_store(url).close()
        self.server, self.url = one, url
        self.context = multiprocessing.get_context("spawn")
        self.said: Any = self.context.Queue()
        self.processes: dict[int, Any] = {}
        self.took: dict[str, list[float]] = {}
        self.tried = self.kept = 0
        self.leader = 0
        self.unheard: list[tuple[str, int, float, int]] = []
        for _ in range(2):
            self._join()
        self.leader, _ = self._next_leader(since=0.0)

    def _join(self) -> None:
        process = self.context.Process(target=_daemon, args=(self.url, self.said), daemon=True)
        process.start()
        self.processes[process.pid or 0] = process
        while (word := self._listen())[0] != "ready":
            self.unheard.append(word)

    def strike(self, blow: str) -> None:
        """One blow to the leader or its database."""
        struck, old = time.monotonic(), self.leader
        if blow == "restart":
            self.server.restart()
        else:
            os.kill(old, signal.SIGKILL if blow == "SIGKILL" else signal.SIGSTOP)
        since = time.monotonic()  # a restarted database may leave the leader in its place
        self.leader, at = self._next_leader(since=since, but=None if blow == "restart" else old)
        self.took.setdefault(blow, []).append(at - struck)
        if blow == "SIGKILL":
            self.processes.pop(old).join()
            self._join()
        elif blow == "SIGSTOP":
            os.kill(old, signal.SIGCONT)
            self._stale_writes(old)

    def _next_leader(self, *, since: float, but: int | None = None) -> tuple[int, float]:
        while True:
            word, process, at, _ = self._hear()
            if word == "leads" and process != but and at > since:
                return process, at

    def _stale_writes(self, old: int) -> None:
        while True:
            word, process, _, kept = self._hear()
            if word == "stale" and process == old:
                self.tried += STALE_WRITES
                self.kept += kept
                return

    def _hear(self) -> tuple[str, int, float, int]:
        return self.unheard.pop(0) if self.unheard else self._listen()

    def _listen(self) -> tuple[str, int, float, int]:
        try:
            word: tuple[str, int, float, int] = self.said.get(timeout=PATIENCE)
        except queue.Empty:
            raise RuntimeError(f"nobody leads after {PATIENCE:g} s") from None
        return word

    def end(self) -> None:
        """Kill whoever is left."""
        for process in self.processes.values():
            process.kill()
            process.join()


def _daemon(url: str, said: Any) -> None:
    """Stand by; say of every row that was written under a term; when it is over, try to write all the same."""
    from monitor.leadership import stand_by
    from monitor.store import open_store
    from monitor.store.lease import LostLeaseError

    me = os.getpid()
    with stand_by(url) as leadership, open_store(url) as store:
        said.put(("ready", me, time.monotonic(), 0))
        leads = False
        while True:
            time.sleep(BETWEEN_WRITES)
            if leadership.leads():
                with contextlib.suppress(LostLeaseError):  # it ended just now
                    fence = leadership.fence(store)
                    if _write(store, fence, f"{me}:{time.monotonic_ns()}"):
                        leads = True
                        said.put(("leads", me, time.monotonic(), 0))
            elif leads:
                leads = False
                old = store.fence
                names = [f"stale:{me}:{time.monotonic_ns()}:{number}" for number in range(STALE_WRITES)]
                said.put(("stale", me, time.monotonic(), sum(_write(store, old, name) for name in names)))


def _write(store: Any, fence: Any, key: str) -> bool:
    """Whether a row is kept that is written under this term."""
    from datetime import UTC, datetime

    from sqlalchemy import insert
    from sqlalchemy.exc import DBAPIError

    from monitor.store import StoreError, tables
    from monitor.store.lease import LostLeaseError

    store.fence = fence
    row = {"key": key, "job": "proof", "state": "done", "started_at": datetime.now(UTC)}
    try:
        with store.write() as conn:
            conn.execute(insert(tables.run), [row])
    except (LostLeaseError, StoreError, DBAPIError):
        return False
    return True

"""The kills of E1 on a PostgreSQL: the same stages, copied into databases of a server.

A process that was killed leaves its lease behind. The four seconds that it lasts are not waited for: the row is made
older. That they are kept to is E9.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

from e01_kills import Harness, Tally, ground_of_memory, in_child, stage_for
from postgres import Server, server
from smtp_sink import sink_process
from sqlalchemy import create_engine, text

LAPSED = "UPDATE lease SET until = clock_timestamp() - interval '1 second'"


class ServerHarness(Harness):
    """The harness, with every database on a server."""

    def __init__(self, ground: Path, port: int, one: Server) -> None:
        super().__init__(ground, port)
        self._server = one
        self._golden: dict[Path, str] = {}
        self.url = one.made("work")
        self.settings = self.settings.model_copy(update={"database": self.url})

    def begin(self, folder: Path) -> None:
        """Copy a stage's database, by the server's own copying."""
        super().begin(folder)
        if folder not in self._golden:
            name = f"golden_{len(self._golden)}"
            url = self._server.made(name)
            in_child(lambda: _moved(folder / "leftturn.db", url))
            self._golden[folder] = name
        self._server.made("work", template=self._golden[folder])

    def ask(self, question: str) -> list[Any]:
        """What the database says."""
        return self._said(question, lambda found: [tuple(row) for row in found])

    def damage(self) -> list[Any]:
        """A server looks after its own files."""
        return []

    def die(self, week: int, point: str, skip: int, place: int) -> bool:
        """Die, and leave a lease that is over."""
        died = super().die(week, point, skip, place)
        self._said(LAPSED, lambda _: [])
        return died

    def _said(self, command: str, read: Callable[[Any], list[Any]]) -> list[Any]:
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as conn:
                return read(conn.execute(text(command)))
        finally:
            engine.dispose()


def on_server(seeds: int, points: Sequence[str]) -> Tally | None:
    """Kill `seeds` times at each of `points`; None where no server can be started."""
    with contextlib.ExitStack() as stack:
        try:
            one = stack.enter_context(server())
        except Exception as error:
            print(f"    NO POSTGRESQL: {type(error).__name__}: {error}", flush=True)
            return None
        ground = stack.enter_context(ground_of_memory())
        harness = ServerHarness(ground, stack.enter_context(sink_process(ground / "sink.log")), one)
        harness.live(0)
        tally = Tally()
        for seed in range(seeds):
            for point in points:
                harness.kill(stage_for(point, harness.stages, seed), [point], Random(seed), tally)
        return tally


def _moved(file: Path, url: str) -> str:
    """Every row of an SQLite store into a server's."""
    from monitor.backup.copying import copy_all, number_on
    from monitor.store import open_store

    with (
        open_store(f"sqlite:///{file}") as source,
        open_store(url) as target,
        source.read() as old,
        target.write() as new,
    ):
        copy_all(old, new)
        number_on(new)
    return ""

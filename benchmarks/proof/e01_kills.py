"""E1: the process is killed (SIGKILL) at every named point of a tick, started again, and what it left is looked at.

A forked child lives through one tick against a real mail server in a process of its own and a real SQLite file on
tmpfs; it kills itself when it comes by the chosen point for the n-th time. Another child takes up what is there; in
a double kill that one is killed as well. Then: was every mail taken by the server, how often, with what mark, and
does the database hold what an undisturbed run leaves?

Two processes share the kills, each with a folder and a server of its own. Both are Pythons that never forked before,
and have everything imported that a tick needs: a killed daemon of theirs costs a fork and a tick.

E2 is the same harness around two naive outboxes: it must catch them (`monitor.pipeline.Pipeline.deliver` replaced).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from company import Company, export, monday
from figures import Figure, Size, none
from smtp_sink import sink_process

from alerts.failpoints import POINTS, armed
from config import Settings

SEEDS: dict[Size, int] = {"short": 1, "tenth": 20, "long": 200}
DOUBLE: dict[Size, int] = {"short": 2, "tenth": 40, "long": 400}
HISTORIES: dict[Size, int] = {"short": 1, "tenth": 3, "long": 3}
WORKERS = 2
SERVER_SEEDS: dict[Size, int] = {"short": 1, "tenth": 1, "long": 4}
POINTS_ON_SERVER = ("judge.queued", "deliver.claimed", "deliver.handed", "smtp.dot", "deliver.recording")
WINDOW = frozenset({"smtp.dot", "smtp.answered", "deliver.recording"})
"""Where the server has the mail and the database does not say so: the one place where a copy too many may arise."""
AFTER = timedelta(minutes=6)
MOST_TICKS = 4
DONE, CRASHED = 0, 70
Mutant = Callable[..., Any]
Ask = Callable[[str], list[Any]]


@dataclass(slots=True)
class Stage:
    """A database to begin with, the moment of the tick, and what an undisturbed tick leaves behind."""

    folder: Path
    week: int
    hits: Counter[str]
    mails: frozenset[str]
    rows: Any


@dataclass(slots=True)
class Tally:
    """What the kills came to."""

    kills: int = 0
    double: int = 0
    lost: int = 0
    inside: int = 0
    outside: int = 0
    more_than_one: int = 0
    unmarked: int = 0
    held: int = 0
    bad: list[str] = field(default_factory=list)
    points: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """What another process counted comes to this."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(frozen=True, slots=True)
class Part:
    """The share of one of several processes: every so-manieth seed."""

    size: Size
    place: int
    of: int


def run(size: Size) -> list[Figure]:
    """Kill at every point, with every seed."""
    tally = _share(Part(size, 0, 1)) if size == "short" else _in_two(size)
    on_server = killed_on_postgres(SERVER_SEEDS[size], POINTS_ON_SERVER if size == "short" else tuple(POINTS))
    expected = len(POINTS) * SEEDS[size]
    everywhere = tally.kills == expected and set(tally.points) == set(POINTS)
    return [
        Figure("kills", f"{tally.kills:,}", f"{expected:,}, at {len(POINTS)} points", everywhere),
        Figure("double kills", f"{tally.double:,}", f"{DOUBLE[size]:,}", tally.double == DOUBLE[size]),
        none("alerts and words to operations lost", tally.lost),
        none("copies too many outside the window", tally.outside),
        Figure(
            "copies too many inside it", f"{tally.inside:,}", "at most 1 a mail", tally.more_than_one == 0
        ),
        none("copies without X-Possible-Duplicate", tally.unmarked),
        none("databases that differ from an undisturbed run" + "; ".join(tally.bad[:3]), len(tally.bad)),
        Figure("digests held at the dot, and told", f"{tally.held:,}", "no target", met=True),
        _on_postgres(on_server, size),
    ]


def _on_postgres(tally: Tally | None, size: Size) -> Figure:
    """The same on a server, in a line; without a server, only the short form may go on."""
    what = "on PostgreSQL: kills, and what any of the above found wrong"
    if tally is None:
        return Figure(what, "NO SERVER HERE", "0 wrong", met=size == "short")
    wrong = tally.lost + tally.outside + tally.more_than_one + tally.unmarked + len(tally.bad)
    found = f"{tally.kills:,}, {wrong} wrong" + "; ".join(["", *tally.bad[:3]])
    return Figure(what, found, "0 wrong", wrong == 0 and tally.kills > 0)


def _in_two(size: Size) -> Tally:
    """The kills of two processes, spawned: what forks must have no threads, and a pool has some."""
    tally = Tally()
    with ProcessPoolExecutor(WORKERS, mp_context=multiprocessing.get_context("spawn")) as pool:
        for part in pool.map(_share, [Part(size, place, WORKERS) for place in range(WORKERS)]):
            tally.add(part)
    return tally


def _share(part: Part) -> Tally:
    """The kills of one process."""
    with prepared(HISTORIES[part.size]) as harness:
        seeds, doubles = (range(part.place, most[part.size], part.of) for most in (SEEDS, DOUBLE))
        return kills(harness, seeds, doubles)


def kills(
    harness: Harness, seeds: Iterable[int], doubles: Iterable[int], points: Sequence[str] = tuple(POINTS)
) -> Tally:
    """Kill once with each of `seeds` at each of `points`, and twice with each of `doubles`."""
    tally = Tally()
    for seed in seeds:
        random = Random(seed)
        for point in points:
            harness.kill(stage_for(point, harness.stages, seed), [point], random, tally)
    late = [stage for stage in harness.stages if not stage.hits["judge.judged"]]
    for seed in doubles:
        random = Random(10_000 + seed)
        two = random.choices([point for point in points if late[0].hits[point]], k=2)
        harness.kill(late[seed % len(late)], two, random, tally)
    return tally


@contextmanager
def prepared(histories: int) -> Iterator[Harness]:
    """A harness with its server, and for each history a database before the alarm and one with the mails queued."""
    with ground_of_memory() as ground, sink_process(ground / "sink.log") as port:
        harness = Harness(ground, port)
        for history in range(histories):
            harness.live(history)
        harness.warm()
        yield harness


def killed_on_postgres(seeds: int, points: Sequence[str]) -> Tally | None:
    """The kills on a server; None where there is none to be had."""
    from kills_on_server import on_server

    return on_server(seeds, points)


def stage_for(point: str, stages: list[Stage], seed: int) -> Stage:
    """A database from which the point is come by; if possible one where only mails are left to do, for speed."""
    fitting = [stage for stage in stages if stage.hits[point]]
    quick = [stage for stage in fitting if not stage.hits["judge.judged"]] or fitting
    return quick[seed % len(quick)]


class Harness:
    """Prepares databases, lives through ticks in children, and looks at what is left."""

    def __init__(self, ground: Path, port: int) -> None:
        self.ground, self.port = ground, port
        self.mutant: Mutant | None = None
        self.stages: list[Stage] = []
        self.log = ground / "sink.log"
        self.log.touch()
        self.work = ground / "work"
        self.work.mkdir()
        here = Company(self.work)
        here.write(port=port, lines=export(1))
        self.settings = here.settings()
        """Of the folder that every life is lived in: read once, before the forks."""

    def live(self, history: int) -> None:
        """Live through one history: its two stages."""
        folder = self.ground / f"early-{history}"
        folder.mkdir()
        here = Company(folder)
        here.write(port=None, lines=export(3 + history))
        known = set(sys.modules)
        week, modules = json.loads(
            in_child(lambda: json.dumps([_live_until_told(here), _newer(known)])) or ""
        )
        for name in modules:  # so that the next children need not
            with contextlib.suppress(ImportError):  # some are made by their parents, and have no file
                importlib.import_module(name)
        here.write(port=self.port, lines=export(3 + history))
        late = self.ground / f"late-{history}"
        shutil.copytree(folder, late)
        in_child(lambda: _queue_only(Company(late), week))
        self.stages += [self._stage(folder, week), self._stage(late, week)]

    def warm(self) -> None:
        """Have done in this process whatever the first tick of a process does once; all but reading deals.

        Those are read by polars, whose threads do not live on in a child.
        """
        import aiosmtplib  # noqa: F401  the channel imports it with its first mail

        from alerts.samples.mails import every
        from monitor.store import open_store, outbox, runs

        for _ in every():
            pass  # every template is compiled
        self.begin(self.stages[-1].folder)
        with open_store(self.settings.database) as store:
            with store.write() as conn:
                runs.settled(conn)
            with store.read() as conn:
                outbox.waiting(conn, monday(60))
        gc.collect()
        gc.freeze()  # or the first collection of each child copies everything that is shared

    def _stage(self, folder: Path, week: int) -> Stage:
        """What an undisturbed tick comes by and leaves."""
        self.begin(folder)
        seen = Counter(json.loads(in_child(lambda: json.dumps(_watched(self.settings, week))) or ""))
        self._finish(week)
        mails = frozenset(one["message_id"] for one in self._taken())
        return Stage(folder, week, seen, mails, rows_left(self.ask))

    def kill(self, stage: Stage, points: list[str], random: Random, tally: Tally) -> None:
        """One or two kills, the recovery, and the look at what is left."""
        self.begin(stage.folder)
        died = 0
        for place, point in enumerate(points):
            most = stage.hits[point] if place == 0 else 1
            died += self.die(stage.week, point, random.randrange(max(1, most)), place)
        if died == 0:
            tally.bad.append(f"{points}: nobody came by")
            return
        tally.points[points[0]] += 1
        tally.kills += len(points) == 1
        tally.double += len(points) == 2
        self._finish(stage.week)
        self._look(stage, points, tally)

    def _tick(self, week: int, **how: Any) -> str:
        return _tick(self.settings, week, mutant=self.mutant, **how)

    def begin(self, folder: Path) -> None:
        """Put a stage's database where the next life looks for it."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(folder, self.work)
        self.log.write_text("")

    def die(self, week: int, point: str, skip: int, place: int) -> bool:
        """A life that ends at the point; False where it came by too seldom."""

        def life() -> str:
            left = [skip]

            def action(name: str) -> None:
                if name == point:
                    if left[0] == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    left[0] -= 1

            with armed(action):
                self._tick(week, after=place)
            return ""

        return in_child(life, may_die=True) is None

    def _finish(self, week: int) -> None:
        """Tick until nothing waits."""
        in_child(lambda: self._tick(week, ticks=MOST_TICKS, after=2))

    def ask(self, question: str) -> list[Any]:
        """What the database says, in the parent's process."""
        with contextlib.closing(sqlite3.connect(self.work / "leftturn.db")) as conn:
            return conn.execute(question).fetchall()

    def damage(self) -> list[Any]:
        """What is broken in the file itself."""
        said = [row for row in self.ask("PRAGMA quick_check") if row != ("ok",)]
        return said + self.ask("PRAGMA foreign_key_check")

    def _taken(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def _look(self, stage: Stage, points: list[str], tally: Tally) -> None:
        copies = Counter(one["message_id"] for one in self._taken())
        marked = {one["message_id"] for one in self._taken() if one["possible_duplicate"]}
        held = _held(self.ask)
        tally.held += len(held)
        tally.lost += len(stage.mails - set(copies) - held)
        for name, count in copies.items():
            if count > 1:
                tally.inside += bool(WINDOW & set(points))
                tally.outside += not WINDOW & set(points)
                tally.more_than_one += count > 2
                tally.unmarked += name not in marked
        left = rows_left(self.ask)
        if (damage := self.damage()) != []:
            tally.bad.append(f"{points}: {damage[:3]}")
        if left != stage.rows:
            tally.bad.append(f"{points}: {_difference(stage.rows, left)}")


def _live_until_told(here: Company) -> int:
    """Live through the weeks, keeping the database as it was before the one that opens an inflection."""
    for week in range(13, 40):
        before = here.folder / "before.db"
        _checkpoint(here)
        if here.database.exists():
            shutil.copy(here.database, before)
        report = _app(here.settings()).tick(monday(week))
        if any(judged.opened for judged in report.judged):
            for suffix in ("", "-wal", "-shm"):
                Path(f"{here.database}{suffix}").unlink(missing_ok=True)
            before.rename(here.database)
            shutil.rmtree(here.folder / "mails", ignore_errors=True)
            return week
    raise RuntimeError("the fall was never told")


def _checkpoint(here: Company) -> None:
    if here.database.exists():
        sqlite3.connect(here.database).execute("PRAGMA wal_checkpoint(TRUNCATE)").close()


def _queue_only(here: Company, week: int) -> str:
    """All of the tick but its mails."""
    from monitor.pipeline import Pipeline

    Pipeline.deliver = lambda *_: iter(())  # type: ignore[method-assign]
    _app(here.settings()).tick(monday(week))
    _checkpoint(here)
    return ""


def _watched(settings: Settings, week: int) -> Counter[str]:
    """How often an undisturbed tick comes by each point."""
    seen: Counter[str] = Counter()
    with armed(lambda name: seen.update([name])):
        _tick(settings, week)
    return seen


def _app(settings: Settings, leadership: Any = None) -> Any:
    from monitor.app import App

    return App.build(settings, lambda: monday(60), leadership=leadership)


def _tick(
    settings: Settings, week: int, *, ticks: int = 1, mutant: Mutant | None = None, after: int = 0
) -> str:
    """A process's life: it takes the lock, begins a term, and ticks."""
    from monitor.leadership import only_daemon
    from monitor.pipeline import Pipeline

    if mutant is not None:
        Pipeline.deliver = mutant  # type: ignore[method-assign]
    with only_daemon(settings.database) as leadership:
        app = _app(settings, leadership)
        for number in range(ticks):
            report = app.tick(monday(week) + (after + number) * AFTER)
            if report.failed:
                raise RuntimeError(str(report.failed))
            if number and not report.delivered:
                break
    return ""


def _held(ask: Ask) -> frozenset[str]:
    """Digests that may have arrived and are held; each is told to operations in a mail that was sent."""
    rows = ask("SELECT message_id FROM notice WHERE state = 'data' AND kind = 'digest'")
    words = ask("SELECT view FROM notice WHERE kind = 'operations' AND state = 'sent'")
    told = " ".join(str(word) for (word,) in words)
    return frozenset(name for (name,) in rows if name in told)


def rows_left(ask: Ask) -> Any:
    """What the database says was done and decided, without instants and numbers of attempts."""
    return {
        "notices": ask(
            "SELECT message_id, kind, reason, seq, recipient, subject, "
            "CASE WHEN state = 'data' AND kind = 'digest' AND claim_epoch IS NULL THEN 'sent' ELSE state END "
            "FROM notice WHERE subject NOT LIKE 'A digest may have%' ORDER BY 1"
        ),
        "runs": ask("SELECT key, state FROM run WHERE job NOT IN ('pulse') ORDER BY 1"),
        "inflections": ask("SELECT id, verdict, started_on, state FROM inflection ORDER BY 1"),
        "deals": ask("SELECT count(*), count(DISTINCT deal_id) FROM deal_version"),
        "unaccounted": ask(
            "SELECT count(*) FROM source_read "
            "WHERE whole AND rows_read <> accepted + quarantined + duplicates + ignored"
        ),
    }


def _difference(one: dict[str, Any], other: dict[str, Any]) -> str:
    return "; ".join(
        f"{name}: {sorted(set(one[name]) ^ set(other[name]))[:4]}" for name in one if one[name] != other[name]
    )


def in_child(work: Callable[[], str], *, may_die: bool = False) -> str | None:
    """Do the work in a forked child; its text, or None where it was killed.

    The parent must never have used polars: its threads do not live on in a child.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        code = CRASHED
        try:
            os.write(write, work().encode())
            code = DONE
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if may_die and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return None
    if status != 0:
        raise RuntimeError(f"a child ended with {status}")
    return said


@contextmanager
def ground_of_memory() -> Iterator[Path]:
    """A folder in memory; a killed process loses none of the kernel's pages, so it is as good as a disk here."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="leftturn-proof-", dir=memory if memory.is_dir() else None))
    from alerts.samples.mails import every

    next(iter(every()))  # templates are compiled and a chart is drawn
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _newer(known: set[str]) -> list[str]:
    return sorted(set(sys.modules) - known)

"""The daemon: one tick at once, then one every thirty seconds, until it is told to stop.

The scheduler is a ticker and nothing more: one interval in UTC, missed ticks made one, never two at a time.
What is due is computed at each tick (monitor.schedule). Since the scheduler waits by the wall clock and would
sleep through an hour that a clock is set back, the waiting thread looks at the monotonic clock and wakes it.
A tick that gives no sign of life for a quarter of an hour cannot be helped from inside: the process ends itself, so
that its supervisor starts it again. Every step is a transaction; what was cut short is done at the next start.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from monitor.clock_guard import ClockGuard
from monitor.supervisor import ALIVE, READY, STOPPING, notify

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

SECONDS = 30.0
OVERDUE = 3  # ticks without a sign of life before the scheduler is woken
STUCK = 30  # ticks without a sign of life from a tick at work before the process ends itself
FAST_EXIT, STUCK_EXIT = 1, 70


class Ticks(Protocol):
    """What the daemon needs of the application."""

    def tick(self, now: datetime) -> object:
        """Do all that is due at `now`."""
        ...


class Log(Protocol):
    """What the daemon needs of a logger: an event and its fields."""

    def info(self, event: str, **fields: object) -> object:
        """Something ordinary happened."""
        ...

    def error(self, event: str, **fields: object) -> object:
        """Something failed."""
        ...


class Leads(Protocol):
    """What the daemon needs of leadership."""

    on_lead: Callable[[], None]

    def leads(self) -> bool:
        """Whether this process may act."""
        ...


class SignsOfLife:
    """When the process last did something, by a clock that never steps; given by whoever works."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last = monotonic()

    def seen(self) -> None:
        """Something was done just now."""
        self._last = self._monotonic()

    def silent_for(self) -> float:
        """Seconds since the last sign."""
        return self._monotonic() - self._last


class Daemon:
    """Ticks an application.

    clock       tells aware UTC
    life        signs of life, which the application gives while it works
    seconds     the length of a tick
    after_tick  is told the instant of a tick that succeeded, and says what is not well
    tell        says to the supervisor how the process is
    give_up     ends the process at once, when a tick is stuck
    leadership  without it the daemon always acts; with it, only while it leads, and at once when it begins to
    guard       keeps a clock that leapt ahead from being believed at once
    """

    def __init__(
        self,
        app: Ticks,
        *,
        log: Log,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        life: SignsOfLife | None = None,
        seconds: float = SECONDS,
        leadership: Leads | None = None,
        after_tick: Callable[[datetime], Sequence[str] | None] | None = None,
        tell: Callable[[str], object] = lambda _: None,
        give_up: Callable[[], None] = lambda: os._exit(STUCK_EXIT),
        guard: ClockGuard | None = None,
    ) -> None:
        self._app = app
        self._guard = guard or ClockGuard()
        self._leadership = leadership
        self._standing_by = False
        self._log = log
        self._clock = clock
        self._life = life or SignsOfLife()
        self._after_tick = after_tick
        self._tell = tell
        self._give_up = give_up
        self._seconds = seconds
        self._stopping = self._again = False
        self._read, self._write = os.pipe()
        self._working = threading.Lock()

    def run(self) -> None:
        """Tick until `stop`; the tick at work is finished first."""
        scheduler = self._scheduler()
        scheduler.start()
        if self._leadership is not None:
            self._leadership.on_lead = self.wake
        self._log.info("started", every_seconds=self._seconds, process=os.getpid())
        self._tell(READY)
        try:
            while not self._stopping:
                awake, _, _ = select.select([self._read], [], [], self._seconds)
                if awake and os.read(self._read, 1024) and not self._stopping:
                    self._tick_soon(scheduler)
                self._look_after(scheduler)
        finally:
            self._tell(STOPPING)
            scheduler.shutdown(wait=True)
            self._log.info("stopped")

    def stop(self) -> None:
        """Ask for the end; `run` returns when the tick at work is done. Safe inside a signal handler.

        A pipe and not an event: the handler runs in the thread that waits, and would wait for its own lock.
        """
        self._stopping = True
        os.write(self._write, b".")

    def wake(self) -> None:
        """Ask for a tick at once; safe in any thread."""
        os.write(self._write, b"!")

    def tick(self) -> None:
        """One tick, and another where one was asked for meanwhile.

        A failing one is logged and forgotten: whatever it left undone is due at the next.
        """
        if self._stopping or not self._leads():
            return
        with self._working:
            self._again = False
            self._one_tick()
            while self._again and not self._stopping and self._leads():
                self._again = False
                self._one_tick()

    def _one_tick(self) -> None:
        self._life.seen()
        try:
            self._work()
        except Exception as error:
            self._log.error(
                "tick failed", error=type(error).__name__, message=str(error), exc_info=debugging()
            )
        self._life.seen()

    def _tick_soon(self, scheduler: BackgroundScheduler) -> None:
        """A tick at once, or right after the one at work: the scheduler would pass over a second one."""
        if self._working.locked():
            self._again = True
        else:
            scheduler.modify_job("tick", next_run_time=datetime.now(UTC))

    def _work(self) -> None:
        now = self._clock()
        if not self._guard.believes(now):
            self._log.error("the clock leapt ahead; nothing is done by it for an hour", clock=str(now))
            return
        report = self._app.tick(now)
        self._log.info("tick", report=str(report))
        for failure in getattr(report, "failed", ()):
            self._log.error("not done, and tried again", what=failure.period, message=failure.message)
        if self._after_tick is not None and (wrong := self._after_tick(self._clock())):
            self._log.error("not well, so the heart is still", reasons=list(wrong))

    def _leads(self) -> bool:
        """Whether this process may act; a change is logged once."""
        leads = self._leadership is None or self._leadership.leads()
        if leads == self._standing_by:
            self._log.info("leading" if leads else "standing by: another daemon is active")
        self._standing_by = not leads
        if not leads:
            self._life.seen()  # waiting is no sleep
        return leads

    def _scheduler(self) -> BackgroundScheduler:
        from apscheduler.schedulers.background import BackgroundScheduler
        from apscheduler.triggers.interval import IntervalTrigger

        scheduler = BackgroundScheduler(timezone=UTC)
        scheduler.add_job(
            self.tick,
            IntervalTrigger(seconds=self._seconds, timezone=UTC),
            id="tick",
            next_run_time=datetime.now(UTC),
            coalesce=True,
            misfire_grace_time=None,
            max_instances=1,
        )
        return scheduler

    def _look_after(self, scheduler: BackgroundScheduler) -> None:
        """Wake a scheduler that sleeps too long, end a process that is stuck, and tell the supervisor of the rest."""
        silent = self._life.silent_for()
        if self._working.locked():
            if silent > STUCK * self._seconds:
                self._log.error("no sign of life, ending the process", seconds=round(silent, 1))
                self._give_up()
                return
        elif silent > OVERDUE * self._seconds:
            self._log.error("no tick for too long, waking the scheduler", seconds=round(silent, 1))
            scheduler.modify_job("tick", next_run_time=datetime.now(UTC))
        self._tell(ALIVE)


def run_daemon(
    app: Ticks,
    *,
    seconds: float = SECONDS,
    life: SignsOfLife | None = None,
    after_tick: Callable[[datetime], Sequence[str] | None] | None = None,
    leadership: Leads | None = None,
    on_hangup: Callable[[], None] | None = None,
) -> None:
    """Be the process's daemon: the first SIGTERM or SIGINT ends it after the tick at work, a second at once.

    on_hangup  is called at each SIGHUP, inside its handler; a tick follows
    """
    daemon = Daemon(
        app,
        log=structured_log(),
        seconds=seconds,
        life=life,
        leadership=leadership,
        after_tick=after_tick,
        tell=lambda state: notify(state, os.environ),
    )
    asked = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        del frame
        nonlocal asked
        if asked:
            os._exit(FAST_EXIT)  # every step is a transaction: what is cut short is done at the next start
        asked = True
        daemon.stop()
        os.write(2, f"leftturn: {signal.Signals(number).name}: finishing the tick at work\n".encode())

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    # Whoever started us may have blocked them, and what is blocked is inherited.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    if on_hangup is not None:
        _listen_to_hangup(daemon, on_hangup)
    daemon.run()


def _listen_to_hangup(daemon: Daemon, on_hangup: Callable[[], None]) -> None:
    def on_signal(number: int, frame: FrameType | None) -> None:
        del number, frame
        on_hangup()
        daemon.wake()

    signal.signal(signal.SIGHUP, on_signal)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


def structured_log() -> Log:
    """One JSON line an event on stderr, with its instant and level."""
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("event"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    log: Log = structlog.get_logger("leftturn")
    return log


def debugging() -> bool:
    """Whether tracebacks are wanted: LEFTTURN_DEBUG=1."""
    return os.environ.get("LEFTTURN_DEBUG") == "1"

"""The daemon: it ticks at once and on, survives a failing tick, and ends when told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from monitor.daemon import Daemon, SignsOfLife

ROOT = Path(__file__).parents[3]
PROGRAM = """
import time
from monitor.daemon import run_daemon

class App:
    count = 0
    def tick(self, now):
        App.count += 1
        if App.count == {fails}:
            raise RuntimeError("the source is\\non fire")
        print("begin", App.count, flush=True)
        time.sleep({work})
        print("end", App.count, flush=True)

run_daemon(App(), seconds={seconds})
"""


def start(*, work: float = 0.0, seconds: float = 30.0, fails: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(work=work, seconds=seconds, fails=fails)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def events(stderr: str) -> list[dict[str, object]]:
    return [json.loads(text) for text in stderr.splitlines() if text.startswith("{")]


def test_sigterm_lets_the_tick_at_work_finish_and_exits_zero() -> None:
    process = start(work=0.7)
    assert line(process) == "begin 1"
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    assert out == "end 1\n"
    assert [event["event"] for event in events(err)][-1] == "stopped"


def test_an_idle_daemon_ends_on_sigint_without_waiting_for_its_next_tick() -> None:
    process = start()
    assert (line(process), line(process)) == ("begin 1", "end 1")
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert time.monotonic() - begun < 5


def test_a_second_signal_exits_fast() -> None:
    process = start(work=30)
    assert line(process) == "begin 1"
    process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=5)
    assert process.returncode == 1
    assert out == ""


def test_a_failing_tick_is_one_structured_line_and_the_next_one_goes_on() -> None:
    process = start(seconds=0.2, fails=1)
    assert line(process) == "begin 2"
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    failed = [event for event in events(err) if event["event"] == "tick failed"]
    assert [(event["error"], event["message"]) for event in failed] == [
        ("RuntimeError", "the source is\non fire")
    ]
    assert "Traceback" not in err


class Silent:
    """A log that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def info(self, event: str, **fields: object) -> None:
        self.events.append(event)

    def error(self, event: str, **fields: object) -> None:
        self.events.append(event)


class Counting:
    """An application that counts its ticks."""

    def __init__(self) -> None:
        self.ticks: list[datetime] = []

    def tick(self, now: datetime) -> None:
        self.ticks.append(now)


def test_a_scheduler_that_sleeps_on_after_a_clock_was_set_back_is_woken() -> None:
    app, log, jumps = Counting(), Silent(), iter([0.0] * 4)
    life = SignsOfLife(lambda: next(jumps, time.monotonic() * 1000))
    daemon = Daemon(app, log=log, seconds=0.05, life=life)
    waiting = threading.Thread(target=daemon.run)
    waiting.start()
    time.sleep(0.5)
    daemon.stop()
    waiting.join(5)
    assert not waiting.is_alive()
    assert "no tick for too long, waking the scheduler" in log.events


def test_a_tick_is_told_the_time_in_utc() -> None:
    app = Counting()
    Daemon(app, log=Silent()).tick()
    assert app.ticks[0].tzinfo is UTC


def test_no_tick_begins_after_the_end_was_asked_for() -> None:
    app = Counting()
    daemon = Daemon(app, log=Silent())
    daemon.stop()
    daemon.tick()
    assert app.ticks == []


class Stuck:
    """An application whose tick never ends by itself."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def tick(self, now: datetime) -> None:
        self.released.wait(10)


def run_beside(daemon: Daemon) -> threading.Thread:
    waiting = threading.Thread(target=daemon.run)
    waiting.start()
    return waiting


def test_a_process_whose_tick_gives_no_sign_of_life_ends_itself() -> None:
    app, log, given_up = Stuck(), Silent(), threading.Event()
    daemon = Daemon(app, log=log, seconds=0.01, give_up=given_up.set)
    waiting = run_beside(daemon)
    assert given_up.wait(5)
    app.released.set()
    daemon.stop()
    waiting.join(5)
    assert "no sign of life, ending the process" in log.events


def test_a_long_tick_that_gives_signs_of_life_is_left_alone() -> None:
    app, life, given_up = Stuck(), SignsOfLife(), threading.Event()
    daemon = Daemon(app, log=Silent(), seconds=0.02, life=life, give_up=given_up.set)
    waiting = run_beside(daemon)
    for _ in range(50):
        time.sleep(0.02)
        life.seen()
    app.released.set()
    daemon.stop()
    waiting.join(5)
    assert not given_up.is_set()


def test_the_supervisor_hears_ready_alive_and_stopping() -> None:
    said: list[str] = []
    daemon = Daemon(Counting(), log=Silent(), seconds=0.02, tell=said.append)
    waiting = run_beside(daemon)
    time.sleep(0.2)
    daemon.stop()
    waiting.join(5)
    assert (said[0], said[-1]) == ("READY=1", "STOPPING=1")
    assert set(said[1:-1]) == {"WATCHDOG=1"}


def test_what_is_not_well_after_a_tick_is_logged_and_the_next_tick_comes() -> None:
    app, log = Counting(), Silent()
    daemon = Daemon(app, log=log, after_tick=lambda now: ("sources: crm was never read",))
    daemon.tick()
    daemon.tick()
    assert log.events.count("not well, so the heart is still") == 2


def test_signals_that_whoever_started_it_had_blocked_still_end_it() -> None:
    blocked = {signal.SIGTERM, signal.SIGINT}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        process = start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    assert (line(process), line(process)) == ("begin 1", "end 1")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert process.returncode == 0

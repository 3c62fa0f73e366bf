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

from monitor.daemon import Daemon

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
    daemon = Daemon(app, log=log, seconds=0.05, monotonic=lambda: next(jumps, time.monotonic() * 1000))
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

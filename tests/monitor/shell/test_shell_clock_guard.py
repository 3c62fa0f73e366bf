"""A clock that leaps ahead is not believed at once; one that goes on, sleeps, or is set back, is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.clock_guard import ClockGuard
from monitor.daemon import Daemon

START = datetime(2026, 5, 4, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Time:
    """A machine's steady clock, and how far its wall clock is off."""

    def __init__(self) -> None:
        self.passed, self.off = timedelta(0), timedelta(0)

    def steady(self) -> float:
        return 1000 + self.passed.total_seconds()

    def wall(self) -> datetime:
        return START + self.passed + self.off


def test_a_clock_that_goes_on_or_sleeps_is_believed() -> None:
    time = Time()
    guard = ClockGuard(time.steady)
    for passed in (timedelta(0), timedelta(seconds=30), 3 * DAY, 400 * DAY):
        time.passed += passed
        assert guard.believes(time.wall())


def test_a_leap_ahead_is_believed_after_an_hour_and_then_for_good() -> None:
    time = Time()
    guard = ClockGuard(time.steady)
    assert guard.believes(time.wall())
    time.off = 400 * DAY
    assert not guard.believes(time.wall())
    time.passed += HOUR - timedelta(seconds=1)
    assert not guard.believes(time.wall())
    time.passed += timedelta(seconds=1)
    assert guard.believes(time.wall())
    assert guard.believes(time.wall())


def test_a_clock_that_is_put_right_within_the_hour_is_believed_at_once_and_doubted_anew_the_next_time() -> (
    None
):
    time = Time()
    guard = ClockGuard(time.steady)
    guard.believes(time.wall())
    for _ in range(2):
        time.off = 3650 * DAY
        assert not guard.believes(time.wall())
        time.passed += HOUR / 2
        time.off = timedelta(0)
        assert guard.believes(time.wall())


def test_a_clock_that_is_set_back_and_comes_right_is_believed_throughout() -> None:
    time = Time()
    guard = ClockGuard(time.steady)
    for off in (timedelta(0), -3650 * DAY, timedelta(0), -HOUR, HOUR):
        time.off = off
        assert guard.believes(time.wall())


def test_a_clock_that_creeps_ahead_is_not_believed_for_creeping() -> None:
    time = Time()
    guard = ClockGuard(time.steady)
    believed = []
    for _ in range(5):
        believed.append(guard.believes(time.wall()))
        time.off += 2 * DAY
    assert believed == [True, False, False, False, False]


class Silent:
    def info(self, event: str, **fields: object) -> None: ...

    def error(self, event: str, **fields: object) -> None:
        self.said = event


def test_the_daemon_does_nothing_by_a_clock_it_does_not_believe() -> None:
    time, log = Time(), Silent()
    ticks: list[datetime] = []

    class App:
        def tick(self, now: datetime) -> None:
            ticks.append(now)

    daemon = Daemon(App(), log=log, clock=time.wall, guard=ClockGuard(time.steady))
    daemon.tick()
    time.off = 400 * DAY
    daemon.tick()
    assert ticks == [START]
    assert "leapt ahead" in log.said
    time.off = timedelta(0)
    daemon.tick()
    assert len(ticks) == 2

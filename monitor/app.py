"""The application: everything wired together, and one tick of it.

`prepare` opens the store and the road of the mails, so that what would fail later fails before the first job.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from monitor.daemon import debugging
from monitor.errors import UsageError, lines
from monitor.report import Failure, Report
from monitor.schedule import Period, due_periods

if TYPE_CHECKING:
    from alerts.types import Email
    from config.settings import Settings
    from monitor.heartbeat import Heart
    from monitor.leadership import Leadership
    from monitor.pipeline import Pipeline
    from monitor.readiness import Trouble
    from monitor.show import Progress

Clock = Callable[[], datetime]
JOBS = ("ingest", "judge", "digest", "deliver", "age", "backup")
READ_BY = ("sources", "company", "motions")
"""Sections that a deal is read by: with other ones, it must be read again."""


class App:
    """One configuration's application. `clock` tells aware UTC; `progress` is told how far long work is.

    With `leadership`, what is written is fenced by the term in which it was decided.
    `alive` is told after every step of a tick that the process is not stuck.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        progress: Progress | None = None,
        leadership: Leadership | None = None,
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._progress = progress
        self._leadership = leadership
        self._alive = alive

    @classmethod
    def build(
        cls,
        settings: Settings,
        clock: Clock,
        *,
        progress: Progress | None = None,
        leadership: Leadership | None = None,
        alive: Callable[[], None] = lambda: None,
    ) -> App:
        """The application of `settings`; nothing is opened or made yet."""
        return cls(settings, clock, progress, leadership, alive)

    def prepare(self) -> None:
        """Open what the jobs need.

        Raises StoreError where there is no database to be had, UsageError where it cannot go with the settings.
        """
        _ = self._pipeline

    @cached_property
    def _pipeline(self) -> Pipeline:
        from monitor.mail_road import channel_of, wrong_templates
        from monitor.pipeline import Pipeline
        from monitor.remembered import Remembered
        from monitor.setting_changes import refuse_other_weeks
        from monitor.store import open_store

        if wrong := wrong_templates(self._settings.mail):
            raise UsageError("; ".join(wrong))
        secret = self._settings.database_password
        store = open_store(
            self._settings.database, password=secret.get_secret_value() if secret is not None else None
        )
        with store.read() as conn:
            refuse_other_weeks(conn, self._settings)
        return Pipeline(
            settings=self._settings,
            store=store,
            channel=channel_of(self._settings.mail),
            remembered=Remembered(self._settings, isolates=not debugging()),
        )

    def tick(self, now: datetime, *, named: bool = False) -> Report:
        """Do all that is due at `now`: read, judge, digest, deliver. A part that fails hinders no other part.

        Where somebody `named` the moment, it says nothing of the clock.
        Raises LostLeaseError where another process is the active one; what was committed before stays.
        """
        pipeline, report = self._pipeline, Report()
        if self._leadership is not None:
            pipeline.begin_term(self._leadership.fence(pipeline.store))
        pipeline.note_server(now)
        if not named:
            pipeline.put_dates_right(now)
        pipeline.note_settings(now)
        for period in self._due(now)["ingest"]:
            self._guarded(period, now, report, lambda p: self._ingest(p, now, report))
        due = self._due(now)  # what was read may hold the first week to judge
        for period in due["judge"]:
            done = self._guarded(period, now, report, lambda p: report.judged.append(pipeline.judge(p, now)))
            if not done or report.judged[-1].held:
                break  # weeks are lived through in order
        for period in due["digest"]:
            self._guarded(period, now, report, lambda p: report.digests.append(pipeline.digest(p, now)))
        self._guarded(
            Period(job="deliver", key="remind", due_at=now), now, report, lambda _: pipeline.remind(now)
        )
        pipeline.catch_up(lambda: bool(self._due(now)["judge"]))
        for period in due["deliver"]:
            self._guarded(period, now, report, lambda _: self._deliver(now, report))
        for period in due["age"]:
            self._guarded(period, now, report, lambda p: pipeline.age(p, now))
        for period in due["backup"]:
            self._guarded(period, now, report, lambda p: report.backups.append(pipeline.backup(p, now)))
        return report

    def _ingest(self, period: Period, now: datetime, report: Report) -> None:
        """Read a source; a file of it that could not be used is a failure, though the others were read."""
        read = self._pipeline.ingest(period, now)
        report.ingested.append(read)
        report.failed += [
            Failure(job=period.job, period=period.key, message=message) for message in read.refused
        ]

    def _deliver(self, now: datetime, report: Report) -> None:
        for mail in self._pipeline.deliver(now):
            report.delivered.append(mail)
            self._alive()  # a slow server may take minutes a mail

    def _due(self, now: datetime) -> Mapping[str, list[Period]]:
        """By job, the periods that are due and not resting; judging stops at the first week that rests."""
        plan, done, resting = self._pipeline.plan(now)
        due: dict[str, list[Period]] = {job: [] for job in JOBS}
        for period in due_periods(now, plan, done):
            due[period.job].append(period)
        awake = {job: [p for p in periods if p.key not in resting] for job, periods in due.items()}
        return {**awake, "judge": list(takewhile(lambda p: p.key not in resting, due["judge"]))}

    def _guarded(self, period: Period, now: datetime, report: Report, work: Callable[[Period], Any]) -> bool:
        """Do one period's work; what goes wrong is reported and written down, and the tick goes on."""
        from monitor.store.lease import LostLeaseError
        from monitor.store.runs import AlreadySettledError

        self._alive()
        try:
            if period.job != "deliver" and not self._pipeline.begin(period, now):
                return False
            work(period)
        except LostLeaseError:
            raise
        except AlreadySettledError:
            return False  # another process was quicker: what was done here is undone, and nothing is wrong
        except Exception as error:
            if debugging():
                self._pipeline.ended(period)
                raise
            message = "; ".join(lines(error)).removeprefix("leftturn: ")
            report.failed.append(Failure(job=period.job, period=period.key, message=message))
            if period.job != "deliver":
                self._note(period, message, now, report)
            return False
        if self._progress is not None and period.job == "judge":
            self._progress("weeks judged", len(report.judged), len(report.judged))
        return True

    def _note(self, period: Period, message: str, now: datetime, report: Report) -> None:
        """Write a failure down; on a disk that is full there is no room for that either, and mails still go."""
        from monitor.store import StoreError

        try:
            self._pipeline.failed(period, message, now)
        except StoreError as error:
            report.failed.append(Failure(job=period.job, period=period.key, message=str(error)))

    @cached_property
    def _heart(self) -> Heart | None:
        from monitor.heartbeat import Heart, ask_by_http
        from monitor.readiness import troubles

        beat = self._settings.heartbeat
        if beat is None:
            return None

        def look(now: datetime) -> tuple[Trouble, ...]:
            return troubles(
                self._pipeline.store, self._settings, now=now, last_tick=now, active=self._active()
            )

        return Heart(beat, ask_by_http, look)

    def _active(self) -> bool:
        return self._leadership is None or self._leadership.leads()

    def beat(self, now: datetime) -> tuple[str, ...] | None:
        """After a tick: tell the dead man's switch that all is well, if it is, and if it is time."""
        return self._heart.beat(now) if self._heart is not None else None

    def tell_operations(self, subject: str, said: Sequence[str], now: datetime) -> None:
        """Queue a word to operations on a configuration that is not taken; a minute says the same once."""
        pipeline = self._pipeline
        if self._leadership is not None:
            pipeline.begin_term(self._leadership.fence(pipeline.store))
        pipeline.tell_of_configuration(subject, said, now)

    def close(self) -> None:
        """Give back the connections to the database."""
        self._pipeline.store.close()

    def backtest(self, start: date | None, end: date | None, overrides: Mapping[str, str]) -> dict[str, Any]:
        """What would have been decided from `start` to `end`; the live store is never written.

        Reads the sources into a scratch store where the live one lacks them, or where `overrides` change them.
        """
        from config import load
        from monitor.backtest import backtest
        from monitor.scratch import store_to_look_back
        from monitor.wall_clock import local_day

        settings = self._settings
        if overrides:
            settings = load(settings.path, environ=os.environ, overrides=overrides)
        now = self._clock()
        last = end or local_day(settings.company.timezone, now)
        fresh = any(key.split(".")[0] in READ_BY for key in overrides)
        with store_to_look_back(settings, now, fresh=fresh) as (_, history):
            result = backtest(settings, history, start=start, end=last, progress=self._progress)
        return result.as_json(start, end)

    def digest_mail(self, *, now: datetime) -> Email:
        """The digest as of `now` for the first reader of digests; nothing is stored or sent."""
        from monitor.replayed_digest import replayed_digest
        from monitor.scratch import store_to_look_back

        with store_to_look_back(self._settings, now, fresh=False) as (store, history):
            return replayed_digest(self._settings, store, history, now, self._progress)

"""The corridor: a deal's walk from its source to a mail, in restartable jobs. It alone holds the store.

ingest    rooms 1-2   a source's rows become versions of deals
judge     rooms 3-6   a complete week becomes readings, inflections, and mails in the outbox
digest    rooms 6-7   a reader's week at a glance
deliver   room 8      what waits in the outbox goes out
age                   what is older than it is kept for is erased
backup                the night's copy of the store

A job's work and the row that says it is done are saved in one transaction. A job that fails leaves nothing behind
but the reason, and is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from alerts.channels import Channel
from alerts.failpoints import fp
from alerts.render import render_digest, view_of_digest
from alerts.types import Email, Reader, Reason, SourceHealth
from monitor.ageing import AgedNow, age
from monitor.backup.aftermath import catching_up, caught_up
from monitor.batches import counted
from monitor.decision_log import decided, due_by, record_of, silent
from monitor.drift import note_columns
from monitor.evidence.pack import pack_of
from monitor.failover import note_server
from monitor.fault_notices import tell_of_faults
from monitor.faults import Apart, Fault
from monitor.health import last_whole_read, refused_now, sources_of, without_details
from monitor.ingest import IngestReport, ingest
from monitor.ledger import Week
from monitor.mail_links import unsubscribe_link
from monitor.notices import Told, kept_back, tell
from monitor.operations import key_of, stored_view, tell_of_plain_mail, tell_operations
from monitor.plan import plan_of
from monitor.preview import withhold_silenced
from monitor.readers import readers_of
from monitor.remembered import Remembered, kept, newest_judged_run
from monitor.reminders import owed, remind
from monitor.report import DigestReport, MailReport, SourceRead, WeekReport
from monitor.roll_up import fold_stale, fold_words
from monitor.schedule import Period, Plan, ready_at, weeks_of_month
from monitor.setting_changes import changes_since, note_settings
from monitor.store import Store, acceptances, answers, begun, holds, outbox, runs, tables
from monitor.store.evidence import kept_verdict, save_evidence
from monitor.store.ledger import (
    judged_at,
    load_suppressed,
    newest_judged,
    save_judgements,
    save_ledger,
    save_suppressed,
)
from monitor.store.subscriptions import unsubscribed
from monitor.wall_clock import local_day, start_of_day
from monitor.weekly import Seen, WeekJudged, Weekly, nothing_in
from monitor.weekly_digest import Surroundings, digest_of
from monitor.wrong_clock import put_dates_right

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.store.lease import Fence

A_WEEK = timedelta(days=7)
MISSED_SHOWN = timedelta(weeks=5)
NOT_DELIVERED = {
    "dead": "A mail could not be delivered",
    "held": "A digest may have arrived or not, and is held",
}
TEXT_ALONE = "Mails go out as text alone: the mail server does not take their pages"
SEND_AGAIN = "To send it again: leftturn outbox --send '{id}'"


@dataclass(slots=True)
class Pipeline:
    """The jobs of one configuration on one store."""

    settings: Settings
    store: Store
    channel: Channel
    remembered: Remembered
    random: Random = field(default_factory=Random)
    """Spreads the next tries of mails; nothing that is decided depends on it."""
    _judged: WeekJudged | None = None
    _sources: tuple[tuple[date, datetime], tuple[SourceHealth, ...]] | None = None

    def begin_term(self, fence: Fence) -> None:
        """Write under this term from now on; what an earlier one remembered may no longer be so."""
        if self.store.fence != fence:
            self.store.fence = fence
            self.remembered.forget_ledger()
            self._judged = None

    def plan(self, now: datetime) -> tuple[Plan, dict[str, datetime], set[str]]:
        """What is asked of the schedule, the periods that need no more attention, and those that rest."""
        with self.store.read() as conn:
            history, weekly = self.remembered.history(conn), self.remembered.weekly(conn)
            plan = replace(
                plan_of(self.settings),
                first_week=weekly.judged_from(history),
                since=runs.first_run(conn),
            )
            return plan, runs.settled(conn), runs.resting(conn, now)

    def note_server(self, now: datetime) -> None:
        """Look which server answers; of another one, nothing is known but what it holds."""
        if note_server(self.store, self.settings, now):
            self.remembered.forget()
            self._judged = None

    def put_dates_right(self, now: datetime) -> None:
        """Date anew what a clock wrote that was ahead."""
        if put_dates_right(self.store, self.settings, now):
            self.remembered.forget()
            self._judged = None

    def note_settings(self, now: datetime) -> None:
        """Remember which configuration is in force."""
        with self.store.write() as conn:
            note_settings(conn, self.settings, now)

    def tell_of_configuration(self, subject: str, said: Sequence[str], now: datetime) -> None:
        """Tell operations what is wrong with a configuration that was to be taken."""
        key = key_of(f"configuration:{now:%Y-%m-%dT%H:%M}", said)
        with self.store.write() as conn:
            tell_operations(conn, self.settings, subject, said, key=key, now=now, topic="configuration")

    def ingest(self, period: Period, now: datetime) -> SourceRead:
        """Read one source into the store; with a file that could not be used, the period is tried again."""
        source = next(source for source in self.settings.sources if source.name == period.subject)
        with self.store.write() as conn:
            fp("ingest.begun")
            read = ingest(conn, self.settings, source, now=now)
            refused = refused_now(conn, source.name)
            detail = {"rows_read": read.rows_read, "message": "; ".join(refused)}
            runs.settle(conn, _outcome(period, "failed" if refused else "done", now, detail))
            if read.messages:
                tell_operations(
                    conn,
                    self.settings,
                    f"Source {source.name} needs a look",
                    read.messages,
                    key=key_of(f"source:{source.name}", read.messages),
                    now=now,
                    topic="source",
                )
            if read.accepted:
                note_columns(conn, self.settings, source.name, read.others, now)
            fp("ingest.rows")
        fp("ingest.committed")
        return _source_read(read, refused)

    def judge(self, period: Period, now: datetime) -> WeekReport:
        """Judge one complete week and queue what is to be told."""
        week = _week(period)
        with self.store.read() as conn:
            history, weekly = self.remembered.history(conn), self.remembered.weekly(conn)
            at = self._as_of(conn, week, now)
            accepted = acceptances.is_accepted(conn, period.key)
            waiting = holds.open_holds(conn)
            rejected = [key for key, one in answers.standing(conn).items() if one.what == "reject"]
        if waiting:
            return self._waits(period, waiting, now)
        try:
            judged = weekly.judge(week, at, history, accepted=accepted, rejected=rejected)
            if judged.held:
                return self._held(period, judged, now)
            fp("judge.judged")
            with self.store.write() as conn:
                told = self._save(conn, period, judged, weekly, now)
                fp("judge.queued")
        except BaseException:
            self.remembered.forget_ledger()
            raise
        fp("judge.committed")
        self._judged = judged
        return WeekReport(
            week=week,
            opened=len(judged.changes.opened),
            closed=len(judged.changes.closed),
            mails=sum(one.mails for one in told),
            held=None,
        )

    def digest(self, period: Period, now: datetime) -> DigestReport:
        """Queue one reader's digest, or write down that it was missed."""
        week = _week(period)
        reader = next(r for r in readers_of(self.settings) if r.email == period.subject)
        if period.missed:
            with self.store.write() as conn:
                runs.settle(conn, _outcome(period, "missed", now))
            return DigestReport(week=week, reader=reader.email, state="missed")
        with self.store.read() as conn:
            wanted = (reader.email.casefold(), "digest") not in unsubscribed(conn)
            judged = self.seen(conn, week, now) if wanted else None
        if judged is None:
            with self.store.write() as conn:
                runs.settle(conn, _outcome(period, "done", now, {"unsubscribed": True}))
            return DigestReport(week=week, reader=reader.email, state="unsubscribed")
        with self.store.write() as conn:
            email, view = self.digest_mail(conn, judged, reader, now, late=period.late, due_at=period.due_at)
            fp("digest.rendered")
            about = outbox.About(inflection_id=None, reason="digest", sequence=0, verdict=None, change=None)
            outbox.queue(conn, email, about, view, now)
            tell_of_plain_mail(conn, self.settings, email, now)
            runs.settle(conn, _outcome(period, "done", now))
            fp("digest.queued")
        fp("digest.committed")
        return DigestReport(week=week, reader=reader.email, state="queued")

    def digest_mail(
        self,
        conn: Connection,
        judged: WeekJudged,
        reader: Reader,
        now: datetime,
        *,
        late: bool = False,
        due_at: datetime | None = None,
    ) -> tuple[Email, dict[str, Any]]:
        """The digest of a judged week for one reader, with the view model it was made from."""
        weekly = self.remembered.weekly(conn)
        year = local_day(reader.timezone, now).year
        new_year = start_of_day(reader.timezone, date(year, 1, 1))
        today = local_day(self.settings.company.timezone, now)
        due_on = local_day(reader.timezone, due_at or now)
        weeks = weeks_of_month(due_on) if reader.monthly else 1
        surroundings = Surroundings(
            month=month_before(due_on) if reader.monthly else None,
            changes=self._changes_of(conn, weekly, judged, weeks) if reader.monthly else None,
            number=outbox.count_of_kind(conn, "digest", reader.email, new_year) + 1,
            year=year,
            late=late,
            sources=self._health(conn, judged.week, now, reader),
            setting_changes=changes_since(
                conn, now, weeks * A_WEEK, detailed="operations" in reader.receives
            ),
            missed=_missed(conn, reader, now),
            answers=decided(conn, self.settings),
            due=due_by(conn, today),
            silences=silent(conn, weekly.ledger, self.settings, today),
            record=record_of(conn, self.settings, now),
        )
        digest = digest_of(judged, weekly.ledger, self.settings, surroundings)
        mail = self.settings.mail
        email = render_digest(
            digest,
            reader,
            sender=mail.from_,
            reply_to=mail.reply_to,
            now=now,
            leave_at=unsubscribe_link(self.settings, "digest", reader.email, now),
            templates=mail.templates,
        )
        view = partial(view_of_digest, digest, reader, reply_to=mail.reply_to, sender=mail.from_)
        return email, stored_view(email, view)

    def _changes_of(self, conn: Connection, weekly: Weekly, judged: WeekJudged, weeks: int) -> Week:
        """What the last `weeks` weeks changed, the judged one included, as the ledger has it by now."""
        every = [judged.week - back * A_WEEK for back in reversed(range(weeks))]
        timezone = self.settings.company.timezone
        found = [_changes(conn, weekly, week, judged_at(conn, week), timezone) for week in every]
        opened = {one.id for week in found for one in week.opened}
        return Week(
            week=judged.week,
            opened=tuple(one for week in found for one in week.opened),
            followed=(),
            closed=tuple(one for week in found for one in week.closed if one.id not in opened),
            suppressed=tuple(one for week in found for one in week.suppressed),
        )

    def seen(self, conn: Connection, week: date, now: datetime) -> WeekJudged:
        """`week` as it was judged; as it stands, where it was not judged or this process did not do it."""
        if self._judged is not None and self._judged.week == week:
            return self._judged
        history, weekly = self.remembered.history(conn), self.remembered.weekly(conn)
        at = judged_at(conn, week)
        changes = _changes(conn, weekly, week, at, self.settings.company.timezone)
        accepted = acceptances.is_accepted(conn, f"judge:{week}")
        return weekly.look(week, at or now, history, changes, accepted=accepted)

    def remind(self, now: datetime) -> int:
        """Queue the reminders whose hour has come, and withhold what was silenced while it waited."""
        with self.store.read() as conn:
            newest = newest_judged(conn)
            if newest is None or not (self.settings.attention.preview or any(owed(conn, self.settings, now))):
                return 0
            ledger = self.remembered.weekly(conn).ledger
        with self.store.write() as conn:
            withhold_silenced(conn, ledger, local_day(self.settings.company.timezone, now))
            return remind(conn, ledger, lambda: self.seen(conn, newest, now), self.settings, now)

    def deliver(self, now: datetime) -> Iterator[MailReport]:
        """Try every mail that waits, each on its own; what could not be delivered for good goes to operations."""
        with self.store.write() as conn:
            for ended in outbox.take_back(conn, now, self.store.epoch):
                self._tell_of_no_delivery(conn, ended, now)
            fold_stale(conn, self.settings, now)
            fold_words(conn, self.settings, now)
        with self.store.read() as conn:
            waiting = outbox.waiting(conn, now)
        fp("deliver.waiting")
        queued = {mail.email.message_id: mail for mail in waiting}

        def handing_over(email: Email) -> None:
            with self.store.write() as conn:
                outbox.handing_over(conn, queued[email.message_id])
                fp("deliver.data")
            fp("deliver.handed")

        for email, delivery in self.channel.deliver(self._claimed(waiting, now), handing_over):
            with self.store.write() as conn:
                mail = queued[email.message_id]
                ended = outbox.record(conn, mail, delivery, now, self.random.random())
                self._tell_of_no_delivery(conn, ended, now)
                fp("deliver.recording")
            fp("deliver.recorded")
            yield MailReport(
                kind=email.kind, to=email.to, subject=email.subject, state=ended.state, detail=ended.detail
            )

    def _tell_of_no_delivery(self, conn: Connection, ended: outbox.Ended, now: datetime) -> None:
        """Tell operations of a mail that was given up, or held since it may have arrived; not of their own."""
        email = ended.email
        if ended.without_page and email.kind != "operations":
            lines = [
                f"{email.to}: {email.subject} ({ended.detail})",
                "Nothing is lost; the text has all that is told.",
            ]
            key = key_of("text-alone", [ended.detail])
            tell_operations(conn, self.settings, TEXT_ALONE, lines, key=key, now=now, topic="mail")
        if ended.state not in NOT_DELIVERED or email.kind == "operations":
            return
        lines = [f"{email.to}: {email.subject} ({ended.detail})", SEND_AGAIN.format(id=email.message_id)]
        subject = NOT_DELIVERED[ended.state]
        key = f"{ended.state}:{email.message_id}"
        tell_operations(conn, self.settings, subject, lines, key=key, now=now, topic="mail")

    def catch_up(self, still_due: Callable[[], bool]) -> None:
        """While what was due in a time that the store lacks is done again: let mails say that they may have gone out.

        `still_due` says whether weeks of that time are left; it is asked only then.
        """
        with self.store.read() as conn:
            if not catching_up(conn):
                return
        over = not still_due()
        with self.store.write() as conn:
            outbox.doubt_waiting(conn)
            if over:
                caught_up(conn)

    def age(self, period: Period, now: datetime) -> AgedNow:
        """Erase what is older than `privacy.keep`, with what judging needs of it frozen; all in one transaction."""
        with self.store.read() as conn:
            history, weekly = self.remembered.history(conn), self.remembered.weekly(conn)
        with self.store.write() as conn:
            aged = age(conn, weekly, history, now)
            detail = asdict(aged.beside) | ({"deals": aged.deals.deals} if aged.deals else {})
            runs.settle(conn, _outcome(period, "done", now, detail))
        if aged.deals is not None:
            self.remembered.forget_ledger()  # it is to read the weeks before from what was frozen
        return aged

    def backup(self, period: Period, now: datetime) -> Path:
        """Take the night's backup; the row that says so is written after it, and so is not in it."""
        from monitor.backup import backup_settings, take_backup

        care = backup_settings(self.settings)
        made = take_backup(self.store, care.folder, keep=care.keep, now=now)
        detail = {"file": str(made.file), "bytes": made.size}
        with self.store.write() as conn:
            runs.settle(conn, _outcome(period, "done", now, detail))
        return made.file

    def begin(self, period: Period, now: datetime) -> bool:
        """Whether a period may be begun, and that it is; one at which the process died time and again rests."""
        with self.store.write() as conn:
            died = begun.deaths(conn, period.key)
            if not died.rests(now):
                begun.begin(conn, period.key, died.times + 1, now)
                return True
            lines = [
                f"LeftTurn ended {died.times} times in the middle of it, last at {died.at:%Y-%m-%d %H:%M} UTC, most "
                "likely for want of memory; everything else goes on",
                "It is tried again a day after that.",
            ]
            key = f"deaths:{period.key}:{died.at:%Y-%m-%dT%H:%M}"
            tell_operations(conn, self.settings, _failure(period), lines, key=key, now=now, topic="failed")
        return False

    def ended(self, period: Period) -> None:
        """A period ended without a word on how."""
        with self.store.write() as conn:
            begun.struck_out(conn, period.key)

    def failed(self, period: Period, message: str, now: datetime) -> None:
        """Write down that a period failed, so that it rests before it is tried again, and tell operations once."""
        with self.store.write() as conn:
            runs.settle(conn, _outcome(period, "failed", now, {"message": message}))
        with self.store.write() as conn:
            episode = last_whole_read(conn, period.subject) if period.job == "ingest" else period.key
            tell_operations(
                conn,
                self.settings,
                _failure(period),
                [message, "It is tried again every ten minutes; nothing half done was kept."],
                key=key_of(f"failed:{period.job}:{period.subject}:{episode}", [message]),
                now=now,
                topic="failed",
            )

    def _health(
        self, conn: Connection, week: date, now: datetime, reader: Reader
    ) -> tuple[SourceHealth, ...]:
        """The sources' health, reckoned once for all readers of a tick; details for operations only."""
        if self._sources is None or self._sources[0] != (week, now):
            self._sources = (week, now), sources_of(conn, self.settings, week, now)
        sources = self._sources[1]
        return sources if "operations" in reader.receives else without_details(sources)

    def _claimed(self, waiting: list[outbox.Queued], now: datetime) -> Iterator[Email]:
        for mail in waiting:
            with self.store.write() as conn:
                mine = outbox.claim(conn, mail, now, self.store.epoch)
                fp("deliver.claiming")
            if mine:
                fp("deliver.claimed")
                yield mail.as_sent()

    def _as_of(self, conn: Connection, week: date, now: datetime) -> datetime:
        """Weeks that were ready before anything was read are judged as they could have been known then."""
        first_read = conn.execute(select(func.min(tables.source_read.c.read_at))).scalar()
        ready = ready_at(plan_of(self.settings), week)
        return ready if first_read is not None and ready < first_read else now

    def _waits(self, period: Period, waiting: list[holds.Hold], now: datetime) -> WeekReport:
        """A read was so odd that nothing is judged on it: operations hear it once, and what ends the wait."""
        week = _week(period)
        with self.store.write() as conn:
            for each in waiting:
                tell_operations(
                    conn,
                    self.settings,
                    "Judging is held: look at a source",
                    [
                        f"source {each.source}: {each.message}",
                        f"Mend the source, or say that it is so: leftturn accept {each.run}",
                    ],
                    key=f"hold:{each.run}:{each.opened_at:%Y-%m-%d}",
                    now=now,
                )
            runs.settle(conn, _outcome(period, "held", now))
        return WeekReport(week=week, opened=0, closed=0, mails=0, held="held")

    def _held(self, period: Period, judged: WeekJudged, now: datetime) -> WeekReport:
        """Nothing of the week has arrived: say so to operations once, and look again later."""
        with self.store.write() as conn:
            health = sources_of(conn, self.settings, judged.week, now)
            lines = [
                f"{source.name}: its newest deal is of {source.fresh_to or 'no day at all'}, "
                f"so the week of {judged.week} cannot be judged"
                for source in health
                if source.stale
            ] or [f"no deal of the week of {judged.week} or later is known, so it cannot be judged"]
            lines.append(f"If nothing more is to come: leftturn accept {period.key}")
            tell_operations(
                conn,
                self.settings,
                "No fresh deals: judging is held",
                lines,
                key=f"stale:{judged.week}",
                now=now,
                topic="stale",
            )
            runs.settle(conn, _outcome(period, "held", now))
        return WeekReport(week=judged.week, opened=0, closed=0, mails=0, held=judged.held)

    def _save(
        self, conn: Connection, period: Period, judged: WeekJudged, weekly: Weekly, now: datetime
    ) -> list[Told]:
        """One judged week, its inflections and its mails, all in the caller's transaction."""
        save_ledger(conn, weekly.ledger, week=judged.week, now=now)
        save_judgements(conn, judged.week, judged.at, judged.judged)
        unkept = self._keep_evidence(conn, judged, weekly)
        fp("judge.ledger")
        told = tell(conn, judged, self.settings, now)
        save_suppressed(conn, (*judged.changes.suppressed, *kept_back(told, judged)))
        self._tell_of_the_past(conn, told, now)
        self._tell_of_what_stays_inside(conn, told, now)
        before = newest_judged_run(conn).get("faults", ())
        faults = (*judged.faults, *unkept)
        left_out = tell_of_faults(conn, self.settings, faults, before, judged.week, now)
        bearing = [one.numbers() for one in counted(judged.panels)]
        detail = {**kept(weekly), "bearing": bearing, "faults": left_out}
        runs.settle(conn, _outcome(period, "done", now, detail))
        return told

    def _keep_evidence(self, conn: Connection, judged: WeekJudged, weekly: Weekly) -> tuple[Fault, ...]:
        """What the week's verdicts rest on: of what opened or ended, got another name, or is followed no longer.

        Returns what could not be kept. Of a headline that is left out of the week, what was kept before stays.
        """
        apart = Apart(weekly.isolates)
        left_out = {fault.about for fault in judged.faults if fault.part == "metric"}
        changes = judged.changes
        last = {one.id for one in changes.followed if not one.young(judged.week + A_WEEK)}
        ended = {one.id for one in (*changes.opened, *changes.closed)} | last
        touched = {one.id: one for one in (*changes.opened, *changes.followed, *changes.closed)}
        seen = Seen(
            week=judged.week,
            at=judged.at,
            deals=judged.deals,
            panels=judged.panels,
            history=self.remembered.history(conn),
        )
        for inflection in touched.values():
            named = kept_verdict(conn, inflection.id) == inflection.cause.verdict
            if inflection.headline.key.metric in left_out or (named and inflection.id not in ended):
                continue
            make = partial(pack_of, inflection, seen, judged.at, weekly, self.settings)
            pack = apart.tried("evidence", inflection.id, make)
            if pack is not None:
                save_evidence(conn, inflection.id, judged.week, pack)
        return apart.faults

    def _tell_of_the_past(self, conn: Connection, told: list[Told], now: datetime) -> None:
        """What a first load shows of the past is a line to operations, and nobody's alarm."""
        for one in told:
            if one.reason is Reason.TOO_OLD and one.inflection.opened_on < now.date() - A_WEEK:
                line = (
                    f"{one.inflection.cause.verdict} in {one.inflection.headline.key}, "
                    f"began about {one.inflection.headline.started_on} (leftturn explain {one.inflection.id})"
                )
                tell_operations(
                    conn,
                    self.settings,
                    "A change in the past, seen in the history that was loaded; leadership was not mailed",
                    [line],
                    key=f"past:{one.inflection.id}",
                    now=now,
                    topic="seen",
                )

    def _tell_of_what_stays_inside(self, conn: Connection, told: list[Told], now: datetime) -> None:
        for one in told:
            if one.reason is Reason.NOT_FOR_LEADERSHIP:
                line = (
                    f"{one.inflection.headline.key}: {one.inflection.cause.verdict}, "
                    f"began about {one.inflection.headline.started_on} (leftturn explain {one.inflection.id})"
                )
                tell_operations(
                    conn,
                    self.settings,
                    "Seen, and not a matter for leadership",
                    [line],
                    key=f"inside:{one.inflection.id}:{one.inflection.cause.verdict}",
                    now=now,
                    topic="seen",
                )


def _week(period: Period) -> date:
    if period.week is None:
        raise ValueError(f"{period.key} names no week")
    return period.week


def _outcome(
    period: Period, state: runs.State, now: datetime, detail: dict[str, Any] | None = None
) -> runs.Outcome:
    return runs.Outcome(
        key=period.key,
        job=period.job,
        period=str(period.week or period.due_at.isoformat()),
        state=state,
        started=now,
        finished=now,
        detail=detail,
    )


def _changes(conn: Connection, weekly: Weekly, week: date, at: datetime | None, timezone: str) -> Week:
    """What judging a week changed, from the store."""
    if at is None:
        return nothing_in(week)
    day = local_day(timezone, at)
    inflections = weekly.ledger.inflections
    return Week(
        week=week,
        opened=tuple(i for i in inflections if i.opened_week == week),
        followed=(),
        closed=tuple(i for i in inflections if day in (i.closed_on, i.retracted_on)),
        suppressed=tuple(load_suppressed(conn, day)),
    )


def month_before(day: date) -> date:
    """The first day of the month before.

    >>> month_before(date(2026, 1, 5))
    datetime.date(2025, 12, 1)
    """
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def _missed(conn: Connection, reader: Reader, now: datetime) -> tuple[str, ...]:
    """The reader's digests of the last weeks that were due while nothing ran."""
    run = tables.run
    rows = conn.execute(
        select(run.c.period)
        .where(
            run.c.job == "digest",
            run.c.state == "missed",
            run.c.key.endswith(f":{reader.email}", autoescape=True),
            run.c.finished_at > now - MISSED_SHOWN,
        )
        .order_by(run.c.period)
    )
    weeks = (date.fromisoformat(period).isocalendar().week for period in rows.scalars())
    return tuple(f"the digest of week {week}" for week in weeks)


def _failure(period: Period) -> str:
    """What could not be done, as the subject of a mail."""
    if period.job == "ingest":
        return f"Source {period.subject} could not be read"
    if period.job == "judge":
        return f"The week of {period.week} could not be judged"
    if period.job == "age":
        return "Old deals could not be erased"
    if period.job == "backup":
        return "The nightly backup could not be taken"
    return f"The digest of the week of {period.week} for {period.subject} could not be made"


def _source_read(read: IngestReport, refused: tuple[str, ...]) -> SourceRead:
    return SourceRead(
        source=read.source,
        unchanged=read.skipped,
        rows_read=read.rows_read,
        accepted=read.accepted,
        quarantined=read.quarantined,
        duplicates=read.duplicates,
        ignored=read.ignored,
        new_versions=read.new_versions,
        messages=tuple(read.messages),
        refused=refused,
    )

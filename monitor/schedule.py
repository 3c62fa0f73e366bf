"""What is due: a pure function of the time, the configuration and what is done.

No job remembers when it ran last. Every period has a key; a key that is done is not due, so that a restart, a
second daemon or a clock that steps back doubles nothing, and a period that was slept through is still found.

ingest   per source, the newest period only: older ones would read the same files
judge    every complete week whose data may be whole (its end + the slowest source), in order, none skipped
digest   per reader and week, at a wall-clock time of the reader; late within a week, then missed
deliver  every tick
age      every day, on the company's clock: what is older than it is kept for is erased
backup   every night at a wall-clock time of the company; only the newest night's is owed
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.wall_clock import first_instant, local_day, offsets, start_of_day, wall

Job = Literal["ingest", "judge", "digest", "deliver", "age", "backup"]

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
DAYS_A_WEEK, WEEKS_A_MONTH = 7, 4
LATE_AFTER = timedelta(hours=1)
"""A period run later than this after it was due says so; two missed ticks are not worth a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTurn:
    """How often a source is read."""

    name: str
    every: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReader:
    """A reader of the digest: `day` 0 is Monday, `at` the time on the wall of `timezone`.

    One who reads it `monthly` gets it on the first such day of each month.
    """

    email: str
    timezone: str
    day: int
    at: time
    monthly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the configuration and the store ask of the schedule.

    timezone    of the company: its weeks and days
    late_by     a week is judged this long after it ended: the longest of all sources
    first_week  first day of the first week to judge; None while there is nothing to judge
    since       digests due before this instant are not owed (when the first run was); None: no bound
    catch_up    a digest is still sent this late; an older one is missed
    backup_at   when the nightly backup is taken, on the clock of `timezone`; None: never
    ages        whether anything is ever erased by age
    """

    timezone: str
    week_starts: int = 0
    sources: tuple[SourceTurn, ...] = ()
    late_by: timedelta = timedelta(0)
    first_week: date | None = None
    readers: tuple[DigestReader, ...] = ()
    since: datetime | None = None
    catch_up: timedelta = WEEK
    backup_at: time | None = None
    ages: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A job's period that is due: do it and store its key, or store it as missed where `missed` says so.

    subject  the source's name, the reader's address, or "" where the job has none
    week     first day of the week that a judge or digest is about
    """

    job: Job
    key: str
    due_at: datetime
    late: bool = False
    subject: str = ""
    week: date | None = None
    missed: bool = False


def due_periods(now: datetime, plan: Plan, done: Mapping[str, datetime]) -> list[Period]:
    """All periods due at `now` (aware), in the order to run them: ingest, judge, digest, deliver, age, backup.

    `done` holds the keys of periods that need no more attention (done, no data, missed) and since when.
    Weeks to judge come oldest first; a caller that fails on one must not go on to the next.
    """
    now = now.astimezone(UTC)
    return [
        *(period for source in plan.sources for period in _ingest(now, plan, source, done)),
        *_judge(now, plan, done),
        *(period for reader in plan.readers for period in _digest(now, plan, reader, done)),
        Period(job="deliver", key="deliver", due_at=now),
        *_age(now, plan, done),
        *_backup(now, plan, done),
    ]


def next_due(now: datetime, plan: Plan, job: Job, subject: str = "") -> datetime | None:
    """When a source is read next, the next week becomes ready to judge, or a reader's next digest is due."""
    now = now.astimezone(UTC)
    if job == "ingest":
        source = next(source for source in plan.sources if source.name == subject)
        return _ingest_turn(now, plan.timezone, source.every)[1]
    if job == "judge":
        week = _newest_ready_week(now, plan) + WEEK
        return ready_at(plan, week)
    if job == "digest":
        reader = next(reader for reader in plan.readers if reader.email == subject)
        day = _newest_digest_day(now, reader) + WEEK
        while not of_rhythm(reader, day):
            day += WEEK
        return _digest_instant(reader, day)
    if job == "age" and plan.ages:
        return start_of_day(plan.timezone, local_day(plan.timezone, now) + DAY)
    if job == "backup" and plan.backup_at is not None:
        return _night(plan.timezone, plan.backup_at, _newest_night(now, plan.timezone, plan.backup_at) + DAY)
    return None


def ready_at(plan: Plan, week: date) -> datetime:
    """The instant from which `week` (its first day) may be judged."""
    return first_instant(plan.timezone, datetime.combine(week + WEEK, time()) + plan.late_by)


def _ingest(now: datetime, plan: Plan, source: SourceTurn, done: Mapping[str, datetime]) -> Iterator[Period]:
    start, _ = _ingest_turn(now, plan.timezone, source.every)
    prefix = f"ingest:{source.name}:"
    key = f"{prefix}{start:%Y-%m-%dT%H:%M}Z"
    newest = max((known for known in done if known.startswith(prefix)), default="")
    if key > newest:  # not merely "not in done": after a step back of the clock, older periods are over
        late = now - start > source.every
        yield Period(job="ingest", key=key, due_at=start, late=late, subject=source.name)


def _ingest_turn(now: datetime, timezone: str, every: timedelta) -> tuple[datetime, datetime]:
    """Start and end of the period that holds `now`, on the company's clock.

    Periods of days begin at midnight (`every` in whole days, from a fixed day on), shorter ones are counted
    from midnight on and the last of a day ends with it: so a week that becomes ready at midnight is judged on
    data read at that midnight.
    """
    today = local_day(timezone, now)
    if every >= DAY:
        first = date.fromordinal(today.toordinal() - today.toordinal() % every.days)
        return start_of_day(timezone, first), start_of_day(timezone, first + DAY * every.days)
    midnight = start_of_day(timezone, today)
    start = midnight + (now - midnight) // every * every
    return start, min(start + every, start_of_day(timezone, today + DAY))


def _judge(now: datetime, plan: Plan, done: Mapping[str, datetime]) -> Iterator[Period]:
    if plan.first_week is None:
        return
    week, newest = plan.first_week, _newest_ready_week(now, plan)
    while week <= newest:
        key = f"judge:{week}"
        if key not in done:
            due_at = ready_at(plan, week)
            yield Period(job="judge", key=key, due_at=due_at, late=now - due_at > LATE_AFTER, week=week)
        week += WEEK


def _newest_ready_week(now: datetime, plan: Plan) -> date:
    week = _week_start(local_day(plan.timezone, now), plan.week_starts)
    while ready_at(plan, week) > now:
        week -= WEEK
    return week


def _week_start(day: date, starts: int) -> date:
    return day - timedelta(days=(day.weekday() - starts) % 7)


def _age(now: datetime, plan: Plan, done: Mapping[str, datetime]) -> Iterator[Period]:
    """Today's, unless it was done; what was due on earlier days is done by it."""
    if not plan.ages:
        return
    day = local_day(plan.timezone, now)
    newest = max((known for known in done if known.startswith("age:")), default="")
    if (key := f"age:{day}") > newest:
        yield Period(job="age", key=key, due_at=start_of_day(plan.timezone, day))


def _backup(now: datetime, plan: Plan, done: Mapping[str, datetime]) -> Iterator[Period]:
    """The newest night's backup, unless it was taken or the night was before the first run."""
    if plan.backup_at is None:
        return
    day = _newest_night(now, plan.timezone, plan.backup_at)
    key, due_at = f"backup:{day}", _night(plan.timezone, plan.backup_at, day)
    newest = max((known for known in done if known.startswith("backup:")), default="")
    if key > newest and (plan.since is None or due_at >= plan.since):
        yield Period(job="backup", key=key, due_at=due_at, late=now - due_at > LATE_AFTER)


def _newest_night(now: datetime, timezone: str, at: time) -> date:
    day = local_day(timezone, now) + DAY  # a gap may carry an instant into the next day
    while _night(timezone, at, day) > now:
        day -= DAY
    return day


def _night(timezone: str, at: time, day: date) -> datetime:
    return first_instant(timezone, datetime.combine(day, at))


def _digest(
    now: datetime, plan: Plan, reader: DigestReader, done: Mapping[str, datetime]
) -> Iterator[Period]:
    """Digests owed, oldest first: the newest is sent, if late; earlier ones never sent are missed.

    A reader is owed digests from the first that he was sent; one who never got any is owed the newest only.
    """
    newest = _newest_digest_day(now, reader)
    first = _first_week_sent(reader, done) or digest_week(plan, reader, newest)
    weeks_owed = (digest_week(plan, reader, newest) - first) // WEEK
    for back in range(weeks_owed, -1, -1):
        day = newest - WEEK * back
        if not of_rhythm(reader, day):
            continue
        due_at, week = _digest_instant(reader, day), digest_week(plan, reader, day)
        key = f"digest:{week}:{reader.email}"
        if key in done or (plan.since is not None and due_at < plan.since):
            continue
        yield Period(
            job="digest",
            key=key,
            due_at=due_at,
            late=now - due_at > LATE_AFTER,
            subject=reader.email,
            week=week,
            missed=back > 0 or now - due_at > plan.catch_up * (WEEKS_A_MONTH if reader.monthly else 1),
        )


def _first_week_sent(reader: DigestReader, done: Mapping[str, datetime]) -> date | None:
    suffix = f":{reader.email}"
    sent = [key for key in done if key.startswith("digest:") and key.endswith(suffix)]
    return date.fromisoformat(min(sent).removeprefix("digest:").removesuffix(suffix)) if sent else None


def _newest_digest_day(now: datetime, reader: DigestReader) -> date:
    """The newest day of the reader's calendar whose digest is due."""
    today = wall(ZoneInfo(reader.timezone), now).date() + DAY  # a gap may carry an instant into the next day
    day = _week_start(today, reader.day)
    while _digest_instant(reader, day) > now or not of_rhythm(reader, day):
        day -= WEEK
    return day


def of_rhythm(reader: DigestReader, day: date) -> bool:
    """Whether a day of the reader's weekday is one on which they get a digest."""
    return not reader.monthly or day.day <= DAYS_A_WEEK


def weeks_of_month(due_on: date) -> int:
    """How many weeks a monthly digest covers that is due on a day: since the first such day of the month before.

    >>> weeks_of_month(date(2026, 10, 5)), weeks_of_month(date(2026, 9, 7))
    (4, 5)
    """
    return WEEKS_A_MONTH if (due_on - WEEKS_A_MONTH * WEEK).day <= DAYS_A_WEEK else WEEKS_A_MONTH + 1


def _digest_instant(reader: DigestReader, day: date) -> datetime:
    return first_instant(reader.timezone, datetime.combine(day, reader.at))


def digest_week(plan: Plan, reader: DigestReader, day: date) -> date:
    """The week that the digest of `day` covers: the newest that may be judged by then.

    Reckoned in wall-clock time with the widest distance the two zones ever have in that year, so that one
    digest day means one week: by instants, a change of clocks near the border would repeat or skip a week.
    """
    lead = timedelta(0)
    if reader.timezone != plan.timezone:
        lead = offsets(reader.timezone, day.year)[1] - offsets(plan.timezone, day.year)[0]
    ready = datetime.combine(day, reader.at) - lead - plan.late_by
    return _week_start(ready.date(), plan.week_starts) - WEEK

"""E6: every zone of the IANA database, around every change of its clocks: is each period due exactly once?

Pure: `due_periods` is asked what is due at instants before, at and after each digest's time, with what was done by
then; and for sources read daily and hourly at every half hour of the days around the change.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from figures import Figure, Size, none

from monitor.schedule import DigestReader, Plan, SourceTurn, due_periods, next_due

FROM, TO = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
FEW = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Gaza",
    "America/Nuuk",
)
HALF_HOUR, DAY, WEEK = timedelta(minutes=30), timedelta(days=1), timedelta(weeks=1)
MOMENT = timedelta(seconds=1)
HALF_HOURS = [time(hour, minute) for hour in range(24) for minute in (0, 30)]


def run(size: Size) -> list[Figure]:
    """All zones, or a few with the strangest clocks and every fourth hour."""
    zones = sorted(available_timezones()) if size != "short" else FEW
    times = HALF_HOURS if size != "short" else HALF_HOURS[::8]
    changes, checks, wrong = 0, 0, []
    for zone in zones:
        for change in transitions(zone):
            changes += 1
            for at in times:
                checks += 1
                if problem := _digest_problem(zone, change, at):
                    wrong.append(problem)
            for every in (DAY, timedelta(hours=1)):
                checks += 1
                if problem := _source_problem(zone, change, every):
                    wrong.append(problem)
    found = f"{len(zones)} zones, {changes:,} changes of clocks, {checks:,} schedules"
    return [
        Figure("looked at", found, "all zones, 2024 to 2030", size == "short" or len(zones) > 500),
        none(
            "schedules with a period missed or doubled" + "".join(f"; {one}" for one in wrong[:3]), len(wrong)
        ),
    ]


def transitions(zone: str) -> Iterator[datetime]:
    """The instants at which the zone's distance from UTC changes, to the second."""
    info = ZoneInfo(zone)

    def offset(instant: datetime) -> timedelta | None:
        return instant.astimezone(info).utcoffset()

    low = FROM
    while low < TO:
        high = low + DAY
        if offset(low) != offset(high):
            one, other = low, high
            while other - one > MOMENT:
                middle = one + (other - one) / 2
                one, other = (middle, other) if offset(middle) == offset(low) else (one, middle)
            yield other.replace(microsecond=0)
        low = high


def _digest_problem(zone: str, change: datetime, at: time) -> str | None:
    """What is wrong with the weekly digest of the day of the change; None if it comes once, not early, not late."""
    day = change.astimezone(ZoneInfo(zone)).date()
    reader = DigestReader(email="a@x", timezone=zone, day=day.weekday(), at=at)
    plan = Plan(timezone=zone, readers=(reader,))
    info = ZoneInfo(zone)
    before = datetime.combine(day - timedelta(days=1), time(), info).astimezone(UTC)
    first = _digests(plan, before, {})
    done = dict.fromkeys(first, before)
    told: list[tuple[str, datetime]] = []
    due = next_due(before, plan, "digest", "a@x")
    if due is None or due > before + timedelta(hours=51):
        return f"{zone} {day} {at}: next due {due}"
    for instant in (due - MOMENT, due, *(due + HALF_HOUR * number for number in (1, 2, 3, 4, 50))):
        for key in _digests(plan, instant, done):
            told.append((key, instant))
            done[key] = instant
    if len(told) != 1:
        return f"{zone} {day} {at}: {len(told)} digests"
    wall = told[0][1].astimezone(info).replace(tzinfo=None)
    wanted = datetime.combine(day, at)
    jumped_over = not _exists(info, wanted) and wall > wanted and not _exists(info, wall - MOMENT)
    return None if wall == wanted or jumped_over else f"{zone} {day} {at}: at {wall}"


def _exists(info: ZoneInfo, wall: datetime) -> bool:
    return wall.replace(tzinfo=info).astimezone(UTC).astimezone(info).replace(tzinfo=None) == wall


def _digests(plan: Plan, now: datetime, done: dict[str, datetime]) -> list[str]:
    return [
        period.key for period in due_periods(now, plan, done) if period.job == "digest" and not period.missed
    ]


def _source_problem(zone: str, change: datetime, every: timedelta) -> str | None:
    """What is wrong with a source's turns around the change: none may be missing, doubled or out of order."""
    plan = Plan(timezone=zone, sources=(SourceTurn(name="crm", every=every),))
    info = ZoneInfo(zone)
    instant, done, days = change - DAY, dict[str, datetime](), set[date]()
    turns = 0
    while instant <= change + DAY:
        for period in due_periods(instant, plan, done):
            if period.job == "ingest":
                if period.due_at > instant or instant - period.due_at > every + HALF_HOUR:
                    return f"{zone} {change}: a turn of {period.due_at} at {instant}"
                done[period.key] = instant
                turns += 1
                days.add(period.due_at.astimezone(info).date())
        instant += HALF_HOUR
    least = 2 if every == DAY else 48
    if turns < least or len(days) < 2:
        return f"{zone} {change}: {turns} turns of {every} in two days"
    return None

"""What is due: each period once, whatever clocks, zones and restarts do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.schedule import (
    DigestReader,
    Period,
    Plan,
    SourceTurn,
    digest_week,
    due_periods,
    next_due,
    weeks_of_month,
)
from monitor.wall_clock import first_instant

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)
FROM, TO = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)


@cache
def transitions(zone: str) -> tuple[datetime, ...]:
    """Every instant (to the minute) at which the offset of `zone` changes, 2024 to 2030."""
    place = ZoneInfo(zone)
    found = []
    days = [FROM + DAY * index for index in range((TO - FROM).days + 1)]
    for low, high in pairwise(days):
        if low.astimezone(place).utcoffset() == high.astimezone(place).utcoffset():
            continue
        while high - low > MINUTE:
            middle = low + (high - low) // MINUTE // 2 * MINUTE
            same = middle.astimezone(place).utcoffset() == low.astimezone(place).utcoffset()
            low, high = (middle, high) if same else (low, middle)
        found.append(high)
    return tuple(found)


@cache
def zones() -> tuple[str, ...]:
    """One zone of each different history in these years: the others are the same clocks by another name."""
    different: dict[object, str] = {}
    for zone in sorted(available_timezones()):
        offset = FROM.astimezone(ZoneInfo(zone)).utcoffset()
        after = tuple(at.astimezone(ZoneInfo(zone)).utcoffset() for at in transitions(zone))
        different.setdefault((offset, transitions(zone), after), zone)
    return tuple(different.values())


def keys(periods: list[Period], job: str) -> list[str]:
    return [period.key for period in periods if period.job == job]


def run_all(now: datetime, plan: Plan, done: dict[str, datetime]) -> list[Period]:
    """What a tick does: run all that is due, mark it done."""
    due = due_periods(now, plan, done)
    done.update({period.key: now for period in due if period.job != "deliver"})
    return due


def test_there_are_many_different_clocks_in_the_world() -> None:
    assert len(zones()) > 60
    assert sum(len(transitions(zone)) for zone in zones()) > 300


def test_a_wall_clock_time_is_the_first_instant_that_shows_it_or_later_at_every_change_of_clocks() -> None:
    for zone in zones():
        place = ZoneInfo(zone)
        for change in transitions(zone):
            instants = [change - 5 * HOUR + 15 * MINUTE * step for step in range(40)]
            shown = [instant.astimezone(place).replace(tzinfo=None) for instant in instants]
            for wanted in sorted({at.replace(minute=at.minute // 15 * 15) for at in shown[4:-4]}):
                if wanted > max(shown):
                    continue
                expected = next(at for at, wall in zip(instants, shown, strict=True) if wall >= wanted)
                assert abs(first_instant(zone, wanted) - expected) < 15 * MINUTE, (zone, wanted)
                assert first_instant(zone, wanted).astimezone(place).replace(tzinfo=None) >= wanted


@pytest.mark.parametrize("at", [time(0, 0), time(0, 30), time(1, 30), time(2, 30), time(7, 30), time(23, 30)])
def test_every_week_has_exactly_one_digest_in_every_zone_across_every_change_of_clocks(at: time) -> None:
    for zone in zones():
        for change in transitions(zone):
            day = change.astimezone(ZoneInfo(zone)).weekday()
            reader = DigestReader(email="a@x", timezone=zone, day=day, at=at)
            plan = Plan(timezone="America/New_York", late_by=DAY, readers=(reader,))
            done: dict[str, datetime] = {}
            ticks = [
                change + WEEK * week + 3 * HOUR * step for week in (-2, -1, 0, 1) for step in range(-16, 17)
            ]
            sent = [key for tick in ticks for key in keys(run_all(tick, plan, done), "digest")]
            weeks = [date.fromisoformat(key.split(":")[1]) for key in sent]
            assert len(weeks) in (4, 5), (zone, change, sent)
            assert [b - a for a, b in pairwise(weeks)] == [WEEK] * (len(weeks) - 1), (zone, change, sent)


def test_a_digest_is_due_at_its_instant_and_not_a_second_before() -> None:
    for zone in zones():
        for change in transitions(zone)[:4]:
            local = change.astimezone(ZoneInfo(zone))
            reader = DigestReader(email="a@x", timezone=zone, day=local.weekday(), at=time(2, 30))
            plan = Plan(timezone=zone, readers=(reader,), since=change - 3 * DAY)
            due_at = first_instant(zone, datetime.combine(local.date(), time(2, 30)))
            assert not keys(due_periods(due_at - timedelta(seconds=1), plan, {}), "digest"), zone
            assert len(keys(due_periods(due_at, plan, {}), "digest")) == 1, zone


def test_every_day_is_read_once_in_every_zone_across_every_change_of_clocks() -> None:
    for zone in zones():
        plan = Plan(timezone=zone, sources=(SourceTurn(name="crm", every=DAY),))
        for change in transitions(zone):
            done: dict[str, datetime] = {}
            ticks = [change - 2 * DAY + HOUR * step for step in range(96)]
            runs = [
                period for tick in ticks for period in run_all(tick, plan, done) if period.job == "ingest"
            ]
            days = [period.due_at.astimezone(ZoneInfo(zone)).date() for period in runs]
            assert len(days) == len(set(days))
            shown = {tick.astimezone(ZoneInfo(zone)).date() for tick in ticks}
            assert set(days) == shown, (zone, change)


def test_the_week_that_new_york_loses_in_a_cron_trigger_is_not_lost_here() -> None:
    reader = DigestReader(email="a@x", timezone="America/New_York", day=0, at=time(0, 0))
    plan = Plan(timezone="America/New_York", readers=(reader,))
    done: dict[str, datetime] = {}
    ticks = [datetime(2026, 3, 2, 5, tzinfo=UTC) + HOUR * step for step in range(24 * 15)]
    sent = [period for tick in ticks for period in run_all(tick, plan, done) if period.job == "digest"]
    days = [period.due_at.astimezone(ZoneInfo("America/New_York")).date() for period in sent]
    assert days == [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]


@given(
    st.sampled_from(sorted(available_timezones())),
    st.sampled_from(sorted(available_timezones())),
    st.integers(0, 6),
    st.integers(0, 24 * 10),
    st.integers(0, 23),
)
def test_consecutive_digests_cover_consecutive_weeks_that_are_ready(
    company: str, home: str, day: int, late_hours: int, hour: int
) -> None:
    reader = DigestReader(email="a@x", timezone=home, day=day, at=time(hour, 30))
    plan = Plan(timezone=company, late_by=HOUR * late_hours, readers=(reader,))
    first = date(2026, 1, 5) + timedelta(days=day)
    weeks = [digest_week(plan, reader, first + WEEK * index) for index in range(52)]
    assert [b - a for a, b in pairwise(weeks)] == [WEEK] * 51
    for index, week in enumerate(weeks):
        due_at = first_instant(home, datetime.combine(first + WEEK * index, time(hour, 30)))
        ready = first_instant(company, datetime.combine(week + WEEK, time()) + plan.late_by)
        assert ready <= due_at


@given(st.lists(st.integers(-3 * 24 * 60, 3 * 24 * 60), min_size=2, max_size=40))
def test_a_clock_that_jumps_about_runs_no_period_twice(minutes: list[int]) -> None:
    plan = Plan(
        timezone="Europe/Berlin",
        sources=(SourceTurn(name="crm", every=HOUR), SourceTurn(name="crm2", every=DAY)),
        first_week=date(2026, 9, 28),
        readers=(DigestReader(email="a@x", timezone="Asia/Tokyo", day=6, at=time(2, 30)),),
    )
    done: dict[str, datetime] = {}
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)
    ran = [p.key for m in minutes for p in run_all(change + MINUTE * m, plan, done) if p.job != "deliver"]
    assert len(ran) == len(set(ran))


def test_a_clock_that_steps_back_reads_no_source_again() -> None:
    plan = Plan(timezone="UTC", sources=(SourceTurn(name="crm", every=HOUR),))
    done: dict[str, datetime] = {}
    now = datetime(2026, 5, 4, 12, 10, tzinfo=UTC)
    assert keys(run_all(now, plan, done), "ingest") == ["ingest:crm:2026-05-04T12:00Z"]
    assert keys(run_all(now - 5 * HOUR, plan, done), "ingest") == []
    assert keys(run_all(now + HOUR, plan, done), "ingest") == ["ingest:crm:2026-05-04T13:00Z"]


def test_a_source_that_was_slept_through_is_read_once() -> None:
    plan = Plan(timezone="UTC", sources=(SourceTurn(name="crm", every=HOUR),))
    done: dict[str, datetime] = {}
    run_all(datetime(2026, 5, 4, 12, tzinfo=UTC), plan, done)
    assert len(keys(run_all(datetime(2026, 5, 9, 12, tzinfo=UTC), plan, done), "ingest")) == 1


def test_two_sources_of_which_one_name_begins_with_the_other_do_not_shadow_each_other() -> None:
    plan = Plan(timezone="UTC", sources=(SourceTurn(name="a", every=DAY), SourceTurn(name="ab", every=DAY)))
    done = {"ingest:ab:2026-05-04T00:00Z": FROM}
    due = keys(due_periods(datetime(2026, 5, 4, 12, tzinfo=UTC), plan, done), "ingest")
    assert due == ["ingest:a:2026-05-04T00:00Z"]


def test_a_week_is_judged_when_it_ended_and_its_slowest_source_may_be_whole() -> None:
    plan = Plan(timezone="America/Los_Angeles", late_by=3 * DAY, first_week=date(2026, 1, 5))
    ready = datetime(2026, 1, 15, 8, tzinfo=UTC)  # Thursday midnight in Los Angeles
    assert keys(due_periods(ready - timedelta(seconds=1), plan, {}), "judge") == []
    assert keys(due_periods(ready, plan, {}), "judge") == ["judge:2026-01-05"]


def test_weeks_that_were_slept_through_are_all_judged_in_order_and_the_one_done_is_not() -> None:
    plan = Plan(timezone="UTC", first_week=date(2026, 1, 5))
    done = {"judge:2026-01-12": FROM}
    due = keys(due_periods(datetime(2026, 2, 3, tzinfo=UTC), plan, done), "judge")
    assert due == ["judge:2026-01-05", "judge:2026-01-19", "judge:2026-01-26"]


def test_nothing_is_judged_while_no_first_week_is_known() -> None:
    assert keys(due_periods(datetime(2026, 2, 3, tzinfo=UTC), Plan(timezone="UTC"), {}), "judge") == []


def reader_plan(**more: object) -> Plan:
    reader = DigestReader(email="ceo@x", timezone="Europe/Paris", day=0, at=time(7, 30))
    return Plan(timezone="Europe/Paris", late_by=3 * DAY, readers=(reader,), **more)  # type: ignore[arg-type]


def digests(now: datetime, plan: Plan, done: dict[str, datetime]) -> list[Period]:
    return [period for period in due_periods(now, plan, done) if period.job == "digest"]


def test_a_digest_slept_through_for_three_days_is_sent_late_and_says_so() -> None:
    due = digests(datetime(2026, 1, 15, 7, tzinfo=UTC), reader_plan(), {"digest:2025-12-22:ceo@x": FROM})
    assert [(p.key, p.late, p.missed) for p in due] == [("digest:2025-12-29:ceo@x", True, False)]


def test_older_digests_are_missed_and_listed_and_the_newest_is_sent() -> None:
    due = digests(datetime(2026, 1, 19, 7, tzinfo=UTC), reader_plan(), {"digest:2025-12-15:ceo@x": FROM})
    assert [(str(p.week), p.missed) for p in due] == [
        ("2025-12-22", True),
        ("2025-12-29", True),
        ("2026-01-05", False),
    ]
    assert not due[-1].late


def test_a_reader_who_is_new_is_owed_no_digest_of_the_past() -> None:
    assert len(digests(datetime(2026, 1, 19, 7, tzinfo=UTC), reader_plan(), {})) == 1


def test_a_monthly_digest_is_due_on_the_first_such_day_of_each_month_once() -> None:
    reader = DigestReader(email="ceo@x", timezone="Europe/Paris", day=0, at=time(7, 30), monthly=True)
    plan = Plan(timezone="Europe/Paris", late_by=3 * DAY, readers=(reader,))
    done: dict[str, datetime] = {}
    sent: list[date] = []
    for day in range(400):
        now = datetime(2026, 1, 1, 12, tzinfo=UTC) + day * DAY
        for period in digests(now, plan, done):
            done[period.key] = now
            if day:  # the one of December is too old by then
                assert not period.missed
                sent.append(now.date())
    assert all(day.weekday() == 0 and day.day <= 7 for day in sent)
    assert [day.month for day in sent] == [*range(1, 13), 1, 2][: len(sent)]
    assert len(sent) >= 13
    covered = [date.fromisoformat(key.split(":")[1]) for key in sorted(done)]
    assert [(later - one).days // 7 for one, later in pairwise(covered)] == [
        weeks_of_month(day) for day in sent
    ]


def test_a_monthly_digest_slept_through_for_two_weeks_is_sent_late() -> None:
    reader = DigestReader(email="ceo@x", timezone="Europe/Paris", day=0, at=time(7, 30), monthly=True)
    plan = Plan(timezone="Europe/Paris", late_by=3 * DAY, readers=(reader,))
    due = digests(datetime(2026, 3, 17, 7, tzinfo=UTC), plan, {"digest:2026-01-19:ceo@x": FROM})
    assert [(str(p.week), p.late, p.missed) for p in due] == [("2026-02-16", True, False)]


def test_no_digest_is_owed_for_the_time_before_the_first_run() -> None:
    plan = reader_plan(since=datetime(2026, 1, 20, tzinfo=UTC))
    assert digests(datetime(2026, 1, 21, tzinfo=UTC), plan, {}) == []
    assert len(digests(datetime(2026, 1, 26, 7, tzinfo=UTC), plan, {})) == 1


def test_mail_is_delivered_at_every_tick_and_last() -> None:
    plan = reader_plan(sources=(SourceTurn(name="crm", every=DAY),), first_week=date(2026, 1, 5))
    due = due_periods(datetime(2026, 1, 19, 7, tzinfo=UTC), plan, {})
    assert [period.job for period in due] == ["ingest", "judge", "digest", "deliver"]


def test_the_next_times_are_those_at_which_something_becomes_due() -> None:
    plan = reader_plan(sources=(SourceTurn(name="crm", every=5 * HOUR),), first_week=date(2026, 1, 5))
    now = datetime(2026, 1, 19, 22, tzinfo=UTC)  # 23:00 in Paris
    assert next_due(now, plan, "ingest", "crm") == datetime(2026, 1, 19, 23, tzinfo=UTC)
    assert next_due(now, plan, "judge") == datetime(2026, 1, 21, 23, tzinfo=UTC)
    assert next_due(now, plan, "digest", "ceo@x") == datetime(2026, 1, 26, 6, 30, tzinfo=UTC)


def test_old_deals_are_erased_once_a_day_of_the_company_and_never_where_they_are_kept() -> None:
    now = datetime(2026, 5, 4, 22, 30, tzinfo=UTC)  # the fifth in Berlin
    plan = Plan(timezone="Europe/Berlin", ages=True)

    def ages(at: datetime, done: dict[str, datetime], plan: Plan = plan) -> list[str]:
        return [period.key for period in due_periods(at, plan, done) if period.job == "age"]

    assert ages(now, {}) == ["age:2026-05-05"]
    assert ages(now, {"age:2026-05-05": now}) == []
    assert ages(now - timedelta(days=1), {"age:2026-05-05": now}) == []  # the clock went back
    assert ages(now + timedelta(days=9), {"age:2026-05-05": now}) == ["age:2026-05-14"]
    assert ages(now, {}, Plan(timezone="Europe/Berlin")) == []
    assert next_due(now, plan, "age") == datetime(2026, 5, 5, 22, tzinfo=UTC)

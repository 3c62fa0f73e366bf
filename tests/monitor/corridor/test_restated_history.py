"""A restated past: what was judged can be judged again to the digit, and tells nothing of weeks that are over."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select

from monitor.remembered import Remembered
from monitor.report import Report
from monitor.store import Store, open_store, tables
from monitor.store.ledger import place_of
from monitor.weekly import WeekJudged, Weekly

from .conftest import FIRST, Place, export, moments

START, FALL, END = 18, 20, 27
"""Weeks of the first tick, of the fall, and of the last tick."""
NEWEST = FIRST + timedelta(weeks=START + 8)
"""The week that is judged when the past has become another."""
READING = ("start", "start_low", "start_high", "effect", "effect_low", "effect_high", "matters")


def so_far(lines: list[str], day: date) -> list[str]:
    """The export `lines` as it stood on a day: what closed later is open, what was created later is not there."""
    header, *rows = lines
    told = [row for row in (line.split(",") for line in rows) if row[2] <= str(day)]
    for row in told:
        row[3], row[5] = ("", "Open") if row[3] > str(day) else (row[3], row[5])
    return [header, *(",".join(row) for row in told)]


def restated(lines: list[str], week: int) -> list[str]:
    """What is known of `lines` after `week`, as a company's clean-ups leave it: every week another one, for good.

    Outcomes turned over, closings and creations moved, regions and amounts corrected, some deals gone, and some of
    before the beginning found again.
    """
    header, *rows = so_far(lines, FIRST + timedelta(weeks=week + 1))
    told = [line.split(",") for line in rows]
    for past in range(START, week + 1):
        rng = np.random.default_rng(past)
        decided = [
            row
            for row in told
            if row[0][0] == "D" and row[5] in ("Won", "Lost") and int(row[0][1:]) < 30 * past
        ]
        for place in rng.choice(len(decided), 12, replace=False):
            row = decided[place]
            match int(rng.integers(0, 5)):
                case 0:
                    row[5] = "Lost" if row[5] == "Won" else "Won"
                case 1:
                    closed = FIRST + timedelta(weeks=int(rng.integers(0, past)), days=2)
                    row[2], row[3] = str(closed - timedelta(days=9)), str(closed)
                case 2:
                    row[6] = "South" if row[6] == "North" else "North"
                case 3:
                    row[5], row[3] = "Open", ""
                case 4:
                    row[5] = "gone"
        earlier = FIRST - timedelta(weeks=3, days=past)
        told.append(
            [f"E{past}", "seller 1", str(earlier), str(earlier + timedelta(days=4)), "5.50", "Won", "North"]
        )
    return [header, *(",".join(row) for row in told if row[5] != "gone")]


def lived(place: Place) -> list[Report]:
    """Every week its own export, restated anew before it is judged."""
    app, reports = place.app(), []
    for week in range(START, END + 1):
        place.write(restated(export(fall_week=FALL), week))
        reports += [app.tick(now) for now in moments(week, week)]
    return reports


def stored(store: Store) -> list[dict[str, Any]]:
    with store.read() as conn:
        return [dict(row) for row in conn.execute(select(tables.judgement)).mappings()]


def again(place: Place, store: Store, moments_of: dict[date, datetime]) -> list[WeekJudged]:
    """The weeks of `rows` judged once more, in order, by one that remembers none, on all that is known now."""
    settings = place.settings()
    with store.read() as conn:
        remembered = Remembered(settings)
        history, first = remembered.history(conn), remembered.weekly(conn)
    weekly = Weekly(settings=settings, first_weeks=first.first_weeks, creations=first.creations)
    return [weekly.judge(week, moments_of[week], history) for week in sorted(moments_of)]


def figures(row: dict[str, Any]) -> list[float]:
    return [math.nan if value is None else float(value) for value in row.values()]


def read_of(weeks: list[WeekJudged]) -> dict[tuple[Any, ...], list[float]]:
    found = {}
    for week in weeks:
        for one in week.judged:
            values = {name: getattr(one.reading, name) for name in READING}
            values |= {
                "evidence": one.reading.evidence,
                "bar": math.log(one.watch.bar),
                "weeks": one.weeks_judged,
            }
            key = week.week, one.key.metric, one.key.segment, one.key.contrast, one.quiet
            found[key] = [value if math.isfinite(value) else math.nan for value in figures(values)]
    return found


def kept_of(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], list[float]]:
    found = {}
    for row in rows:
        values = {name: row["reading"][name] for name in READING}
        values |= {name: row[name] for name in ("evidence", "bar", "weeks")}
        place = tuple(place_of(row["segment"]).items())
        found[row["week"], row["metric"], place, row["contrast"], row["quiet"]] = figures(values)
    return found


def test_every_past_judgement_of_a_restated_history_is_reproduced(place: Place) -> None:
    reports = lived(place)
    assert [one for report in reports for one in report.failed] == []
    assert [one.held for report in reports for one in report.judged if one.held] == []
    with open_store(place.settings().database) as store:
        rows = stored(store)
        with store.read() as conn:
            versions = Remembered(place.settings()).history(conn).versions
        known_at = {row["week"]: row["as_of"] for row in rows}
        kept, found = kept_of(rows), read_of(again(place, store, known_at))
        as_of_now = read_of(again(place, store, dict.fromkeys(known_at, max(known_at.values()))))
    assert versions.height > versions.n_unique(["source", "deal_id"]) + 100, "nothing was restated"
    assert len({row["week"] for row in rows}) >= END - START
    assert any(row["quiet"] is None for row in rows), "no alarm among what is reproduced"
    assert kept.keys() == found.keys()
    for key, values in kept.items():
        np.testing.assert_allclose(found[key], values, rtol=1e-9, atol=1e-9, err_msg=str(key))
    evidence = [(found[key][-3], as_of_now[key][-3]) for key in found.keys() & as_of_now.keys()]
    assert sum(abs(then - now) > 0.1 for then, now in evidence) > len(evidence) / 4, (
        "the restating says nothing"
    )


def test_a_restated_week_is_judged_again_without_a_word(place: Place) -> None:
    """Eight weeks at whose end the store learns that three of them had hardly a deal won."""
    calm = export(fall_week=99)
    place.write(calm)
    app = place.app()
    for now in moments(START, START + 7):
        place.write(so_far(calm, now.date()))
        app.tick(now)
    before = kept_of(stored_at(place))
    assert {key[-1] for key in before} <= {"learning", "stable"}
    weeks = [FIRST + timedelta(weeks=START + 2), FIRST + timedelta(weeks=START + 5)]
    worse = [lost(line) if str(weeks[0]) <= line.split(",")[3] < str(weeks[1]) else line for line in calm]
    thursday, monday = moments(START + 8, START + 8)
    place.write(so_far(worse, thursday.date()))
    reports = [app.tick(thursday), app.tick(monday)]
    after = kept_of(stored_at(place))
    assert {one.week for report in reports for one in report.judged} == {NEWEST}
    np.testing.assert_array_equal([after[key] for key in before], list(before.values()))
    assert [one.opened for report in reports for one in report.judged] == [0]
    assert place.mails("alert") == []
    (judged_at,) = {row["as_of"] for row in stored_at(place) if row["week"] == NEWEST}
    anew = read_of(replayed(place, judged_at))
    newest = {key: values for key, values in after.items() if key not in before}
    assert newest
    for key, values in newest.items():
        np.testing.assert_allclose(anew[key], values, rtol=1e-9, atol=1e-9, err_msg=str(key))


def replayed(place: Place, at: datetime) -> list[WeekJudged]:
    """The newest week by a detector that never saw the past otherwise than restated."""
    with open_store(place.settings().database) as store:
        return again(place, store, {NEWEST: at})


def stored_at(place: Place) -> list[dict[str, Any]]:
    with open_store(place.settings().database) as store:
        return stored(store)


def lost(line: str) -> str:
    return line.replace(",Won,", ",Lost,")

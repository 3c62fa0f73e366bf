"""A metric that the program fails on keeps no other from being judged, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from polars.exceptions import PanicException
from sqlalchemy import select

import monitor.segments
import monitor.weekly
from monitor.cli import exit_code
from monitor.faults import FAULTS
from monitor.judge import Judge
from monitor.report import Report
from monitor.store import open_store, tables

from .conftest import CONFIG, FALL_WEEK, FIRST, Place, moments

Live = Callable[..., list[Report]]
Rows = dict[tuple[Any, ...], tuple[Any, ...]]
BROKEN, MENDED, LAST = 20, 31, 38
"""Weeks: the metric fails from the first on, and is well again in the second."""
TOLD = FALL_WEEK + 7


def ill(week: date) -> bool:
    return FIRST + timedelta(weeks=BROKEN) <= week < FIRST + timedelta(weeks=MENDED)


def break_panels(monkeypatch: pytest.MonkeyPatch, metric: str, error: BaseException) -> None:
    """The panel of `metric` cannot be made in those weeks."""
    made = monitor.weekly.Weekly._panel

    def broken(self: Any, name: str, deals: Any, week: date, history: Any) -> Any:
        if name == metric and ill(week):
            raise error
        return made(self, name, deals, week, history)

    monkeypatch.setattr(monitor.weekly.Weekly, "_panel", broken)


def break_detector(monkeypatch: pytest.MonkeyPatch, metric: str, error: BaseException) -> None:
    """The detector fails on the series of `metric`, after it took in the week's values."""
    judged = Judge.judge

    def broken(self: Judge, panel: Any, *rest: Any) -> Any:
        found = judged(self, panel, *rest)
        if panel.metric == metric and ill(panel.weeks[-1]):
            raise error
        return found

    monkeypatch.setattr(Judge, "judge", broken)


def judgements(place: Place) -> Rows:
    table = tables.judgement
    columns = [table.c[name] for name in ("week", "metric", "segment", "contrast", "evidence", "bar")]
    with open_store(place.settings().database) as store, store.read() as conn:
        return {tuple(row[:4]): tuple(row[4:]) for row in conn.execute(select(*columns))}


def inflections(place: Place) -> list[tuple[Any, ...]]:
    table = tables.inflection
    columns = [table.c[name] for name in ("id", "state", "verdict", "started_on", "opened_on", "closed_on")]
    with open_store(place.settings().database) as store, store.read() as conn:
        return [tuple(row) for row in conn.execute(select(*columns))]


def close(found: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    """The same evidence and bar."""
    return all(
        one == other if one is None or other is None else one == pytest.approx(other, abs=1e-12, rel=1e-12)
        for one, other in zip(found, expected, strict=True)
    )


def words(reports: list[Report], word: str) -> list[str]:
    return [mail.subject for report in reports for mail in report.delivered if word in mail.subject]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The company as it is judged where nothing fails."""
    from .conftest import export

    folder: Path = tmp_path_factory.mktemp("undisturbed")
    (folder / "leftturn.yaml").write_text(CONFIG)
    here = Place(folder)
    here.write(export())
    app = here.app()
    for now in moments(13, LAST):
        app.tick(now)
    return here


@pytest.mark.parametrize(
    ("breaks", "error"),
    [
        (break_panels, ZeroDivisionError("nobody foresaw it")),
        (break_panels, PanicException("index out of bounds")),
        (break_detector, FloatingPointError("nobody foresaw it")),
    ],
)
def test_the_others_are_judged_as_if_nothing_had_happened(
    place: Place,
    live: Live,
    undisturbed: Place,
    monkeypatch: pytest.MonkeyPatch,
    breaks: Callable[..., None],
    error: BaseException,
) -> None:
    breaks(monkeypatch, "volume", error)
    reports = live(place.app(), 18, MENDED + 1)
    found, expected = judgements(place), judgements(undisturbed)
    missing = {key for key in expected if key[1] == "volume" and ill(key[0])}
    assert missing
    assert {key for key in expected if key[0] <= max(found)[0]} - found.keys() == missing
    assert all(close(found[key], expected[key]) for key in found)
    assert not any(report.failed for report in reports)
    assert words(reports, "defect") == ["A defect in the program: the metric volume could not be judged"]
    assert words(reports, "well again") == ["The metric volume: well again"]


def test_a_program_that_restarts_at_every_tick_decides_the_same(
    place: Place, undisturbed: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_panels(monkeypatch, "volume", ZeroDivisionError("nobody foresaw it"))
    for now in moments(18, BROKEN + 3):
        place.app().tick(now)
    found, expected = judgements(place), judgements(undisturbed)
    assert {key[1] for key in found if ill(key[0])} == {"win_rate"}
    assert all(close(found[key], expected[key]) for key in found)


def test_what_is_open_on_it_stays_as_it_was_and_is_found_where_it_was_left(
    place: Place,
    live: Live,
    undisturbed: Place,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The win rate falls in week 28 and is told six weeks later; then the win rate itself cannot be judged."""
    live(place.app(), last=TOLD)
    before = inflections(place)
    assert [row[1] for row in before] == ["open"]
    weeks = FIRST + timedelta(weeks=TOLD + 1), FIRST + timedelta(weeks=LAST - 1)
    monkeypatch.setattr(f"{__name__}.ill", lambda week: weeks[0] <= week <= weeks[1])
    break_panels(monkeypatch, "win_rate", KeyError("value"))
    live(place.app(), TOLD + 1, LAST - 1)
    assert inflections(place) == before
    capsys.readouterr()
    assert exit_code(["status", "--config", str(place.config)]) == 0
    assert "win_rate  KeyError: 'value'" in " ".join(capsys.readouterr().out.split(" ")).replace("   ", "  ")
    digest = sorted(place.mails("digest"), key=lambda file: file.stat().st_mtime_ns)[-1].read_text()
    assert "Left out for a defect in the program" in digest
    live(place.app(), LAST, LAST)
    assert inflections(place) == inflections(undisturbed)
    last = {
        key: row for key, row in judgements(undisturbed).items() if key[0] == FIRST + timedelta(weeks=LAST)
    }
    assert all(close(judgements(place)[key], row) for key, row in last.items())


def test_where_nothing_can_be_judged_the_week_waits(
    place: Place, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        monitor.weekly.Weekly,
        "_panel",
        lambda *_: (_ for _ in ()).throw(ZeroDivisionError("nobody foresaw it")),
    )
    reports = live(place.app(), 14, 14)
    assert "judge" in {failure.job for report in reports for failure in report.failed}
    assert judgements(place) == {}


@pytest.mark.parametrize("restarts", [False, True])
def test_segments_that_fail_leave_the_company_as_it_is(
    place: Place, undisturbed: Place, monkeypatch: pytest.MonkeyPatch, restarts: bool
) -> None:
    """The bars of the company's own series are what they were, and no cause is named meanwhile."""
    put, weeks = monitor.segments._put, iter(range(999))

    def broken(deals: Any, *rest: Any, **more: Any) -> Any:
        if next(weeks) >= 9:
            raise ValueError("nobody foresaw it")
        return put(deals, *rest, **more)

    monkeypatch.setattr(monitor.segments, "_put", broken)
    app = place.app()
    reports = [
        (place.app() if restarts else app).tick(now)
        for now in moments(*((18, 23) if restarts else (13, TOLD)))
    ]
    found, expected = judgements(place), judgements(undisturbed)
    whole = {
        key: row for key, row in found.items() if not key[2] and key[0] < FIRST + timedelta(weeks=FALL_WEEK)
    }
    assert whole
    assert all(close(row[1:], expected[key][1:]) for key, row in whole.items())
    assert words(reports, "defect")[0] == (
        "A defect in the program: deals could not be put in segments by region"
    )
    assert restarts or [row[2] for row in inflections(place)] == ["unclear"]


def test_a_cause_that_cannot_be_looked_into_keeps_no_alarm(
    place: Place, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Mapping[str, Any]:
        raise ArithmeticError("nobody foresaw it")

    monkeypatch.setattr(monitor.weekly.Weekly, "facts_since", broken)
    reports = live(place.app(), last=TOLD)
    assert [row[1:3] for row in inflections(place)] == [("open", "unclear")]
    said = words(reports, "defect")
    assert any("what changed win_rate could not be looked into" in subject for subject in said)
    assert any("no evidence pack could be made" in subject for subject in said)
    assert len(said) == len(set(said))


def test_a_machine_without_memory_is_no_defect(
    place: Place, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_panels(monkeypatch, "volume", MemoryError())
    reports = live(place.app(), BROKEN, BROKEN)
    assert "judge" in {failure.job for report in reports for failure in report.failed}
    assert issubclass(PanicException, FAULTS)


def test_a_backtest_is_loud(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    break_panels(monkeypatch, "volume", ZeroDivisionError("nobody foresaw it"))
    assert exit_code(["backtest", "--config", str(place.config)]) == 1

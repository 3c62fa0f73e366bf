"""What cannot be read, judged or looked back on: said once, kept from no other part, and tried again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import monitor.pipeline
from monitor.cli import exit_code
from monitor.health import sources_of
from monitor.report import Report
from monitor.store import open_store, runs, tables
from monitor.store.runs import AlreadySettledError
from monitor.weekly import Weekly

from .conftest import FALL_WEEK, FIRST, Place, export, moments

Live = Callable[..., list[Report]]
WEEK = 20


def states(place: Place, job: str) -> list[str]:
    run = tables.run
    with open_store(place.settings().database) as store, store.read() as conn:
        return list(conn.execute(select(run.c.state).where(run.c.job == job).order_by(run.c.id)).scalars())


def command(place: Place, *arguments: str) -> int:
    return exit_code([*arguments, "--config", str(place.config)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            "id,owner,created,closed,amount,stagex,region\n",
            "there is no column 'stage'; did you mean 'stagex'?",
        ),
        ("", "deals.csv: is empty"),
        ("\x00\udcff\udcfe", "is not utf-8"),
    ],
)
def test_a_file_that_cannot_be_used_fails_its_turn_and_is_read_as_soon_as_it_can_be(
    place: Place, content: str, said: str
) -> None:
    now = list(moments(WEEK, WEEK))[-1]
    place.app().tick(now)
    later = now + timedelta(days=1)
    deals = place.folder / "deals.csv"
    deals.write_bytes(content.encode(errors="surrogateescape"))
    report = place.app().tick(later)
    assert said in report.failed[0].message
    assert report.ingested[0].refused == (report.failed[0].message,)
    assert states(place, "ingest") == ["done", "failed"]
    place.write(export(until_week=WEEK + 2))
    mended = place.app().tick(later + runs.RETRY + timedelta(minutes=1))
    assert mended.failed == []
    assert mended.ingested[0].accepted > 0
    assert states(place, "ingest") == ["done", "done"]


def test_once_fails_with_a_file_that_cannot_be_used(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(place, "once", "--as-of", "2025-06-05") == 0
    place.write(["id,owner"])
    capsys.readouterr()
    assert command(place, "once", "--as-of", "2025-06-06") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("leftturn: ingest:crm:2025-06-06T22:00Z: deals.csv:1: ")


def test_operations_hear_once_of_a_source_that_is_gone_and_again_when_it_is_gone_again(place: Place) -> None:
    now = list(moments(WEEK, WEEK))[-1]
    deals = place.folder / "deals.csv"
    kept = deals.read_bytes()
    place.app().tick(now)
    for episode in (1, 2):
        deals.unlink()
        for minutes in (0, 20, 40):
            place.app().tick(now + timedelta(days=episode, minutes=minutes))
        told = [mail for mail in place.mails("operations") if "could-not-be-read" in mail.name]
        assert len(told) == episode
        kept += f"D{9000 + episode},seller 1,2025-05-01,,5,Open,North\n".encode()
        deals.write_bytes(kept)
        place.app().tick(now + timedelta(days=episode, hours=2))


def test_what_a_source_lacks_is_in_its_health_until_it_is_read_again(place: Place) -> None:
    now = list(moments(WEEK, WEEK))[-1]
    place.app().tick(now)
    kept = (place.folder / "deals.csv").read_bytes()
    (place.folder / "deals.csv").unlink()
    place.app().tick(now + timedelta(days=1))
    assert "no such file" in str(health(place, now + timedelta(days=1)).message)
    (place.folder / "deals.csv").write_bytes(kept)
    place.app().tick(now + timedelta(days=1, hours=1))
    assert health(place, now + timedelta(days=1, hours=1)).message is None


def health(place: Place, now: Any) -> Any:
    with open_store(place.settings().database) as store, store.read() as conn:
        (source,) = sources_of(conn, place.settings(), FIRST + timedelta(weeks=WEEK), now)
    return source


def test_only_a_deal_that_was_decided_can_change_after_the_fact(place: Place) -> None:
    now = list(moments(WEEK, WEEK))[-1]
    place.write(export(until_week=WEEK))
    place.app().tick(now)
    lines = export(until_week=WEEK)
    opened = [n for n, line in enumerate(lines) if ",Open," in line]
    decided = [n for n, line in enumerate(lines) if ",Won," in line]
    day = (FIRST + timedelta(weeks=WEEK, days=2)).isoformat()
    for n in opened[:5]:
        cells = lines[n].split(",")
        lines[n] = ",".join([*cells[:3], day, cells[4], "Lost", cells[6]])
    for n in decided[:2]:
        lines[n] = lines[n].replace(",Won,", ",Lost,")
    place.write(lines)
    later = now + timedelta(days=1)
    place.app().tick(later)
    assert health(place, later).restated == 2
    assert health(place, later + timedelta(days=8)).restated == 0


def test_a_week_whose_judging_broke_half_way_leaves_nothing_in_memory(
    place: Place, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = place.app()
    live(app, FALL_WEEK + 3, FALL_WEEK + 3)
    whole = Weekly.judge

    def breaks(self: Weekly, *arguments: Any, **more: Any) -> Any:
        whole(self, *arguments, **more)  # the ledger in memory has been changed by now
        raise RuntimeError("broken half way")

    now = next(moments(FALL_WEEK + 5, FALL_WEEK + 5))
    monkeypatch.setattr(Weekly, "judge", breaks)
    assert "broken half way" in app.tick(now).failed[0].message
    monkeypatch.setattr(Weekly, "judge", whole)
    mended = app.tick(now + runs.RETRY + timedelta(minutes=1))
    assert sum(week.opened for week in mended.judged) == 1
    assert [mail.name for mail in place.mails("operations") if "could-not-be-judged" in mail.name]


def test_a_period_that_another_process_did_first_is_no_failure(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = place.app()
    app.prepare()
    settle = runs.settle

    def quicker(conn: Any, outcome: runs.Outcome) -> None:
        if outcome.job == "judge":
            raise AlreadySettledError(outcome.key)
        settle(conn, outcome)

    monkeypatch.setattr(monitor.pipeline.runs, "settle", quicker)
    for now in moments(WEEK, WEEK):
        report = app.tick(now)
        assert (report.judged, report.failed) == ([], [])
    assert len(report.digests) == 2


def test_a_backtest_refuses_a_damaged_database_and_a_file_it_cannot_use(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    database = place.folder / "leftturn.db"
    database.write_text("garbage " * 200)
    assert command(place, "backtest") == 1
    assert "is not a database file" in capsys.readouterr().err
    database.unlink()
    place.write(["id,owner"])
    assert command(place, "backtest") == 1
    assert capsys.readouterr().err.startswith("leftturn: source crm: deals.csv:1: ")


def test_a_backtest_reads_the_files_anew_where_the_configuration_reads_them_otherwise(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.app().tick(list(moments(WEEK, WEEK))[-1])
    place.config.write_text(place.config.read_text().replace("{region: region}", "{place: region}"))
    place.config.write_text(place.config.read_text().replace("[region]", "[place]"))
    assert command(place, "backtest", "--to", "2025-07-01") == 0
    assert "win_rate (place North)" in capsys.readouterr().out


def test_a_backtest_of_days_that_hold_no_week_says_so(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command(place, "backtest", "--from", "2040-01-01", "--to", "2040-02-01") == 0
    assert "No week of these days can be judged" in capsys.readouterr().out


def test_weeks_that_begin_on_another_day_are_refused_once_weeks_were_judged(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.app().tick(list(moments(WEEK, WEEK))[-1])
    place.config.write_text(place.config.read_text().replace("currency:", "week_starts: sunday, currency:"))
    assert command(place, "once") == 2
    assert "company.week_starts: " in capsys.readouterr().err


def test_a_day_that_is_none_and_a_day_ahead_are_said(
    place: Place, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert command(place, "digest", "--as-of", "9999-12-31") == 2
    assert "--as-of 9999-12-31: name a day between" in capsys.readouterr().err
    assert command(place, "once", "--as-of", "2198-01-01") == 0
    assert "--as-of 2198-01-01 lies in the future" in capsys.readouterr().err

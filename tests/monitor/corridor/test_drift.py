"""A file that gains columns is read as before, and operations are told of them once."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from email import message_from_bytes, policy

import polars as pl
import pytest

from monitor.cli import exit_code

from .conftest import Place, export, moments

DAY = timedelta(days=1)
FIRST = next(moments(13, 13))


def told(place: Place) -> list[str]:
    mails = [
        message_from_bytes(file.read_bytes(), policy=policy.default) for file in place.mails("operations")
    ]
    texts = [mail.get_body(("plain",)) for mail in mails if "new columns" in str(mail["Subject"])]
    return [" ".join(text.get_content().split()) for text in texts if text is not None]


def widened(lines: list[str], *names: str) -> list[str]:
    return [",".join((lines[0], *names)), *(",".join((line, *("x" for _ in names))) for line in lines[1:])]


def test_a_column_that_a_file_gains_is_told_once_and_holds_nothing(place: Place) -> None:
    app, lines = place.app(), export()
    place.write(widened(lines, "notes"))
    app.tick(FIRST)
    assert told(place) == [], "what is there at first is no news"
    place.write(widened(lines, "notes", "owner_id", "channel"))
    report = app.tick(FIRST + DAY)
    assert not report.failed
    assert report.ingested[0].accepted == len(lines) - 1
    (said,) = told(place)
    assert "crm has 2 columns that it did not have before: channel, owner_id" in said
    assert "OPERATIONS" in said, "a thing to know, no alarm"
    assert "DATA:" not in said
    place.write(widened(lines, "notes"))
    app.tick(FIRST + 2 * DAY)
    place.write(widened(lines, "owner_id", "notes", "channel"))
    app.tick(FIRST + 3 * DAY)
    assert len(told(place)) == 1, "a column that goes and comes back is none"


def test_what_is_noted_of_columns_is_no_run_in_the_status(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.app().tick(FIRST)
    capsys.readouterr()
    assert exit_code(["status", "--config", str(place.config), "--json"]) == 0
    jobs = {run["job"] for run in json.loads(capsys.readouterr().out)["runs"]}
    assert "ingest" in jobs
    assert "columns" not in jobs


def test_a_file_that_could_not_be_used_says_nothing_of_its_columns(place: Place) -> None:
    app, lines = place.app(), export()
    place.write(["another,kind,of,table", "1,2,3,4"])
    assert app.tick(FIRST).failed
    place.write(widened(lines, "notes"))
    app.tick(FIRST + DAY)
    assert told(place) == []


def test_a_file_in_a_process_of_its_own_says_its_columns_too(place: Place) -> None:
    place.config.write_text(
        place.config.read_text().replace("path: deals.csv", "type: parquet\n    path: deals.parquet")
    )
    lines, app = export(), place.app()
    for day, names in enumerate(((), ("region_2",))):
        wide = io.StringIO("\n".join(widened(lines, *names)) + "\n")
        pl.read_csv(wide, infer_schema=False).write_parquet(place.folder / "deals.parquet")
        report = app.tick(FIRST + day * DAY)
        assert not report.failed, report.failed
    (said,) = told(place)
    assert "a column that it did not have before: region_2" in said

"""The evidence of an alert, from the week it opened to the page that ops open."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.cli import exit_code
from monitor.report import Report
from monitor.store import open_store, tables
from monitor.store.ageing import Aged, note_aged

from .conftest import FALL_WEEK, Place

Live = Callable[..., list[Report]]


def test_the_evidence_of_an_alert_is_kept_and_comes_out_the_same_when_reckoned_anew(
    place: Place, live: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    live(place.app(), FALL_WEEK + 3, FALL_WEEK + 7)
    with open_store(place.settings().database) as store, store.read() as conn:
        id_ = str(conn.execute(select(tables.inflection.c.id)).scalars().first())
    file = place.folder / "evidence.html"
    assert exit_code(["explain", id_, "--config", str(place.config), "--json", "--html", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["evidence"]["inflection"] == id_
    assert told["evidence"]["figures"]["win_rate"]["parts"]["whole"]["value"] < -0.2
    page = file.read_text(encoding="utf-8")
    assert "the same to 1e-9" in page
    assert told["evidence"]["data"]["hash"] in page
    assert told["aged_out"] is None
    where_it_cannot_be_written_is_one_sentence(place, id_, capsys)
    says_what_was_aged_out(place, id_, capsys)


def where_it_cannot_be_written_is_one_sentence(
    place: Place, id_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    explain = ["explain", id_, "--config", str(place.config), "--html"]
    for file, why in (
        (place.folder / "none" / "page.html", "No such file or directory"),
        (place.folder / "deals.csv" / "page.html", "Not a directory"),
        (place.folder, "Is a directory"),
        (Path("/proc/page.html"), "No such file or directory"),
    ):
        assert exit_code([*explain, str(file)]) == 2
        (said,) = capsys.readouterr().err.splitlines()
        assert (
            said == f"leftturn: --html {file}: cannot be written there ({why}); name another file or folder"
        )


def says_what_was_aged_out(place: Place, id_: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same inflection once the deals it rests on are gone, and once its evidence is."""
    file, explain = place.folder / "evidence.html", ["explain", id_, "--config", str(place.config)]
    at = datetime(2030, 1, 7, tzinfo=UTC)
    with open_store(place.settings().database) as store, store.write() as conn:
        note_aged(conn, Aged(at=at, before=date(2030, 1, 1), deals=512, versions=600), restated=False)
    assert exit_code([*explain, "--html", str(file)]) == 0
    gone = "512 deals that were over before 2030-01-01 left the store on 2030-01-07, in 600 versions"
    assert f"Aged out: {gone}" in capsys.readouterr().out.replace("\n", " ")
    assert f"different: {gone}" in file.read_text(encoding="utf-8")
    with open_store(place.settings().database) as store, store.write() as conn:
        conn.execute(tables.evidence.update().values(pack=None))
    assert exit_code(explain) == 0
    assert exit_code([*explain, "--html", str(file)]) == 2
    assert f"there is no evidence to show; {gone}" in capsys.readouterr().err.replace("\n", " ")


def test_what_is_old_is_looked_for_once_a_day_where_it_is_not_kept_for_ever(place: Place, live: Live) -> None:
    place.config.write_text(place.config.read_text() + "privacy: {keep: 78 weeks}\n")
    app = place.app()
    assert [one.failed for one in live(app, 13, 13)] == [[], []]
    live(app, 13, 13)
    with open_store(place.settings().database) as store, store.read() as conn:
        rows = conn.execute(select(tables.run.c.key, tables.run.c.state).where(tables.run.c.job == "age"))
        assert [tuple(row) for row in rows] == [("age:2025-04-17", "done"), ("age:2025-04-21", "done")]

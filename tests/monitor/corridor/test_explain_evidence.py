"""The evidence of an alert, from the week it opened to the page that ops open."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import select

from monitor.cli import exit_code
from monitor.report import Report
from monitor.store import open_store, tables

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

"""What ops see before and while it runs: the profile counted, what cannot be written, files that are refused."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from monitor.cli import exit_code
from monitor.store import runs

from .conftest import Place, export, moments

PROFILE = """
profile:
  - effective: 2024-01-01
    criteria: [{name: Place, where: {ATTRIBUTE: [North]}, weight: 1}]
    tiers: {A: 1}
    core: [A]
"""


def check(place: Place, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = exit_code(["check", "--config", str(place.config), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_check_counts_the_tiers_of_the_profile(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.config.write_text(place.config.read_text() + PROFILE.replace("ATTRIBUTE", "region"))
    code, told = check(place, capsys)
    counts = {tier["tier"]: tier["deals"] for tier in told["tiers"]}
    rows = export()[1:]
    assert code == 0
    assert counts == {
        "A": sum(row.endswith(",North") for row in rows),
        "out": sum(row.endswith(",South") for row in rows),
        "unknown": 0,
    }


def test_check_tells_of_an_attribute_that_is_blank_everywhere(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write(["id,owner,created,closed,amount,stage,region", *(_blank(line) for line in export()[1:])])
    place.config.write_text(place.config.read_text() + PROFILE.replace("ATTRIBUTE", "region"))
    code, told = check(place, capsys)
    assert code == 1
    assert any("region is blank in every deal" in problem for problem in told["problems"])


def _blank(line: str) -> str:
    return line.rsplit(",", 1)[0] + ","


def test_check_tells_of_a_mail_folder_that_cannot_be_made(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    (place.folder / "mails").write_text("a file where the folder is to be")
    code, told = check(place, capsys)
    assert code == 1
    assert any("mail.folder" in problem and "is a file" in problem for problem in told["problems"])


def test_a_refused_file_is_a_failure_that_is_tried_again_and_told_to_operations_once(place: Place) -> None:
    first, now = moments(20, 20)
    app = place.app()
    app.tick(first)
    place.write(["nothing,of,this,is,known", "1,2,3,4,5"])
    later = app.tick(now)
    assert [failure.job for failure in later.failed] == ["ingest"]
    assert "deals.csv" in later.failed[0].message
    assert app.tick(now + timedelta(minutes=1)).failed == []
    again = app.tick(now + runs.RETRY + timedelta(minutes=1))
    assert len(again.failed) == 1
    told = [mail for mail in place.mails("operations") if "needs-a-look" in mail.name or "read" in mail.name]
    assert len(told) <= 2
    place.write(export())
    mended = app.tick(now + 2 * runs.RETRY + timedelta(minutes=2))
    assert mended.failed == []
    assert len(mended.ingested) == 1

"""A fall that no series carries by itself: two that agree are told as one, whether the program runs on or stops."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from monitor.cli import exit_code
from monitor.report import Report
from monitor.store import open_store, tables

from .conftest import CONFIG, FALL_WEEK, FIRST, WEEKS, Place, moments

Live = Callable[..., list[Report]]
TWO = """metrics:
  win_rate: {matters_if: 5 points}
  established: {kind: win_rate, where: {region: {not_in: [Pilot]}}, matters_if: 5 points}
attention:"""
BEFORE, TOLD = 32, 33
"""Weeks: the second is the first in which the two come to an alarm together."""


def config() -> str:
    """The company with its win rate as a whole and without the pilot region."""
    before, metrics = CONFIG.replace("segments: [region]\n", "").split("metrics:")
    return before + TWO + metrics.split("attention:")[1]


def export(fall_week: int = FALL_WEEK) -> list[str]:
    """Thirty deals a week, a tenth of them in the pilot region; half of all are won, three of ten from then on."""
    rng = np.random.default_rng(6)
    lines = ["id,owner,created,closed,amount,stage,region"]
    for number in range(30 * WEEKS):
        week = number // 30
        closed = FIRST + timedelta(days=7 * week + int(rng.integers(0, 5)))
        created = closed - timedelta(days=int(rng.integers(5, 40)))
        won = rng.random() < (0.5 if week < fall_week else 0.3)
        owner, region = f"seller {rng.integers(0, 12)}", ("North", "Pilot")[int(rng.random() < 0.1)]
        amount = 100 * np.exp(0.4 * rng.normal())
        lines.append(f"D{number},{owner},{created},{closed},{amount:.2f},{'Won' if won else 'Lost'},{region}")
    return lines


@pytest.fixture
def agreeing(tmp_path: Path) -> Place:
    """The company of two series."""
    (tmp_path / "leftturn.yaml").write_text(config())
    here = Place(tmp_path)
    here.write(export())
    return here


def stored(place: Place) -> list[Any]:
    """Every inflection with its parts, its findings, and what was mailed."""
    found = []
    with open_store(place.settings().database) as store, store.read() as conn:
        for table, columns in (
            (tables.inflection, ("id", "started_on", "verdict", "state", "detail")),
            (tables.finding, ("inflection_id", "position", "metric", "before", "after", "evidence")),
            (tables.notice, ("message_id", "subject", "view")),
        ):
            named = [table.c[name] for name in columns]
            found.append([tuple(row) for row in conn.execute(select(*named).order_by(*named[:2]))])
    for row in found[0]:
        row[-1].pop("saved_at")
    return found


def test_two_series_that_agree_are_told_as_one_before_either_alarms(
    agreeing: Place,
    live: Live,
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = Place(tmp_path_factory.mktemp("other"))
    other.config.write_text(config())
    other.write(export())
    live(agreeing.app(), BEFORE, TOLD + 1)
    for now in moments(BEFORE, TOLD + 1):
        other.app().tick(now)
    inflections, findings, notices = stored(agreeing)
    assert (inflections, findings, notices) == tuple(stored(other))

    ((id_, *_, detail),) = inflections
    assert id_.startswith(f"{FIRST + timedelta(weeks=TOLD):%Y%m%d}")
    raised = {part["told"][4][0]: part["raised"] for part in detail["agreed"]}
    assert set(raised) == {"win_rate", "established"}
    assert all(part < 1.0 for part in raised.values())
    assert sum(raised.values()) > 1.0
    assert len(findings) == 2

    alert = message_from_bytes(agreeing.mails("alert")[0].read_bytes(), policy=policy.default)
    text = " ".join(alert.get_body(("plain",)).get_content().split())
    assert "two figures that moved together say so, neither of them alone" in text
    capsys.readouterr()
    assert exit_code(["explain", id_, "--config", str(agreeing.config)]) == 0
    told = capsys.readouterr().out
    assert "Two series that agree carry it together" in told
    assert "below the bar" not in told


def test_restated_data_undo_what_series_carry_together(agreeing: Place, live: Live) -> None:
    live(agreeing.app(), BEFORE, TOLD)
    agreeing.write(export(fall_week=99))
    live(agreeing.app(), TOLD + 1, TOLD + 1)
    assert [row[3] for row in stored(agreeing)[0]] == ["retracted"]
    (opened, withdrawn) = (
        message_from_bytes(file.read_bytes(), policy=policy.default)["Subject"]
        for file in sorted(agreeing.mails("alert"), key=lambda file: file.stat().st_mtime_ns)
    )
    assert withdrawn == f"[Withdrawn] {opened}"

"""A small company whose win rate falls by half, as files, and a clock to walk it through its weeks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from smtp_servers import PASSWORD, USER, certificates, real_server  # noqa: F401  fixtures

from config import Settings, load
from monitor.app import App
from monitor.report import Report

FIRST = date(2025, 1, 6)
WEEKS = 40
FALL_WEEK = 28
CONFIG = """
company: {name: Acme, timezone: Europe/Berlin, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, owner: owner, created_at: created, closed_at: closed, amount: amount}
    attributes: {region: region}
    outcome: {column: stage, won: [Won], lost: [Lost], open: [Open]}
    late_by: 2 days
segments: [region]
metrics:
  win_rate: {matters_if: 5 points}
  volume: {matters_if: 20 %}
attention: {learning: 13 weeks}
mail: {from: "LeftTurn <leftturn@acme.example>", reply_to: ops@acme.example, folder: mails}
people:
  - {email: ceo@acme.example, name: Chief executive}
  - {email: ops@acme.example, receives: [digest, operations]}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with the company's export and configuration."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "leftturn.yaml"

    def settings(self) -> Settings:
        return load(self.config, environ={"MAIL_PASSWORD": PASSWORD})

    def app(self) -> App:
        return App.build(self.settings(), lambda: datetime(2099, 1, 1, tzinfo=UTC))

    def write(self, lines: list[str]) -> None:
        (self.folder / "deals.csv").write_text("\n".join(lines) + "\n")

    def mails(self, word: str) -> list[Path]:
        return sorted(path for path in (self.folder / "mails").glob("*.eml") if word in path.name)


def export(seed: int = 3, *, fall_week: int = FALL_WEEK, until_week: int = WEEKS) -> list[str]:
    """The lines of deals.csv: thirty deals a week, half of them won, a tenth from `fall_week` on."""
    rng = np.random.default_rng(seed)
    lines = ["id,owner,created,closed,amount,stage,region"]
    for number in range(30 * WEEKS):
        week = number // 30
        closed = FIRST + timedelta(days=7 * week + int(rng.integers(0, 5)))
        created = closed - timedelta(days=int(rng.integers(5, 40)))
        won = rng.random() < (0.5 if week < fall_week else 0.1)
        owner, region = f"seller {rng.integers(0, 12)}", ("North", "South")[int(rng.random() < 0.5)]
        stage, day = ("Won" if won else "Lost", str(closed)) if week < until_week else ("Open", "")
        if created < FIRST + timedelta(weeks=until_week):
            lines.append(f"D{number},{owner},{created},{day},{rng.integers(1, 99)}.50,{stage},{region}")
    return lines


def moments(first: int, last: int) -> Iterator[datetime]:
    """Eight in Berlin's summer, on the Thursday and the Monday after each week from `first` to `last`."""
    for week in range(first, last + 1):
        thursday = FIRST + timedelta(days=7 * week + 10)
        for day in (thursday, thursday + timedelta(days=4)):
            yield datetime(day.year, day.month, day.day, 6, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """The company, its export whole."""
    (tmp_path / "leftturn.yaml").write_text(CONFIG)
    here = Place(tmp_path)
    here.write(export())
    return here


@pytest.fixture
def live() -> Callable[..., list[Report]]:
    """Tick an application through weeks; its reports."""

    def run(app: App, first: int = 13, last: int = WEEKS - 1) -> list[Report]:
        return [app.tick(now) for now in moments(first, last)]

    return run

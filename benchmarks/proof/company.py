"""A small company whose win rate falls, on a clock of the test's own: what the experiments let LeftTurn watch.

The mails go to a sink on this machine, unencrypted; two leaders and operations read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

from config import Settings, load

FIRST = date(2025, 1, 6)
WEEKS = 26
FALL_WEEK = 18
DEALS_A_WEEK = 24
LEADERS = ("ceo@acme.example", "sales@acme.example")
OPERATIONS = "ops@acme.example"
CONFIG = """
company: {{name: Acme, timezone: UTC, currency: EUR}}
{database}{backup}
sources:
  - name: crm
    path: deals.csv
    columns: {{deal_id: id, owner: owner, created_at: created, closed_at: closed, amount: amount}}
    outcome: {{column: stage, won: [Won], lost: [Lost], open: [Open]}}
    late_by: 2 days
metrics:
  win_rate: {{matters_if: 5 points}}
attention: {{learning: 13 weeks}}
mail:
  from: "LeftTurn <leftturn@acme.example>"
  {road}
people:
  - {{email: ceo@acme.example}}
  - {{email: sales@acme.example, receives: [inflections]}}
  - {{email: ops@acme.example, receives: [operations]}}
"""


class Unread:
    """A log that nobody reads."""

    def info(self, event: str, **fields: object) -> None:
        """Not written."""

    def error(self, event: str, **fields: object) -> None:
        """Not written."""


@dataclass(frozen=True, slots=True)
class Company:
    """A folder with the export and the configuration."""

    folder: Path

    def write(
        self, *, port: int | None, lines: Sequence[str], database: str | None = None, backup: bool = False
    ) -> None:
        """Write both; without a port, mails go to a folder. With `backup`, one is due every night."""
        road = (
            f"smtp: {{host: 127.0.0.1, port: {port}, security: none, auth: none}}"
            if port
            else "folder: mails"
        )
        url = f'database: "{database}"' if database else ""
        nightly = "\nbackup: {folder: backups, keep: 2}" if backup else ""
        (self.folder / "leftturn.yaml").write_text(CONFIG.format(road=road, database=url, backup=nightly))
        (self.folder / "deals.csv").write_text("\n".join(lines) + "\n")

    def settings(self) -> Settings:
        """The configuration, read."""
        return load(self.folder / "leftturn.yaml", environ={})

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.folder / "leftturn.db"


def export(seed: int, *, weeks: int = WEEKS, fall_week: int = FALL_WEEK) -> list[str]:
    """The lines of deals.csv: half of the deals are won, a tenth from `fall_week` on."""
    random = Random(seed)
    lines = ["id,owner,created,closed,amount,stage"]
    for number in range(DEALS_A_WEEK * weeks):
        week = number // DEALS_A_WEEK
        closed = FIRST + timedelta(days=7 * week + random.randrange(5))
        created = closed - timedelta(days=random.randrange(5, 40))
        won = random.random() < (0.5 if week < fall_week else 0.1)
        stage = "Won" if won else "Lost"
        lines.append(
            f"D{number},seller {random.randrange(9)},{created},{closed},{random.randrange(1, 99)}.50,{stage}"
        )
    return lines


def monday(week: int) -> datetime:
    """Nine in the morning of the Monday after the week after `week`: it is judged, and digests are due."""
    day = FIRST + timedelta(days=7 * week + 14)
    return datetime(day.year, day.month, day.day, 9, tzinfo=UTC)

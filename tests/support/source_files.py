"""A company's deals as every kind of source has them: shared by the tests of sources."""

from __future__ import annotations

import csv
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import SecretStr
from workbooks import write_workbook

from config.settings import Company, Source
from monitor.sources.landing import Disk

COMPANY = Company(name="Acme", timezone="America/New_York", currency="USD")
HEADER = ("id", "at", "acct", "created", "closed", "amount", "cur", "type", "stage", "office")
COLUMNS = {
    "deal_id": "id",
    "modified_at": "at",
    "account": "acct",
    "created_at": "created",
    "closed_at": "closed",
    "amount": "amount",
    "currency": "cur",
    "motion": "type",
}
STAGES = {"column": "stage", "won": ["Won"], "lost": ["Lost"], "open": ["Open"], "ignore": ["Test"]}
MOTIONS = {"new": ("New",)}
ROW = (
    "7",
    "2026-02-11T08:00:00Z",
    "Acme, Inc.",
    "2026-01-05",
    "2026-02-10",
    "1,200.50",
    "EUR",
    "New",
    "Won",
    'say "hi"',
)
QUIET = Disk(now=lambda: 2e9, stat=os.stat, pause=lambda _: None)


def written_csv(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])


def written_parquet(path: Path, rows: list[tuple[str, ...]]) -> None:
    pl.DataFrame(rows, schema=dict.fromkeys(HEADER, pl.String), orient="row").write_parquet(path)


def written_excel(path: Path, rows: list[tuple[str, ...]]) -> None:
    write_workbook(path, {"Deals": [HEADER, *rows]})


def written_table(path: Path, rows: list[tuple[str, ...]]) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"CREATE TABLE deals ({', '.join(f'{name} TEXT' for name in HEADER)})")
        connection.executemany(f"INSERT INTO deals VALUES ({', '.join('?' * len(HEADER))})", rows)
    connection.close()


WRITE: dict[str, Callable[[Path, list[tuple[str, ...]]], None]] = {
    "csv": written_csv,
    "parquet": written_parquet,
    "excel": written_excel,
    "sql": written_table,
}
"""How a file of each kind of source is made; a new kind adds its own here."""


def described(path: Path, **more: Any) -> Source:
    if more.get("type") == "sql":
        more |= {"path": None, "table": "deals", "address": SecretStr(f"sqlite:///{path}")}
        more["columns"] = {
            name: theirs for name, theirs in more.get("columns", COLUMNS).items() if name != "modified_at"
        }
    return Source(
        **{
            "name": "crm",
            "type": "csv",
            "path": str(path),
            "columns": COLUMNS,
            "outcome": STAGES,
            "attributes": {"office": "office"},
            **more,
        }
    )

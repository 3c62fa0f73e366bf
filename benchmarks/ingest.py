"""What reading a million deals costs, against the least it could: `make bench-ingest`.

    reading   the same file with polars, every column as text
    raw       that, and its rows written as they are to the same database, 50,000 a statement
    ingest    parsed by contract, compared, versioned, stored
    again     a turn in which the file is what it was

Each step runs in a process of its own, so that its peak of memory is its own (with the processes that it starts).
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

sys.path.insert(0, str(Path(__file__).parent / "proof"))

from figures import peak_megabytes

HEADER = ("id", "account", "owner", "created", "closed", "amount", "list", "stage", "region", "product")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
PART = 50_000


def write_deals(path: Path, deals: int) -> None:
    """A file of `deals` deals over five years, a tenth of them open."""
    rng, first = random.Random(1), date(2021, 1, 1)
    days = [(first + timedelta(days=n)).isoformat() for n in range(1900)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for n in range(deals):
            opened = rng.randrange(1800)
            stage = rng.choices(("Won", "Lost", "Open"), (4, 5, 1))[0]
            closed = "" if stage == "Open" else days[opened + rng.randrange(90)]
            price = rng.randrange(1000, 90_000)
            row = (
                f"006{n:09}", f"a{rng.randrange(40_000)}", f"seller {rng.randrange(60)}", days[opened], closed,
                f"{price * rng.uniform(0.7, 1):.2f}", price, stage, rng.choice("NESW"), rng.choice("abcde"),
            )  # fmt: skip
            writer.writerow(row)


def reading(folder: Path) -> None:
    """The file with polars."""
    pl.read_csv(folder / "deals.csv", infer_schema=False)


def raw(folder: Path) -> None:
    """The file with polars, and its rows as they are into SQLite."""
    frame = pl.read_csv(folder / "deals.csv", infer_schema=False)
    connection = sqlite3.connect(folder / "raw.db")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(f"CREATE TABLE raw ({', '.join(HEADER)})")
    with connection:
        for part in frame.iter_slices(PART):
            connection.executemany(f"INSERT INTO raw VALUES ({', '.join('?' * len(HEADER))})", part.rows())  # noqa: S608
    connection.close()


def ingest(folder: Path) -> None:
    """The file by the ordinary way into a store."""
    from config.settings import Settings
    from monitor.ingest import ingest as read
    from monitor.store import open_store

    settings = Settings.model_validate(
        {
            "company": {"name": "Acme", "timezone": "UTC", "currency": "USD"},
            "sources": [
                {
                    "name": "crm",
                    "path": str(folder / "deals.csv"),
                    "columns": {
                        "deal_id": "id",
                        "account": "account",
                        "owner": "owner",
                        "created_at": "created",
                        "closed_at": "closed",
                        "amount": "amount",
                        "list_amount": "list",
                    },
                    "attributes": {"region": "region", "product": "product"},
                    "outcome": {"column": "stage", "won": ["Won"], "lost": ["Lost"], "open": ["Open"]},
                }
            ],
        }
    )
    with open_store(f"sqlite:///{folder / 'store.db'}") as store, store.write() as connection:
        report = read(connection, settings, settings.sources[0], now=NOW)
    if not report.skipped and report.new_versions != report.rows_read:
        raise SystemExit(f"{report.rows_read} rows, {report.new_versions} stored")


def measured(step: Callable[[Path], None], folder: Path) -> dict[str, float]:
    """Seconds, and the highest memory in MB of the process and of the largest that it started."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(step, folder, there))
    process.start()
    told: dict[str, float] = here.recv()
    process.join()
    return told


def _run(step: Callable[[Path], None], folder: Path, told: Any) -> None:
    import monitor.ingest
    import monitor.store  # noqa: F401  not what is measured

    start, used = time.perf_counter(), _processor()
    step(folder)
    seconds, processor = time.perf_counter() - start, _processor() - used
    own = peak_megabytes()
    child = (
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    )  # at least what this one held at the fork
    told.send({"seconds": seconds, "processor": processor, "own_mb": own, "child_mb": child})


def _processor() -> float:
    """Processor seconds of this process and of those it started: other work does not lengthen them."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    """Print the figures as a table, or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="leftturn-bench-") as place:
        folder = Path(place)
        write_deals(folder / "deals.csv", asked.deals)
        size = (folder / "deals.csv").stat().st_size / 2**20
        steps = {"reading": reading, "raw": raw, "ingest": ingest, "again": ingest}
        found = {name: measured(step, folder) for name, step in steps.items()}
    ratios = {
        "ingest_to_raw": found["ingest"]["processor"] / found["raw"]["processor"],
        "again_to_reading": found["again"]["processor"] / found["reading"]["processor"],
    }
    if asked.json:
        print(json.dumps({**found, "ratios": ratios}))
        return
    print(f"{asked.deals:,} deals, {size:.0f} MB of CSV, SQLite")
    for name in steps:
        each = found[name]
        print(
            f"{name:8} {each['seconds']:7.2f} s, {each['processor']:6.2f} s of processor   "
            f"{each['own_mb']:5.0f} MB, and {each['child_mb']:4.0f} MB in the process that reads"
        )
    print(f"ingest / raw     {ratios['ingest_to_raw']:.2f}   of processor time (aim: at most 3)")
    print(f"again / reading  {ratios['again_to_reading']:.2f}   of processor time (aim: at most 1.5)")


if __name__ == "__main__":
    main()

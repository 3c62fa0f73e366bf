"""Mutated files and replies by the thousand: no error but a sentence, no row lost, bounded memory, time. `make fuzz`.

Rows are conserved twice: the reader's own sum must add up, and where the standard library finds nothing odd in a
file, it must see as many rows. The time of a case is processor time; the memory is the peak of the whole process.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
sys.path.insert(0, str(Path(__file__).parent / "proof"))

from crm_storms import DEALS, stormy_source
from figures import peak_megabytes
from source_files import COMPANY, HEADER, MOTIONS, QUIET, ROW, described
from storms import csv_storm, rows_by_another_reader

from config import ConfigError, load
from monitor.sources import CsvSource, FileRead, ParquetSource
from monitor.sources.contract import Contract
from monitor.sources.file_read import ReadError, RefusedFileError, refused_read
from monitor.sources.parsing import parts_of, read_parts

MOST_MB, MOST_SECONDS = 300, 1.0


@dataclass(slots=True)
class Tally:
    """What the cases of a kind came to."""

    cases: int = 0
    read: int = 0
    refused: int = 0
    compared: int = 0
    slowest: float = 0.0


def csv_case(seed: int, folder: Path, tally: Tally) -> None:
    """A mutated CSV file, by the ordinary way."""
    rng = random.Random(seed)
    content = csv_storm(rng)
    (folder / "deals.csv").write_bytes(content)
    form = {"dates": rng.choice(("iso", "month_first", "%d.%m.%Y"))}
    (found,) = CsvSource(described(folder / "deals.csv", format=form), COMPANY, MOTIONS, QUIET).read(
        lambda _: False
    )
    _conserved(found, tally)
    expected = None if found.rejected_file else rows_by_another_reader(content)
    if expected is not None:
        tally.compared += 1
        if found.rows_read != expected:
            raise AssertionError(f"seed {seed}: {found.rows_read} rows read where there are {expected}")


def parquet_case(seed: int, folder: Path, tally: Tally) -> None:
    """A Parquet file of odd types, mutated in its bytes, in this process: what would end the child shows here."""
    rng = random.Random(seed)
    rows = rng.randrange(0, 30)
    table = pl.DataFrame([ROW] * rows, schema=dict.fromkeys(HEADER, pl.String), orient="row")
    for name in rng.sample(HEADER, rng.randrange(4)):
        table = table.with_columns(rng.choice(_TYPED)(name))
    out = io.BytesIO()
    table.write_parquet(out, compression=rng.choice(("zstd", "snappy", "uncompressed")))
    content, whole = bytearray(out.getvalue()), True
    for _ in range(rng.choice((0, 1, 1, 4, 20))):
        content[rng.randrange(len(content))] = rng.randrange(256)
        whole = False
    if rng.random() < 0.2:
        del content[rng.randrange(len(content)) :]
        whole = False
    path = folder / "deals.parquet"
    path.write_bytes(bytes(content))
    contract = Contract(
        source=described(path, type="parquet"), company=COMPANY, motions=MOTIONS, today=_TODAY
    )
    try:
        found = read_parts(parts_of(ParquetSource, path, contract), contract, name="x", digest="", age=1e9)
    except RefusedFileError as error:
        found = refused_read("x", "", error)
    _conserved(found, tally)
    if whole and not found.rejected_file:
        tally.compared += 1
        if found.rows_read != rows:
            raise AssertionError(f"seed {seed}: {found.rows_read} rows read where there are {rows}")


def reply_case(seed: int, folder: Path, tally: Tally) -> None:
    """A read of a CRM some of whose answers came out wrong; where none did, every deal is there."""
    rng = random.Random(seed)
    source, storm_ = stormy_source(("hubspot", "salesforce")[seed % 2], rng, folder)
    mark = {"at": "2026-01-01T00:00:00+00:00", "id": ""} if rng.random() < 0.5 else None
    try:
        found = list(source.read(lambda _: False, mark))
    except ReadError:
        tally.refused += 1
        return
    for each in found:
        _sum_up(each)
    whole = not any(each.rejected_file for each in found)
    tally.read += whole
    tally.refused += not whole
    if not storm_.harmed:
        tally.compared += 1
        rows = sum(each.rows_read for each in found)
        if not whole or rows != DEALS + (mark is not None and seed % 2 == 0):
            raise AssertionError(f"seed {seed}: {rows} rows read of {DEALS} deals")


def config_case(seed: int, folder: Path, tally: Tally) -> None:
    """A configuration with random bytes in it."""
    rng = random.Random(seed)
    content = bytearray(_CONFIGURATION.encode())
    for _ in range(rng.choice((1, 2, 8))):
        at = rng.randrange(len(content))
        content[at : at + rng.choice((0, 1, 6))] = rng.choice(
            (
                b":",
                b"\n",
                b"  ",
                b"- ",
                b"\x00",
                b"&a",
                b"*a",
                b"!!x",
                b"{",
                b"]",
                b"1e400",
                b"\xff",
                b".nan",
                b"'",
            )
        )
    path = folder / "leftturn.yaml"
    path.write_bytes(bytes(content))
    try:
        load(path, environ={})
        tally.read += 1
    except ConfigError:
        tally.refused += 1


_TODAY = date(2026, 6, 1)
_TYPED: tuple[Callable[[str], pl.Expr], ...] = (
    lambda name: pl.col(name).cast(pl.Int64, strict=False),
    lambda name: pl.col(name).cast(pl.Float64, strict=False),
    lambda name: pl.col(name).cast(pl.Categorical),
    lambda name: pl.col(name).cast(pl.Binary),
    lambda name: pl.lit(_TODAY).alias(name),
    lambda name: pl.lit(datetime(2026, 6, 1, 12, tzinfo=UTC), pl.Datetime("ns", "UTC")).alias(name),
    lambda name: pl.lit(None).alias(name),
    lambda name: pl.concat_list(name, name).alias(name),
)
_CONFIGURATION = """company: {name: Acme, timezone: Europe/Paris, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, owner: seller, created_at: created, closed_at: closed, amount: value, list_amount: list}
    attributes: {region: office, industry: sector}
    outcome: {column: stage, won: [Won], lost: [Lost], open: [Open]}
segments: [region]
people: [{email: ceo@acme.example, receives: [inflections, digest, operations]}]
"""
KINDS: dict[str, tuple[int, Callable[[int, Path, Tally], None]]] = {
    "csv": (10_000, csv_case),
    "parquet": (2_000, parquet_case),
    "replies": (5_000, reply_case),
    "config": (10_000, config_case),
}


def _sum_up(found: FileRead) -> None:
    told = found.rows.height + found.rejected.height + found.duplicates + found.ignored
    if told != found.rows_read:
        raise AssertionError(f"{found.rows_read} rows read, {told} accounted for")


def _conserved(found: FileRead, tally: Tally) -> None:
    _sum_up(found)
    if found.rejected_file:
        tally.refused += 1
    else:
        tally.read += 1


def storm(kind: str, cases: int, first: int = 0) -> Tally:
    """`cases` cases of a kind, from seed `first` on. Raises whatever a case raises."""
    tally, case = Tally(), KINDS[kind][1]
    with tempfile.TemporaryDirectory(prefix="leftturn-fuzz-") as place:
        for seed in range(first, first + cases):
            begun = time.process_time()
            case(seed, Path(place), tally)
            tally.cases += 1
            tally.slowest = max(tally.slowest, time.process_time() - begun)
    return tally


def main() -> int:
    """Every kind with its full count; 1 where memory or time was more than is allowed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts")
    share = parser.parse_args().share
    wrong = False
    for kind, (count, _) in KINDS.items():
        tally = storm(kind, max(1, int(count * share)))
        print(
            f"{kind:8} {tally.cases:6,} cases: {tally.read:,} read, {tally.refused:,} refused with a sentence, "
            f"{tally.compared:,} compared with an independent count; slowest {tally.slowest:.3f} s of CPU"
        )
        wrong = wrong or tally.slowest > MOST_SECONDS
    peak = peak_megabytes()
    print(f"peak memory {peak:.0f} MB (aim: under {MOST_MB}); no uncaught error, no row lost")
    return 1 if wrong or peak > MOST_MB else 0


if __name__ == "__main__":
    sys.exit(main())

"""What every kind of source promises, and a storm of mutated files: no error, no row lost."""

from __future__ import annotations

import csv
import io
import random
import re
from pathlib import Path

import polars as pl
import pytest
from source_files import COLUMNS, COMPANY, HEADER, MOTIONS, QUIET, ROW, WRITE, described

from monitor.sources import SOURCES, FileRead, Rows
from monitor.sources.csv_file import CsvSource
from monitor.sources.file_read import REJECTED
from monitor.sources.reasons import Reason
from monitor.types import DEAL_COLUMNS


@pytest.mark.parametrize("kind", WRITE)
def test_every_kind_gives_deals_in_the_fixed_columns_and_accounts_for_every_row(
    kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "deals"
    rows = [
        ROW,
        ROW,
        ("8", *ROW[1:7], "Other", "Verbal", ""),
        ("", *ROW[1:]),
        ("9", *ROW[1:8], "Test", ""),
        ("",) * 10,
    ]
    WRITE[kind](path, rows)
    (found,) = SOURCES[kind](described(path, type=kind), COMPANY, MOTIONS).read(lambda _: False)
    assert dict(found.deals.schema) == {**DEAL_COLUMNS, "attr:office": pl.String}
    assert dict(found.rejected.schema) == dict(REJECTED)
    assert (found.rows_read, found.deals.height, found.rejected.height) == (6, 1, 2)
    assert (found.duplicates, found.ignored) == (1, 2)
    header = 0 if kind == "sql" else 1
    assert found.rejected.select("row", "reason").rows() == [
        (3 + header, "unknown_stage"),
        (4 + header, "no_id"),
    ]


@pytest.mark.parametrize("kind", WRITE)
def test_every_kind_asks_for_the_hash_and_skips(kind: str, tmp_path: Path) -> None:
    WRITE[kind](tmp_path / "deals", [ROW])
    asked: list[str] = []
    source = SOURCES[kind](described(tmp_path / "deals", type=kind), COMPANY, MOTIONS)
    assert list(source.read(lambda digest: asked.append(digest) is None)) == []
    assert len(asked) == 1
    assert re.fullmatch(r"[0-9a-f]{64}", asked[0])


@pytest.mark.parametrize("kind", WRITE)
def test_every_kind_says_what_is_wrong_with_a_file(kind: str, tmp_path: Path) -> None:
    WRITE[kind](tmp_path / "deals", [ROW])
    columns = {**COLUMNS, "owner": "seller"}
    (found,) = SOURCES[kind](described(tmp_path / "deals", columns=columns, type=kind), COMPANY, {}).read(
        lambda _: False
    )
    assert found.rejected_file is not None
    assert found.rejected_file.startswith("deals:1: there is no column 'seller'")


def test_a_row_that_is_not_accounted_for_is_an_error() -> None:
    empty = pl.DataFrame(schema={"deal_id": pl.String})
    with pytest.raises(RuntimeError, match="3 rows read but 1 accounted for"):
        FileRead(
            file="x.csv",
            content_hash="",
            rows_read=3,
            rows=Rows.of(empty),
            rejected=pl.DataFrame(schema=REJECTED),
            duplicates=1,
        )


# A storm

PIECES = (
    "", ",", '"', '""', "\n", "\r\n", "\r", "\0", "\t", " ", "\u00a0", "\u2028", "é", "€", "😀", "\ufeff", "NULL",
    "nan", "1e400", "-", "(", ")", "%", "$", "EUR", "2026-02-30", "99999-01-01", "0000-00-00", "24:00", "Won",
    "TEST", "\x1b", "\x85", "=1+1", "'", "\\", "A" * 300, "1" * 50, "+14:00", "T", "Z",
)  # fmt: skip


def storm(rng: random.Random) -> bytes:
    """A sound file of a few deals, hit at random places with random pieces, cuts and swaps."""
    rows = [
        (
            str(n % 17),
            rng.choice(("2026-02-11T08:00:00Z", "2026-02-12", "")),
            rng.choice(("Acme", "Zeta, Inc.", "NA", "")),
            rng.choice(("2026-01-05", "2026-01-05T23:30:00-05:00", "")),
            rng.choice(("2026-02-10", "")),
            rng.choice(("1200", "1,200.50", "-3", "")),
            rng.choice(("EUR", "usd", "", "???")),
            rng.choice(("New", "Other")),
            rng.choice(("Won", "Lost", "Open", "Test", "won ")),
            rng.choice(("Berlin", "two\nlines", 'a "quoted" word')),
        )
        for n in range(rng.randrange(1, 25))
    ]
    out = io.StringIO(newline="")
    quoting, end = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)), rng.choice(("\n", "\r\n"))
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerows([HEADER, *rows])
    text = out.getvalue()
    for _ in range(rng.choice((0, 1, 1, 3, 12))):
        place = rng.randrange(len(text) + 1)
        cut = rng.choice((0, 0, 0, 1, 5))
        text = text[:place] + rng.choice(PIECES) + text[place + cut :]
    content = text.encode("utf-8", "surrogatepass")
    if rng.random() < 0.1:
        place = rng.randrange(len(content) + 1)
        content = content[:place] + bytes([rng.randrange(256)]) + content[place:]
    return content[: rng.randrange(len(content) + 1)] if rng.random() < 0.15 else content


@pytest.mark.parametrize("seed", range(400))
def test_no_file_is_an_error_and_no_row_is_lost(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    content = storm(rng)
    (tmp_path / "deals.csv").write_bytes(content)
    source = described(
        tmp_path / "deals.csv", format={"dates": rng.choice(("iso", "month_first", "%d.%m.%Y"))}
    )
    (found,) = CsvSource(source, COMPANY, MOTIONS, QUIET).read(lambda _: False)
    told = found.deals.height + found.rejected.height + found.duplicates + found.ignored
    assert told == found.rows_read
    if found.rejected_file is not None:
        assert found.rejected_file.startswith("deals.csv")
        return
    assert found.deals["deal_id"].is_unique().all()
    assert found.deals["deal_id"].is_not_null().all()
    assert not set(found.rejected["reason"]) - {str(reason) for reason in Reason}
    assert not (found.rejected["detail"] == "").any()
    expected = rows_by_another_reader(content)
    if expected is not None:
        assert found.rows_read == expected


def rows_by_another_reader(content: bytes) -> int | None:
    """How many rows the standard library sees, where it finds nothing odd."""
    text = content.decode().removeprefix("\ufeff")
    if "\0" in text or "\r" in text.replace("\r\n", ""):
        return None
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        return None
    rows = [row for row in rows if row and not (len(row) == 1 and not row[0].strip(" "))]
    if any(len(row) != len(HEADER) for row in rows):
        return None
    return len(rows) - 1


def test_the_storm_is_neither_a_breeze_nor_the_end_of_everything(tmp_path: Path) -> None:
    """Most files are read, many rows are set aside, and the other reader is asked often."""
    read = asked = aside = 0
    for seed in range(200):
        content = storm(random.Random(seed))
        (tmp_path / "deals.csv").write_bytes(content)
        (found,) = CsvSource(described(tmp_path / "deals.csv"), COMPANY, MOTIONS, QUIET).read(lambda _: False)
        if found.rejected_file is None:
            read += 1
            aside += found.rejected.height
            asked += rows_by_another_reader(content) is not None
    assert read > 120
    assert asked > 60
    assert aside > 200

"""What every kind of source promises, and a storm of mutated files: no error, no row lost."""

from __future__ import annotations

import random
import re
from pathlib import Path

import polars as pl
import pytest
from source_files import COLUMNS, COMPANY, MOTIONS, QUIET, ROW, WRITE, described
from storms import csv_storm, rows_by_another_reader

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


@pytest.mark.parametrize("seed", range(400))
def test_no_file_is_an_error_and_no_row_is_lost(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    content = csv_storm(rng)
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


def test_the_storm_is_neither_a_breeze_nor_the_end_of_everything(tmp_path: Path) -> None:
    """Most files are read, many rows are set aside, and the other reader is asked often."""
    read = asked = aside = 0
    for seed in range(200):
        content = csv_storm(random.Random(seed))
        (tmp_path / "deals.csv").write_bytes(content)
        (found,) = CsvSource(described(tmp_path / "deals.csv"), COMPANY, MOTIONS, QUIET).read(lambda _: False)
        if found.rejected_file is None:
            read += 1
            aside += found.rejected.height
            asked += rows_by_another_reader(content) is not None
    assert read > 120
    assert asked > 60
    assert aside > 200

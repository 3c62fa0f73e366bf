"""Files made to do harm, or grown out of proportion: refused with a sentence, by a process that may die of them."""

from __future__ import annotations

import gzip
import os
import zipfile
from pathlib import Path

import polars as pl
import pytest
from source_files import COMPANY, HEADER, MOTIONS, QUIET, ROW, described, written_csv

from monitor.sources import SOURCES, FileRead, ReadError, file_source
from monitor.sources import child as process


def read(path: Path | str, kind: str = "csv") -> list[FileRead]:
    reader = SOURCES[kind](described(Path(path), type=kind), COMPANY, MOTIONS, QUIET)  # type: ignore[call-arg]
    return list(reader.read(lambda _: False))


def refusal(path: Path | str, kind: str = "csv") -> str:
    (found,) = read(path, kind)
    assert found.rejected_file is not None
    assert found.rows_read == 0
    return found.rejected_file


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    """A sound CSV file of one deal."""
    written_csv(tmp_path / "sound", [ROW])
    content = (tmp_path / "sound").read_bytes()
    (tmp_path / "sound").unlink()
    return content


def test_packed_files_are_read_as_what_they_hold(tmp_path: Path, sound: bytes) -> None:
    with gzip.open(tmp_path / "a.csv.gz", "wb") as file:
        file.write(sound)
    with zipfile.ZipFile(tmp_path / "b.csv.zip", "w") as archive:
        archive.writestr("../../inside.csv", sound)
    lines = sound.decode().splitlines()
    pl.DataFrame({lines[0]: lines[1:]}).write_csv(
        tmp_path / "c.csv.zst", compression="zstd", quote_style="never"
    )
    found = read(tmp_path)
    assert [(each.file, each.deals.height) for each in found] == [
        ("a.csv.gz", 1),
        ("b.csv.zip", 1),
        ("c.csv.zst", 1),
    ]
    assert found[0].deals.equals(found[1].deals)
    assert found[0].deals.equals(found[2].deals)
    assert found[0].rejected.equals(found[1].rejected)


def test_a_packed_file_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "bomb.csv.gz", "wb") as file:
        file.write(",".join(HEADER).encode() + b"\n")
        for _ in range(80):
            file.write((b"0" * 1023 + b"\n") * 1024)
    assert "unpacks to more than" in refusal(tmp_path / "bomb.csv.gz")


def test_a_zip_bomb_is_refused_whatever_it_says_of_its_size(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", ",".join(HEADER).encode() + b"\n" + (b"0" * 1023 + b"\n") * (80 * 1024))
    assert "unpacks to more than" in refusal(tmp_path / "bomb.zip")
    assert "unpacks to" in refusal(tmp_path / "bomb.zip", "excel")


def test_an_archive_of_several_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", "x")
        archive.writestr("b.csv", "x")
    assert "is an archive of 2 files; put one file into it" in refusal(tmp_path / "two.zip")


def test_a_packed_file_that_is_cut_is_waited_for(tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(sound * 100)[:-20])
    (found,) = read(tmp_path)
    assert found.again
    assert "ends too early" in str(found.rejected_file)


def test_fifty_million_rows_in_a_small_parquet_file_are_refused(tmp_path: Path) -> None:
    same = pl.DataFrame({name: pl.repeat("7", 50_000_000, eager=True) for name in HEADER[:1]})
    same.write_parquet(tmp_path / "bomb.parquet")
    assert (tmp_path / "bomb.parquet").stat().st_size < 10_000_000
    assert "has 50,000,000 rows; at most 20,000,000 are read" in refusal(tmp_path / "bomb.parquet", "parquet")


def test_a_file_that_needs_too_much_memory_ends_its_process_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sound: bytes
) -> None:
    wide = pl.DataFrame({name: ["x" * 1_000_000] * 400 for name in HEADER})
    wide.write_parquet(tmp_path / "a.parquet")
    pl.DataFrame([ROW], schema=list(HEADER), orient="row").write_parquet(tmp_path / "b.parquet")
    monkeypatch.setattr(
        process, "PROGRAM", "import monitor.sources.child as c; c.CHILD_MEMORY = 700 * 2**20; c.main()"
    )
    first, second = read(tmp_path, "parquet")
    assert "of memory allowed" in str(first.rejected_file)
    assert not first.again
    assert second.deals.height == 1, "the next file is read by the next process"


def test_a_file_of_five_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "deals.csv").open("wb") as file:
        file.truncate(5 * 2**30)
    assert refusal(tmp_path / "deals.csv") == "deals.csv: has 5,120 MB; at most 4,096 are read"


def test_a_pipe_and_a_device_are_no_files(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "deals.csv")
    with pytest.raises(ReadError, match="is no regular file"):
        read(tmp_path / "deals.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    with pytest.raises(ReadError, match="is no regular file"):
        read(tmp_path / "zero.csv")
    with pytest.raises(ReadError, match="is a folder without a CSV file in it"):
        read(tmp_path)


def test_a_link_that_leads_out_of_a_drop_folder_is_not_followed(tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "secret").write_bytes(sound)
    (tmp_path / "drop" / "deals.csv").symlink_to("../secret")
    assert (
        refusal(tmp_path / "drop") == "deals.csv: is a link to a place outside of its folder; copy the file"
    )
    assert read(tmp_path / "drop" / "deals.csv")[0].deals.height == 1, "named in full, it is meant"


def test_a_name_that_cannot_be_shown_is_refused(tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "a\nb.csv").write_bytes(sound)
    assert refusal(tmp_path) == "a\\nb.csv: has a name with characters that cannot be shown; rename it"


def test_what_is_no_workbook_and_no_parquet_says_so(tmp_path: Path, sound: bytes) -> None:
    (tmp_path / "deals").write_bytes(sound)
    assert "cannot be read as an Excel workbook" in refusal(tmp_path / "deals", "excel")
    assert "is no Parquet file; its type may be csv or excel" in refusal(tmp_path / "deals", "parquet")


def test_what_the_process_reads_is_what_is_read_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [ROW, ROW, ("8", *ROW[1:8], "Verbal", ""), ("9", *ROW[1:8], "Test", ""), ("", *ROW[1:])]
    written_csv(tmp_path / "deals.csv", rows)
    (here,) = read(tmp_path)
    monkeypatch.setattr(file_source, "TRUSTED_BYTES", -1)
    (there,) = read(tmp_path)
    assert here.deals.equals(there.deals)
    assert here.rejected.equals(there.rejected)
    assert here.ignored_keys.to_list() == there.ignored_keys.to_list()
    assert (here.rows_read, here.duplicates, here.ignored, here.messages) == (
        there.rows_read,
        there.duplicates,
        there.ignored,
        there.messages,
    )


def test_a_fault_of_our_own_is_not_put_down_to_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr("monitor.sources.parsing.parts_of", broken)
    order = {
        "path": "deals.parquet",
        "name": "deals.parquet",
        "digest": "d",
        "age": None,
        "out": str(tmp_path),
    }
    answer = process._read(SOURCES["parquet"], None, order)  # type: ignore[arg-type]
    assert answer["refused"].startswith(
        "cannot be read, by a fault of LeftTurn (RuntimeError: no such thing)"
    )

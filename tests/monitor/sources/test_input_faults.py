"""What exports do wrong, one row a fault: the file, and what becomes of it.

Faults of several reads (a tenth of the rows, an older file, deleted deals, equal stamps, a source that is down) are
in tests/monitor/ingest and test_sources_sql.py; files made to do harm are in test_sources_hostile.py.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import pytest
from source_files import COMPANY, MOTIONS, QUIET

from config.settings import Source
from monitor.sources import CsvSource, FileRead

HEAD = "id,created,closed,amount,stage\n"
GOOD = "1,2026-01-05,2026-02-10,1200.50,Won\n"
COLUMNS = {"deal_id": "id", "created_at": "created", "closed_at": "closed", "amount": "amount"}
STAGES = {"column": "stage", "won": ["Won"], "lost": ["Lost"], "open": ["Open"]}


def read(folder: Path, content: str | bytes, **more: Any) -> FileRead:
    path = folder / "deals.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    described = {"name": "crm", "path": str(path), "columns": COLUMNS, "outcome": STAGES, **more}
    (found,) = CsvSource(Source.model_validate(described), COMPANY, MOTIONS, QUIET).read(lambda _: False)
    told = found.rows.height + found.rejected.height + found.duplicates + found.ignored
    assert told == found.rows_read
    return found


SHIFTED = GOOD.replace("1,", "2,", 1)
REFUSED = [
    pytest.param(80, (HEAD + GOOD).encode("utf-16"), "format.encoding to utf-16", id="80 UTF-16"),
    pytest.param(80, HEAD.encode() + b"\xe9" + GOOD.encode(), "format.encoding to cp1252", id="80 cp1252"),
    pytest.param(81, (HEAD + GOOD).replace(",", ";"), "looks separated by ';'", id="81 semicolons"),
    pytest.param(81, (HEAD + GOOD).replace(",", "\t"), "looks separated by tabs", id="81 tabs"),
    pytest.param(
        82, HEAD.replace("amount", "value") + GOOD, "there is no column 'amount'", id="82 missing column"
    ),
    pytest.param(
        84, HEAD.replace("created", "id") + GOOD, "there are 2 columns 'id'", id="84 duplicate header"
    ),
    pytest.param(102, HEAD + GOOD[:20], "it was cut off", id="102 half a row"),
    pytest.param(102, HEAD + 8 * GOOD + GOOD[:-2], "ends inside the cell 'Wo'", id="102 half a cell"),
]
ASIDE = [
    pytest.param(85, "2,2026-01-05,2026-02-10,1\n", "ragged", id="85 short row"),
    pytest.param(85, "2,2026-01-05,2026-02-10,1,200,Won\n", "ragged", id="85 long row"),
    pytest.param(86, '"2,2026-01-05,2026-02-10,1,Won\n', "broken_quotes", id="86 open quote"),
    pytest.param(87, "2\0,2026-01-05,2026-02-10,1,Won\n", "control_character", id="87 NUL"),
    pytest.param(87, "2\x1b,2026-01-05,2026-02-10,1,Won\n", "control_character", id="87 escape"),
    pytest.param(88, f"2,2026-01-05,2026-02-10,1,{'W' * 70_000}\n", "too_long", id="88 long cell"),
    pytest.param(
        90, "1,2026-01-05,2026-02-10,99,Won\n", "conflicting_duplicate", id="90 different duplicates"
    ),
    pytest.param(92, "2,2026-01-05,2026-02-10,NaN,Won\n", "not_a_number", id="92 NaN"),
    pytest.param(92, "2,2026-01-05,2026-02-10,inf,Won\n", "not_a_number", id="92 inf"),
    pytest.param(92, "2,2026-01-05,2026-02-10,1e400,Won\n", "not_a_number", id="92 1e400"),
    pytest.param(93, "2,2026-01-05,2026-02-10,-5,Won\n", "negative_amount", id="93 negative"),
    pytest.param(94, '2,2026-01-05,2026-02-10,"1.200,50",Won\n', "not_a_number", id="94 decimal comma"),
    pytest.param(95, "2,2026-01-05,2026-02-10,XX$ 5,Won\n", "unknown_currency", id="95 unknown currency"),
    pytest.param(96, "2,03/04/2026,2026-02-10,5,Won\n", "not_a_date", id="96 ambiguous date"),
    pytest.param(97, "2,2026-01-05,2099-02-10,5,Won\n", "implausible_date", id="97 far future"),
    pytest.param(98, "2,2026-01-05,,5,Won\n", "won_without_closing_date", id="98 won without a day"),
    pytest.param(99, "2,2026-01-05,2026-02-10,5,Verbal\n", "unknown_stage", id="99 unknown stage"),
    pytest.param(101, "2,2026-01-05,2026-02-10,five,Won\n", "not_a_number", id="101 another type"),
]
USED = [
    pytest.param(79, codecs.BOM_UTF8 + (HEAD + SHIFTED).encode(), id="79 byte order mark"),
    pytest.param(83, (HEAD + SHIFTED).replace("\n", ",x\n"), id="83 extra column"),
    pytest.param(89, HEAD + SHIFTED + SHIFTED, id="89 identical duplicates"),
    pytest.param(93, HEAD + "2,2026-01-05,2026-02-10,0,Won\n", id="93 zero"),
    pytest.param(99, HEAD + "2,2026-01-05,2026-02-10,5, won \n", id="99 stage with blanks"),
]


@pytest.mark.parametrize(("fault", "content", "said"), REFUSED)
def test_a_file_that_cannot_be_trusted_is_refused_with_the_mend(
    tmp_path: Path, fault: int, content: str | bytes, said: str
) -> None:
    found = read(tmp_path, content)
    assert found.rejected_file is not None, fault
    assert said in found.rejected_file
    assert found.rejected_file.startswith("deals.csv")


@pytest.mark.parametrize(("fault", "row", "reason"), ASIDE)
def test_a_row_that_cannot_be_trusted_is_set_aside_and_no_other(
    tmp_path: Path, fault: int, row: str, reason: str
) -> None:
    found = read(tmp_path, HEAD + GOOD + row + SHIFTED.replace("2,", "3,", 1))
    assert found.rejected_file is None, fault
    assert set(found.rejected["reason"]) == {reason}
    assert "3" in found.deals["deal_id"].to_list()


@pytest.mark.parametrize(("fault", "content"), USED)
def test_what_means_no_harm_is_used(tmp_path: Path, fault: int, content: str | bytes) -> None:
    found = read(tmp_path, content)
    assert (found.rejected_file, found.deals["deal_id"].to_list()) == (None, ["2"]), fault


@pytest.mark.parametrize("name", ["00123", "NA", "None", "nan", "1e3", "TRUE"])
def test_a_name_stays_what_it_is(tmp_path: Path, name: str) -> None:
    """91: read as text, 00123 is no 123 and NA no blank."""
    assert read(tmp_path, HEAD + GOOD.replace("1,", f"{name},", 1)).deals["deal_id"].to_list() == [name]


def test_a_closing_day_ahead_is_a_hope(tmp_path: Path) -> None:
    """97: an open deal's closing day is none."""
    found = read(tmp_path, HEAD + "1,2026-01-05,2027-02-10,5,Open\n")
    assert found.deals.select("outcome", "closed_on").rows() == [("open", None)]

"""`leftturn scan`: any time,value[,n] table is understood, or refused by file, line and column."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor.cli import exit_code
from monitor.commands.series_file import SeriesTable, TableError, read_series


def written(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "values", "counts"),
    [
        ("time,value\na,1\nb,2\n", (1, 2), None),
        ("week,rate,n\na,31%,7\nb,0.5,\n", (0.31, 0.5), (7, 0)),
        ("n,value,date\n7,1,a\n8,2,b\n", (1, 2), (7, 8)),
        ("Date;Win rate;Deals\na;0,31;7\nb;0,5;8\n", (0.31, 0.5), (7, 8)),
        ("a\t1\t5\nb\t2\t6\n", (1, 2), (5, 6)),
        ("\ufeffday,region,orders\na,EMEA,3\nb,EMEA,4\n\n", (3, 4), None),
    ],
)
def test_columns_are_found_by_name_or_by_place(
    tmp_path: Path, text: str, values: tuple[float, ...], counts: tuple[float, ...] | None
) -> None:
    table = read_series(written(tmp_path, text))
    assert table == SeriesTable(times=("a", "b"), values=values, counts=counts)


def test_a_blank_or_na_value_is_missing_and_not_nought(tmp_path: Path) -> None:
    values = read_series(written(tmp_path, "time,value\na,1\nb,\nc,NA\n")).values
    assert values[0] == 1
    assert math.isnan(values[1])
    assert math.isnan(values[2])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "empty"),
        ("time,value\n", "a header and no rows"),
        ("time\n1\n", ":1: one column only"),
        ("time,value\na,1\nb,one\n", ":3: column 'value': 'one' is no number"),
        ("time,value\na,1\nb,inf\n", ":3: column 'value': 'inf' is not finite"),
        ("time,value\na,1_000\n", ":2: column 'value': '1_000' is no number"),
        ("time,value\na,1,3\n", ":2: 3 columns where the first line has 2"),
        ("time,value,n\na,1,-3\n", ":2: column 'n': '-3' is negative"),
        ('time,value\na,"1\nb,2\n', "is a quote left open?"),
        ("time,name\na,x\nb,y\n", ":1: no column of numbers beside the time; its columns are time, name"),
    ],
)
def test_what_cannot_be_read_is_named_by_file_line_and_column(
    tmp_path: Path, text: str, sentence: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(TableError) as refused:
        read_series(path)
    assert str(refused.value).startswith(str(path))
    assert sentence in str(refused.value)


def test_a_file_that_is_not_utf_8_is_refused_with_the_byte(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="not UTF-8 at byte 7"):
        read_series(
            written(tmp_path, "time,Größe\na,1\n".replace("ö", "\xf6"), "latin-1").rename(tmp_path / "l.csv")
        )


@pytest.fixture
def one_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """A detector that finds one change, in the second period."""
    import detectors

    point = SimpleNamespace(index=1, low=0, high=2, before=1.0, after=5.0)
    monkeypatch.setattr(detectors, "segment", lambda values, n=None: [point], raising=False)


@pytest.mark.usefixtures("one_change")
def test_scan_prints_the_object_that_others_script_against_and_exits_four(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "time,value\n2026-01,1\n2026-02,5\n2026-03,5\n")
    assert exit_code(["scan", str(path), "--json", "--exit-code"]) == 4
    assert json.loads(capsys.readouterr().out) == {
        "change_points": [
            {"index": 1, "at": "2026-02", "between": ["2026-01", "2026-03"], "before": 1.0, "after": 5.0}
        ]
    }


@pytest.mark.usefixtures("one_change")
def test_scan_prints_a_small_table_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "time,value\n2026-01,1\n2026-02,5\n2026-03,5\n")
    assert exit_code(["scan", str(path)]) == 0
    assert "2026-01 to 2026-03" in capsys.readouterr().out

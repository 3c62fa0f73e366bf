"""The storms of `make fuzz` in brief; the full counts are its own."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest
from crm_storms import stormy_source

from monitor.sources import ReadError

PLACE = Path(__file__).parents[3] / "benchmarks" / "fuzz.py"


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz", PLACE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("kind", "cases"), [("parquet", 100), ("replies", 150), ("config", 60)])
def test_no_mutated_file_or_reply_is_an_error_and_no_row_is_lost(
    fuzz: ModuleType, kind: str, cases: int
) -> None:
    tally = fuzz.storm(kind, cases)
    assert tally.cases == cases
    assert tally.read + tally.refused == cases
    assert tally.refused > cases * 0.1


def test_a_row_that_is_lost_would_be_seen(fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "rows_by_another_reader", lambda _: 10**6)
    with pytest.raises(AssertionError, match="rows read where there are 1000000"):
        fuzz.storm("csv", 20)


@pytest.mark.parametrize("kind", ["hubspot", "salesforce"])
def test_a_reply_that_is_not_as_documented_is_told_in_a_sentence(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm_storms.mutated", lambda body, _: {name: [1] for name in body})
    source, storm = stormy_source(kind, random.Random(1), tmp_path)
    storm.often, storm.cut = 1.0, 0.0
    with pytest.raises(ReadError, match=r"source crm: an answer on .* is not as documented") as told:
        list(source.read(lambda _: False))
    assert told.value.again


def test_half_a_character_in_a_reply_costs_no_row(fuzz: ModuleType, tmp_path: Path) -> None:
    source, storm = stormy_source("hubspot", random.Random(1), tmp_path)
    storm.often = 0.0
    storm.crm.deals["3"]["amount"] = "1\ud800"
    (found,) = source.read(lambda _: False)
    assert (found.rows_read, found.rows.height, found.rejected.height) == (fuzz.DEALS, fuzz.DEALS - 1, 1)
    assert "1?" in found.rejected["detail"].item()

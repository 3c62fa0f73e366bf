"""The storms of `make fuzz` in brief; the full counts are its own."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

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


@pytest.mark.parametrize(("kind", "cases"), [("parquet", 100), ("config", 60)])
def test_no_mutated_file_is_an_error_and_no_row_is_lost(fuzz: ModuleType, kind: str, cases: int) -> None:
    tally = fuzz.storm(kind, cases)
    assert tally.cases == cases
    assert tally.read + tally.refused == cases
    assert tally.refused > cases * 0.1


def test_a_row_that_is_lost_would_be_seen(fuzz: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "rows_by_another_reader", lambda _: 10**6)
    with pytest.raises(AssertionError, match="rows read where there are 1000000"):
        fuzz.storm("csv", 20)

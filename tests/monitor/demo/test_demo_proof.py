"""The demo finds, dates and names what it plants: three of the seeds of `make prove-demo`, and the demo itself."""

from __future__ import annotations

import importlib.util
import itertools
import json
import sys
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from monitor.cli import exit_code
from monitor.demo.company import Plant
from monitor.demo.run import moments
from monitor.demo.score import Found

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def proof() -> ModuleType:
    """The benchmark, loaded from its file."""
    path = ROOT / "benchmarks" / "prove_demo.py"
    spec = importlib.util.spec_from_file_location("prove_demo", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["prove_demo"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 7, 12])
def test_both_changes_are_found_dated_and_named(proof: ModuleType, seed: int) -> None:
    company = proof.judge(seed)
    drift, shift = company.score.found
    assert drift.rightly_named
    assert shift.rightly_named
    assert shift.dated
    assert 1.4 < company.years < 1.6


def test_the_targets_are_those_that_were_set(proof: ModuleType) -> None:
    assert proof.poisson_limit(15.0) == 22
    nothing = Found(
        plant=Plant(
            verdict="market_shift",
            metric="win_rate",
            size=-0.12,
            begins=date(2026, 1, 5),
            ends=None,
            basis="decided",
            tiers=("A",),
        ),
        inflection=None,
    )
    empty = proof.Company(seed=0, score=proof.Score(found=(nothing, nothing), further=()), years=1.5)
    met = {name: ok for name, _, _, ok in proof.targets([empty] * 20, 0.5)}
    assert not met["market shift found"]
    assert not met["focus drift found"]
    assert met["further inflections"]


@pytest.mark.slow
def test_the_demo_says_what_was_planted_what_was_found_and_what_to_type_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "demo"
    assert exit_code(["demo", "--out", str(out), "--seed", "4"]) == 0
    said = capsys.readouterr().out
    assert said.count("Planted: ") == said.count("Found: ") == 2
    assert "market_shift: win_rate" in said
    pages = [Path(line.strip()) for line in said.splitlines() if line.strip().endswith(".html")]
    assert len(pages) >= 3
    assert all(page.is_file() for page in pages)
    explain = next(line for line in said.splitlines() if " explain " in line).split(" explain ")[1].split()
    assert exit_code(["explain", *explain, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["inflection"]["verdict"] == "market_shift"
    mondays = {path.name[:10] for path in (out / "outbox").glob("*-digest-ceo-*.eml")}
    days = sorted(date.fromisoformat(day) for day in mondays)
    assert {day.weekday() for day in days} == {0}
    assert [later - day for day, later in itertools.pairwise(days)] == [timedelta(weeks=1)] * (len(days) - 1)


def test_the_clock_moves_to_each_judgement_and_each_digest_in_turn(tmp_path: Path) -> None:
    from config import load
    from monitor.demo.export import CONFIGURATION, write_company

    planted = write_company(tmp_path, seed=1)
    instants = list(moments(load(tmp_path / CONFIGURATION, environ={}), planted))
    assert instants == sorted(instants)
    assert len(instants) == 2 * (104 - 26)
    assert [instant.astimezone().weekday() for instant in instants[:2]] == [3, 0]

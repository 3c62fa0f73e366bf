"""A short form of every experiment of `make proof`, and the contract of its registry."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from prove import EXPERIMENTS, report

ROOT = Path(__file__).parents[2]
WITH_POSTGRES = ("E8", "E9", "E11", "E18")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.postgres] if name in WITH_POSTGRES else [])
        for name in EXPERIMENTS
    ],
)
def test_a_short_form_of_every_experiment_meets_its_targets(
    name: str, request: pytest.FixtureRequest
) -> None:
    """In a process of its own: some fork, which a process with threads must not."""
    if name in WITH_POSTGRES:
        request.getfixturevalue("postgres_server")  # skips, loudly, where there is none
    ran = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks/proof/prove.py"), "--size", "short", "--only", name],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=ROOT,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr[-3000:]


def test_every_experiment_is_a_file_and_every_file_of_that_name_an_experiment() -> None:
    files = {path.stem for path in (ROOT / "benchmarks/proof").glob("e[0-9]*.py")}
    assert files == {experiment.module for experiment in EXPERIMENTS.values()}
    for name, experiment in EXPERIMENTS.items():
        assert experiment.module.startswith(f"e{int(name[1:]):02}_")
        assert callable(importlib.import_module(experiment.module).run)


def test_the_report_says_what_is_not_shown() -> None:
    said = report({})
    assert "Power loss" in said
    assert "inbox" in said

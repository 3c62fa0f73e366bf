"""The table of faults: whole, and every test that it names is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prove import EXPERIMENTS

from alerts.failpoints import POINTS

from .fault_table import FAULTS

TESTS = Path(__file__).parents[1]
OF_INPUT = {*range(79, 114), 119}


def test_every_fault_has_its_line() -> None:
    assert set(FAULTS) == set(range(1, 121)) - OF_INPUT
    assert list(FAULTS) == sorted(FAULTS)
    assert all(fault.what and (fault.tests or fault.not_covered) for fault in FAULTS.values())


@pytest.mark.parametrize("number", FAULTS)
def test_what_a_fault_names_is_there(number: int) -> None:
    for named in FAULTS[number].tests:
        experiment, _, point = named.partition("@")
        if experiment in EXPERIMENTS:
            assert not point or point in POINTS, named
            continue
        file, _, function = named.partition("::")
        source = (TESTS / file).read_text(encoding="utf-8")
        assert re.search(rf"^def {function}\(", source, re.MULTILINE), named


def test_every_point_at_which_a_process_is_killed_belongs_to_a_fault() -> None:
    named = {test.partition("@")[2] for fault in FAULTS.values() for test in fault.tests if "@" in test}
    assert named == set(POINTS)

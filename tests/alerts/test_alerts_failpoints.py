"""Failpoints: nothing unless armed, and each is come by in one ordinary tick (the short form of E1 kills at each)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerts.failpoints import POINTS, armed, fp

ROOT = Path(__file__).parents[2]


def test_an_unarmed_point_does_nothing() -> None:
    fp("smtp.dot")
    fp("no such point")


def test_an_armed_point_tells_its_name_and_is_disarmed_whatever_happens() -> None:
    seen: list[str] = []

    def action(name: str) -> None:
        seen.append(name)
        raise OSError

    with pytest.raises(OSError), armed(action):
        fp("smtp.dot")
    fp("smtp.mail")
    assert seen == ["smtp.dot"]


def test_the_list_is_what_the_code_comes_by() -> None:
    """Each name stands in the code once, and no other does."""
    files = [path for room in ("alerts", "monitor") for path in (ROOT / room).rglob("*.py")]
    used = [
        name
        for path in files
        if path.name != "failpoints.py"
        for name in re.findall(r'\bfp\("([^"]+)"\)', path.read_text())
    ]
    assert sorted(used) == sorted(POINTS)

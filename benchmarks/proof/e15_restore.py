"""A backup, a lost disk, a restore, and on: nothing lost, every mail made again marked, on either database."""

from __future__ import annotations

from figures import Figure, Size
from suites import suite

DRILL, BACKUPS = "tests/monitor/corridor/test_restore_drill.py", "tests/monitor/upkeep/test_backup.py"


def run(size: Size) -> list[Figure]:
    """The drill on a company that lives; then backups taken, checked, damaged and moved between databases."""
    drill = suite("drills that lost or doubled", [DRILL])
    return (
        [drill]
        if size == "short"
        else [drill, suite("backups and ways back that failed, of the tests", [BACKUPS])]
    )

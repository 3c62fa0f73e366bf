"""Claims that a suite of tests makes good, run as they are: how many of them failed, and how many there were."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from figures import Figure, none

QUIETLY = ("-q", "-p", "no:cacheprovider", "-o", "addopts=--import-mode=importlib")
ROOT = Path(__file__).parents[2]


def suite(what: str, paths: Sequence[str], **environ: str) -> Figure:
    """Run the tests at `paths` in a process of their own; a suite of which nothing ran is not met."""
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-o",
            "addopts=--import-mode=importlib",
            *paths,
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **environ},
    )
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", ran.stdout)}
    failed = counts.get("failed", 0) + counts.get("error", 0)
    every = failed + counts.get("passed", 0)
    figure = none(what, failed, every)
    return figure if every and ran.returncode == 0 else Figure(what, figure.found, figure.target, met=False)

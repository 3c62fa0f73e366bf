"""`leftturn demo`: a simulated company, two years replayed, its mails and digest written and shown."""

from __future__ import annotations

import sys
from pathlib import Path

from monitor.show import progress, say


def demo(out: Path, *, seed: int, quiet: bool) -> int:
    """Simulate the company of `seed`, replay it and write what leadership would have got to `out`."""
    from monitor.demo.run import run_demo

    with progress(quiet=quiet) as bar:
        run_demo(out, seed, (lambda _: None) if quiet else say, bar, program())
    return 0


def program() -> str:
    """How this program was called, so that the next command can be typed as it is shown."""
    called = Path(sys.argv[0])
    if called.name != "leftturn" or not called.exists():
        return "leftturn"
    try:
        return str(called.absolute().relative_to(Path.cwd()))
    except ValueError:
        return "leftturn"

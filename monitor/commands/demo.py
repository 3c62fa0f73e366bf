"""`leftturn demo`: a simulated company, two years replayed, its mails and digest written and shown."""

from __future__ import annotations

from pathlib import Path

from monitor.show import note, progress, say


def demo(out: Path, *, seed: int, quiet: bool) -> int:
    """Simulate the company of `seed`, replay it and write what leadership would have got to `out`."""
    from monitor.demo.run import run_demo

    with progress(quiet=quiet) as bar:
        run_demo(out, seed, say, bar)
    if not quiet:
        note(f"written to {out}")
    return 0

"""The real daemon as a process, with a small real configuration."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("monitor.app", exc_type=ImportError)

ROOT = Path(__file__).parents[3]
CODE = "from monitor.cli import main; main()"
CONFIG = """
company: {name: Acme, timezone: Europe/Berlin, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed, amount: amount}
    outcome: {column: stage, won: [Won], lost: [Lost]}
mail: {folder: mails}
people: [{email: a@acme.example, receives: [inflections, digest, operations]}]
"""


def start(config: Path, command: str = "run") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CODE, command, "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Forty weeks of a few deals."""
    rows = [
        f"{n},2026-01-{n % 28 + 1:02},2026-0{n % 9 + 1}-{n % 27 + 1:02},{n}.50,{'Won' if n % 3 else 'Lost'}"
        for n in range(120)
    ]
    (tmp_path / "deals.csv").write_text("\n".join(["id,created,closed,amount,stage", *rows]) + "\n")
    path = tmp_path / "leftturn.yaml"
    path.write_text(CONFIG)
    return path


@pytest.mark.slow
def test_a_second_daemon_exits_three_and_the_first_ends_well_on_sigterm(config: Path) -> None:
    first = start(config)
    assert first.stderr is not None
    begun = time.monotonic()
    while '"event": "tick"' not in (line := first.stderr.readline()):
        assert line, "the daemon ended by itself"
        assert '"tick failed"' not in line, line
        assert time.monotonic() - begun < 120
    second = start(config)
    _, told = second.communicate(timeout=60)
    assert second.returncode == 3, told
    assert told == (
        f"leftturn: another daemon is active on {config.with_name('leftturn.db')} "
        f"(process {first.pid}); stop it first\n"
    )
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=120)
    assert first.returncode == 0

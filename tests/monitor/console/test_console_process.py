"""The pages as a process serves them: beside the daemon's ticks, and alone; both end well when told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from console_company import CONFIG, ENVIRON, HOST, TOKEN

from monitor.cli import exit_code
from monitor.console.pulse import LONGEST_TICK, Pulse

ROOT = Path(__file__).parents[3]
CODE = "from monitor.cli import main; main()"


@pytest.fixture
def config(tmp_path: Path) -> tuple[Path, str]:
    """The company's configuration on a free port, its deals up to yesterday, and where the pages are."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
    here = f'bind: "127.0.0.1:{port}"\n  url: http://127.0.0.1:{port}'
    (tmp_path / "leftturn.yaml").write_text(CONFIG.replace(f"url: https://{HOST}", here))
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86400))
    rows = [f"{n},{day},{day},{n}.50,{'Won' if n % 3 else 'Lost'},EMEA" for n in range(60)]
    (tmp_path / "deals.csv").write_text("\n".join(["id,created,closed,amount,stage,region", *rows]) + "\n")
    return tmp_path / "leftturn.yaml", f"http://127.0.0.1:{port}"


@contextmanager
def running(command: str, config: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, command, "--config", str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**ENVIRON, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def answered(process: subprocess.Popen[str], address: str, wanted: int = 200) -> httpx.Response:
    """What is answered at last; a process that ends meanwhile fails the test with its words."""
    begun = time.monotonic()
    while True:
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() - begun < 120
        try:
            response = httpx.get(address, headers={"authorization": f"Bearer {TOKEN}"})
        except httpx.TransportError:
            time.sleep(0.1)
            continue
        if response.status_code == wanted:
            return response
        time.sleep(0.2)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=120)
    return process.returncode, told


@pytest.mark.slow
def test_the_daemon_serves_pages_beside_its_ticks_and_a_console_alone_sees_that_it_stopped(
    config: tuple[Path, str],
) -> None:
    path, base = config
    with running("run", path) as daemon:
        ready = answered(daemon, f"{base}/readyz").json()
        assert all(check["ok"] for check in ready["checks"].values())
        metrics = answered(daemon, f"{base}/metrics").text
        assert "leftturn_ticks_total 1.0" in metrics or "leftturn_ticks_total 2.0" in metrics
        code, told = ended(daemon)
    assert code == 0, told
    assert TOKEN not in told
    with running("console", path) as console:
        assert answered(console, f"{base}/healthz").text == "alive\n"
        checks = answered(console, f"{base}/readyz", 503).json()["checks"]
        assert json.dumps(checks["tick"]) == '{"ok": false, "says": "no daemon is active"}'
        code, told = ended(console)
    assert (code, told) == (0, f"leftturn: the pages are on {base}\n")


def test_a_console_without_its_section_or_its_database_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "leftturn.yaml"
    path.write_text(CONFIG[: CONFIG.index("console:")])
    assert exit_code(["console", "--config", str(path)]) == 2
    assert "there is no console section; config/default.yaml shows one" in capsys.readouterr().err
    for name, value in ENVIRON.items():
        monkeypatch.setitem(os.environ, name, value)
    path.write_text(CONFIG)
    assert exit_code(["console", "--config", str(path)]) == 1
    assert "there is no database yet" in capsys.readouterr().err


def test_a_pulse_is_silence_after_a_tick_and_none_while_one_is_at_work() -> None:
    elapsed, seen = [0.0], []

    class Works:
        def tick(self, now: object) -> str:
            seen.append(pulse.silent_for())
            elapsed[0] += LONGEST_TICK + 1
            seen.append(pulse.silent_for())
            if len(seen) > 2:
                raise ZeroDivisionError
            return "done"

    pulse = Pulse(Works(), lambda: elapsed[0])
    assert pulse.silent_for() is None
    assert pulse.tick(None) == "done"  # type: ignore[arg-type]
    assert seen == [0.0, None]
    elapsed[0] += 40
    assert pulse.silent_for() == 40.0
    with pytest.raises(ZeroDivisionError):
        pulse.tick(None)  # type: ignore[arg-type]
    assert (pulse.ticks, pulse.failed, pulse.silent_for()) == (2, 1, 0.0)

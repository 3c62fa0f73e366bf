"""One active daemon to a database."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from monitor.leadership import only_daemon
from monitor.lock import SUFFIX, AnotherDaemon

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from monitor.leadership import only_daemon
with only_daemon(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(url: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_daemon_on_the_same_file_is_told_which_process_is_active(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'leftturn.db'}"
    first = holder(url)
    with (
        pytest.raises(
            AnotherDaemon, match=rf"another daemon is active on .*leftturn\.db \(process {first.pid}\)"
        ),
        only_daemon(url),
    ):
        pass
    first.communicate()


def test_a_killed_daemon_leaves_no_lock_behind(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'leftturn.db'}"
    first = holder(url)
    first.kill()
    first.communicate()
    with only_daemon(url):
        assert (tmp_path / f"leftturn.db{SUFFIX}").exists()


def test_two_databases_in_one_folder_have_a_daemon_each(tmp_path: Path) -> None:
    with only_daemon(f"sqlite:///{tmp_path / 'a.db'}"), only_daemon(f"sqlite:///{tmp_path / 'b.db'}"):
        pass


def test_the_lock_is_free_again_after_the_end(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'leftturn.db'}"
    for _ in range(2):
        with only_daemon(url):
            pass


def test_a_lock_that_is_a_link_to_another_file_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / f"leftturn.db{SUFFIX}").symlink_to(victim)
    with pytest.raises(OSError), only_daemon(f"sqlite:///{tmp_path / 'leftturn.db'}"):
        pass
    assert victim.read_text() == "precious"

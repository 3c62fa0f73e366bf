"""SQLite on a disk of the network: found from the kernel's list of mounts, and said."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import load
from monitor.commands.run import warn_of_place
from monitor.network_disk import network_kind, read_mounts, warning

MOUNTS = r"""
20 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
31 20 0:44 / /srv/share rw,relatime shared:9 - nfs4 box:/srv rw,vers=4.2
32 31 8:2 / /srv/share/local rw - xfs /dev/sdb1 rw
33 20 0:45 / /mnt/with\040space rw master:3 propagate_from:2 - cifs //box/it rw
34 20 0:46 / /mnt/over rw - nfs box:/a rw
35 34 8:3 / /mnt/over rw - ext4 /dev/sdc1 rw
half a line
"""
CONFIG = """
company: {name: Acme, timezone: UTC, currency: EUR}
database: "sqlite:////srv/share/leftturn.db"
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost]}
people: [{email: ceo@acme.example}]
"""


class Heard:
    """A log that keeps what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def info(self, event: str, **fields: object) -> None:
        """Nothing of interest."""

    def error(self, event: str, **fields: object) -> None:
        self.said.append(f"{event}: {fields['message']}")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/share/leftturn.db", "nfs4"),
        ("/srv/share/local/leftturn.db", None),
        ("/srv/shared/leftturn.db", None),
        ("/mnt/with space/leftturn.db", "cifs"),
        ("/mnt/over/leftturn.db", None),
        ("/leftturn.db", None),
    ],
)
def test_the_longest_mount_above_a_file_says_what_it_lies_on(path: str, kind: str | None) -> None:
    assert network_kind(Path(path), MOUNTS) == kind


def test_the_daemon_says_so_when_it_starts(tmp_path: Path) -> None:
    (tmp_path / "leftturn.yaml").write_text(CONFIG)
    settings, log = load(tmp_path / "leftturn.yaml", environ={}), Heard()
    warn_of_place(settings, MOUNTS, log)
    (said,) = log.said
    assert "/srv/share/leftturn.db lies on a disk of the network (nfs4)" in said
    warn_of_place(settings, "20 1 8:1 / / rw - ext4 /dev/sda1 rw", log)
    assert len(log.said) == 1


def test_a_machine_that_does_not_tell_its_mounts_is_asked_nothing(tmp_path: Path) -> None:
    assert read_mounts(tmp_path / "none") == ""
    assert warning(tmp_path / "leftturn.db", "") is None
    assert warning(None, MOUNTS) is None

"""The doctor: what is well, what to look at, what is ill, and a sentence that says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest

from config import Settings
from config.document import parse
from config.load import judge
from monitor.backup import take_backup
from monitor.cli import exit_code
from monitor.doctor import EXAMINATIONS, Finding, Patient, examine
from monitor.doctor.machine import _room
from monitor.doctor.storage import log_fault
from monitor.store import Store, open_store

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)
CONFIG = """
company: {name: Acme, timezone: UTC, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost], open: [Open]}
people: [{email: ceo@acme.example, timezone: Europe/Berlin}]
backup: {folder: backups, keep: 3}
"""


def settings_in(folder: Path, text: str = CONFIG) -> Settings:
    return judge(parse(text, "leftturn.yaml"), folder / "leftturn.yaml", {})


def patient(folder: Path, store: Store | None = None, text: str = CONFIG, **more: Any) -> Patient:
    return Patient(
        **{
            "settings": settings_in(folder, text),
            "store": store,
            "clock": lambda: NOW,
            "probe": lambda _: None,
            **more,
        }
    )


def told(of: Patient, part: str) -> list[tuple[str, str]]:
    return [(each.state, each.message) for each in EXAMINATIONS[part](of)]


def test_every_examination_is_made_on_both_databases(store: Store, tmp_path: Path) -> None:
    findings = list(examine(patient(tmp_path, store, clock=lambda: datetime.now(UTC))))
    assert not [each for each in findings if "could not be examined" in each.message]
    expected = {"versions", "disk", "database", "mail", "backup", "heartbeat"}
    if store.engine.dialect.name == "postgresql":
        expected |= {"pooler", "clock"}
    assert expected <= {each.part for each in findings}


@pytest.mark.parametrize(("sessions", "state"), [([7, 7, 7, 7, 7], "well"), ([7, 7, 9, 7, 7], "ill")])
def test_a_pooler_that_shares_sessions_is_ill(tmp_path: Path, sessions: list[int], state: str) -> None:
    """What a pooler of transactions answers, another session now and then, said by a stand-in."""
    store = MagicMock()
    store.engine.dialect.name = "postgresql"
    connection = store.engine.connect.return_value.execution_options.return_value.__enter__.return_value
    connection.execute.return_value.scalar_one.side_effect = sessions * 10
    ((found, said),) = told(patient(tmp_path, store), "pooler")
    assert found == state
    assert ("a pool in session mode" in said) == (state == "ill")


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
    ],
)
def test_versions_of_sqlite_with_the_fault_of_the_log_are_named(
    version: tuple[int, int, int], faulty: bool
) -> None:
    found = log_fault(version)
    assert (found.state != "well") == faulty
    assert ("3.51.3" in found.message) == faulty or not faulty


def test_an_examination_that_breaks_is_a_finding_and_hinders_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Patient) -> list[Finding]:
        raise ZeroDivisionError("oh")

    monkeypatch.setitem(EXAMINATIONS, "versions", broken)
    findings = list(examine(patient(tmp_path)))
    assert findings[0].message == "could not be examined (ZeroDivisionError: oh)"
    assert findings[0].state == "ill"
    assert len(findings) > 4


def test_the_newest_backup_is_read_and_its_age_told(sqlite_store: Store, tmp_path: Path) -> None:
    of = patient(tmp_path, sqlite_store)
    assert told(of, "backup") == [("look", f"{tmp_path / 'backups'} holds none yet; `leftturn backup`")]
    made = take_backup(sqlite_store, tmp_path / "backups", keep=3, now=NOW - timedelta(hours=5))
    assert told(of, "backup") == [("well", f"{made.file.name} is whole and 5 hours old")]
    made.file.write_bytes(b"x" * 8192)
    assert told(of, "backup")[0][0] == "ill"


def test_a_nightly_backup_that_stopped_coming_is_ill(sqlite_store: Store, tmp_path: Path) -> None:
    take_backup(sqlite_store, tmp_path / "backups", keep=3, now=NOW - timedelta(hours=50))
    state, message = told(patient(tmp_path, sqlite_store), "backup")[0]
    assert (state, "did not come" in message) == ("ill", True)


def test_a_database_anybody_may_read_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "leftturn.db"
    of = patient(tmp_path, sqlite_store, CONFIG + f"database: sqlite:///{file}\n")
    file.chmod(0o600)
    assert told(of, "rights") == []
    file.chmod(0o644)
    assert told(of, "rights") == [
        ("look", f"{file} can be read by everybody on this machine; chmod o-rwx {file}")
    ]
    file.chmod(0o666)
    assert told(of, "rights")[0][0] == "ill"


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        (
            "02:30",
            "Europe/Berlin: on 2026-03-29 there is no 02:30; the digest goes out at the first moment after it",
        ),
        ("07:30", None),
    ],
)
def test_digests_in_an_hour_that_clocks_skip_are_named(tmp_path: Path, at: str, sentence: str | None) -> None:
    text = CONFIG + f'digest: {{day: sunday, at: "{at}"}}\n'
    messages = [message for _, message in told(patient(tmp_path, text=text), "digest")]
    assert (sentence in messages) if sentence else not messages


def test_a_repeated_hour_is_named_too(tmp_path: Path) -> None:
    text = CONFIG + 'digest: {day: sunday, at: "02:30"}\n'
    messages = [message for _, message in told(patient(tmp_path, text=text), "digest")]
    assert (
        "Europe/Berlin: on 2026-10-25 02:30 comes twice; the digest goes out the first time, once" in messages
    )


def test_a_mail_server_that_refuses_is_ill_and_without_one_it_is_said(tmp_path: Path) -> None:
    smtp = 'mail: {from: "L <l@acme.example>", smtp: {host: smtp.acme.example}}\n'
    of = patient(tmp_path, text=CONFIG + smtp, probe=lambda _: "smtp.acme.example:587: no answer")
    assert told(of, "mail") == [("ill", "smtp.acme.example:587: no answer")]
    assert told(patient(tmp_path), "mail")[0][0] == "look"


@pytest.mark.parametrize(
    ("kind", "state"), [("nfs4", "ill"), ("cifs", "ill"), ("fuse.sshfs", "ill"), ("ext4", "well")]
)
def test_a_database_on_a_disk_of_the_network_is_ill(tmp_path: Path, kind: str, state: str) -> None:
    mounts = (
        f"21 1 8:1 / / rw - ext4 /dev/sda1 rw\n31 21 0:44 / {tmp_path} rw shared:9 - {kind} box:/srv rw\n"
    )
    ((found, said),) = told(patient(tmp_path, mounts=mounts), "place")
    assert found == state
    assert ("PostgreSQL" in said) == (state == "ill")


@pytest.mark.parametrize(("free", "state"), [(50e9, "well"), (0.5e9, "look"), (50e6, "ill")])
def test_little_room_is_told_before_there_is_none(
    free: float, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(1e12, 0, free))
    assert _room("mails", tmp_path).state == state


@pytest.fixture
def company(tmp_path: Path) -> Path:
    (tmp_path / "leftturn.yaml").write_text(CONFIG)
    (tmp_path / "deals.csv").write_text("id,created,closed,stage\n1,2026-01-05,2026-01-09,Won\n")
    open_store(f"sqlite:///{tmp_path / 'leftturn.db'}").close()
    (tmp_path / "leftturn.db").chmod(0o600)
    return tmp_path / "leftturn.yaml"


Ran = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ran(capsys: pytest.CaptureFixture[str], company: Path) -> Ran:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = exit_code([*arguments, "--config", str(company)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_commands_walk_from_backup_to_restore(ran: Ran, company: Path) -> None:
    code, out, _ = ran("backup", "--json")
    assert code == 0
    file = json.loads(out)["file"]
    code, _, err = ran("restore", "nowhere.db")
    assert code == 2
    assert "nowhere.db: no such file; backups lie in" in err
    code, _, err = ran("restore", file)
    assert (code, "add --yes to do so" in err) == (2, True)
    code, out, _ = ran("restore", file, "--yes", "--json")
    assert code == 0
    assert Path(json.loads(out)["kept"]).exists()
    code, out, _ = ran("doctor", "--json")
    assert code == 0, out
    assert {"backup", "heartbeat"} <= {each["part"] for each in json.loads(out)["findings"]}


def test_restore_is_refused_while_a_daemon_is_active(ran: Ran, company: Path) -> None:
    from monitor.leadership import only_daemon

    _, out, _ = ran("backup", "--json")
    with only_daemon(f"sqlite:///{company.parent / 'leftturn.db'}"):
        code, _, err = ran("restore", json.loads(out)["file"], "--yes")
    assert (code, "another daemon is active" in err) == (3, True)


def test_a_damaged_database_is_the_doctors_to_tell(ran: Ran, company: Path) -> None:
    (company.parent / "leftturn.db").write_bytes(b"this is no database" * 1000)
    code, out, _ = ran("doctor")
    assert code == 1
    assert "is not a database file" in " ".join(out.split())

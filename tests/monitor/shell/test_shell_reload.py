"""Another configuration without a restart: taken whole at the next tick, or not at all, and operations told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from ports import free_port
from smallest_company import SMALLEST

from config import Settings, load
from monitor.app import App
from monitor.reload import Reloading
from monitor.store import StoreError

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
LEARNING = "attention: {learning: 30 weeks}\n"
WRONG = "attention: {lerning: 30 weeks}\n"


class Heard:
    """A log that keeps what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def info(self, event: str, **fields: object) -> None:
        del fields
        self.said.append(event)

    def error(self, event: str, **fields: object) -> None:
        self.said.append(f"{event}: {fields}")


class Place:
    """A company's folder, its application in `leftturn run`'s wiring, and what became of it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, Heard()
        (folder / "deals.csv").write_text("id,created,closed,stage\nD1,2026-05-01,2026-05-02,Won\n")
        self.write(SMALLEST)
        self.reads = 0
        self.taken: list[Settings] = []
        self.built: list[App] = []
        settings = load(folder / "leftturn.yaml", environ={})
        self.reloading = Reloading(
            settings,
            self.build(settings),
            read=self.read,
            build=self.build,
            taken=self.taken.append,
            log=self.log,
        )

    def write(self, text: str) -> None:
        (self.folder / "leftturn.yaml").write_text(text)

    def read(self) -> Settings:
        self.reads += 1
        return load(self.folder / "leftturn.yaml", environ={})

    def build(self, settings: Settings) -> App:
        app = App.build(settings, lambda: NOW)
        app.prepare()
        self.built.append(app)
        return app

    def tick(self, minutes: int = 0) -> None:
        self.reloading.tick(NOW + timedelta(minutes=minutes))

    def refusals(self) -> list[str]:
        texts = [file.read_text() for file in sorted((self.folder / "mails").glob("*.eml"))]
        return [text for text in texts if "Subject: The changed configuration is refused" in text]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    here = Place(tmp_path)
    yield here
    for app in here.built:
        app.close()


def test_a_good_configuration_is_in_force_from_the_next_tick_on(place: Place) -> None:
    place.tick()
    place.write(SMALLEST + LEARNING)
    place.tick(1)
    assert (place.reads, place.taken) == (0, []), "nobody asked"
    place.reloading.ask()
    place.reloading.ask()
    place.tick(2)
    place.tick(3)
    assert place.reads == 1, "several wishes before a tick are one"
    (settings,) = place.taken
    assert settings.attention.learning == 30
    assert len(place.built) == 2
    assert place.refusals() == []


def test_a_wrong_configuration_changes_nothing_and_operations_are_told_once(place: Place) -> None:
    place.tick()
    place.write(SMALLEST + WRONG)
    place.reloading.ask()
    place.tick(1)
    place.tick(2)
    assert (place.taken, len(place.built)) == ([], 1)
    (mail,) = place.refusals()
    assert "CONFIGURATION REFUSED" in mail
    assert "lerning" in mail
    assert "leftturn.yaml" in mail
    place.write(SMALLEST + LEARNING)
    place.reloading.ask()
    place.tick(3)
    assert len(place.taken) == 1, "mended, it is taken"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SMALLEST + "database: sqlite:///other.db\n", "another database takes a restart"),
        (SMALLEST.replace("folder: mails", "folder: mails, templates: nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_taken_while_it_runs_is_refused_with_the_mend(
    place: Place, text: str, says: str
) -> None:
    place.tick()
    place.write(text)
    place.reloading.ask()
    place.tick(1)
    assert place.taken == []
    (mail,) = place.refusals()
    assert says in " ".join(mail.replace("=\n", "").split())


def test_a_file_that_is_gone_is_refused_and_one_that_is_the_same_changes_nothing(place: Place) -> None:
    place.tick()
    place.reloading.ask()
    place.tick(1)
    assert "the configuration is as it was" in place.log.said
    (place.folder / "leftturn.yaml").unlink()
    place.reloading.ask()
    place.tick(2)
    assert (len(place.refusals()), len(place.built)) == (1, 1)


def test_a_database_that_is_away_says_nothing_of_the_configuration(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write(SMALLEST + LEARNING)
    place.reloading.ask()
    away: list[Any] = [StoreError("cannot be reached")]

    def build(settings: Settings) -> App:
        if away:
            raise away.pop()
        return place.build(settings)

    monkeypatch.setattr(place.reloading, "_build", build)
    place.tick()
    assert (place.taken, place.refusals()) == ([], [])
    place.tick(1)
    assert len(place.taken) == 1


def test_sighup_reads_the_configuration_again_in_the_running_daemon(tmp_path: Path) -> None:
    (tmp_path / "deals.csv").write_text("id,created,closed,stage\nD1,2026-05-01,2026-05-02,Won\n")
    config, port = tmp_path / "leftturn.yaml", free_port()
    pages = f'console: {{bind: "127.0.0.1:{port}", token_env: LEFTTURN_TOKEN}}\n'
    config.write_text(SMALLEST + pages)
    process = subprocess.Popen(
        [sys.executable, "-c", f"from monitor.cli import main; main(['run', '--config', {str(config)!r}])"],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "LEFTTURN_TOKEN": "token-of-the-tests-0123456789"},
    )
    heard: Queue[str] = Queue()
    assert process.stderr is not None
    threading.Thread(target=lambda: [heard.put(line) for line in process.stderr or ()], daemon=True).start()

    def wait_for(event: str) -> None:
        while json.loads(heard.get(timeout=60))["event"] != event:
            pass

    try:
        wait_for("tick")
        config.write_text(SMALLEST + pages + WRONG)
        process.send_signal(signal.SIGHUP)
        wait_for("the changed configuration is refused")
        wait_for("tick")
        config.write_text(SMALLEST + pages + LEARNING)
        process.send_signal(signal.SIGHUP)
        wait_for("another configuration is in force")
        wait_for("tick")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=60) as answer:
            assert answer.status == 200, "the pages are served by the new one"
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0
    refused = [file for file in (tmp_path / "mails").glob("*.eml") if b"is refused" in file.read_bytes()]
    assert len(refused) == 1

"""The dead man's switch: it beats only while everything works, and says what keeps it still."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import insert

from config import Settings
from config.document import parse
from config.load import judge
from config.settings import Heartbeat
from monitor.heartbeat import Heart, ask_by_http
from monitor.readiness import Trouble, troubles
from monitor.store import Store, tables
from monitor.store.runs import Outcome, settle
from monitor.supervisor import notify

NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECRET = "https://beat.example/5f0c-canary"
CONFIG = """
company: {name: Acme, timezone: UTC, currency: EUR}
sources:
  - name: crm
    path: deals.csv
    columns: {deal_id: id, created_at: created, closed_at: closed}
    outcome: {column: stage, won: [Won], lost: [Lost], open: [Open]}
people: [{email: ceo@acme.example}]
"""


@pytest.fixture
def settings(tmp_path) -> Settings:
    return judge(parse(CONFIG, "leftturn.yaml"), tmp_path / "leftturn.yaml", {})


def read(store: Store, *, at: datetime = NOW, state: str = "done", newest: datetime = NOW) -> None:
    """The source was read at `at`, and its newest deal is of `newest`."""
    with store.write() as connection:
        key = f"ingest:crm:{at:%Y-%m-%dT%H:%M}Z"
        detail = {"message": "it is on fire"} if state == "failed" else {}
        settle(
            connection,
            Outcome(key=key, job="ingest", period=key, state=state, started=at, finished=at, detail=detail),
        )
        given = {"source": "crm", "deal_id": "D1", "known_at": at, "observed": True, "outcome": "open"}
        connection.execute(
            insert(tables.deal_version),
            {**given, "created_on": newest.date(), "deleted": False, "attributes": {}},
        )


def mail(store: Store, *, created: datetime, state: str) -> None:
    with store.write() as connection:
        given = {
            "kind": "alert",
            "reason": "opened",
            "seq": 0,
            "sender": "l@a.example",
            "recipient": "c@a.example",
        }
        connection.execute(
            insert(tables.notice),
            {
                **given,
                "message_id": f"<{created:%H%M}@a>",
                "subject": "s",
                "content": b"",
                "state": state,
                "attempts": 1,
                "created_at": created,
            },
        )


def parts(store: Store, settings: Settings, **more) -> dict[str, str]:
    told = {"now": NOW, "last_tick": NOW - MINUTE, "active": True, **more}
    return {trouble.part: trouble.message for trouble in troubles(store, settings, **told)}


def test_all_is_well(store: Store, settings: Settings) -> None:
    read(store)
    mail(store, created=NOW - timedelta(days=1), state="sent")
    mail(store, created=NOW - 2 * MINUTE, state="deferred")
    assert parts(store, settings) == {}
    assert (
        parts(store, settings, now=NOW + MINUTE, last_tick=NOW) == {}
    )  # the pulse is one row, however often it is written


@pytest.mark.parametrize(
    ("given", "part", "sentence"),
    [
        ({"last_tick": None}, "tick", "no tick was finished yet"),
        ({"last_tick": NOW - 10 * MINUTE}, "tick", "the newest tick ended 10 minutes ago"),
        ({"active": False}, "lease", "another daemon is the active one"),
    ],
)
def test_a_tick_too_old_or_a_daemon_that_only_stands_by_is_trouble(
    sqlite_store: Store, settings: Settings, given, part, sentence
) -> None:
    read(sqlite_store)
    assert parts(sqlite_store, settings, **given) == {part: sentence}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"at": NOW - timedelta(days=3), "newest": NOW - timedelta(days=3)},
            "crm was last looked at 72 hours ago",
        ),
        ({"state": "failed"}, "crm cannot be read: it is on fire"),
        ({"newest": NOW - timedelta(days=40)}, "crm holds no deal newer than 2026-03-28"),
    ],
)
def test_a_source_that_is_silent_failing_or_stopped_is_trouble(
    sqlite_store: Store, settings: Settings, given, sentence
) -> None:
    read(sqlite_store, **given)
    assert parts(sqlite_store, settings) == {"sources": sentence}


def test_a_source_never_read_is_trouble(sqlite_store: Store, settings: Settings) -> None:
    assert parts(sqlite_store, settings) == {"sources": "crm was never read"}


def test_a_mail_that_waits_too_long_is_trouble_and_a_dead_one_was_told_already(
    sqlite_store: Store, settings: Settings
) -> None:
    read(sqlite_store)
    mail(sqlite_store, created=NOW - timedelta(days=6), state="dead")
    assert parts(sqlite_store, settings) == {}
    mail(sqlite_store, created=NOW - 20 * MINUTE, state="deferred")
    assert parts(sqlite_store, settings) == {"outbox": "a mail has been waiting for 20 minutes"}


def test_a_clock_behind_the_newest_thing_in_the_store_is_trouble(
    sqlite_store: Store, settings: Settings
) -> None:
    read(sqlite_store)
    assert parts(sqlite_store, settings) == {}
    with sqlite_store.write() as conn:
        conn.execute(tables.run.update().values(finished_at=NOW + timedelta(hours=3)))
    found = parts(sqlite_store, settings)
    assert "something was done at" in found["clock"]


def test_a_database_that_cannot_be_written_is_trouble(sqlite_store: Store, settings: Settings) -> None:
    read(sqlite_store)
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")  # on the pooled connection that the look will use
    found = parts(sqlite_store, settings)
    assert list(found) == ["database"]
    assert "cannot be written" in found["database"]


class Asked:
    """Stands for the network."""

    def __init__(self, says: str | None = None) -> None:
        self.urls: list[str] = []
        self.says = says

    def __call__(self, url: str) -> str | None:
        self.urls.append(url)
        return self.says


def heart(ask: Asked, *wrong: Trouble) -> Heart:
    settings = Heartbeat.model_construct(url_env="BEAT", every=5 * MINUTE, url=SecretStr(SECRET))
    return Heart(settings, ask, lambda now: wrong)


def test_it_beats_at_most_every_so_often_and_again_after_a_clock_went_back() -> None:
    ask = Asked()
    it = heart(ask)
    said = [it.beat(NOW + number * MINUTE) for number in (0, 1, 4, 5, 6, -60)]
    assert said == [(), None, None, (), None, ()]
    assert ask.urls == [SECRET] * 3


def test_one_part_in_trouble_keeps_it_still_and_is_named() -> None:
    ask = Asked()
    it = heart(ask, Trouble(part="outbox", message="a mail has been waiting for 20 minutes"))
    assert it.beat(NOW) == ("outbox: a mail has been waiting for 20 minutes",)
    assert ask.urls == []


def test_an_address_that_does_not_answer_is_asked_again_at_the_next_tick() -> None:
    ask = Asked("the address answers 503")
    it = heart(ask)
    assert [it.beat(NOW), it.beat(NOW + MINUTE / 2)] == [("heartbeat: the address answers 503",)] * 2
    assert len(ask.urls) == 2


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ping" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


def test_a_real_address_is_asked_over_http_and_never_repeated(server: str) -> None:
    assert ask_by_http(f"{server}/ping") is None
    assert ask_by_http(f"{server}/canary") == "the address answers 404"
    assert ask_by_http("http://127.0.0.1:9/canary") == "the address does not answer (ConnectError)"


def test_the_address_is_in_no_output_of_the_settings(tmp_path) -> None:
    text = CONFIG + "heartbeat: {url_env: BEAT}\n"
    settings = judge(parse(text, "leftturn.yaml"), tmp_path / "leftturn.yaml", {"BEAT": SECRET})
    assert settings.heartbeat is not None
    assert settings.heartbeat.url is not None
    assert settings.heartbeat.url.get_secret_value() == SECRET
    assert "canary" not in f"{settings!r} {settings.model_dump_json()}"


def test_the_supervisor_is_told_by_one_datagram(tmp_path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(tmp_path / "notify"))
        assert notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert supervisor.recv(100) == b"READY=1"
    assert not notify("READY=1", {})
    assert not notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})

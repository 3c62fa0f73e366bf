"""Every kind of secret is planted, every command and page is walked, and nothing that comes out holds one.

The servers are hostile: what LeftTurn asks the CRM, the identity server, the heartbeat and the mail server, they say
back in their refusals, password and all. What comes out is stdout and stderr, with tracebacks; the log of a daemon;
every file that is written (database, backups, mails, schema); the pages, with their errors, and their measures.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import re
import socketserver
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from console_company import ID, fill

from config import load
from monitor.cli import app as cli
from monitor.cli import exit_code
from monitor.commands.opening import open_app
from monitor.console.pages import FOR_OPERATIONS, FOR_READERS, OPERATIONS_ACT, pages
from monitor.console.server import desk_of
from monitor.daemon import Daemon, structured_log
from monitor.errors import USAGE
from monitor.store import open_store

KINDS = (
    "database",
    "source",
    "smtp",
    "mail-token",
    "oauth",
    "hubspot",
    "salesforce-id",
    "salesforce-secret",
    "private-key",
    "console-token",
    "signing-key",
    "heartbeat",
)
PLANTED = {kind: f"canary+{kind}/{number:02}=0123456789abcdef0123456789" for number, kind in enumerate(KINDS)}
NOW = datetime(2026, 5, 7, 8, tzinfo=UTC)
PEM = "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n"
BASE = """
company: {{name: Acme, timezone: UTC, currency: EUR}}
{database}
sources:
  - name: crm
    path: deals.csv
    columns: {{deal_id: id, account: account, created_at: created, closed_at: closed, amount: amount}}
    outcome: {{column: stage, won: [Won], lost: [Lost]}}
  - name: warehouse
    role: accounts
    type: sql
    url_env: WAREHOUSE
    table: accounts
    key: account
    attributes: {{industry: sector}}
  - name: hub
    type: hubspot
    url: "http://127.0.0.1:{http}"
    login: {{token_env: HUBSPOT}}
    columns: {{created_at: createdate, closed_at: closedate, amount: amount}}
    outcome: {{column: dealstage, won: [Won], lost: [Lost]}}
  - name: force
    type: salesforce
    url: https://nobody.my.salesforce.com
    login: {{client_id_env: FORCE_ID, {proof}}}
    columns: {{created_at: CreatedDate, closed_at: CloseDate, amount: Amount}}
    outcome: {{column: StageName, won: [Won], lost: [Lost]}}
metrics: {{win_rate: {{matters_if: 5 points}}}}
mail:
  from: "LeftTurn <leftturn@acme.example>"
  smtp: {{host: 127.0.0.1, port: {smtp}, security: none, username: leftturn, {road}}}
people:
  - {{email: ceo@acme.example, name: Chief executive}}
  - {{email: ops@acme.example, receives: [digest, operations]}}
console: {{url: "https://leftturn.acme.example", token_env: DOOR, signing_key_env: KEY}}
heartbeat: {{url_env: BEAT, every: 1 minute}}
backup: {{folder: backups, keep: 2}}
"""
FIRST = {
    "database": "",
    "proof": "client_secret_env: FORCE_SECRET",
    "road": "auth: password, password_env: MAIL",
}
SECOND = {
    "database": 'database: "postgresql+psycopg://me@127.0.0.1:9/leftturn"',
    "proof": "username: me@acme.example, private_key_file: key.pem",
    "road": (
        'auth: oauth2, oauth: {{token_url: "http://127.0.0.1:{http}/token", client_id: me, '
        "client_secret_env: OAUTH}}"
    ),
}
THIRD = {**FIRST, "road": "auth: oauth2, token_env: MAIL_TOKEN"}


class Parrot(socketserver.BaseRequestHandler):
    """A server that refuses everything, and says back what it was asked, decoded where that can be."""

    def handle(self) -> None:
        self.request.settimeout(5)
        asked = b""
        speaks_first = self.server.speaks_first  # type: ignore[attr-defined]
        try:
            if speaks_first:
                self.request.sendall(b"220 here\r\n")
            while more := self.request.recv(65536):
                asked = more if speaks_first else asked + more
                if speaks_first:
                    self.request.sendall(_smtp_answer(more))
                elif b"\r\n\r\n" in asked:
                    said = asked + _decoded(asked)
                    self.request.sendall(
                        b"HTTP/1.1 401 No\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(said)
                        + said
                    )
                    return
        except OSError:
            return


def _smtp_answer(asked: bytes) -> bytes:
    if asked.upper().startswith(b"EHLO"):
        return b"250-here\r\n250 AUTH PLAIN LOGIN XOAUTH2\r\n"
    if asked.upper().startswith(b"QUIT"):
        return b"221 bye\r\n"
    said = (asked + b" " + _decoded(asked)).replace(b"\r", b" ").replace(b"\n", b" ").replace(b"\0", b" ")
    return b"535 no: " + said.replace(b"\1", b" ")[:900] + b"\r\n"


def _decoded(text: bytes) -> bytes:
    found = []
    for word in re.findall(rb"[A-Za-z0-9+/]{16,}={0,2}", text):
        try:
            found.append(base64.b64decode(word, validate=True))
        except ValueError:
            continue
    return b" ".join(found)


class Server(socketserver.ThreadingTCPServer):
    """One parrot's perch."""

    daemon_threads = True
    speaks_first = False


@pytest.fixture
def parrots() -> Iterator[Mapping[str, int]]:
    """The ports of an HTTP server and of a mail server that repeat what they are told."""
    servers = {"http": Server(("127.0.0.1", 0), Parrot), "smtp": Server(("127.0.0.1", 0), Parrot)}
    servers["smtp"].speaks_first = True
    for server in servers.values():
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield {name: server.server_address[1] for name, server in servers.items()}
    for server in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture
def environ(parrots: Mapping[str, int], monkeypatch: pytest.MonkeyPatch) -> Mapping[str, str]:
    """The secrets in the environment."""
    secret = quote(PLANTED["source"], safe="")
    values = {
        "LEFTTURN_DATABASE_PASSWORD": PLANTED["database"],
        "WAREHOUSE": f"postgresql+psycopg://me:{secret}@127.0.0.1:9/x",
        "HUBSPOT": PLANTED["hubspot"],
        "FORCE_ID": PLANTED["salesforce-id"],
        "FORCE_SECRET": PLANTED["salesforce-secret"],
        "MAIL": PLANTED["smtp"],
        "MAIL_TOKEN": PLANTED["mail-token"],
        "OAUTH": PLANTED["oauth"],
        "DOOR": PLANTED["console-token"],
        "KEY": PLANTED["signing-key"],
        "BEAT": f"http://127.0.0.1:{parrots['http']}/ping/{PLANTED['heartbeat']}",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    return values


def company(folder: Path, parrots: Mapping[str, int], how: Mapping[str, str]) -> Path:
    """A company's folder, one of its three ways to log in."""
    filled = {name: text.format(**parrots) if name == "road" else text for name, text in how.items()}
    (folder / "leftturn.yaml").write_text(BASE.format(**parrots, **filled))
    (folder / "key.pem").write_text(PEM.format(PLANTED["private-key"]))
    rows = ["id,account,created,closed,amount,stage"]
    for number in range(60):
        day = (NOW - timedelta(days=3 * (60 - number))).date()
        rows.append(f"D{number},A{number % 7},{day},{day},{number}.5,{'Won' if number % 2 else 'Lost'}")
    (folder / "deals.csv").write_text("\n".join(rows) + "\n")
    return folder / "leftturn.yaml"


def walk(folder: Path) -> dict[str, list[str]]:
    """Every command, by its name, as it is to be called."""
    (folder / "series.csv").write_text("time,value\n2026-01-01,1\n2026-01-02,2\n")
    return {
        "check": ["check"],
        "once": ["once"],
        "backtest": ["backtest", "--json"],
        "digest": ["digest", "--out", "digest.html"],
        "power": ["power"],
        "tune": ["tune"],
        "status": ["status", "--json"],
        "explain": ["explain", ID, "--json"],
        "outbox": ["outbox", "--json"],
        "quarantine": ["quarantine", "--json"],
        "batches": ["batches", "--json"],
        "ack": ["ack", ID, "--note", "seen"],
        "silence": ["silence", "--metric", "win_rate", "--reason", "x", "--by", "Rita"],
        "accept": ["accept", "nothing"],
        "backup": ["backup", "--out", "walked"],
        "restore": ["restore", "{backup}", "--yes"],
        "doctor": ["doctor", "--json"],
        "forget": ["forget", "--account", "nobody", "--yes"],
        "init": ["init", "deals.csv", "--out", "another.yaml"],
    }


WITHOUT_SECRETS = {"demo", "scan", "mail"}
"""They read no configuration."""
UNTIL_STOPPED = {"run", "console"}
"""Their work is walked without the process around it."""


def assert_clean(said: str | bytes, where: str) -> None:
    """No secret, and none that is only written in another way."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    for kind, secret in PLANTED.items():
        coded = base64.b64encode(secret.encode()).decode()[:24]
        for form in (secret, quote(secret), quote(secret, safe=""), coded, f"{kind}/"):
            assert form not in text, f"the secret of {kind} is in {where}: …{_around(text, form)}…"


def _around(text: str, form: str) -> str:
    at = text.index(form)
    return text[max(0, at - 200) : at + 80]


def assert_files_clean(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file() and file.name != "key.pem":
            assert_clean(file.read_bytes(), str(file.relative_to(folder)))


@pytest.fixture
def quiet_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No look-up of a name leaves this machine, and nobody waits for a second try."""
    import socket

    known = socket.getaddrinfo

    def look_up(host: Any, *rest: Any, **more: Any) -> Any:
        if host not in ("127.0.0.1", "localhost", None):
            raise socket.gaierror(-2, "Name or service not known")
        return known(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr("urllib3.util.retry.Retry.sleep", lambda *_: None)


@pytest.mark.parametrize(
    ("how", "debug"),
    [(FIRST, False), (FIRST, True), (SECOND, True), (THIRD, True)],
    ids=["password", "password-debug", "oauth-debug", "token-debug"],
)
def test_no_command_lets_a_secret_out(
    tmp_path: Path,
    parrots: Mapping[str, int],
    environ: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    quiet_network: None,
    how: Mapping[str, str],
    debug: bool,
) -> None:
    del environ, quiet_network
    company(tmp_path, parrots, how)
    monkeypatch.chdir(tmp_path)
    if debug:
        monkeypatch.setenv("LEFTTURN_DEBUG", "1")
        caplog.set_level(logging.DEBUG)
    commands = walk(tmp_path)
    if how is THIRD:  # only the road of the mails is another
        commands = {name: commands[name] for name in ("check", "once", "doctor")}
    for name, arguments in commands.items():
        backup = next(tmp_path.glob("walked/*.db"), Path("none"))
        code = exit_code([argument.format(backup=backup) for argument in arguments])
        out, err = capfd.readouterr()
        assert_clean(out + err, f"what {name} says (exit code {code})")
        assert code != USAGE or name in ("accept", "restore"), err
        if name == "once" and how is not SECOND:
            with open_store("sqlite:///leftturn.db") as store:
                fill(store)
    assert_clean(caplog.text, "the log of a library")
    assert_files_clean(tmp_path)


def test_every_command_is_walked() -> None:
    named = {
        command.name or command.callback.__name__ for command in cli.registered_commands if command.callback
    }
    named |= {group.name for group in cli.registered_groups if group.name}
    assert named == set(walk(Path("/dev/shm"))) | WITHOUT_SECRETS | UNTIL_STOPPED


@pytest.mark.parametrize("debug", [False, True], ids=["plain", "debug"])
def test_neither_the_log_of_a_daemon_nor_its_heart_lets_a_secret_out(
    tmp_path: Path,
    parrots: Mapping[str, int],
    environ: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    quiet_network: None,
    debug: bool,
) -> None:
    del quiet_network
    caplog.set_level(logging.DEBUG)
    if debug:
        monkeypatch.setenv("LEFTTURN_DEBUG", "1")
    settings = load(company(tmp_path, parrots, FIRST), environ=environ)
    app = open_app(settings, lambda: NOW)
    with monkeypatch.context() as here:
        here.setattr("monitor.readiness.troubles", lambda *_, **__: ())
        daemon = Daemon(app, log=structured_log(), clock=lambda: NOW, after_tick=app.beat)
        daemon.tick()
        said = capfd.readouterr().err
        assert ("tick failed" if debug else "the address answers 401") in said
        assert_clean(said, "the log")
        assert_clean(str(app.beat(NOW)), "what the heart says")
    assert_clean(caplog.text, "the log of a library")
    assert_files_clean(tmp_path)


def test_no_page_lets_a_secret_out(
    tmp_path: Path, parrots: Mapping[str, int], environ: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(company(tmp_path, parrots, FIRST), environ=environ)
    log: list[str] = []

    class Log:
        def error(self, event: str, **fields: object) -> None:
            log.append(f"{event} {fields}")

        info = error

    with open_store(settings.database) as store:
        fill(store)
        site = pages(desk_of(settings, store, lambda: NOW, Log(), checks_last=0.0))
        known = {"authorization": f"Bearer {PLANTED['console-token']}"}
        paths = [*FOR_OPERATIONS, *FOR_READERS, "/metrics", "/readyz", "/healthz", "/none"]
        for path in paths:
            for headers in (known, {}, {"authorization": f"Bearer {PLANTED['console-token']}x"}):
                assert_clean(_ask(site, "GET", path, headers), path)
        for path in (*OPERATIONS_ACT, "/login"):
            fields = {"token": PLANTED["console-token"] + "x", "name": "Eve", "next": "/"}
            assert_clean(_ask(site, "POST", path, known, data=fields), path)
        for way in ("read", "write"):
            monkeypatch.setattr(type(store), way, _fails)
        for debug in ("0", "1"):
            monkeypatch.setenv("LEFTTURN_DEBUG", debug)
            for path in paths:
                assert_clean(_ask(site, "GET", path, known), f"{path}, when the database fails")
    assert log
    assert_clean("".join(log), "the log of the pages")


def _fails(_: object) -> None:
    raise RuntimeError("nobody foresaw it")


def _ask(site: Any, method: str, path: str, headers: Mapping[str, str], **more: Any) -> str:
    """Everything of the answer, its head too."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=site, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://leftturn.acme.example") as client:
            return await client.request(
                method, path.format(id=ID, ticket="x.y", batch="b"), headers=headers, **more
            )

    answer = asyncio.run(send())
    return f"{answer.status_code} {answer.headers} {answer.text}"

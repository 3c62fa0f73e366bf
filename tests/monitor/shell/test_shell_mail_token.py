"""Tokens for the mail server: read anew each time, or asked for at an identity server and kept while they hold."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest
from pydantic import SecretStr

from alerts.channels.smtp_login import NoTokenError
from config.settings import OAuth, Smtp
from monitor.mail_token import ClientCredentials, token_of

SECRET = "the-client-secret"


class Identity(HTTPServer):
    """An identity server that numbers its tokens."""

    def __init__(self):
        self.asked, self.answer, self.status, self.lifetime = [], None, 200, 3600
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/token"


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append({name: values[0] for name, values in parse_qs(body).items()})
        count = len(self.server.asked)
        told = self.server.answer or json.dumps(
            {"access_token": f"token-{count}", "token_type": "Bearer", "expires_in": self.server.lifetime}
        )
        self.send_response(self.server.status)
        if 300 <= self.server.status < 400:
            self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()
        self.wfile.write(told.encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def identity():
    server = Identity()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def tokens(server, now=None):
    now = now if now is not None else [0.0]
    oauth = OAuth(token_url=server.url, client_id="leftturn", scope="smtp", client_secret=SecretStr(SECRET))
    return ClientCredentials(oauth, lambda: now[0])


def test_a_token_is_kept_until_a_minute_before_its_end(identity):
    now = [0.0]
    token = tokens(identity, now)
    assert [token(False), token(False)] == ["token-1", "token-1"]
    now[0] = 3539.0
    assert token(False) == "token-1"
    now[0] = 3540.0
    assert token(False) == "token-2"
    assert identity.asked[0] == {
        "grant_type": "client_credentials",
        "client_id": "leftturn",
        "client_secret": SECRET,
        "scope": "smtp",
    }


def test_a_token_that_was_not_taken_is_replaced_at_once(identity):
    token = tokens(identity)
    assert [token(False), token(True), token(False)] == ["token-1", "token-2", "token-2"]


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (
            401,
            '{"error": "invalid_client", "error_description": "secret the-client-secret"}',
            "invalid_client (401)",
        ),
        (200, "<html>sign in</html>", "no answer of its kind (200)"),
        (200, "[]", "no answer of its kind (200)"),
        (200, '{"access_token": ""}', "holds no token"),
        (200, '{"access_token": "two\\r\\nlines"}', "is no token"),
        (302, "{}", "no answer of its kind (302)"),
        (200, '{"access_token": "' + "x" * 70_000 + '"}', "no answer of its kind (200)"),
        (500, '{"error": "\\u001b[31mred"}', "no answer of its kind (500)"),
    ],
)
def test_whatever_else_it_answers_is_told_without_the_secret(identity, status, answer, said):
    identity.status, identity.answer = status, answer
    with pytest.raises(NoTokenError) as caught:
        tokens(identity)(False)
    assert said in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_server_that_is_not_there_is_told(identity):
    token = tokens(identity)
    identity.server_close()
    with pytest.raises(NoTokenError, match=r"127\.0\.0\.1 gives no token: ConnectError"):
        token(False)


def test_a_file_and_a_variable_are_read_anew_each_time(tmp_path, monkeypatch):
    file = tmp_path / "token"
    file.write_text("first\n")
    token = token_of(Smtp(host="h", auth="oauth2", username="u", token_file=str(file)), lambda: 0.0)
    assert token(False) == "first"
    file.write_text("second\n")
    assert token(False) == "second"
    file.unlink()
    with pytest.raises(NoTokenError, match="token cannot be read: No such file"):
        token(False)
    token = token_of(Smtp(host="h", auth="oauth2", username="u", token_env="MAIL_TOKEN"), lambda: 0.0)
    monkeypatch.setenv("MAIL_TOKEN", "one")
    assert token(False) == "one"
    monkeypatch.setenv("MAIL_TOKEN", "other")
    assert token(True) == "other"

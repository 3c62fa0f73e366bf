"""Logging in by token at a real SMTP server that knows XOAUTH2 or OAUTHBEARER, and where the tokens come from."""

from __future__ import annotations

import base64
import re

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from ports import free_port

from alerts import samples
from alerts.channels import EmailChannel
from alerts.channels.smtp_login import NoTokenError
from alerts.render import render_operations

USER, GOOD = "leftturn@acme.example", "ya29.good-token"
MAIL = render_operations(
    "A word",
    ["By token."],
    samples.READER,
    key="k",
    sender=samples.SENDER,
    reply_to=None,
    company="A",
    now=samples.NOW,
)


class TokenServer(SMTP):
    """Takes USER with the token GOOD by XOAUTH2 or OAUTHBEARER, and says why not as Google and RFC 7628 do."""

    seen: list[bytes]

    async def _take(self, args: list[str], pattern: bytes) -> AuthResult:
        said = base64.b64decode(args[1])
        self.seen.append(said)
        if re.fullmatch(pattern, said):
            return AuthResult(success=True, auth_data=USER)
        await self.push("334 " + base64.b64encode(b'{"status":"401","schemes":"bearer"}').decode())
        self.seen.append(await self._reader.readline())
        await self.push("535 5.7.8 not this token")
        return AuthResult(success=False, handled=True)

    async def auth_XOAUTH2(self, server, args):
        return await self._take(args, f"user={USER}\x01auth=Bearer {GOOD}\x01\x01".encode())

    async def auth_OAUTHBEARER(self, server, args):
        place = f"\x01host=127.0.0.1\x01port={self.port}".encode()
        return await self._take(
            args, f"n,a={USER},".encode() + place + f"\x01auth=Bearer {GOOD}\x01\x01".encode()
        )


class Box:
    def __init__(self):
        self.mails = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((session.auth_data, envelope.original_content))
        return "250 taken"


@pytest.fixture
def token_server():
    """Start one that offers the given mechanism; its port, its mailbox, and what was said to it."""
    running = []

    def start(mechanism: str):
        box, seen = Box(), []
        others = {"XOAUTH2", "OAUTHBEARER", "LOGIN", "PLAIN"} - {mechanism}

        class Here(Controller):
            def factory(self):
                one = TokenServer(box, auth_require_tls=False, auth_exclude_mechanism=sorted(others))
                one.seen, one.port = seen, self.port
                return one

        controller = Here(box, hostname="127.0.0.1", port=free_port())
        controller.start()
        running.append(controller)
        return controller.port, box, seen

    yield start
    for controller in running:
        controller.stop()


def send(port, token):
    road = EmailChannel(
        "127.0.0.1", port, "none", username=USER, token=token, timeout=5.0, answer_seconds=5.0
    )
    ((_, delivery),) = road.deliver([MAIL])
    return delivery


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_mail_goes_out_after_a_login_by_token(token_server, mechanism):
    port, box, seen = token_server(mechanism)
    delivery = send(port, lambda fresh: GOOD)
    assert delivery.state == "sent", delivery
    assert box.mails == [(USER, MAIL.content)]
    assert len(seen) == 1


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_token_that_ran_out_is_replaced_once_and_the_mail_still_goes(token_server, mechanism):
    port, box, seen = token_server(mechanism)
    asked = []

    def token(fresh):
        asked.append(fresh)
        return GOOD if fresh else "ya29.run-out"

    assert send(port, token).state == "sent"
    assert asked == [False, True]
    assert len(box.mails) == 1
    assert seen[1].strip() == (b"AQ==" if mechanism == "OAUTHBEARER" else b"")


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_token_that_is_not_taken_defers_the_mail_and_is_in_no_text(token_server, mechanism):
    port, box, seen = token_server(mechanism)
    delivery = send(port, lambda fresh: "ya29.wrong")
    assert (delivery.state, delivery.code) == ("deferred", 535)
    assert "does not accept the login of leftturn@acme.example" in delivery.detail
    assert "ya29" not in delivery.detail
    assert box.mails == []
    assert len(seen) == 2  # the same token is not offered twice


def test_a_server_without_either_way_is_named_as_such(token_server):
    port, _, _ = token_server("PLAIN")
    delivery = send(port, lambda fresh: GOOD)
    assert delivery.state == "deferred"
    assert "offers no login by token" in delivery.detail


def test_without_a_token_the_mail_waits_and_the_reason_is_told(token_server):
    port, _, seen = token_server("XOAUTH2")

    def none(fresh):
        raise NoTokenError("login.acme.example gives no token: invalid_client (401)")

    delivery = send(port, none)
    assert delivery.state == "deferred"
    assert delivery.detail.endswith("login.acme.example gives no token: invalid_client (401)")
    assert seen == []

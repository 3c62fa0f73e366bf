"""E4: a mail server that misbehaves in every way at every command; is each answer read for what it is?

10 commands x 9 actions x TLS on and off. What must come out is in `RIGHT`: a command that is never said (STARTTLS
where it is not asked for) changes nothing; only what ends without an answer after the dot is ambiguous.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from figures import Figure, Size, none
from smtp_servers import _certify
from smtp_sink import ACTIONS, COMMANDS, Action, Command, sink

from alerts.channels import EmailChannel
from alerts.types import Email

SMALL = b"Message-ID: <1@acme.example>\r\nSubject: x\r\n\r\nbody\r\n"
LARGE = SMALL + (b"x" * 70 + b"\r\n") * 250_000
"""Larger than what two sockets hold, so that the server can speak before the end."""
PATIENT, IMPATIENT = 20.0, 0.4
"""Seconds to wait where the server does answer, and where it never will."""
OPENING: tuple[Command, ...] = ("connect", "ehlo", "starttls", "auth")
NOT_SENT = dict.fromkeys(ACTIONS, "deferred") | {"drip": "sent"}
FOR_GOOD = NOT_SENT | {"refuse": "refused"}
RIGHT: dict[Command, dict[Action, str]] = {
    **dict.fromkeys(OPENING, NOT_SENT),
    "mail": NOT_SENT,
    "rcpt": FOR_GOOD,
    "data": FOR_GOOD,
    "content": FOR_GOOD | {"drip": "deferred"},
    "dot": FOR_GOOD | dict.fromkeys(("drop", "stall", "garbage", "endless", "list"), "ambiguous"),
    "quit": dict.fromkeys(ACTIONS, "sent"),
}


def run(size: Size) -> list[Figure]:
    """Every cell; the short form leaves out the slow ones and TLS."""
    cells = [
        (command, action, tls)
        for tls in ((False, True) if size != "short" else (False,))
        for command in COMMANDS
        for action in ACTIONS
        if size != "short" or (action not in ("stall", "drip") and command != "content")
    ]
    with tempfile.TemporaryDirectory() as folder:
        certificates = _certify(Path(folder), ["127.0.0.1"])
        wrong = [
            f"{command} {action} {'TLS' if tls else 'plain'}: {found} for {right}"
            for command, action, tls in cells
            if (found := _cell(command, action, certificates if tls else None))
            != (right := _right(command, action, tls))
        ]
    return [none("cells read wrongly" + "".join(f"; {one}" for one in wrong[:5]), len(wrong), len(cells))]


def _right(command: Command, action: Action, tls: bool) -> str:
    return "sent" if command == "starttls" and not tls else RIGHT[command][action]


def _cell(command: Command, action: Action, certificates: Any) -> str:
    """What becomes of one mail, and whether the server agrees."""
    with sink({command: action}, tls=certificates.server if certificates else None, auth=True) as server:
        channel = EmailChannel(
            "127.0.0.1",
            server.port,
            "starttls" if certificates else "none",
            username="leftturn",
            password="secret",  # noqa: S106
            timeout=IMPATIENT if action == "stall" else PATIENT,
            answer_seconds=IMPATIENT if action == "stall" else PATIENT,
            tls_context=certificates.client() if certificates else None,
        )
        content = LARGE if command == "content" else SMALL
        email = Email(
            message_id="<1@acme.example>",
            sender="l@acme.example",
            to="ceo@acme.example",
            subject="x",
            kind="alert",
            content=content,
        )
        ((_, delivery),) = channel.deliver([email])
        if delivery.state == "sent" and [mail.encrypted for mail in server.taken] != [
            certificates is not None
        ]:
            return f"sent, and the server took {len(server.taken)}"
        return delivery.state

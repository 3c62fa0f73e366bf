"""The links that mails carry where `console.url` is set: each signed for its reader.

Without a URL there is None of them, and the mails carry mailto links.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from alerts.buttons import ANSWERS, Button

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.console.links import Purpose

CHOSEN = ("act", "watch", "known")
"""What each button of an alert answers, in the order of their labels."""
PATHS: dict[Purpose, str] = {"answer": "a", "unsubscribe": "u"}


def answer_buttons(
    settings: Settings, inflection_id: str, reader: str, now: datetime
) -> tuple[Button, ...] | None:
    """The buttons of an alert: all lead to one page, each with its answer chosen there."""
    page = _signed(settings, "answer", inflection_id, reader, now)
    if page is None:
        return None
    labels = (label for label, *_ in ANSWERS)
    return tuple(
        Button(label=label, href=f"{page}?answer={chosen}", subject="")
        for label, chosen in zip(labels, CHOSEN, strict=True)
    )


def unsubscribe_link(settings: Settings, kind: str, reader: str, now: datetime) -> str | None:
    """The page, and the one-click address (RFC 8058), that takes `reader` off a kind of mail."""
    return _signed(settings, "unsubscribe", kind, reader, now)


def _signed(settings: Settings, purpose: Purpose, about: str, reader: str, now: datetime) -> str | None:
    console = settings.console
    if console is None or console.url is None or not console.signing_keys:
        return None
    from monitor.console.links import Signer, Ticket

    ticket = Ticket(purpose=purpose, about=about, reader=reader)
    return f"{console.url}/{PATHS[purpose]}/{Signer(console.signing_keys).sign(ticket, now)}"

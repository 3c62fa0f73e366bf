"""The links that mails carry where `console.url` is set: each signed for its reader."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Settings

ANSWERS = ("act", "watch", "known")
"""What the three buttons of an alert answer, in their order."""


def alert_links(settings: Settings, inflection_id: str, reader: str, now: datetime) -> Mapping[str, str]:
    """Where each button of an alert leads, by answer, and under "evidence" the whole page; empty without a URL."""
    page = _signed(settings, "answer", inflection_id, reader, now)
    if page is None:
        return {}
    return {**{answer: f"{page}?answer={answer}" for answer in ANSWERS}, "evidence": page}


def unsubscribe_link(settings: Settings, kind: str, reader: str, now: datetime) -> str | None:
    """The page, and the one-click address (RFC 8058), that takes `reader` off a kind of mail; None without a URL."""
    return _signed(settings, "unsubscribe", kind, reader, now)


def _signed(settings: Settings, purpose: str, about: str, reader: str, now: datetime) -> str | None:
    console = settings.console
    if console is None or console.url is None or not console.signing_keys:
        return None
    from monitor.console.links import Signer, Ticket

    path = {"answer": "a", "unsubscribe": "u"}[purpose]
    ticket = Ticket(purpose="answer" if purpose == "answer" else "unsubscribe", about=about, reader=reader)
    return f"{console.url}/{path}/{Signer(console.signing_keys).sign(ticket, now)}"

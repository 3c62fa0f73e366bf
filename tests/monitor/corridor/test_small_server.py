"""A mail server that takes only small mails gets the text alone, and operations hear of it once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from smtp_sink import sink

from alerts.another_try import TEXT_ALONE
from monitor.pipeline import TEXT_ALONE as TOLD
from monitor.report import Report

from .conftest import WEEKS, Place, moments

Live = Callable[..., list[Report]]
SMALL = 40_000
"""Bytes: more than a word to operations has, less than a page with pictures."""


@pytest.mark.parametrize("limit", ["size", "most"])
def test_a_server_that_takes_only_small_mails_gets_the_text_and_operations_hear_once(
    place: Place, live: Live, limit: str
) -> None:
    with sink(**{limit: SMALL}) as server:
        smtp = f"smtp: {{host: 127.0.0.1, port: {server.port}, security: none, auth: none}}"
        place.config.write_text(place.config.read_text().replace("folder: mails", smtp))
        app = place.app()
        live(app, first=WEEKS - 11)
        app.tick(list(moments(WEEKS - 1, WEEKS - 1))[-1] + timedelta(minutes=2))
    mails: list[Any] = [message_from_bytes(one.content, policy=policy.default) for one in server.taken]
    text = [mail for mail in mails if not mail.is_multipart()]
    assert any("ceo@acme.example" in mail["To"] and "digest" not in mail["Message-ID"] for mail in text)
    assert all(" ".join(mail.get_content().split()).endswith(TEXT_ALONE) for mail in text)
    assert len([mail for mail in mails if TOLD[:30] in mail["Subject"]]) == 1
    assert max(len(one.content) for one in server.taken) <= (SMALL if limit == "size" else 10 * SMALL)

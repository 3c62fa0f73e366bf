"""An alert whose data are restated is withdrawn, once, to whom it was sent, in its thread, with how many deals."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any

from monitor.report import Report

from .conftest import Place, export

Live = Callable[..., list[Report]]


def parsed(file: Any) -> Any:
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def test_an_alert_that_restated_data_undo_is_withdrawn_in_its_thread(place: Place, live: Live) -> None:
    live(place.app(), last=34)
    (alert,) = place.mails("alert")
    opened = parsed(alert)
    before = export()
    place.write(export(fall_week=99))  # the losses of the last weeks had been wins all along
    changed = sum(one != other for one, other in zip(before, export(fall_week=99), strict=True))
    live(place.app(), first=35, last=36)
    (withdrawn,) = [parsed(file) for file in place.mails("alert") if file != alert]
    assert withdrawn["Subject"] == f"[Withdrawn] {opened['Subject']}"
    assert withdrawn["In-Reply-To"] == opened["Message-ID"]
    assert withdrawn["To"] == opened["To"]
    text = " ".join(withdrawn.get_body(("plain",)).get_content().split())
    told = [word for word in text.split() if word.isdigit()]
    assert f"It said: “{opened['Subject']}”." in text
    assert "deals were restated" in text
    assert any(0 < int(number) <= changed for number in told)
    live(place.app(), first=37, last=38)
    assert len(place.mails("alert")) == 2

"""The drill: a backup, more weeks, a disk that is lost, restore, go on. Nothing is lost, copies say so."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.backup import restore, take_backup
from monitor.report import Report
from monitor.store import open_store, tables

from .conftest import WEEKS, Place, moments

Live = Callable[..., list[Report]]
BACKED_UP_AFTER = 27
LOST_AFTER = 35


def mails(place: Place) -> dict[str, tuple[str, int]]:
    """By Message-ID: the state, and whether it says that it may be a copy."""
    with open_store(place.settings().database) as store, store.read() as conn:
        notice = tables.notice
        rows = conn.execute(select(notice.c.message_id, notice.c.state, notice.c.maybe_sent))
        return {number: (state, bool(maybe)) for number, state, maybe in rows}


def inflections(place: Place) -> list[tuple[Any, ...]]:
    with open_store(place.settings().database) as store, store.read() as conn:
        table = tables.inflection
        wanted = select(table.c.id, table.c.verdict, table.c.started_on)
        return [tuple(row) for row in conn.execute(wanted.order_by(table.c.id))]


def headers_of(file: Path) -> Any:
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def test_after_a_restore_nothing_is_lost_and_what_may_be_a_copy_says_so(place: Place, live: Live) -> None:
    live(place.app(), last=BACKED_UP_AFTER)
    settings = place.settings()
    moment = list(moments(BACKED_UP_AFTER, BACKED_UP_AFTER))[-1]
    with open_store(settings.database) as store:
        backup = take_backup(store, place.folder / "backups", keep=7, now=moment)
    live(place.app(), first=BACKED_UP_AFTER + 1, last=LOST_AFTER)
    told, found = mails(place), inflections(place)
    assert len(found) == 1
    (alert,) = place.mails("alert")
    assert "X-Possible-Duplicate" not in headers_of(alert)

    for file in place.folder.glob("leftturn.db*"):
        file.unlink()
    for file in place.folder.glob("mails/*"):
        file.unlink()
    last = list(moments(LOST_AFTER, LOST_AFTER))[-1]
    restore(settings.database, None, backup.file, aside=place.folder, now=last)
    place.app().tick(last)
    live(place.app(), first=LOST_AFTER + 1, last=WEEKS - 1)

    assert inflections(place)[: len(found)] == found
    alerts = {number for number in told if "digest" not in number}
    assert alerts <= set(mails(place)), (
        "an alert that was sent before is made again under the same Message-ID"
    )
    again = [headers_of(file) for file in place.mails("alert")]
    assert len(again) == 1
    assert again[0]["X-Possible-Duplicate"] == "1"
    later = [state for number, state in mails(place).items() if number not in told]
    assert later
    assert not any(maybe for _, maybe in later), "what came after the catching up is the first of its kind"

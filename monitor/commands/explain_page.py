"""The evidence of an inflection as a page, reckoned anew from the store before it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.commands.explained import sentences
from monitor.errors import UsageError
from monitor.show import note
from monitor.whole_file import write_whole

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from config.settings import Settings


def write_page(connection: Connection, settings: Settings, known: dict[str, Any], file: Path) -> None:
    """Write the page to `file`.

    Raises UsageError where no evidence was kept or no file can be made there, NotWrittenError where the disk fails.
    """
    from monitor.evidence.page import page

    pack = known["evidence"]
    if pack is None:
        why = known["aged_out"] or "it was judged before any was kept"
        raise UsageError(f"{known['inflection']['id']}: there is no evidence to show; {why}")
    budget, named = settings.attention.false_alarms_per_year, settings.privacy.owners == "names"
    lines = list(sentences(known, false_alarms_per_year=budget, owners_named=named))
    gone = known["aged_out"]
    differ = [gone] if gone else reckon_anew(connection, settings, pack)
    shown = page(pack, lines, _suppressed(connection, pack), differ)
    write_whole(file, shown.encode("utf-8"), option="--html")
    note(f"{file}: the evidence of the week of {pack['week']}")


def reckon_anew(connection: Connection, settings: Settings, pack: dict[str, Any]) -> list[str]:
    """Where the figures of a pack differ from those that the store gives now, as known then; nothing if nowhere."""
    from monitor.evidence.figures import differences
    from monitor.evidence.pack import data_hash, reckoned_anew
    from monitor.remembered import Remembered
    from monitor.weekly import Seen, nothing_in

    remembered = Remembered(settings)
    history, weekly = remembered.history(connection), remembered.weekly(connection)
    week, at = date.fromisoformat(pack["week"]), datetime.fromisoformat(pack["as_of"])
    looked = weekly.look(week, at, history, nothing_in(week))
    seen = Seen(week=week, at=at, deals=looked.deals, panels=looked.panels, history=history)
    if data_hash(seen.deals) != pack["data"]["hash"] and history.whole_from is None:
        return ["the deals as known then"]  # where some were aged out they are others in any case
    return differences(pack["figures"], reckoned_anew(pack, seen, weekly))


def _suppressed(connection: Connection, pack: dict[str, Any]) -> list[str]:
    """What was seen and not sent around the time it was judged, with the reason."""
    from datetime import timedelta

    from sqlalchemy import select

    from monitor.store.ledger import place_of
    from monitor.store.tables import suppressed

    week, near = date.fromisoformat(pack["week"]), timedelta(weeks=13)
    rows = connection.execute(
        select(
            suppressed.c.on,
            suppressed.c.metric,
            suppressed.c.segment,
            suppressed.c.reason,
            suppressed.c.detail,
        )
        .where(suppressed.c.on >= week - near, suppressed.c.on <= week + near)
        .order_by(suppressed.c.on)
    )
    return [
        f"{row.on} {row.metric} {' '.join(place_of(row.segment).values())}: {row.reason}{_days(row.detail)}".replace(
            " :", ":"
        )
        for row in rows
    ]


def _days(detail: Mapping[str, Any]) -> str:
    """When what was seen began, and ended."""
    begun, over = detail.get("started_on"), detail.get("ended_on")
    if begun is None:
        return ""
    return f", {begun} to {over}" if over else f", from about {begun}"

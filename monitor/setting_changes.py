"""Which configuration was in force from when, so that the digest can say what ops changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, insert, select

from config.resolve import plain
from monitor.errors import UsageError
from monitor.store.tables import run, setting_change

if TYPE_CHECKING:
    from config.settings import Settings

MOST_SHOWN = 5
NOT_OF_READING = ("path", "every", "late_by", "revises")
IN_WORDS = {
    "attention": "how strong a change must be to be mailed",
    "metrics": "what is measured, and what size of change matters",
    "profile": "the customer profile",
    "segments": "which segments are watched",
    "motions": "which deals count as new business",
}


def note_settings(conn: Connection, settings: Settings, now: datetime) -> bool:
    """Store the configuration if it is another one than the newest stored; whether it was."""
    newest = select(setting_change.c.digest).order_by(setting_change.c.id.desc()).limit(1)
    if conn.execute(newest).scalar() == settings.config_digest:
        return False
    row = {"changed_at": now, "digest": settings.config_digest, "settings": plain(settings)}
    conn.execute(insert(setting_change), [row])
    return True


def in_force(conn: Connection, at: datetime) -> Mapping[str, Any] | None:
    """The settings that were in force at an instant; None before the first that were stored."""
    stored = select(setting_change.c.settings).where(setting_change.c.changed_at <= at)
    settings: Mapping[str, Any] | None = conn.execute(
        stored.order_by(setting_change.c.id.desc()).limit(1)
    ).scalar()
    return settings


def refuse_other_weeks(conn: Connection, settings: Settings) -> None:
    """Raise UsageError where weeks were judged that begin on another day than they are to begin on now."""
    if (
        conn.execute(select(run.c.id).where(run.c.job == "judge", run.c.state == "done").limit(1)).first()
        is None
    ):
        return
    newest = select(setting_change.c.settings).order_by(setting_change.c.id.desc()).limit(1)
    before = conn.execute(newest).scalar()
    starts = plain(settings)["company"]["week_starts"]
    if before is not None and before["company"]["week_starts"] != starts:
        raise UsageError(
            "company.week_starts: the weeks of this database begin on another day, and neither series nor mails can "
            "be carried over; set it back, or name another file or database under `database`"
        )


def how_read(settings: Mapping[str, Any], source: str) -> dict[str, Any]:
    """What the plain `settings` say of how a source's rows are read; not where it lies, nor how often it is read."""
    company = settings["company"]
    own: Mapping[str, Any] = next((one for one in settings["sources"] if one["name"] == source), {})
    return {
        "source": {name: value for name, value in own.items() if name not in NOT_OF_READING},
        "company": [company["timezone"], company["currency"]],
        "motions": settings["motions"],
    }


def changes_since(
    conn: Connection, now: datetime, span: timedelta, *, detailed: bool = True
) -> tuple[str, ...]:
    """What was changed within `span` before `now`, a line each; the first configuration is no change.

    detailed   every setting by its key; else only what decides which alerts come, in words
    """
    rows = list(conn.execute(select(setting_change).order_by(setting_change.c.id)).mappings())
    lines = [
        line
        for before, after in pairwise(rows)
        if now - after["changed_at"] <= span
        for line in differences(before["settings"], after["settings"])
    ]
    if not detailed:
        sections = dict.fromkeys(re.split(r"[.\[:]", line, maxsplit=1)[0] for line in lines)
        return tuple(IN_WORDS[section] for section in sections if section in IN_WORDS)
    rest = len(lines) - MOST_SHOWN
    return (*lines[:MOST_SHOWN], *((f"and {rest} more",) if rest > 0 else ()))


def differences(before: Any, after: Any, path: str = "") -> Iterator[str]:
    """The settings that differ, by their path from the top.

    >>> list(differences({"attention": {"learning": 26}}, {"attention": {"learning": 30}}))
    ['attention.learning: 26, now 30']
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in dict.fromkeys((*before, *after)):
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for position, pair in enumerate(zip(before, after, strict=True)):
            yield from differences(*pair, f"{path}[{_name(pair, position)}]")
    elif before != after:
        yield f"{path}: {_said(before)}, now {_said(after)}"


def _name(pair: tuple[Any, Any], position: int) -> str:
    named = pair[1].get("name") if isinstance(pair[1], Mapping) else None
    return str(named or position + 1)


def _said(value: Any) -> str:
    if value is None or value == [] or value == {}:
        return "nothing"
    if isinstance(value, Mapping | list):
        return "other entries"
    return str(value)

"""An inflection as its readers were last told of it: the words and the picture of the stored mail.

The pages say what the mail said, to the letter; where nobody was mailed, there is only what `explain` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

from sqlalchemy import Connection, select

from monitor.store.tables import notice

PICTURE = "image/png"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsTold:
    """The words of the newest mail about an inflection; empty where the mail left them out."""

    label: str
    tone: str
    headline: str
    verdict: str
    news: str
    levels: str
    facts: tuple[tuple[str, str], ...]
    shares: str
    next_step: str
    data: str
    picture: str
    """What the picture shows, in words; "" where the mail has none."""


def as_told(conn: Connection, inflection_id: str) -> AsTold | None:
    """The newest mail's words about an inflection; None where nobody was mailed."""
    wanted = select(notice.c.view).where(notice.c.inflection_id == inflection_id, notice.c.kind == "alert")
    view = conn.execute(wanted.order_by(notice.c.seq.desc(), notice.c.created_at.desc()).limit(1)).scalar()
    if not isinstance(view, dict) or "headline" not in view:
        return None
    return _of_view(view)


def picture_of(conn: Connection, inflection_id: str) -> bytes | None:
    """The first picture of the newest mail about an inflection, a PNG; None where there is none."""
    wanted = select(notice.c.content).where(notice.c.inflection_id == inflection_id, notice.c.kind == "alert")
    content = conn.execute(wanted.order_by(notice.c.seq.desc(), notice.c.created_at.desc()).limit(1)).scalar()
    if content is None:
        return None
    for part in message_from_bytes(bytes(content), policy=policy.default).walk():
        if part.get_content_type() == PICTURE:
            return bytes(part.get_payload(decode=True) or b"")
    return None


def _of_view(view: Mapping[str, Any]) -> AsTold:
    def text(name: str) -> str:
        return str(view.get(name) or "")

    levels = ""
    if text("before") and text("after"):
        levels = f"Before {text('before')}, {text('after_label').lower() or 'now'} {text('after')}"
        levels += f" ({text('by')}, {text('between')})" if text("by") else ""
    pictures = view.get("pictures") or ()
    return AsTold(
        label=text("label"),
        tone=text("tone") if text("tone") in ("good", "bad") else "even",
        headline=text("headline"),
        verdict=text("verdict"),
        news=text("news"),
        levels=levels,
        facts=tuple((str(fact.get("label")), str(fact.get("text"))) for fact in view.get("facts") or ()),
        shares=text("shares_line"),
        next_step=text("next_step"),
        data=text("data"),
        picture=str(pictures[0].get("alt") or pictures[0].get("title") or "Chart") if pictures else "",
    )

"""An inflection as its readers were last told of it: the words and the picture of the stored mail.

The pages say what the mail said, to the letter; where nobody was mailed, there is only what `explain` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from typing import Any

from sqlalchemy import Connection, select

from alerts import safe_text
from alerts.words.figures import opening
from alerts.words.names import metric_name
from monitor.store.ledger import place_of
from monitor.store.outbox import TOLD
from monitor.store.tables import finding, inflection, notice
from monitor.store.threads import WITHHELD

PICTURE = "image/png"
TOLD_OF = (notice.c.kind == "alert", notice.c.reason.in_(TOLD), notice.c.state != WITHHELD)
"""Mails that tell of an inflection, and that somebody got or will get; no previews, no reminders."""
LONGEST = 800


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
    wanted = select(notice.c.view).where(notice.c.inflection_id == inflection_id, *TOLD_OF)
    view = conn.execute(wanted.order_by(notice.c.seq.desc(), notice.c.created_at.desc()).limit(1)).scalar()
    if not isinstance(view, dict) or "headline" not in view:
        return None
    return _of_view(view)


def titles(conn: Connection) -> dict[str, str]:
    """Each inflection in a line: the headline of its newest mail, or the metric and place that moved."""
    heads = select(finding.c.inflection_id, finding.c.metric, finding.c.kind, finding.c.segment)
    rows = conn.execute(heads.where(finding.c.position == 0)).mappings()
    named = {
        row["inflection_id"]: opening(metric_name(row["metric"], row["kind"], place_of(row["segment"])))
        for row in rows
    }
    every = {str(one): named.get(one, str(one)) for one in conn.execute(select(inflection.c.id)).scalars()}
    told = select(notice.c.inflection_id, notice.c.view["headline"].as_string())
    mails = told.where(*TOLD_OF, notice.c.inflection_id.is_not(None)).order_by(notice.c.seq)
    return every | {str(one): _plain(line) for one, line in conn.execute(mails) if line}


def picture_of(conn: Connection, inflection_id: str) -> bytes | None:
    """The first picture of the newest mail about an inflection, a PNG; None where there is none."""
    wanted = select(notice.c.content).where(notice.c.inflection_id == inflection_id, *TOLD_OF)
    content = conn.execute(wanted.order_by(notice.c.seq.desc(), notice.c.created_at.desc()).limit(1)).scalar()
    if content is None:
        return None
    for part in message_from_bytes(bytes(content), policy=policy.default).walk():
        if part.get_content_type() == PICTURE:
            return bytes(part.get_payload(decode=True) or b"")
    return None


def _of_view(view: Mapping[str, Any]) -> AsTold:
    def text(name: str) -> str:
        return _plain(view.get(name))

    levels = ""
    if text("before") and text("after"):
        levels = f"Before {text('before')}, {text('after_label').lower() or 'now'} {text('after')}"
        levels += f" ({text('by')}, {text('between')})" if text("by") else ""
    pictures, facts = view.get("pictures") or (), [*(view.get("glance") or ()), *(view.get("facts") or ())]
    return AsTold(
        label=text("label"),
        tone=text("tone") if text("tone") in ("good", "bad") else "even",
        headline=text("headline"),
        verdict=text("verdict"),
        news=text("news"),
        levels=levels,
        facts=tuple((_plain(fact.get("label")), _plain(fact.get("text"))) for fact in facts),
        shares=text("shares_line"),
        next_step=text("next_step"),
        data=text("data"),
        picture=(_plain(pictures[0].get("alt")) or "Chart") if pictures else "",
    )


def _plain(value: Any) -> str:
    """A text of a stored mail. It was made harmless when the mail was; the store is not trusted with that."""
    return safe_text.clean(value or "", LONGEST)

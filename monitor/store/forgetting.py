"""Erasing a customer or a person: from every version, from rows set aside, and from mails kept.

The name gives way to one that says nothing, the same in every place and not to be reckoned back. So deals stay in
their batches, and no count changes by it; what hung on the name alone, an account's attributes, is gone.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, delete, func, or_, select

from monitor.store import tables

Kind = Literal["account", "owner"]
COLUMNS: dict[Kind, tuple[str, ...]] = {"account": ("account",), "owner": ("owner", "creator", "closed_by")}
ERASED = "(erased)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was erased, or would be.

    versions    versions of deals in which the name stood
    attributes  versions of the account, which are gone with their attributes
    set_aside   rows set aside that held it, which are gone
    mails       mails kept whose text held it, which are blank now
    waiting     mails that hold it and were not sent yet: they are left as they are
    """

    name: str
    versions: int
    attributes: int
    set_aside: int
    mails: int
    waiting: int

    @property
    def nothing(self) -> bool:
        """Whether the name stands nowhere."""
        return not (self.versions or self.attributes or self.set_aside or self.mails or self.waiting)


def forget(conn: Connection, kind: Kind, name: str, *, only_count: bool = False) -> Forgotten:
    """Erase `name` in the caller's transaction; with `only_count` say what that would come to."""
    deal, account, rejected = tables.deal_version, tables.account_version, tables.rejected_row
    columns = [deal.c[column] for column in COLUMNS[kind]]
    here = or_(*(column == name for column in columns))
    theirs = account.c.account == name if kind == "account" else account.c.id < 0
    aside = or_(
        rejected.c.raw.contains(name, autoescape=True), rejected.c.detail.contains(name, autoescape=True)
    )
    mails = _mails(conn, name)
    found = Forgotten(
        name=name,
        versions=_count(conn, deal.c.id, here),
        attributes=_count(conn, account.c.id, theirs),
        set_aside=_count(conn, rejected.c.id, aside),
        mails=sum(state == "sent" for _, state in mails),
        waiting=sum(state != "sent" for _, state in mails),
    )
    if only_count:
        return found
    stand_in = f"forgotten {secrets.token_hex(4)}"
    for column in columns:
        conn.execute(deal.update().where(column == name).values({column.name: stand_in}))
    conn.execute(delete(account).where(theirs))
    conn.execute(delete(rejected).where(aside))
    for key, state in mails:
        if state == "sent":
            blank = {"content": ERASED.encode(), "subject": ERASED, "view": {"note": ERASED}}
            conn.execute(tables.notice.update().where(tables.notice.c.message_id == key).values(blank))
    return found


def _mails(conn: Connection, name: str) -> list[tuple[str, str]]:
    """The mails whose view or subject holds the name: the text that a reader saw is made of them."""
    notice = tables.notice
    rows = conn.execute(select(notice.c.message_id, notice.c.state, notice.c.subject, notice.c.view))
    return [
        (row.message_id, row.state)
        for row in rows
        if name in row.subject or name in json.dumps(row.view, ensure_ascii=False, default=str)
    ]


def _count(conn: Connection, column: Any, where: Any) -> int:
    return int(conn.execute(select(func.count(column)).where(where)).scalar_one())

"""Erasing by age: deals that were over before a day, with all that hangs on them, and old mails, packs and rows.

What was erased is written down in `aged`: when, how many, and what the weeks before that day said. Of each deal and
order a digest of its id stays, so that its lines and its history are not taken back from a source that has them.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Column, Connection, Table, delete, func, insert, or_, select

from monitor.store import tables
from monitor.store.versions import newest

A_STATEMENT = 500
DAYS = ("created_on", "qualified_on", "closed_on")
AGED_OUT = "(aged out)"
FINISHED = ("sent", "dead", "folded")


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """A time that deals were aged out: those that were over before `before`, in how many versions."""

    at: datetime
    before: date
    deals: int
    versions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What was erased beside deals: mails and packs that are blank now, rows set aside that are gone."""

    mails: int
    packs: int
    set_aside: int


def old_deals(versions: pl.DataFrame, before: date) -> pl.DataFrame:
    """The deals (source, deal_id, order) that were over, with every day they name, before a day.

    An open deal is never old. Of one order all deals are old or none is: they are counted as one.
    """
    over = (pl.col("outcome") != "open") & pl.any_horizontal(pl.col(day).is_not_null() for day in DAYS)
    last = pl.max_horizontal(*DAYS)
    known = newest(versions, "deal_id").select(
        "source", "deal_id", "order", old=(over & (last < before)).fill_null(False)
    )
    one = pl.coalesce("order", pl.concat_str(pl.lit("\x1f"), "deal_id"))
    return known.filter(pl.col("old").all().over("source", one)).drop("old")


def erase_deals(conn: Connection, old: pl.DataFrame, versions: pl.DataFrame, on: date) -> int:
    """Erase every version of the `old` deals, and their lines; how many versions of deals that were.

    Of an account that has no other deal, only what is said of it today stays.
    """
    count = 0
    for (source,), deals in old.group_by("source"):
        version = tables.deal_version.c
        count += _delete(
            conn, tables.deal_version, version.deal_id, deals["deal_id"], version.source == source
        )
    left = versions.join(old, on=["source", "deal_id"], how="anti")
    keys = keys_of(old)
    keys = keys.filter(~keys.is_in(keys_of(left).implode()))
    _delete(conn, tables.line_version, tables.line_version.c.deal_id, keys)
    note_keys(conn, keys, on)
    gone = versions.join(old, on=["source", "deal_id"], how="semi")["account"].drop_nulls().unique()
    _forget_past_of(conn, gone.filter(~gone.is_in(left["account"].drop_nulls().implode())))
    return count


def keys_of(deals: pl.DataFrame) -> pl.Series:
    """The ids of deals and of their orders, which their lines bear."""
    return pl.concat([deals["deal_id"], deals["order"].drop_nulls()]).unique()


def _forget_past_of(conn: Connection, accounts: pl.Series) -> None:
    version = tables.account_version.c
    for some in _some(accounts):
        last = (
            select(func.max(version.id))
            .where(version.account.in_(some))
            .group_by(version.source, version.account)
        )
        kept = [int(one) for one in conn.execute(last).scalars()]
        conn.execute(delete(tables.account_version).where(version.account.in_(some), version.id.not_in(kept)))


def erase_beside(conn: Connection, at: datetime, day: date) -> Erased:
    """Blank the mails made before `at` and the packs of weeks before `day`, and erase rows set aside before.

    What is about an open inflection stays: people still decide by it.
    """
    notice, evidence, rejected = tables.notice, tables.evidence, tables.rejected_row
    is_open = select(tables.inflection.c.id).where(tables.inflection.c.state == "open")
    mails = conn.execute(
        notice.update()
        .where(
            notice.c.created_at < at,
            notice.c.state.in_(FINISHED),
            notice.c.subject != AGED_OUT,
            or_(notice.c.inflection_id.is_(None), notice.c.inflection_id.not_in(is_open)),
        )
        .values(content=AGED_OUT.encode(), subject=AGED_OUT, view={"note": AGED_OUT})
    )
    packs = conn.execute(
        evidence.update()
        .where(evidence.c.week < day, evidence.c.pack.is_not(None), evidence.c.inflection_id.not_in(is_open))
        .values(pack=None)
    )
    reads = select(tables.source_read.c.id).where(tables.source_read.c.read_at < at)
    newest_reads = select(func.max(tables.source_read.c.id)).group_by(
        tables.source_read.c.source, tables.source_read.c.file
    )
    aside = conn.execute(
        delete(rejected).where(
            rejected.c.source_read_id.in_(reads), rejected.c.source_read_id.not_in(newest_reads)
        )
    )
    return Erased(mails=mails.rowcount, packs=packs.rowcount, set_aside=aside.rowcount)


def note_aged(
    conn: Connection, aged: Aged, *, restated: bool, frozen: Mapping[str, Any] | None = None
) -> None:
    """Write down what was aged out, and what the weeks before said."""
    packed = None
    if frozen is not None:
        packed = zlib.compress(json.dumps(frozen, allow_nan=False).encode())
        conn.execute(tables.aged.update().values(frozen=None))
    row = {name: getattr(aged, name) for name in ("at", "before", "deals", "versions")}
    conn.execute(insert(tables.aged), [{**row, "restated": restated, "frozen": packed}])


def every_aged(conn: Connection) -> list[Aged]:
    """Every time that deals were aged out, oldest first."""
    one = tables.aged.c
    rows = conn.execute(select(one.at, one.before, one.deals, one.versions).order_by(one.id))
    return [Aged(**row) for row in rows.mappings()]


def aged_before(conn: Connection) -> date | None:
    """The day before which no deal is known that was over by then; None where none was aged out."""
    day: date | None = conn.execute(select(func.max(tables.aged.c.before))).scalar()
    return day


def was_restated(conn: Connection) -> bool:
    """Whether a deal or an account had several versions when deals were aged out."""
    return bool(conn.execute(select(func.max(tables.aged.c.id)).where(tables.aged.c.restated)).scalar())


def load_frozen(conn: Connection) -> Mapping[str, Any] | None:
    """What the weeks said whose deals are gone, as plain values; None where none was aged out."""
    one = tables.aged.c
    packed = conn.execute(
        select(one.frozen).where(one.frozen.is_not(None)).order_by(one.id.desc()).limit(1)
    ).scalar()
    return None if packed is None else json.loads(zlib.decompress(packed))


def key_digest(key: str) -> str:
    """A digest of the id of a deal or an order."""
    return hashlib.blake2b(key.encode(), digest_size=12).hexdigest()


def note_keys(conn: Connection, keys: Iterable[str], on: date) -> None:
    """Remember the ids of deals and orders that are aged out on a day."""
    digests = {key_digest(key) for key in keys}
    if digests := digests - aged_keys(conn) if digests else digests:
        conn.execute(insert(tables.aged_key), [{"key": digest, "on": on} for digest in sorted(digests)])


def aged_keys(conn: Connection) -> frozenset[str]:
    """The digests of all ids that were aged out."""
    return frozenset(conn.execute(select(tables.aged_key.c.key)).scalars())


def take_back(conn: Connection, keys: Iterable[str]) -> None:
    """Forget that ids were aged out: their deals are there again."""
    back = {key_digest(key) for key in keys} & aged_keys(conn)
    for some in _some(pl.Series(sorted(back), dtype=pl.String)):
        conn.execute(delete(tables.aged_key).where(tables.aged_key.c.key.in_(some)))


def aged_on(conn: Connection, key: str) -> date | None:
    """The day on which the deal of an id was aged out."""
    day: date | None = conn.execute(
        select(tables.aged_key.c.on).where(tables.aged_key.c.key == key_digest(key))
    ).scalar()
    return day


def not_aged(conn: Connection, rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """`rows` without those of deals and orders that were aged out."""
    known = aged_keys(conn)
    if not known or rows.is_empty():
        return rows
    ids = rows[key].unique().drop_nulls()
    gone = [one for one in ids.to_list() if key_digest(one) in known]
    return rows.filter(~pl.col(key).is_in(gone)) if gone else rows


def _delete(conn: Connection, table: Table, column: Column[Any], keys: pl.Series, *where: Any) -> int:
    return sum(conn.execute(delete(table).where(column.in_(some), *where)).rowcount for some in _some(keys))


def _some(keys: pl.Series) -> Iterator[Sequence[str]]:
    """The keys, as many at a time as a statement takes."""
    for part in keys.to_frame("key").iter_slices(A_STATEMENT):
        yield part["key"].to_list()

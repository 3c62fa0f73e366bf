"""What a read as a whole may be too odd for: deals missing, rows or freshness down to a tenth. Judging waits then.

Fewer deals in a week is never a reason: that may be the inflection itself. What is asked is whether the files are
what they were: a snapshot of a tenth of the rows is a broken export, whatever the deals in it say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from monitor.store import holds
from monitor.store.reads import PastRead, ReadFile, past_reads
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings, Source

VANISHED, ROWS_FELL, FRESHNESS_FELL = "vanished", "rows_fell", "freshness_fell"
TENFOLD = 10
FEWEST_ROWS = 100
"""Of a source with fewer rows, a tenth says nothing."""
EARLIER_READS = 8
ENOUGH_READS = 4


def content_of(hashes: Iterable[str]) -> str:
    """One digest of the content hashes of a read's files."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


def look_over(
    conn: Connection,
    settings: Settings,
    source: Source,
    files: Sequence[ReadFile],
    content: str,
    *,
    suspects: str | None,
    now: datetime,
) -> tuple[str, ...]:
    """Hold judging for what is odd in the read of `files`, before it is saved; end the holds that mended.

    suspects   why the deals that are missing in it are not believed to be deleted, if so

    Returns sentences for operations that say how a hold ends.
    """
    if not all(file.whole for file in files):
        return ()  # that is told apart, and nothing was concluded from it
    past = past_reads(conn, source.name, EARLIER_READS)
    fell = any(
        each.reason == ROWS_FELL and each.state == "open" for each in holds.active_holds(conn, source.name)
    )
    found = dict(_odd(settings, source, files, past, now, fell=fell))
    if suspects is not None:
        found[VANISHED] = suspects
    said = []
    for reason in (VANISHED, ROWS_FELL, FRESHNESS_FELL):
        if reason not in found:
            holds.end(conn, source.name, reason, now)
            continue
        held = holds.hold(conn, source.name, reason, found[reason], content, now)
        if held.state == "open":
            said.append(
                f"{found[reason]}; judging waits. If it is so, `leftturn accept {held.run}` ends the wait"
            )
    return tuple(said)


def _odd(
    settings: Settings,
    source: Source,
    files: Sequence[ReadFile],
    past: Sequence[PastRead],
    now: datetime,
    *,
    fell: bool,
) -> Iterator[tuple[str, str]]:
    """Reasons and sentences. `fell`: the rows fell before and nobody accepted it: the last read is no measure."""
    if source.contains != "everything" or not past:
        return
    rows = sum(file.rows_read for file in files)
    usual = max(read.rows_read for read in past) if fell else past[0].rows_read
    if usual >= FEWEST_ROWS and rows * TENFOLD <= usual:
        yield ROWS_FELL, f"source {source.name} has {rows:,} rows where it had {usual:,}"
    newest = max((file.newest_day for file in files if file.newest_day is not None), default=None)
    ages = [
        (local_day(settings.company.timezone, read.read_at) - read.newest_day).days
        for read in past
        if read.newest_day is not None
    ]
    if newest is None or len(ages) < ENOUGH_READS:
        return
    age, ordinary = (local_day(settings.company.timezone, now) - newest).days, max(1.0, median(ages))
    if age >= TENFOLD * ordinary:
        yield (
            FRESHNESS_FELL,
            f"the newest deal of source {source.name} is {age} days old where {ordinary:.0f} were usual",
        )

"""After a replica took over: it may lack what was committed last, so what is due again may be a copy, and says so.

Which mails of the stretch that is missing went out is unknowable, as after a restore, and the way is the same
(`monitor.backup.aftermath`): what was due is done again under the same Message-IDs, and those mails carry
`X-Possible-Duplicate: 1`. Operations are told once, with the stretch. Acts of people in it cannot be done again.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from monitor.backup.aftermath import remember_failover
from monitor.operations import tell_operations
from monitor.store import Store, tables
from monitor.store.server import Server, asked, remember_server, remembered_server

if TYPE_CHECKING:
    from config.settings import Settings

SUBJECT = "The database went over to another server"
DONE_AGAIN = (
    "What was due in that time is done again; mails of it keep their Message-ID and carry X-Possible-Duplicate: 1, "
    "since whether they went out before cannot be known."
)
ACTS = "Decisions, silences and acceptances of that time that are not there must be given again."


def note_server(store: Store, settings: Settings, now: datetime) -> bool:
    """Look which server answers, and let writes go to no other until the next look.

    Returns whether what this process remembers may be more than the database holds. Raises StoreError.
    """
    before = store.server
    with store.read() as conn:
        server, known = asked(conn), remembered_server(conn)
    store.server = server
    if server is not None and server != known:
        with store.write() as conn:
            if known is not None:
                _tell(conn, settings, known, server, now)
            remember_server(conn, server, now)
    return before not in (None, server) or (server is not None and known not in (None, server))


def _tell(conn: Connection, settings: Settings, before: Server, server: Server, now: datetime) -> None:
    newest = newest_instant(conn)
    remember_failover(conn, before=before, server=server, newest=newest, now=now)
    here = (
        f"It is on timeline {server.timeline} now, and was on {before.timeline}: a replica took over."
        if server.system == before.system
        else f"It is on another system now ({server.system}), and was on {before.system}: its rows were moved."
    )
    end = f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    stretch = (
        f"The newest that it holds is of {newest.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC: "
        f"what was done after that and before {end} may be missing."
        if newest is not None
        else f"What was done before {end} may be missing."
    )
    key = f"failover:{server.system}:{server.timeline}"
    tell_operations(conn, settings, SUBJECT, [here, stretch, DONE_AGAIN, ACTS], key=key, now=now)


def newest_instant(conn: Connection) -> datetime | None:
    """The latest instant at which anything was written, as far as the rows tell; None of an empty store."""
    run, notice, read = tables.run.c, tables.notice.c, tables.source_read.c
    asked_of = (
        run.finished_at,
        run.started_at,
        notice.created_at,
        notice.claimed_at,
        notice.sent_at,
        read.read_at,
    )
    found = [conn.execute(select(func.max(column))).scalar() for column in asked_of]
    return max((at for at in found if at is not None), default=None)

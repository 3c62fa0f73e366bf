"""Operations see what leadership is to be told some hours before: until then leadership's mails wait in the outbox.

What is no longer so when the wait is over is not sent: the next judgement, or whoever silences the change, withholds
it. Ends, withdrawals and corrections do not wait: every day of a false alarm costs trust.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, select

from alerts.types import Reader, Reason
from alerts.words.figures import Figures
from monitor.ledger import Ledger
from monitor.store.silences import active_silences
from monitor.store.tables import notice
from monitor.store.threads import WITHHELD
from monitor.wall_clock import local_day, wall

PREVIEWED = frozenset({Reason.OPENED, Reason.CLARIFIED, Reason.WORSENED})


def hold_back(conn: Connection, message_ids: Collection[str], until: datetime) -> None:
    """Let mails that were just queued wait until an instant: they count as told from then on."""
    here = notice.c.message_id.in_(message_ids)
    conn.execute(notice.update().where(here).values(next_try_at=until, created_at=until))


def withhold(conn: Connection, inflection_id: str) -> int:
    """Never send the mails about an inflection that were queued and not tried yet; how many those were.

    They stay in the outbox for the record, and nobody counts as told by them.
    """
    changed = conn.execute(
        notice.update().where(_waits(inflection_id)).values(state=WITHHELD, reason=WITHHELD, next_try_at=None)
    )
    return int(changed.rowcount)


def withhold_silenced(conn: Connection, ledger: Ledger, today: date) -> int:
    """Withhold what was silenced while it waited; how many mails those were."""
    over = active_silences(conn, today)
    waiting = [one for one in ledger.open() if over and told_in_waiting(conn, one.id) is not None]
    return sum(
        withhold(conn, one.id)
        for one in waiting
        if any(
            silence.covers(
                one.id, one.headline.key.metric, dict(one.headline.key.segment) | dict(one.cause.place or {})
            )
            for silence in over
        )
    )


def told_in_waiting(conn: Connection, inflection_id: str) -> str | None:
    """The verdict that leadership is about to be told of; None where nothing waits."""
    verdict: str | None = conn.execute(
        select(notice.c.verdict).where(_waits(inflection_id)).order_by(notice.c.seq.desc()).limit(1)
    ).scalar()
    return verdict


def _waits(inflection_id: str) -> ColumnElement[bool]:
    return and_(
        notice.c.inflection_id == inflection_id,
        notice.c.state == "pending",
        notice.c.attempts == 0,
        notice.c.reason.in_([reason.value for reason in PREVIEWED]),
    )


def announcement(reader: Reader, until: datetime) -> str:
    """What a preview says before anything else: when leadership is mailed, on the reader's clock."""
    day = local_day(reader.timezone, until)
    when = f"{Figures(locale=reader.locale, today=day).day(day)} at {wall(ZoneInfo(reader.timezone), until):%H:%M}"
    return f"Preview for operations: leadership is mailed on {when}, your time, unless it is silenced until then."

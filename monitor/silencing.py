"""Whether a silence keeps a notice back, and when it no longer may.

A silence never hides three things: the end and the withdrawal of a change that was told (whoever was told is told),
the correction of a false alarm, and a change that became materially worse than when it was silenced. The notice of
the last goes out, and a silence of that one change ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from alerts.gate import CORRECTIONS, FOR_OPERATIONS, change_of, grew
from alerts.types import Alert, Reason
from monitor.store.acts import Author
from monitor.store.silences import Silence, active_silences, end_silence, kept_back, note_kept_back
from monitor.wall_clock import local_day

if TYPE_CHECKING:
    from config.settings import Settings
    from monitor.ledger import Inflection

REARMED = "re-armed: it became worse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """A notice that was kept back, by which silence; `first_on` the day, where it is the first time."""

    by: Silence
    first_on: date | None


def silence_over(
    conn: Connection,
    inflection: Inflection,
    alert: Alert,
    reason: Reason,
    settings: Settings,
    now: datetime,
) -> Silenced | None:
    """The silence that keeps a notice of `inflection` back; None where it is to be sent.

    A silence of a change that became worse is ended here, in the caller's transaction.
    """
    if reason in CORRECTIONS or alert.verdict in FOR_OPERATIONS:
        return None
    today = local_day(settings.company.timezone, now)
    headline = inflection.headline.key
    place = dict(headline.segment) | dict(inflection.cause.place or {})
    over = [one for one in active_silences(conn, today) if one.covers(inflection.id, headline.metric, place)]
    if not over:
        return None
    before = kept_back(conn, inflection.id, over)
    if reason is Reason.WORSENED or (before is not None and grew(before.change, alert)):
        author = Author(who="LeftTurn", via="command", at=now)
        for one in over:
            if one.inflection_id is not None:  # a wider one goes on for what else lies in it
                end_silence(conn, author, one.id, REARMED)
        return None
    first = note_kept_back(
        conn,
        over[0],
        inflection.id,
        at=now,
        reason=reason.value,
        verdict=alert.verdict,
        change=change_of(alert),
    )
    return Silenced(by=over[0], first_on=today if first else None)

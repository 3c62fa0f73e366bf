"""E2: the harness of E1 around two outboxes that others have. If it finds nothing wrong with them, it proves nothing.

mark then send    a mail is written down as sent before it is tried: what dies in between is lost
send then mark    the whole batch goes out, and then all of it is written down: what dies in between goes out again
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from e01_kills import WINDOW, kills, prepared
from figures import Figure, Size

from alerts.failpoints import POINTS, fp
from alerts.types import Delivery

if TYPE_CHECKING:
    from monitor.pipeline import Pipeline

SEEDS: dict[Size, int] = {"short": 1, "tenth": 2, "long": 20}
SENDING = [point for point in POINTS if point.startswith(("deliver.claimed", "smtp."))]
SENT = Delivery(state="sent", detail="")


def run(size: Size) -> list[Figure]:
    """Kill both at every point of sending."""
    seeds = SEEDS[size]
    outside = [point for point in SENDING if point not in WINDOW]
    with prepared(1) as harness:
        harness.mutant = mark_then_send
        marked = kills(harness, range(seeds), (), SENDING if size != "short" else SENDING[:1])
        harness.mutant = send_then_mark
        batched = kills(harness, range(2 * seeds), (), outside if size != "short" else outside[1:2])
    return [
        Figure(
            f"mark then send: mails lost in {marked.kills} kills",
            f"{marked.lost:,}",
            "more than 0",
            marked.lost > 0,
        ),
        Figure(
            f"send then mark: copies outside the window in {batched.kills} kills",
            f"{batched.outside:,}",
            "more than 0",
            batched.outside > 0,
        ),
    ]


def mark_then_send(self: Pipeline, now: datetime) -> Iterator[object]:
    """Write down that a mail was sent, then send it."""
    from monitor.store import outbox

    with self.store.read() as conn:
        waiting = outbox.waiting(conn, now)
    for mail in waiting:
        with self.store.write() as conn:
            outbox.claim(conn, mail, now, self.store.epoch)
            outbox.record(conn, mail, SENT, now)
        fp("deliver.claimed")
        list(self.channel.deliver([mail.email]))
    return iter(())


def send_then_mark(self: Pipeline, now: datetime) -> Iterator[object]:
    """Send all that waits, then write down that it was sent."""
    from monitor.store import outbox

    with self.store.read() as conn:
        waiting = outbox.waiting(conn, now)
    fp("deliver.claimed")
    list(self.channel.deliver(mail.email for mail in waiting))
    for mail in waiting:
        with self.store.write() as conn:
            outbox.claim(conn, mail, now, self.store.epoch)
            outbox.record(conn, mail, SENT, now)
    return iter(())

"""Named places at which a test may stop the process, or make it fail: `fp("smtp.dot")` does nothing unless armed.

They stand where dying matters: between two steps that the world sees apart. `POINTS` is all of them, in the order a
tick comes by; what has happened at each is its sentence. They live in this room because `monitor` may import it.
Only code can arm them, no environment and no configuration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

POINTS = {
    "ingest.begun": "the transaction of a source is open, nothing is read",
    "ingest.rows": "its rows are written, not committed",
    "ingest.committed": "its rows are committed",
    "judge.judged": "a week is judged, in memory only",
    "judge.ledger": "the inflection is written, no mail is queued, nothing is committed",
    "judge.queued": "its mails are queued, nothing is committed",
    "judge.committed": "the week, the inflection and its mails are committed",
    "digest.rendered": "a digest is rendered, in memory only",
    "digest.queued": "it is queued, not committed",
    "digest.committed": "it is committed",
    "deliver.waiting": "what waits is read from the outbox",
    "deliver.claiming": "a mail is claimed, not committed",
    "deliver.claimed": "the claim is committed",
    "smtp.mail": "the server knows the sender",
    "smtp.rcpt": "the server knows the reader",
    "smtp.data": "the server asks for the content",
    "smtp.content": "the content went out, without the dot that ends it",
    "deliver.data": "that the dot is about to go out is written, not committed",
    "deliver.handed": "that is committed, the dot is not out",
    "smtp.dot": "the dot is out, no answer is read",
    "smtp.answered": "the server took the mail, nothing of that is written",
    "deliver.recording": "that it was sent is written, not committed",
    "deliver.recorded": "that it was sent is committed",
}

_armed: Callable[[str], None] | None = None


def fp(name: str) -> None:
    """Come by the point `name`."""
    if _armed is not None:
        _armed(name)


@contextmanager
def armed(action: Callable[[str], None]) -> Iterator[None]:
    """Let `action` be told of every point that is come by, inside the `with`. One at a time."""
    global _armed  # the one switch there is
    before, _armed = _armed, action
    try:
        yield
    finally:
        _armed = before

"""What every road offers: take mails one by one, and say of each what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from alerts.types import Delivery, Email


class Channel(Protocol):
    """A road for mails.

    `deliver` takes a mail from `emails` only when the one before has its answer, so that the caller can claim each
    just before it is tried and write down each answer before the next one. It raises nothing of its own: whatever
    goes wrong with one mail is that mail's `Delivery`, and the next one is tried.
    """

    def deliver(self, emails: Iterable[Email]) -> Iterator[tuple[Email, Delivery]]:
        """Try every mail once, in order, and say what became of it."""
        ...

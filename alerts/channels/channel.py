"""What every road offers: take mails one by one, and say of each what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from alerts.types import Delivery, Email

HandingOver = Callable[[Email], None]
"""Told of a mail just before it can be taken. What it raises goes through, and nothing of the mail is handed over."""


def told_nobody(email: Email) -> None:
    """The `HandingOver` of a caller that keeps no record."""
    del email


class Channel(Protocol):
    """A road for mails.

    `deliver` takes a mail from `emails` only when the one before has its answer, so that the caller can claim each
    just before it is tried and write down each answer before the next one. It raises nothing of its own: whatever
    goes wrong with one mail is that mail's `Delivery`, and the next one is tried.

    `handing_over` is called with a mail right before the one step after which it may have been taken without our
    knowing. A road on which handing a mail over twice leaves one mail need not call it.
    """

    def deliver(
        self, emails: Iterable[Email], handing_over: HandingOver = told_nobody
    ) -> Iterator[tuple[Email, Delivery]]:
        """Try every mail once, in order, and say what became of it."""
        ...

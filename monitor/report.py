"""What one tick did, as plain values: printed by `leftturn once`, logged by the daemon."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRead:
    """What reading one source came to; `unchanged` where its files were read before, as they are.

    refused   why nothing of a file was used: it is read again soon
    """

    source: str
    unchanged: bool
    rows_read: int
    accepted: int
    quarantined: int
    duplicates: int
    ignored: int
    new_versions: int
    messages: tuple[str, ...]
    refused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekReport:
    """One judged week: how many inflections opened and closed, how many mails were queued, or why it was held."""

    week: date
    opened: int
    closed: int
    mails: int
    held: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestReport:
    """One reader's digest: queued, or missed."""

    week: date
    reader: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MailReport:
    """One attempt to deliver a mail of a kind (alert, digest, operations)."""

    kind: str
    to: str
    subject: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A period that could not be done and is tried again, with what is wrong."""

    job: str
    period: str
    message: str


@dataclass(slots=True, kw_only=True)
class Report:
    """One tick, job by job; it grows as the tick goes on."""

    ingested: list[SourceRead] = field(default_factory=list)
    judged: list[WeekReport] = field(default_factory=list)
    digests: list[DigestReport] = field(default_factory=list)
    delivered: list[MailReport] = field(default_factory=list)
    backups: list[Path] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def __str__(self) -> str:
        """One line for the log.

        >>> str(Report())
        'nothing was due'
        """
        parts = {
            "read": len(self.ingested),
            "judged": len(self.judged),
            "digests": len(self.digests),
            "mails tried": len(self.delivered),
            "backup": len(self.backups),
            "failed": len(self.failed),
        }
        return ", ".join(f"{count} {what}" for what, count in parts.items() if count) or "nothing was due"

"""Whether the heartbeat can be heard and the backups can be kept apart from what they copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from config.document import Wrong
from config.settings import Settings


def check_upkeep(settings: Settings) -> Iterator[Wrong]:
    """What is wrong with the care of the daemon."""
    beat = settings.heartbeat
    if beat is not None and not timedelta(minutes=1) <= beat.every <= timedelta(days=1):
        yield ("heartbeat", "every"), "must be at least 1 minute and at most 1 day"

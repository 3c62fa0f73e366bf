"""Whether the heartbeat can be heard, and whether deals are kept for as long as a change is judged by them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from config.document import Wrong
from config.settings import Settings

A_YEAR, FOLLOWED = 52, 13
"""Weeks before a change that its diagnosis compares with, and those in which an inflection is brought up to date."""


def check_keep(settings: Settings) -> Iterator[Wrong]:
    """A `keep` shorter than what judging and diagnosis look back to."""
    keep, learning = settings.privacy.keep, settings.attention.learning
    shortest = learning + A_YEAR + FOLLOWED
    if keep is not None and keep < shortest:
        yield (
            ("privacy", "keep"),
            f"must be at least {shortest} weeks: {learning} weeks that are learned from, a year that a change is "
            f"compared with, and {FOLLOWED} weeks in which it is followed",
        )


def check_upkeep(settings: Settings) -> Iterator[Wrong]:
    """What is wrong with the care of the daemon."""
    beat = settings.heartbeat
    if beat is not None and not timedelta(minutes=1) <= beat.every <= timedelta(days=1):
        yield ("heartbeat", "every"), "must be at least 1 minute and at most 1 day"

"""When a mail that was not taken is tried again.

    30 s, doubled with every attempt, at most an hour, each spread by a fifth either way; for five days

A server that says "later" to one reader or one content (450, 451: it may be greylisting) is given five minutes at
least. One that refuses the login or the sender is told no sooner than in a quarter of an hour: that is a matter of
set-up, and knocking on does not mend it.
"""

from __future__ import annotations

from datetime import timedelta

from alerts.types import Delivery

FIRST = timedelta(seconds=30)
LONGEST = timedelta(hours=1)
LIFETIME = timedelta(days=5)
SPREAD = 0.2
AFTER_LATER = timedelta(minutes=5)
AFTER_SETUP = timedelta(minutes=15)
PERMANENT = 500


def retry_after(attempts: int, chance: float = 0.5) -> timedelta:
    """Wait before the next try, after `attempts` earlier ones; `chance`, 0 to 1, spreads it.

    >>> [retry_after(n).total_seconds() for n in (0, 1, 4, 20)]
    [30.0, 60.0, 480.0, 3600.0]
    >>> [round(retry_after(0, chance).total_seconds()) for chance in (0.0, 1.0)]
    [24, 36]
    """
    return min(FIRST * (1 << min(attempts, 10)), LONGEST) * (1 - SPREAD + 2 * SPREAD * chance)


def next_try(attempts: int, delivery: Delivery, chance: float) -> timedelta:
    """Wait before the next try of a mail after this answer."""
    usual = retry_after(attempts, chance)
    code = delivery.code or 0
    if delivery.about in ("road", "sender") and code >= PERMANENT:
        return max(usual, AFTER_SETUP)
    if delivery.about in ("reader", "content") and 0 < code < PERMANENT:
        return max(usual, AFTER_LATER)
    return usual

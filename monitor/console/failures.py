"""A limit on failures: who guesses tokens or links is soon told to wait. What is right is never held up by it."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable

MOST_FAILURES, WITHIN_SECONDS = 20, 300.0
MOST_ADDRESSES = 1000


class Failures:
    """Counts failures by address over a sliding time. `monotonic` tells seconds that never step."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, address: str) -> None:
        """One more failure of an address; the addresses quiet for longest are forgotten first."""
        now = self._monotonic()
        with self._lock:
            seen = self._seen.setdefault(address, deque(maxlen=MOST_FAILURES))
            seen.append(now)
            self._seen.move_to_end(address)
            while len(self._seen) > MOST_ADDRESSES:
                self._seen.popitem(last=False)

    def too_many(self, address: str) -> bool:
        """Whether an address has failed too often lately."""
        with self._lock:
            seen = self._seen.get(address)
            return (
                seen is not None
                and len(seen) == MOST_FAILURES
                and self._monotonic() - seen[0] < WITHIN_SECONDS
            )

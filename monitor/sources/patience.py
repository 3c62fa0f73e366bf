"""Calls over HTTP that wait when they are asked to, try again what may pass, and say in a sentence what does not.

429 and 503 with Retry-After are obeyed (RFC 9110, 10.2.3); without it the wait doubles from half a second. What a
server has not answered is asked again, since every call here only reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from monitor.sources.paging import RemoteError

PASSING = frozenset({429, 500, 502, 503, 504})
TRIES = 6
FIRST_WAIT, LONGEST_WAIT = 0.5, 120.0
SECONDS = 60.0
LARGEST_ANSWER = 64_000_000

Pause = Callable[[float], None]
"""Waits so many seconds."""


class PatientCalls:
    """Asks one server. `pause` waits, `clock` tells aware UTC; `client` knows the address and the login."""

    def __init__(self, client: httpx.Client, *, pause: Pause, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._pause = pause
        self._clock = clock

    def ask(self, method: str, path: str, *, body: Any = None, query: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON. Raises RemoteError where there is none to be had."""
        place, wait = str(self._client.base_url.join(path)), FIRST_WAIT
        said = ""
        for _ in range(TRIES):
            try:
                answer = self._client.request(method, path, json=body, params=query)
            except httpx.TransportError as error:
                said = f"{type(error).__name__}"
                asked = None
            else:
                if answer.status_code not in PASSING:
                    return self._read(answer, place)
                said = f"it answers {answer.status_code}"
                asked = self._asked_to_wait(answer)
            self._pause(min(asked if asked is not None else wait, LONGEST_WAIT))
            wait *= 2
        raise RemoteError(
            f"{place}: no answer after {TRIES} tries ({said}); it is tried again at the next turn", again=True
        )

    def _asked_to_wait(self, answer: httpx.Response) -> float | None:
        """Seconds of Retry-After, which is a number or a date; None where it says neither."""
        told = answer.headers.get("retry-after", "")
        if told.replace(".", "", 1).isdigit():
            return float(told)
        try:
            return max((parsedate_to_datetime(told) - self._clock()).total_seconds(), 0.0)
        except (TypeError, ValueError):
            return None

    def _read(self, answer: httpx.Response, place: str) -> Any:
        if answer.status_code == 401:
            raise RemoteError(
                f"{place}: the login is not accepted any more; give LeftTurn a new token", again=False
            )
        if answer.status_code == 403:
            raise RemoteError(
                f"{place}: the login may not read this ({_told(answer)}); widen its rights", again=False
            )
        if not answer.is_success:
            raise RemoteError(f"{place}: it answers {answer.status_code} ({_told(answer)})", again=False)
        if len(answer.content) > LARGEST_ANSWER:
            raise RemoteError(f"{place}: the answer is larger than {LARGEST_ANSWER:,} bytes", again=False)
        try:
            return answer.json()
        except ValueError:
            raise RemoteError(f"{place}: the answer is no JSON, or was cut off", again=True) from None


def _told(answer: httpx.Response) -> str:
    """What the server says is wrong, in one short line."""
    try:
        message = answer.json()["message"]
    except (ValueError, KeyError, TypeError):
        message = answer.text
    return " ".join(str(message).split())[:200] or "without a reason"

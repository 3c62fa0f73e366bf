"""The shares of a change: market, mix, price, people, recording, in words and as lengths of a bar."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from alerts.types import SHARES, Alert
from alerts.words.figures import Figures, digits_of, joined

CAUSES: Mapping[str, str] = {
    "market": "the market",
    "mix": "which customers you sell to",
    "price": "prices",
    "people": "people",
    "recording": "how deals are recorded",
}
SHORT: Mapping[str, str] = {
    "market": "market",
    "mix": "mix",
    "price": "price",
    "people": "people",
    "recording": "recording",
}
OF_ONE_PLACE = ("the place itself", "place")
"""What "market" means where one place moved and the market did not."""
HIDDEN = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One cause's part of the move.

    cause    "market", one of SHARES
    label    "the market"
    short    "market 6": what fits into the bar
    told     "6 market": what stands in the sentence
    size     "6 points", or "2 points the other way"
    between  "4 to 8", or None
    width    its part of the bar in percent, 0..100; parts that go the other way have a bar of their own
    against  whether it goes against the move
    nothing  whether it is nought as written: the sentence leaves it out, the list beside the bar does not
    """

    cause: str
    label: str
    short: str
    told: str
    size: str
    between: str | None
    width: int
    against: bool
    nothing: bool


def shares(alert: Alert, figures: Figures) -> tuple[Share, ...]:
    """The known shares, largest first; rounded so that they add up to the move as it is written."""
    headline = alert.findings[0]
    known = {c: v for c in SHARES if (v := alert.shares.get(c)) is not None and math.isfinite(v)}
    if len(known) < 2:  # one cause alone says nothing about parts
        return ()
    whole = headline.after - headline.before
    count = headline.unit == "count"
    scale = 1.0 if count else 100.0
    digits = _count_digits(whole) if count else digits_of(headline.before, headline.after)
    sign = 1.0 if whole >= 0 else -1.0
    steps = _rounded([sign * scale * v for v in known.values()], digits)
    sizes = dict(zip(known, steps, strict=True))
    longest = sum(abs(v) for v in known.values())
    found = [
        Share(
            cause=cause,
            label=_names(alert, cause)[0],
            short=f"{_names(alert, cause)[1]} {figures.number(abs(sizes[cause]), digits)}",
            told=f"{figures.number(abs(sizes[cause]), digits)} {_names(alert, cause)[1]}",
            size=_size(sizes[cause], digits, count=count, figures=figures),
            between=_between(alert, cause, sign * scale, digits, figures),
            width=max(0, round(100 * abs(value) / longest)) if longest else 0,
            against=sign * value < 0 and abs(value) >= HIDDEN * abs(whole),
            nothing=sizes[cause] == 0,
        )
        for cause, value in known.items()
    ]
    return tuple(sorted(found, key=lambda share: (share.against, -share.width, SHARES.index(share.cause))))


def _names(alert: Alert, cause: str) -> tuple[str, str]:
    if cause == "market" and alert.verdict == "internal":
        return OF_ONE_PLACE
    return CAUSES[cause], SHORT[cause]


def _count_digits(whole: float) -> int:
    return 0 if abs(whole) >= 10 else 1


def _rounded(values: list[float], digits: int) -> list[float]:
    """`values` rounded so that they add up to their rounded sum (largest remainders first).

    >>> _rounded([6.4, 1.4, 1.4], 0)
    [7.0, 1.0, 1.0]
    >>> _rounded([11.3, -2.4], 0)
    [11.0, -2.0]
    """
    step = 10.0**-digits
    down = [math.floor(v / step) for v in values]
    missing = round(sum(values) / step) - sum(down)
    order = sorted(range(len(values)), key=lambda i: down[i] - values[i] / step)
    for place in order[: max(0, missing)]:
        down[place] += 1
    return [whole * step for whole in down]


def _size(value: float, digits: int, *, count: bool, figures: Figures) -> str:
    said = figures.number(abs(value), digits)
    unit = "deals a week" if count else ("point" if said == "1" else "points")
    return f"{said} {unit}" + (" the other way" if round(value, digits) < 0 else "")


def _between(alert: Alert, cause: str, scale: float, digits: int, figures: Figures) -> str | None:
    interval = alert.share_intervals.get(cause)
    if interval is None or not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return None
    low, high = sorted((scale * interval.low, scale * interval.high))
    return f"{figures.number(low, digits)} to {figures.number(high, digits)}"


def in_a_line(found: tuple[Share, ...], size: str) -> str:
    """The shares as one sentence: "Of the 9 points: 6 market, 2 mix, 1 people"."""
    if not found:
        return ""
    parts = [share.told for share in found if not share.against and not share.nothing]
    against = [share.told for share in found if share.against and not share.nothing]
    line = f"Of the {size}: {', '.join(parts)}" if parts else f"Of the {size}"
    return line + (f"; less {', '.join(against)} that went the other way" if against else "")


def untold(alert: Alert) -> str | None:
    """The causes whose share the data cannot tell, in words."""
    unknown = [CAUSES[cause] for cause in SHARES if alert.shares.get(cause) is None]
    return joined(unknown) if unknown and len(unknown) < len(SHARES) else None

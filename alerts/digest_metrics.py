"""The metrics of a digest: where each stands, what can be ruled out, and why one cannot be judged."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from alerts import safe_text
from alerts.pictures import MOST_PICTURES, SMALL, Picture, picture, title_of
from alerts.types import Chart, Digest, MetricLine
from alerts.words import names, quiet
from alerts.words.figures import Figures, few, joined, opening

MOST_METRICS = 16
MOST_NAMED = 3
ORDER = ("win_rate", "fit_mix", "discount", "volume")
NARROW = 0.03  # usual ranges under three points are told to a tenth
COUNTED_LESS = 0.97
WHOLE = ("count", "days", "money")
"""Units that are no percentage: their usual range is in their own figures, what is ruled out relative to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricView:
    """A metric in the digest: its figures, what can be ruled out, why it is quiet (if it cannot be judged)."""

    name: str
    recent: str
    usual: str
    this_week: str
    quarter: str
    standing: str
    ruled_out: str
    quiet: str
    picture: Picture | None


def _name(line: MetricLine) -> str:
    return names.titled(line.name, line.kind)


def metric_views(digest: Digest, figures: Figures) -> Iterator[MetricView]:
    """The metrics in their order, the first of them with a picture."""
    pictured, told = 0, _told(digest)
    for line in _worst_first(digest):
        shown = line.chart if pictured < MOST_PICTURES else None
        pictured += shown is not None
        yield MetricView(
            name=opening(_name(line)),
            recent=_amount(line.recent, line, figures) if _fresh(line) else "",
            usual=f"{_bare(line.usual.low, line, figures)} to {_amount(line.usual.high, line, figures)}",
            this_week=_this_week(line, figures),
            quarter=_quarter(line, figures),
            standing=_standing(line),
            ruled_out="" if line.name in told else _both_ways(line, digest.ruled_out_since, figures),
            quiet=_quiet(line, digest) or ("A change is open here." if line.name in told else ""),
            picture=picture(shown, pictured, SMALL, figures, fresh=_fresh(line))
            if shown is not None
            else None,
        )


def left_out(digest: Digest) -> str:
    """How many metrics there is no room for."""
    rest = len(digest.metrics) - MOST_METRICS
    return f"{rest} more metrics are left out here." if rest > 0 else ""


def _worst_first(digest: Digest) -> list[MetricLine]:
    """Where a change is open, then what is not as usual, then the rest; what cannot be judged comes last.

    A share of tiers stays behind the share of the core that it widens, and takes it along.
    """
    told = _told(digest)
    first: dict[str, tuple[bool, bool, bool]] = {}
    for line in digest.metrics:
        place = line.quiet is not None, line.name not in told, not _standing(line)
        first[_family(line)] = min(first.get(_family(line), place), place)
    return sorted(digest.metrics, key=lambda line: first[_family(line)])[:MOST_METRICS]


def _family(line: MetricLine) -> str:
    """The name of the metric of which a line is a wider share; else its own name."""
    metric, _, place = line.name.partition(", ")
    return metric if line.kind in names.SHARES_OF_TIERS and place.endswith(names.OR_BETTER) else line.name


def _amount(value: float, line: MetricLine, figures: Figures) -> str:
    said = names.amount(value, line.unit, figures, _digits(line))
    return f"{said} a week" if line.unit == "count" else said


def _bare(value: float, line: MetricLine, figures: Figures) -> str:
    if line.unit in WHOLE:
        return figures.count(value) if line.unit != "money" else names.amount(value, "money", figures)
    return figures.number(100.0 * value, _digits(line))


def _digits(line: MetricLine) -> int:
    """Tenths where the usual range is narrower than three points."""
    return 1 if line.unit not in WHOLE and line.usual.high - line.usual.low < NARROW else 0


def _this_week(line: MetricLine, figures: Figures) -> str:
    """The last week alone; nothing where it has no value or its data are not in."""
    if not _fresh(line) or not math.isfinite(line.this_week):
        return ""
    return _amount(line.this_week, line, figures) + _deals(line, figures)


def _quarter(line: MetricLine, figures: Figures) -> str:
    """The fiscal quarter so far beside the same weeks of a year ago, as far as they are known."""
    if not _fresh(line) or line.quarter is None or not math.isfinite(line.quarter):
        return ""
    said = _amount(line.quarter, line, figures)
    if line.year_ago is None or not math.isfinite(line.year_ago):
        return f"{said}; a year ago is not known"
    return f"{said}, a year ago {_amount(line.year_ago, line, figures)}"


def _quiet(line: MetricLine, digest: Digest) -> str:
    """Why this metric cannot be judged; not said of each where none can, as the first line says it of all."""
    alike = len({one.quiet for one in digest.metrics}) == 1 and not judged(digest)
    return "" if alike else quiet.sentence(line.quiet)


def _deals(line: MetricLine, figures: Figures) -> str:
    if line.unit == "count":
        return ""
    said = f"{figures.number(line.deals)} {'deal' if line.deals == 1 else 'deals'}"
    less = line.effective_deals < COUNTED_LESS * line.deals
    return f" ({said}, counted as {figures.number(line.effective_deals)})" if less else f" ({said})"


def _fresh(line: MetricLine) -> bool:
    """Whether the newest weeks are in: what is counted without them would read as a fall."""
    return line.quiet not in ("stale_data", "held") and math.isfinite(line.recent)


def _standing(line: MetricLine) -> str:
    if not _fresh(line):
        return ""
    if line.recent < line.usual.low:
        return "below what is usual"
    return "above what is usual" if line.recent > line.usual.high else ""


def _both_ways(line: MetricLine, since: date | None, figures: Figures) -> str:
    if line.quiet is not None:
        return ""
    ways = [
        f"a {way} of more than {_ruled_change(line, change, figures)}"
        for way, change in (("fall", line.ruled_out_down), ("rise", line.ruled_out_up))
        if change is not None
    ]
    when = f" since {figures.day(since)}" if since else ""
    return (
        f"Ruled out{when}: {' and '.join(ways)}."
        if ways
        else "How small a change could hide cannot be told yet."
    )


def judged(digest: Digest) -> list[MetricLine]:
    """The metrics that could be judged this week."""
    return [line for line in digest.metrics if line.quiet is None]


def ruled_out(digest: Digest, figures: Figures) -> str:
    """What can be ruled out in the metrics that can be judged, each in the direction that would hurt."""
    parts: list[str] = []
    told, kinds = _told(digest), set[str]()
    for line in sorted(judged(digest), key=_core_first):
        harm = _harm(line)
        if harm is None or line.kind in kinds or line.name in told:
            continue
        kinds.add(line.kind)
        way, change = harm
        parts.append(f"a {way} of more than {_ruled_change(line, change, figures)} in {_name(line)}")
    if not parts:
        return "How small a change could still hide cannot be told yet." if judged(digest) else ""
    since = f" since {figures.day(digest.ruled_out_since)}" if digest.ruled_out_since else ""
    return f"{opening(joined(parts[:MOST_NAMED]))} can be ruled out{since}; smaller moves could hide."


def _told(digest: Digest) -> frozenset[str]:
    """The titles of series that an open change tells of: what could hide in them is no longer the question."""
    alerts = (*digest.opened, *digest.open)
    return frozenset(
        title_of(finding) for alert in alerts if alert.state == "open" for finding in alert.findings
    )


def _core_first(line: MetricLine) -> tuple[int, bool]:
    place = ORDER.index(line.kind) if line.kind in ORDER else len(ORDER)
    return place, not line.name.endswith(", core")


def _harm(line: MetricLine) -> tuple[str, float] | None:
    """The direction that would hurt, and the smallest such change that the data exclude."""
    up = line.kind in names.HARMFUL_UP
    change = line.ruled_out_up if up else line.ruled_out_down
    return None if change is None else ("rise" if up else "fall", change)


def _ruled_change(line: MetricLine, change: float, figures: Figures) -> str:
    """Rounded up, so that no more is ruled out than the data say. Counts relative to what is usual."""
    usual = (line.usual.low + line.usual.high) / 2
    if line.unit in WHOLE:
        return figures.percent(_up(change / usual)) if usual > 0 else f"{figures.count(change)} a week"
    return figures.points(_up(change))


def _up(change: float) -> float:
    """The next whole percent or point.

    >>> _up(0.0611), _up(0.07)
    (0.07, 0.07)
    """
    return -(-round(100 * change, 6) // 1) / 100


def not_judged(digest: Digest) -> str:
    """The metrics that cannot be judged, where others can, and what the program failed on."""
    mute = sorted({_name(line) for line in digest.metrics if line.quiet is not None})
    said = f"Not judged: {joined(few(mute, MOST_NAMED))}." if mute and judged(digest) else ""
    return " ".join(part for part in (said, _failed(digest)) if part)


def _failed(digest: Digest) -> str:
    """What is left out because of a defect; that is no quiet week of it."""
    names_of = [
        names.titled(one.name, one.kind) if one.kind else f"segments by {safe_text.name(one.name)}"
        for one in digest.left_out
    ]
    if not names_of:
        return ""
    return f"Left out for a defect in the program, which operations know of: {joined(few(names_of, MOST_NAMED))}."


def drawings(views: tuple[MetricView, ...], digest: Digest) -> list[tuple[Picture, Chart]]:
    """Each picture of the views with the chart it is drawn from."""
    shown = zip(views, _worst_first(digest), strict=True)
    return [
        (one.picture, line.chart) for one, line in shown if one.picture is not None and line.chart is not None
    ]

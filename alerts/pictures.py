"""The pictures of a mail: which, under what name, and what they say to somebody who cannot see them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from alerts.types import Chart, FindingLine
from alerts.words import names
from alerts.words.figures import Figures, digits_of, opening

MOST_PICTURES = 12
LARGE = (524, 216)
SMALL = (524, 130)
"""Width and height in CSS pixels: what a card of 600 leaves inside its margins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture as the mail's page names it; `width` and `height` in CSS pixels, `name` of its part of the mail."""

    name: str
    title: str
    alt: str
    width: int
    height: int


def picture(
    chart: Chart,
    place: int,
    size: tuple[int, int],
    figures: Figures,
    findings: Sequence[FindingLine] = (),
    *,
    fresh: bool = True,
) -> Picture:
    """The picture of `chart`, the `place`-th of its mail; `findings` lend their figures to the one they are of.

    Where the newest data are missing (not `fresh`), nothing is said of the last week.
    """
    title = opening(names.titled(chart.title, names.kind_of_title(chart.title)))
    finding = next((f for f in findings if title_of(f) == chart.title), None)
    return Picture(
        name=f"chart-{place}-{hashlib.sha256(chart.title.encode('utf-8', 'replace')).hexdigest()[:8]}",
        title=title,
        alt=f"{title}, week by week{_span(chart, figures)}{_levels(chart, figures, finding, fresh=fresh)}.",
        width=size[0],
        height=size[1],
    )


def title_of(finding: FindingLine) -> str:
    """The title that the chart of a finding's series carries."""
    place = ", ".join(finding.segment.values())
    metric = finding.metric.replace("_", " ")
    return f"{metric}, {place}" if place else metric


def _span(chart: Chart, figures: Figures) -> str:
    return f" from {figures.day(chart.weeks[0])} to {figures.day(chart.weeks[-1])}" if chart.weeks else ""


def _levels(chart: Chart, figures: Figures, finding: FindingLine | None, *, fresh: bool) -> str:
    said = []
    if finding is not None and chart.change is not None:
        digits = digits_of(finding.before, finding.after)
        before, after = (
            names.amount(v, chart.unit, figures, digits) for v in (finding.before, finding.after)
        )
        said.append(f"{before} before about {figures.day(chart.change)}, {after} since")
    elif fresh and chart.values and math.isfinite(chart.values[-1]):
        said.append(f"{names.amount(chart.values[-1], chart.unit, figures)} in the last week")
    low = next((v for v in reversed(chart.band_low) if math.isfinite(v)), None)
    high = next((v for v in reversed(chart.band_high) if math.isfinite(v)), None)
    if low is not None and high is not None:
        ends = [names.amount(v, chart.unit, figures) for v in (low, high)]
        said.append(f"ordinary weeks lie between {ends[0]} and {ends[1]}")
    return ": " + "; ".join(said) if said else ""

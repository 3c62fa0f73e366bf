"""Charts for mails: a series over weeks, where ordinary weeks lie, and the dated change with its interval.

A chart is an opaque PNG at twice its CSS size on a light ground, so that it reads in dark mode too. The heavy line
is dark and the band light: both read in grey and to colour-blind eyes. Nothing in it is text from outside.

Everything is placed in pixels: axes objects would take three times as long to set up as all else takes to draw.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from alerts.types import Chart, Unit

if TYPE_CHECKING:
    from matplotlib.artist import Artist

SCALE = 2
INCH = 100.0
LARGE_FROM = 180  # CSS pixels of height from which a chart has room for one tick more
GROUND, INK, GRID, FOOT = "#ffffff", "#4b545e", "#e5e9ed", "#9aa4af"
WEEKLY, LEVEL, BAND, CHANGE, SPAN = "#7f9cb8", "#0b3d66", "#e3ecf4", "#b45309", "#fbe3c4"
LEFT, RIGHT, TOP, BOTTOM = 58, 10, 8, 26  # margins in CSS pixels
RUNNING = 13  # weeks behind each point of the running mean
LETTERS = 20  # in points of the picture: still read on a phone, where it is shown at 0.6 of its size
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST_MONTHS = 6
COLOURS = 32
Points = tuple[list[float], list[float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """Where the plot lies in the picture (pixels, from the lower left), and which days and values it spans."""

    left: float
    right: float
    bottom: float
    top: float
    days: tuple[float, float]
    values: tuple[float, float]

    def x(self, day: float) -> float:
        first, last = self.days
        return self.left + (self.right - self.left) * (day - first) / (last - first)

    def y(self, value: float) -> float:
        low, high = self.values
        return self.bottom + (self.top - self.bottom) * (value - low) / (high - low)

    def inside(self, day: float) -> float:
        """The day, or the nearest one the field has."""
        return min(max(day, self.days[0]), self.days[1])


@lru_cache(maxsize=64)
def png(chart: Chart, size: tuple[int, int]) -> bytes:
    """The picture of `chart`, `size` in CSS pixels; one drawing serves all readers of the same chart."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = (SCALE * side for side in size)
    figure = Figure(figsize=(width / INCH, height / INCH), dpi=INCH, facecolor=GROUND)
    canvas = FigureCanvasAgg(figure)
    for artist in _draw(chart, size):
        figure.add_artist(artist)
    canvas.draw()  # type: ignore[no-untyped-call]
    return _packed(canvas.buffer_rgba(), canvas.get_width_height())  # type: ignore[no-untyped-call]


def _packed(pixels: Any, size: tuple[int, int]) -> bytes:
    """A PNG of few colours: a third of the size of one of all colours, and no difference to see."""
    from PIL import Image

    image = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")
    out = io.BytesIO()
    few = image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _draw(chart: Chart, size: tuple[int, int]) -> Iterator[Artist]:
    """Everything in the picture, from the back to the front."""
    large = size[1] >= LARGE_FROM
    field = _field(chart, size)
    days = [float(day.toordinal()) for day in chart.weeks]
    yield from _span(chart, field)
    for low, high in _runs(chart, days):
        yield _area(field, low, high)
    yield from _ticks(chart, field, large=large)
    yield _line(field, (days, list(chart.values)), WEEKLY, 1.6)
    yield from _mark(chart, field)
    for level in _levels(chart, days):
        yield _line(field, level, LEVEL, 5 if large else 4)


def _field(chart: Chart, size: tuple[int, int]) -> _Field:
    width, height = (SCALE * side for side in size)
    first = chart.weeks[0].toordinal() if chart.weeks else 0
    last = chart.weeks[-1].toordinal() if chart.weeks else 1
    return _Field(
        left=SCALE * LEFT,
        right=width - SCALE * RIGHT,
        bottom=SCALE * BOTTOM,
        top=height - SCALE * TOP,
        days=(first, max(last, first + 1)),
        values=_reach(chart),
    )


def _line(field: _Field, points: Points, colour: str, width: float, **style: Any) -> Artist:
    from matplotlib.lines import Line2D

    xs, ys = [field.x(day) for day in points[0]], [field.y(value) for value in points[1]]
    return Line2D(xs, ys, color=colour, linewidth=width, solid_capstyle="butt", transform=None, **style)


def _area(field: _Field, low: Points, high: Points) -> Artist:
    from matplotlib.patches import Polygon

    corners = [*zip(*low, strict=True), *reversed(list(zip(*high, strict=True)))]
    placed = [(field.x(day), field.y(value)) for day, value in corners]
    return Polygon(placed, closed=True, facecolor=BAND, linewidth=0, transform=None)


def _runs(chart: Chart, days: list[float]) -> Iterator[tuple[Points, Points]]:
    """The band, in pieces that have both ends."""
    piece: list[tuple[float, float, float]] = []
    for day, low, high in [
        *zip(days, chart.band_low, chart.band_high, strict=True),
        (0.0, math.nan, math.nan),
    ]:
        if math.isfinite(low) and math.isfinite(high):
            piece.append((day, low, high))
        elif piece:
            over = [one[0] for one in piece]
            yield (over, [one[1] for one in piece]), (over, [one[2] for one in piece])
            piece = []


def _span(chart: Chart, field: _Field) -> Iterator[Artist]:
    """The days in which the change may have begun."""
    from matplotlib.patches import Rectangle

    if chart.change_between is None:
        return
    first, last = (field.x(field.inside(day.toordinal())) for day in chart.change_between)
    if last > first:
        height = field.top - field.bottom
        yield Rectangle(
            (first, field.bottom), last - first, height, facecolor=SPAN, linewidth=0, transform=None
        )


def _mark(chart: Chart, field: _Field) -> Iterator[Artist]:
    """The dated change, where it lies inside the picture."""
    if chart.change is None or not field.days[0] <= chart.change.toordinal() <= field.days[1]:
        return
    day = float(chart.change.toordinal())
    yield _line(field, ([day, day], list(field.values)), CHANGE, 2.4, linestyle=(0, (4, 2)))


def _levels(chart: Chart, days: list[float]) -> list[Points]:
    """The heavy line: the levels before and after a dated change, or the mean of the last RUNNING weeks.

    The levels are those the mail speaks of; plain means of the weeks only where none are given.
    """
    if chart.change is None or chart.over:
        ends = range(RUNNING, len(chart.values) + 1)
        means = [_mean(chart.values[end - RUNNING : end]) for end in ends]
        return [(days[RUNNING - 1 :], means)] if means else []
    first, last = chart.change_between or (chart.change, chart.change)
    before = [v for week, v in zip(chart.weeks, chart.values, strict=True) if week < first]
    after = [v for week, v in zip(chart.weeks, chart.values, strict=True) if week >= last]
    at = float(chart.change.toordinal())
    levels = chart.levels or (_mean(before), _mean(after))
    return [
        ([start, end], [level] * 2)
        for start, end, values, level in ((days[0], at, before, levels[0]), (at, days[-1], after, levels[1]))
        if values and start < end
    ]


def _mean(values: Sequence[float]) -> float:
    """The mean of the weeks that have a value; nan where none has."""
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _ticks(chart: Chart, field: _Field, *, large: bool) -> Iterator[Artist]:
    """Round values at the left with a thin line each, and months at the foot."""
    from matplotlib.text import Text

    style: dict[str, Any] = {"color": INK, "fontsize": LETTERS, "transform": None}
    for value in _round_values(*field.values, 4 if large else 3):
        yield _line(field, (list(field.days), [value, value]), GRID, 1.2)
        yield Text(
            field.left - 12, field.y(value), _value_words(value, chart.unit), ha="right", va="center", **style
        )
    foot = field.bottom - 10
    for day in _firsts_of_months(chart.weeks, MOST_MONTHS):
        yield Text(field.x(day.toordinal()), foot, _month_words(day), ha="center", va="top", **style)
    yield _line(field, (list(field.days), [field.values[0]] * 2), FOOT, 1.5)


def _reach(chart: Chart) -> tuple[float, float]:
    """The lowest and highest value worth showing, with a little air; counts and rates do not go below nothing."""
    known = [v for row in (chart.values, chart.band_low, chart.band_high) for v in row if math.isfinite(v)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    air = 0.08 * (high - low) or 0.5 * abs(high) or 0.5
    floor = low - air
    if chart.unit != "discount":
        floor = max(0.0, floor)
    ceiling = min(1.0, high + air) if chart.unit in ("rate", "share") and high <= 1 else high + air
    return floor, max(ceiling, floor + 1e-6)


def _round_values(low: float, high: float, most: int) -> list[float]:
    """Round numbers between `low` and `high`, at most `most` of them.

    >>> _round_values(0.12, 0.41, 4)
    [0.2, 0.3, 0.4]
    """
    span = high - low
    size = 10.0 ** math.floor(math.log10(span / most))
    for step in (size, 2 * size, 5 * size, 10 * size, 20 * size, 50 * size):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [round(i * step, 10) for i in range(first, last + 1)]
    return []


def _firsts_of_months(weeks: tuple[date, ...], most: int) -> list[date]:
    """First days of months inside the weeks, evenly apart and at most `most`; those at the very edge are left out."""
    if not weeks:
        return []
    first, last = weeks[0], weeks[-1]
    count = (last.year - first.year) * 12 + last.month - first.month
    step = next((s for s in (1, 2, 3, 6, 12, 24) if count / s <= most), 60)
    months = [first.year * 12 + first.month - 1 + i for i in range(1, count + 1)]
    days = [date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
    edge = 0.04 * (last - first).days
    return [day for day in days if (day - first).days >= edge and (last - day).days >= edge]


def _month_words(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}" if day.month == 1 else MONTHS[day.month - 1]


THOUSAND = 1000


def _value_words(value: float, unit: Unit) -> str:
    if unit not in ("count", "days", "money"):
        return f"{round(100 * value, 1):g} %"
    if unit == "money" and value >= THOUSAND:
        return f"{value / THOUSAND:,.0f}K"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"

"""Charts for mails: a series over weeks, where ordinary weeks lie, and the dated change with its interval.

A chart is an opaque PNG at twice its CSS size on a light ground, so that it reads in dark mode too. The line is
dark and the band light: both read in grey and to colour-blind eyes. Nothing in it is text from outside.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from alerts.types import Chart, Unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCALE = 2
INCH = 100.0
LARGE_FROM = 180  # CSS pixels of height from which a chart has room for more ticks
GROUND, INK, GRID = "#ffffff", "#4b545e", "#e5e9ed"
WEEKLY, LEVEL, BAND, CHANGE, SPAN = "#7f9cb8", "#0b3d66", "#e3ecf4", "#b45309", "#fbe3c4"
RUNNING = 13  # weeks behind each point of the running mean
LETTERS = 20  # in points of the picture: still read on a phone, where it is shown at 0.6 of its size
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
COLOURS = 32


@lru_cache(maxsize=64)
def png(chart: Chart, size: tuple[int, int]) -> bytes:
    """The picture of `chart`, `size` in CSS pixels; one drawing serves all readers of the same chart."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    width, height = size
    figure = Figure(figsize=(width * SCALE / INCH, height * SCALE / INCH), dpi=INCH, facecolor=GROUND)
    canvas = FigureCanvasAgg(figure)
    left, right, top, bottom = 58, 10, 8, 26
    axes = figure.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height)
    )
    _draw(axes, chart, large=height >= LARGE_FROM)
    canvas.draw()  # type: ignore[no-untyped-call]
    return _packed(canvas.buffer_rgba(), canvas.get_width_height())  # type: ignore[no-untyped-call]


def _packed(pixels: Any, size: tuple[int, int]) -> bytes:
    """A PNG of few colours: a third of the size of one of all colours, and no difference to see."""
    from PIL import Image

    image = Image.frombuffer("RGBA", size, pixels, "raw", "RGBA", 0, 1).convert("RGB")
    out = io.BytesIO()
    image.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        out, "PNG", optimize=False, compress_level=9
    )
    return out.getvalue()


def _draw(axes: Axes, chart: Chart, *, large: bool) -> None:
    days = [day.toordinal() for day in chart.weeks]
    axes.set_facecolor(GROUND)
    if chart.change_between is not None:
        first, last = (day.toordinal() for day in chart.change_between)
        axes.axvspan(first, max(last, first + 1), color=SPAN, linewidth=0, zorder=1)
    if days:
        axes.fill_between(days, chart.band_low, chart.band_high, color=BAND, linewidth=0, zorder=2)
        axes.plot(days, chart.values, color=WEEKLY, linewidth=1.6, zorder=4)
        for xs, ys in _levels(chart, days):
            axes.plot(xs, ys, color=LEVEL, linewidth=5 if large else 4, solid_capstyle="butt", zorder=5)
        axes.set_xlim(days[0], max(days[-1], days[0] + 1))
    if chart.change is not None:
        axes.axvline(chart.change.toordinal(), color=CHANGE, linewidth=2.4, linestyle=(0, (4, 2)), zorder=3)
    _ticks(axes, chart, large=large)


def _levels(chart: Chart, days: list[int]) -> list[tuple[list[int], list[float]]]:
    """The heavy line: the mean before and after a dated change, or the mean of the last RUNNING weeks."""
    if chart.change is None:
        means = [
            _mean(chart.values[place - RUNNING : place]) for place in range(RUNNING, len(chart.values) + 1)
        ]
        return [(days[RUNNING - 1 :], means)] if means else []
    first, last = chart.change_between or (chart.change, chart.change)
    before = [v for week, v in zip(chart.weeks, chart.values, strict=True) if week < first]
    after = [v for week, v in zip(chart.weeks, chart.values, strict=True) if week >= last]
    at = chart.change.toordinal()
    return [
        ([start, end], [_mean(values)] * 2)
        for start, end, values in ((days[0], at, before), (at, days[-1], after))
        if start < end
    ]


def _mean(values: Sequence[float]) -> float:
    """The mean of the weeks that have a value; nan where none has."""
    known = [value for value in values if math.isfinite(value)]
    return sum(known) / len(known) if known else math.nan


def _ticks(axes: Axes, chart: Chart, *, large: bool) -> None:
    low, high = _reach(chart)
    axes.set_ylim(low, high)
    values = _round_values(low, high, 4 if large else 3)
    axes.set_yticks(values, [_value_words(chart.unit)(value) for value in values])
    firsts = _firsts_of_months(chart.weeks, 6)
    axes.set_xticks([day.toordinal() for day in firsts], [_month_words(day) for day in firsts])
    axes.tick_params(colors=INK, labelsize=LETTERS, length=0, pad=6)
    axes.grid(axis="y", color=GRID, linewidth=1.2, zorder=0)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set(color="#9aa4af", linewidth=1.5)


def _reach(chart: Chart) -> tuple[float, float]:
    """The lowest and highest value worth showing, with a little air; counts and rates do not go below nothing."""
    known = [v for row in (chart.values, chart.band_low, chart.band_high) for v in row if math.isfinite(v)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    air = 0.08 * (high - low) or 0.5 * abs(high) or 0.5
    floor = low - air
    if chart.unit != "discount":
        floor = max(0.0, floor) if low >= 0 else 0.0
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
    """First days of months inside the weeks, evenly apart and at most `most`."""
    if not weeks:
        return []
    first, last = weeks[0], weeks[-1]
    count = (last.year - first.year) * 12 + last.month - first.month
    step = next((s for s in (1, 2, 3, 6, 12, 24) if count / s <= most), 60)
    months = [first.year * 12 + first.month - 1 + i for i in range(1, count + 1)]
    days = [date(month // 12, month % 12 + 1, 1) for month in months if month % step == 0]
    return [day for day in days if first <= day <= last]


def _month_words(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}" if day.month == 1 else MONTHS[day.month - 1]


def _value_words(unit: Unit) -> Callable[[float], str]:
    if unit == "count":
        return lambda value: f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    return lambda value: f"{round(100 * value, 1):g} %"

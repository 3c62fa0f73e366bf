"""The pictures: opaque, small, drawn once, and never a reason for a mail not to go out."""

from __future__ import annotations

import io
import math
import sys
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from PIL import Image

from alerts import charts, samples
from alerts.alert_view import drawings
from alerts.colours import contrast
from alerts.pictures import LARGE, SMALL, picture
from alerts.types import Chart, Reason
from alerts.words.figures import Figures

CHART = samples.alerts()["market_shift"].charts[0]
PLAIN = samples.quiet_digest().metrics[0].chart
EN = Figures(locale="en", today=date(2026, 9, 20))


def image(chart: Chart, size=SMALL) -> Image.Image:
    return Image.open(io.BytesIO(charts.png(chart, size)))


@pytest.mark.parametrize("size", [LARGE, SMALL])
def test_a_chart_is_an_opaque_png_of_few_colours_at_twice_its_size(size):
    shown = image(CHART, size)
    assert shown.format == "PNG"
    assert shown.size == (2 * size[0], 2 * size[1])
    assert shown.mode == "P"
    assert "transparency" not in shown.info
    assert len(shown.convert("RGB").getcolors(100)) <= 32
    assert len(charts.png(CHART, size)) < 40_000


def test_the_ground_is_light_so_that_it_reads_in_dark_mode():
    pixels = np.asarray(image(PLAIN).convert("L"))
    assert np.median(pixels) > 220
    assert pixels[0, 0] > 250


def test_the_same_chart_is_drawn_once_for_all_readers(monkeypatch):
    charts.png.cache_clear()
    drawn = []
    draw = charts._draw

    def counted(chart, size):
        drawn.append(chart)
        return draw(chart, size)

    monkeypatch.setattr(charts, "_draw", counted)
    again = replace(PLAIN)
    assert charts.png(PLAIN, SMALL) == charts.png(again, SMALL)
    assert len(drawn) == 1


def test_a_change_is_marked_and_an_ordinary_series_is_not():
    """The colour of the dated line appears only where a change is dated."""

    def orange(chart):
        red, green, blue = np.asarray(image(chart, LARGE).convert("RGB")).astype(int).transpose(2, 0, 1)
        return ((red - blue > 90) & (green < 140)).sum()

    assert orange(CHART) > 50
    assert orange(replace(CHART, change=None, change_between=None)) == 0


def test_the_line_the_band_and_the_mark_differ_in_grey_too():
    """Contrast of the heavy line against band and ground, and of the labels against the ground."""
    assert contrast(charts.LEVEL, charts.BAND) > 4.5
    assert contrast(charts.LEVEL, charts.GROUND) > 4.5
    assert contrast(charts.CHANGE, charts.SPAN) > 3
    assert contrast(charts.INK, charts.GROUND) > 4.5
    assert contrast(charts.WEEKLY, charts.LEVEL) > 2


def weeks(count: int) -> tuple[date, ...]:
    return tuple(date(2026, 1, 5) + timedelta(weeks=i) for i in range(count))


def chart_of(values, low=None, high=None, **changes) -> Chart:
    count = len(values)
    given = {
        "title": "win rate",
        "unit": "rate",
        "weeks": weeks(count),
        "values": tuple(values),
        "band_low": tuple(low if low is not None else [math.nan] * count),
        "band_high": tuple(high if high is not None else [math.nan] * count),
    }
    return Chart(**{**given, **changes})


ODD = {
    "no week at all": chart_of([]),
    "one week": chart_of([0.3]),
    "no week with a value": chart_of([math.nan] * 20),
    "holes": chart_of([0.3, math.nan, 0.2, math.nan, math.nan, 0.4] * 6),
    "nothing ever changes": chart_of([0.5] * 30, [0.5] * 30, [0.5] * 30),
    "all nothing": chart_of([0.0] * 30),
    "all": chart_of([1.0] * 30),
    "negative discounts": chart_of([-0.2, 0.1, -0.3] * 10, unit="discount"),
    "millions a week": chart_of([1e6, 2e6, 1.5e6] * 10, unit="count"),
    "infinite": chart_of([0.2, math.inf, 0.3] * 10),
    "a change before the first week": chart_of([0.2] * 30, change=date(2020, 1, 6)),
    "a change after the last week": chart_of([0.2] * 30, change=date(2030, 1, 7)),
    "a change in its own interval of a day": chart_of(
        [0.2] * 30, change=date(2026, 3, 2), change_between=(date(2026, 3, 2), date(2026, 3, 2))
    ),
    "ten years": chart_of([0.2 + 0.001 * i for i in range(520)]),
    "a title of any letters": replace(PLAIN, title="勝率 <b>$x^2$</b> \x00\ud800"),
}


@pytest.mark.parametrize("chart", ODD.values(), ids=ODD.keys())
def test_no_series_breaks_a_chart_or_its_words(chart):
    assert image(chart).size == (2 * SMALL[0], 2 * SMALL[1])
    words = picture(chart, 0, SMALL, EN)
    assert words.alt.endswith(".")
    assert "nan" not in words.alt.split()


def test_a_band_with_a_hole_is_drawn_with_the_hole():
    low = [0.2] * 10 + [math.nan] * 10 + [0.2] * 10
    high = [0.6] * 10 + [math.nan] * 10 + [0.6] * 10
    pixels = np.asarray(image(chart_of([0.9] * 30, low, high)).convert("RGB")).astype(int)
    band = (abs(pixels - np.array([0xE3, 0xEC, 0xF4])).max(axis=2) < 6).sum(axis=0) > 20
    left, width = 2 * charts.LEFT, pixels.shape[1] - 2 * (charts.LEFT + charts.RIGHT)
    assert [bool(band[left + int(width * part)]) for part in (0.1, 0.5, 0.9)] == [True, False, True]


def test_a_change_that_was_withdrawn_is_not_marked_any_more():
    alert = samples.alerts()["market_shift"]
    ((_, chart),) = drawings(alert, Reason.RETRACTED, EN)
    assert (chart.change, chart.change_between) == (None, None)
    assert [one.change for _, one in drawings(alert, Reason.OPENED, EN)] == [CHART.change, CHART.change]


def test_the_words_of_a_picture_carry_what_it_shows():
    alert = samples.alerts()["market_shift"]
    said = picture(CHART, 0, LARGE, EN, alert.findings).alt.replace("\u00a0", " ")
    assert said == (
        "Core-fit win rate, week by week from 23 September 2024 to 14 September: "
        "31 % before about 6 April, 22 % since; ordinary weeks lie between 22 % and 40 %."
    )


def test_ticks_are_round_and_few():
    for low, high in ((0.0, 1.0), (0.12, 0.41), (3.0, 3.7), (0, 2.4e6), (-0.4, 0.02), (0.2, 0.2 + 1e-6)):
        ticks = charts._round_values(low, high, 4)
        assert 1 <= len(ticks) <= 4
        assert all(low - 1e-9 <= tick <= high + 1e-9 for tick in ticks)


def test_drawing_never_touches_the_global_state_of_the_drawing_library():
    charts.png(replace(PLAIN, title="once more"), SMALL)
    assert "matplotlib.pyplot" not in sys.modules

"""Colours that can be read: in the light and the dark scheme, by colour-blind eyes, in grey."""

from __future__ import annotations

import itertools
import re
from importlib import resources

import pytest

from alerts import charts, colours

ENOUGH = 4.5


@pytest.mark.parametrize("scheme", sorted(colours.SCHEMES))
@pytest.mark.parametrize(("ink", "ground"), colours.STANDS_ON)
def test_every_text_stands_out_from_its_ground(scheme, ink, ground):
    palette = colours.SCHEMES[scheme]
    assert colours.contrast(palette[ink], palette[ground]) >= ENOUGH


@pytest.mark.parametrize("cause", sorted(colours.CAUSES))
def test_what_stands_in_the_bar_of_shares_can_be_read(cause):
    assert colours.contrast(*colours.CAUSES[cause]) >= ENOUGH


def test_what_stands_instead_of_a_picture_can_be_read():
    assert colours.contrast(colours.PICTURE_GROUND, colours.PICTURE_INK) >= ENOUGH


def test_both_schemes_have_the_same_colours():
    assert set(colours.LIGHT) == set(colours.DARK)
    assert {name for pair in colours.STANDS_ON for name in pair} <= set(colours.LIGHT)


def seen_without_red_cones(colour: str) -> tuple[float, float, float]:
    """Protanopia, roughly (Viénot, Brettel and Mollon 1999), on linear light."""
    red, green, blue = ((int(colour[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5))
    mixed = 0.11238 * red + 0.88762 * green
    return mixed, mixed, 0.00401 * red - 0.00401 * green + blue


def test_neighbouring_causes_differ_for_colour_blind_eyes():
    grounds = [ground for ground, _ in colours.CAUSES.values()]
    for one, other in itertools.combinations(grounds, 2):
        seen = zip(seen_without_red_cones(one), seen_without_red_cones(other), strict=True)
        assert sum((a - b) ** 2 for a, b in seen) ** 0.5 > 0.06, (one, other)


EYES = {
    "protanopia": ((0.1523, 1.0526, -0.2049), (0.1145, 0.7863, 0.0992), (-0.0039, -0.0481, 1.0520)),
    "deuteranopia": ((0.3673, 0.8606, -0.2280), (0.2801, 0.6725, 0.0474), (-0.0118, 0.0429, 0.9689)),
    "tritanopia": ((1.2555, -0.0767, -0.1788), (-0.0784, 0.9308, 0.1476), (0.0047, 0.6914, 0.3039)),
    "grey": ((0.2126, 0.7152, 0.0722),) * 3,
}
"""How linear light is seen (Machado, Oliveira and Fernandes 2009, severity 1), and on a printer without colour."""


def seen_by(eye: str, colour: str) -> str:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    mixed = [min(1.0, max(0.0, sum(a * b for a, b in zip(row, light, strict=True)))) for row in EYES[eye]]
    shown = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in mixed]
    return "#" + "".join(f"{round(255 * c):02x}" for c in shown)


@pytest.mark.parametrize("eye", EYES)
def test_a_chart_can_be_read_by_every_eye_and_in_grey(eye):
    """The heavy line against its band, the mark against its span, the weeks against both: by brightness alone."""

    def apart(one: str, other: str) -> float:
        return colours.contrast(seen_by(eye, one), seen_by(eye, other))

    assert apart(charts.LEVEL, charts.BAND) > 7
    assert apart(charts.CHANGE, charts.SPAN) > 3
    assert apart(charts.WEEKLY, charts.BAND) > 2
    assert apart(charts.WEEKLY, charts.LEVEL) > 3
    assert apart(charts.INK, charts.GROUND) > 7
    for ground, ink in colours.CAUSES.values():
        assert apart(ground, ink) > 4.4


def test_templates_name_no_colour_of_their_own():
    """Every colour of a page comes from the two schemes, where its contrast is tested."""
    folder = resources.files("alerts") / "templates"
    for template in folder.iterdir():
        found = re.findall(r"#[0-9a-fA-F]{3,6}\b(?!;)", template.read_text(encoding="utf-8"))
        assert found == [], template.name


def test_templates_never_trust_a_text():
    folder = resources.files("alerts") / "templates"
    names = {template.name for template in folder.iterdir()}
    assert {"alert.html.j2", "alert.txt.j2", "digest.html.j2", "digest.txt.j2"} <= names
    for template in folder.iterdir():
        source = template.read_text(encoding="utf-8")
        assert "|safe" not in source.replace(" ", "")
        assert "Markup" not in source
        assert "autoescape" not in source
        if template.name.endswith(".html.j2"):
            assert re.findall(r"=\{\{|=[^\"'>=\s]*\{\{", re.sub(r'"[^"]*"', '""', source)) == []

"""Colours that can be read: in the light and the dark scheme, by colour-blind eyes, in grey."""

from __future__ import annotations

import itertools
import re
from importlib import resources

import pytest

from alerts import colours

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

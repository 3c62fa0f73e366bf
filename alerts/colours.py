"""The colours of the mails in their two schemes, and which stands on which: the pairs whose contrast is tested."""

from __future__ import annotations

from collections.abc import Mapping

Scheme = Mapping[str, str]

LIGHT: Scheme = {
    "page": "#eef1f4",
    "card": "#ffffff",
    "panel": "#f5f7f9",
    "ink": "#1b2128",
    "muted": "#57606a",
    "rule": "#d5dbe1",
    "good": "#0b6b57",
    "bad": "#b3261e",
    "even": "#3b5470",
    "button": "#0b3d66",
    "button_ink": "#ffffff",
    "link": "#0b4f8a",
}
DARK: Scheme = {
    "page": "#101418",
    "card": "#1a2027",
    "panel": "#222a33",
    "ink": "#e8ecf0",
    "muted": "#a9b4bf",
    "rule": "#3a444f",
    "good": "#5fd1b2",
    "bad": "#ff9a8f",
    "even": "#a8c3e0",
    "button": "#a9cdf2",
    "button_ink": "#0c1a28",
    "link": "#9cc7f5",
}
SCHEMES: Mapping[str, Scheme] = {"light": LIGHT, "dark": DARK}

STANDS_ON: tuple[tuple[str, str], ...] = (
    ("ink", "page"),
    ("ink", "card"),
    ("ink", "panel"),
    ("muted", "page"),
    ("muted", "card"),
    ("muted", "panel"),
    ("good", "card"),
    ("bad", "card"),
    ("even", "card"),
    ("button_ink", "button"),
    ("link", "card"),
    ("link", "page"),
)
"""Text colour and ground: each pair of a scheme has a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""

CAUSES: Mapping[str, tuple[str, str]] = {
    "market": ("#0b3d66", "#ffffff"),
    "mix": ("#e5a100", "#1b2128"),
    "price": ("#00735c", "#ffffff"),
    "people": ("#c98bb9", "#1b2128"),
    "recording": ("#6b7480", "#ffffff"),
}
"""Ground and text of each cause in the bar of shares, apart for colour-blind eyes and in grey, in both schemes."""
PICTURE_GROUND, PICTURE_INK = "#ffffff", "#1b2128"
"""Under a picture, in both schemes: charts are drawn on white, and what stands there instead must be read."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours "#rrggbb", 1 to 21 (WCAG 2.2).

    >>> round(contrast("#000000", "#ffffff")), round(contrast("#767676", "#ffffff"), 2)
    (21, 4.54)
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

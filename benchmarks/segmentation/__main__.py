"""`python -m benchmarks.segmentation`: cut, score, print, write."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.detection.seeds import CUTTING
from benchmarks.detection.tables import Row, Table
from benchmarks.segmentation import textbook
from benchmarks.segmentation.cutters import Cutter, available, own
from benchmarks.segmentation.kinds import KINDS, Marked, collection
from detectors.evaluate import agreement, cover
from detectors.segmentation import PRICE
from detectors.types import FloatArray

OUT = Path(__file__).resolve().parents[2] / "docs" / "segmentation-figures.md"
TUNING = 20260801
EACH = 10
PRICES = (1.0, 1.5, 2.0, PRICE, 3.0, 4.0, 6.0)
COVER, F1 = 0.70, 0.78
MARGIN = 5

INTRODUCTION = f"""# How well finished series are cut, measured

Made by `make bench-segmentation`. Cover and F1 (margin {MARGIN}) as in van den Burg and Williams, "An evaluation of
change point detection algorithms" (2020): 1 is agreement with whoever marked the series. One setting for all series.
More than half of them have no change, so reporting nothing is no mean score, as it is in that paper.

The public collection of the paper, 42 real series with the marks of five people each, is not part of this repository,
and nothing here is measured on it. Its place is taken by {{each}} simulated series of each of {len(KINDS)} kinds
(`benchmarks/segmentation/kinds.py`), whose changes are known, and by series of the textbooks. The figures do not
carry over: simulated marks are right, people's are not, and whoever wrote the kinds knew the method. The price of a
change was looked at on seeds that begin with {TUNING}, the held-out series begin with {CUTTING}.
"""


def scores(cutter: Cutter, series: list[Marked]) -> tuple[float, float]:
    """Mean cover and mean F1."""
    covers, f1 = each_score(cutter, series)
    return float(covers.mean()), float(f1.mean())


def each_score(cutter: Cutter, series: list[Marked]) -> tuple[FloatArray, FloatArray]:
    """Cover and F1 of each series, (S,)."""
    cuts = [(one, cutter(one)) for one in series]
    covers = [cover(one.marked, cut, len(one.values)) for one, cut in cuts]
    return np.array(covers), np.array([agreement(one.marked, cut, MARGIN) for one, cut in cuts])


def _held_out(series: list[Marked], cutters: dict[str, Cutter]) -> Table:
    rows: list[Row] = []
    for name, cutter in cutters.items():
        found_cover, f1 = scores(cutter, series)
        met = "met" if found_cover >= COVER and f1 >= F1 else "MISSED"
        rows.append((name, f"{found_cover:.3f}", f"{f1:.3f}", met if name.startswith("this") else "-"))
    head = ("what cuts", "cover", "F1", f"target: {COVER:.2f} and {F1:.2f}")
    return Table(title="The held-out series", head=head, rows=rows)


def _by_kind(series: list[Marked], cutters: dict[str, Cutter]) -> Table:
    kinds = list(dict.fromkeys(one.name for one in series))
    rows: list[Row] = []
    for kind in kinds:
        some = [one for one in series if one.name == kind]
        cells = ("{:.2f} / {:.2f}".format(*scores(cutter, some)) for cutter in cutters.values())
        rows.append((kind, *cells))
    return Table(title="Held out, by kind: cover / F1", head=("kind", *cutters), rows=rows)


def _textbook(cutters: dict[str, Cutter]) -> Table:
    rows: list[Row] = []
    for one in textbook.collection():
        cells = ("{:.2f} / {:.2f}".format(*scores(cutter, [one])) for cutter in cutters.values())
        marks = " or ".join(", ".join(map(str, person)) or "none" for person in one.marked)
        rows.append((one.name, marks, *cells))
    return Table(
        title="Series of the textbooks: cover / F1",
        head=("series", "changes in the literature", *cutters),
        rows=rows,
    )


def _prices(series: list[Marked]) -> Table:
    default = each_score(own(PRICE), series)
    rows: list[Row] = []
    for price in PRICES:
        found = each_score(own(price), series)
        gains = (_gain(one - kept) for one, kept in zip(found, default, strict=True))
        further = ("the default", "") if price == PRICE else gains
        rows.append((f"{price:g}", *(f"{one.mean():.3f}" for one in found), *further))
    return Table(
        title="The price of a change, on the tuning series",
        head=("price", "cover", "F1", "cover gained", "F1 gained"),
        rows=rows,
    )


def _gain(gain: FloatArray) -> str:
    """The mean of a gain on the same series, with its standard error."""
    return f"{gain.mean():+.3f} ± {gain.std(ddof=1) / np.sqrt(len(gain)):.3f}"


def main() -> int:
    """Parse the command line and do what it says; 0 whatever was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.segmentation", description=__doc__)
    parser.add_argument("--each", type=int, default=EACH, help="series of each kind")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    begun = time.monotonic()
    cutters, held_out = available(), collection(CUTTING, options.each)
    tables = [
        _held_out(held_out, cutters),
        _by_kind(held_out, cutters),
        _textbook(cutters),
        _prices(collection(TUNING, options.each)),
    ]
    seconds = time.monotonic() - begun
    text = "\n".join(
        [
            INTRODUCTION.format(each=options.each),
            *(table.markdown for table in tables),
            f"{seconds / 60:.0f} minutes.\n",
        ]
    )
    print(text)
    options.out.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

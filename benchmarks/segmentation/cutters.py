"""What cuts: this project's `segment`, nothing at all, and others with a documented setting."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version

import numpy as np

from benchmarks.segmentation.kinds import Marked
from detectors import segment
from detectors.types import FloatArray

Cutter = Callable[[Marked], list[int]]
DIFFERENCE_MAD = 1.4826 / np.sqrt(2.0)


def own(price: float | None = None) -> Cutter:
    """`segment`, with another price of a change if one is given."""

    def cut(series: Marked) -> list[int]:
        points = (
            segment(series.values, series.n)
            if price is None
            else segment(series.values, series.n, price=price)
        )
        return [point.index for point in points]

    return cut


def nothing(_: Marked) -> list[int]:
    """No change, ever."""
    return []


def pelt(series: Marked) -> list[int]:
    """PELT for the mean, penalty 2 ln T, the scale from the median absolute difference of neighbours."""
    from ruptures import KernelCPD

    values = _scaled(series.values)
    method = KernelCPD(kernel="linear", min_size=2).fit(values)
    return [int(one) for one in method.predict(pen=2.0 * float(np.log(len(values))))[:-1]]


def otava(series: Marked) -> list[int]:
    """Otava as it ships: windows of 50, p < 0.001."""
    from otava.analysis import compute_change_points

    points, _ = compute_change_points(_filled(series.values).tolist())
    return [int(point.index) for point in points]


def _scaled(values: FloatArray) -> FloatArray:
    values = _filled(values)
    scale = DIFFERENCE_MAD * float(np.median(np.abs(np.diff(values) - np.median(np.diff(values)))))
    scaled: FloatArray = (values - values.mean()) / (scale or float(values.std()) or 1.0)
    return scaled


def _filled(values: FloatArray) -> FloatArray:
    """Missing values on the line between their neighbours."""
    there = np.flatnonzero(np.isfinite(values))
    filled: FloatArray = np.interp(np.arange(len(values)), there, values[there])
    return filled


CUTTERS: dict[str, tuple[str, Cutter]] = {
    "this project": ("leftturn", own()),
    "nothing, ever": ("", nothing),
    "PELT, mean, 2 ln T": ("ruptures", pelt),
    "Otava, p < 0.001": ("apache-otava", otava),
}


def available() -> dict[str, Cutter]:
    """The cutters whose package is installed, with its version in their names."""
    from importlib.metadata import PackageNotFoundError

    found = {}
    for name, (package, cutter) in CUTTERS.items():
        try:
            found[f"{name} ({package} {version(package)})" if package else name] = cutter
        except PackageNotFoundError:
            continue
    return found

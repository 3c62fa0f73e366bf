"""Kinds of series that people cut by eye, simulated with the changes a person would mark.

Steps and bends are changes. Trend, season, memory of the noise, outliers and noise that grows are not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detectors.types import FloatArray

LENGTHS = (60, 400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A series (T,), with the observations behind each value where there are such, and what people marked in it."""

    name: str
    values: FloatArray
    marked: tuple[tuple[int, ...], ...]
    n: FloatArray | None = None


Parts = tuple[FloatArray, tuple[int, ...], FloatArray | None]
"""Values, changes, n."""


def collection(seed: int, each: int) -> list[Marked]:
    """`each` series of every kind."""
    return [
        _marked(name, *kind(np.random.default_rng([seed, place, number])))
        for place, (name, kind) in enumerate(KINDS.items())
        for number in range(each)
    ]


def _marked(name: str, values: FloatArray, changes: tuple[int, ...], n: FloatArray | None) -> Marked:
    return Marked(name=name, values=values, marked=(changes,), n=n)


def _length(rng: np.random.Generator) -> int:
    low, high = np.log(LENGTHS)
    return int(np.exp(rng.uniform(low, high)))


def _changes(rng: np.random.Generator, length: int, most: int = 4) -> tuple[int, ...]:
    """1 to `most` changes, at least a tenth of the series and 8 values from one another and from the ends."""
    apart = max(8, length // 10)
    count = int(rng.integers(1, most + 1))
    while True:
        places = np.sort(rng.integers(apart, length - apart + 1, size=count))
        if (np.diff(places) >= apart).all():
            return tuple(int(one) for one in places)


def _steps(
    rng: np.random.Generator, length: int, changes: tuple[int, ...], sizes: tuple[float, float]
) -> FloatArray:
    """A level that steps by `sizes` (least, most) up or down at each change."""
    step = rng.uniform(*sizes, size=len(changes)) * rng.choice([-1.0, 1.0], len(changes))
    levels: FloatArray = (np.arange(length)[:, None] >= np.array(changes)) @ step
    return levels


def _memory(rng: np.random.Generator, length: int, phi: float) -> FloatArray:
    """Noise of variance 1 with the autocorrelation phi."""
    noise = rng.normal(size=length)
    for place in range(1, length):
        noise[place] = phi * noise[place - 1] + np.sqrt(1.0 - phi**2) * noise[place]
    return noise


def _stepped(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    changes = _changes(rng, length)
    return _steps(rng, length, changes, (1.5, 4.0)) + rng.normal(size=length), changes, None


def _quiet(rng: np.random.Generator) -> Parts:
    return rng.normal(size=_length(rng)), (), None


def _remembering(rng: np.random.Generator) -> Parts:
    return _memory(rng, _length(rng), rng.uniform(0.3, 0.8)), (), None


def _stepped_remembering(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    changes = _changes(rng, length, most=2)
    noise = _memory(rng, length, rng.uniform(0.3, 0.6))
    return _steps(rng, length, changes, (2.5, 5.0)) + noise, changes, None


def _trend(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    rise = rng.uniform(3.0, 20.0) * np.arange(length) / length
    return rise + rng.normal(size=length), (), None


def _growth(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    path = np.exp(rng.uniform(1.0, 3.0) * np.arange(length) / length)
    return path * (1.0 + 0.05 * rng.normal(size=length)), (), None


def _bent(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    changes = _changes(rng, length, most=2)
    slopes = np.concatenate(
        [[rng.uniform(-8.0, 8.0)], rng.uniform(12.0, 25.0, len(changes)) * rng.choice([-1.0, 1.0])]
    )
    time = np.arange(length) / length
    path = slopes[0] * time
    for change, slope in zip(changes, slopes[1:], strict=True):
        path = path + slope * np.maximum(time - change / length, 0.0)
    return path + rng.normal(size=length), changes, None


def _stepped_trend(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    changes = _changes(rng, length, most=1)
    rise = rng.uniform(-6.0, 6.0) * np.arange(length) / length
    return rise + _steps(rng, length, changes, (4.0, 7.0)) + rng.normal(size=length), changes, None


def _season(rng: np.random.Generator) -> Parts:
    length, period = int(rng.integers(72, 240)), int(rng.choice([7, 12, 13, 24]))
    pattern = 3.0 * rng.normal(size=period)
    return np.resize(pattern, length) + rng.normal(size=length), (), None


def _stepped_season(rng: np.random.Generator) -> Parts:
    values, _, _ = _season(rng)
    changes = _changes(rng, len(values), most=2)
    return values + _steps(rng, len(values), changes, (3.0, 6.0)), changes, None


def _outliers(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    wild = (rng.random(length) < 0.03) * rng.choice([-1.0, 1.0], length) * rng.uniform(6.0, 15.0, length)
    return rng.normal(size=length) + wild, (), None


def _stepped_outliers(rng: np.random.Generator) -> Parts:
    values, _, _ = _outliers(rng)
    changes = _changes(rng, len(values), most=2)
    return values + _steps(rng, len(values), changes, (2.0, 5.0)), changes, None


def _heavy(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    changes = _changes(rng, length, most=2)
    return _steps(rng, length, changes, (3.0, 6.0)) + rng.standard_t(3.0, length), changes, None


def _growing_noise(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    return np.linspace(0.5, rng.uniform(1.5, 3.0), length) * rng.normal(size=length), (), None


def _counts(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    changes = _changes(rng, length, most=2)
    rate = np.exp(np.log(rng.uniform(2.0, 10.0)) + _steps(rng, length, changes, (0.9, 1.4)))
    return rng.poisson(rate).astype(np.float64), changes, None


def _shares(rng: np.random.Generator) -> Parts:
    length = _length(rng)
    changes = _changes(rng, length, most=2)
    n = np.maximum(rng.poisson(rng.uniform(20.0, 120.0), length), 1)
    chance = (
        0.4 + np.clip(_steps(rng, length, changes, (0.12, 0.2)), -0.35, 0.5) + 0.03 * rng.normal(size=length)
    )
    return rng.binomial(n, np.clip(chance, 0.02, 0.98)) / n, changes, n.astype(np.float64)


def _wander(rng: np.random.Generator) -> Parts:
    return _memory(rng, _length(rng), 0.95) + 0.2 * rng.normal(), (), None


KINDS: dict[str, Callable[[np.random.Generator], Parts]] = {
    "steps": _stepped,
    "steps, noise that remembers": _stepped_remembering,
    "steps in a trend": _stepped_trend,
    "steps in a season": _stepped_season,
    "steps among outliers": _stepped_outliers,
    "steps, heavy tails": _heavy,
    "steps of counts": _counts,
    "steps of shares": _shares,
    "bends": _bent,
    "noise": _quiet,
    "noise that remembers": _remembering,
    "a slow wander": _wander,
    "a trend": _trend,
    "growth": _growth,
    "a season": _season,
    "outliers": _outliers,
    "noise that grows": _growing_noise,
}

"""What a series may look like between its changes, and what each shape is worth.

    steps   a constant between changes                  1 number a piece
    lines   a line between changes                      2 numbers a piece
    kinks   lines that meet at the changes              1 number a piece, and 1
    curve   a parabola or a cubic, and no change        3 or 4 numbers

The criterion is BIC with noise that remembers: T ln(s^2) + (numbers) ln T + (changes) price ln T, where s^2 is the
innovation variance of a first-order autoregression of what is left over. So a slow wander is explained by memory,
at no price, before it is explained by changes; but memory beyond 0.75 is movement and no noise. Nor is it worth a
change to explain what would not be seen in a picture of the series: to s^2 is added that of noise of 3 % of the
picture's height.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.partition import Pieces
from detectors.types import FloatArray, IntArray

Shape = Literal["steps", "lines", "kinks", "curve"]
MOST_MEMORY = 0.75
VISIBLE = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A shape fitted to a series with its changes: the criterion, memory phi, innovation variance s^2."""

    shape: Shape
    changes: tuple[int, ...]
    criterion: float
    memory: float
    variance: float

    @property
    def long_run_variance(self) -> float:
        """The variance of one value as far as means over many values go: s^2 / (1 - phi)^2."""
        return self.variance / (1.0 - self.memory) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """A clean series: values, weights of mean 1, times, all (T,)."""

    values: FloatArray
    weights: FloatArray
    times: FloatArray

    def pooled(self, size: int) -> Data:
        """Weighted means of `size` neighbours each; a rest at the end is left out."""
        whole = len(self.values) // size * size
        parts = self.weights[:whole].reshape(-1, size)
        total = parts.sum(axis=1)
        means = (parts * self.values[:whole].reshape(-1, size)).sum(axis=1) / total
        times = self.times[:whole].reshape(-1, size).mean(axis=1)
        return Data(values=means, weights=total / total.mean(), times=times)

    def profile(self, shape: Shape, changes: tuple[int, ...], number: int) -> tuple[IntArray, FloatArray]:
        """Places that one change may take between its neighbours, and the residual sum of squares at each."""
        start, end = (0, *changes, len(self.values))[number : number + 3 : 2]
        least = shortest_piece(self, shape)
        places = np.arange(start + least, end - least + 1)
        if not len(places):
            places = np.array([changes[number]])
        if shape == "kinks":
            return places, self._bent(changes[:number] + changes[number + 1 :], places)
        part = slice(start, end)
        degree: Literal[0, 1] = 0 if shape == "steps" else 1
        pieces = Pieces(self.values[part], self.weights[part], self.times[part], degree)
        inner = places - start
        left = pieces.cost(np.zeros_like(inner), inner)
        return places, left + pieces.cost(inner, np.full_like(inner, end - start))

    def _bent(self, others: tuple[int, ...], places: IntArray) -> FloatArray:
        """Residual sums of squares of lines that bend at `others`, and at one of `places` each."""
        root = np.sqrt(self.weights)[:, None]
        base = np.hstack([_powers(self.times - self.times[0], 1), _hinges(self.times, list(others))]) * root
        basis = np.linalg.qr(base)[0]
        rest = self.values * root[:, 0]
        rest = rest - basis @ (basis.T @ rest)
        bends = _hinges(self.times, places.tolist()) * root
        bends = bends - basis @ (basis.T @ bends)
        size = np.einsum("tp,tp->p", bends, bends)
        gain = np.divide((rest @ bends) ** 2, size, out=np.zeros_like(size), where=size > 0.0)
        cost: FloatArray = float(rest @ rest) - gain
        return cost


def shortest_piece(data: Data, shape: Shape) -> int:
    """The fewest values between changes: a tenth of the series, at least 3 and at most 10; 5 for a slope."""
    tenth = max(3, min(10, len(data.values) // 10))
    return tenth if shape == "steps" else max(tenth, 5)


def fitted(data: Data, shape: Shape, changes: tuple[int, ...], *, price: float, degree: int = 2) -> Fit:
    """The fit of `shape` with `changes`; `degree` is that of a curve."""
    root = np.sqrt(data.weights)
    design = _design(data.times, shape, changes, degree) * root[:, None]
    target = data.values * root
    rest = target - design @ np.linalg.lstsq(design, target, rcond=None)[0]
    numbers, length = design.shape[1], len(target)
    memory = _memory(rest, numbers)
    innovations = rest[1:] - memory * rest[:-1]
    total = float(innovations @ innovations) + (1.0 - memory**2) * float(rest[0] ** 2)
    variance = total / max(length - numbers, 1)
    unseen = (VISIBLE * _height(data.values)) ** 2
    criterion = length * math.log(variance + unseen) + (numbers + price * len(changes)) * math.log(length)
    return Fit(shape=shape, changes=changes, criterion=criterion, memory=memory, variance=variance)


def _design(times: FloatArray, shape: Shape, changes: tuple[int, ...], degree: int) -> FloatArray:
    """The columns that span the shape, (T, numbers)."""
    times = (times - times[0]) / (times[-1] - times[0])
    if shape == "curve":
        return _powers(times, degree)
    if shape == "kinks":
        return np.concatenate([_powers(times, 1), _hinges(times, list(changes))], axis=1)
    piece = np.searchsorted(changes, np.arange(len(times)), side="right")
    member: FloatArray = np.equal.outer(piece, np.arange(len(changes) + 1)).astype(np.float64)
    if shape == "steps":
        return member
    sloped: FloatArray = member * (times[:, None] - times[[0, *changes]])
    return np.concatenate([member, sloped], axis=1)


def _powers(times: FloatArray, degree: int) -> FloatArray:
    columns: FloatArray = np.vander(times, degree + 1)
    return columns


def _hinges(times: FloatArray, places: list[int]) -> FloatArray:
    """A column for each of `places`: 0 up to that place, then growing with time; (T, places)."""
    columns: FloatArray = np.maximum(times[:, None] - times[places], 0.0)
    return columns


def _height(values: FloatArray) -> float:
    """How high a picture of the series is, but for its extremes."""
    low, high = np.quantile(values, [0.05, 0.95])
    return max(float(high - low), 2.0 * float(values.std()))


def _memory(rest: FloatArray, numbers: int) -> float:
    """The autocorrelation of `rest` at lag 1, corrected for what fitting `numbers` numbers takes away."""
    size = float(rest[:-1] @ rest[:-1])
    if size <= 0.0:
        return 0.0
    raw = float(rest[1:] @ rest[:-1]) / size
    return min(max(raw + (1.0 + 3.0 * raw) * numbers / len(rest), 0.0), MOST_MEMORY)

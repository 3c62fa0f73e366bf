"""What to take out of a finished series before it is cut: its season, and values that stand alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from detectors.types import FloatArray, IntArray

LONGEST_SEASON = 60
YEAR_OF_DAYS = 365
MOST_WAVES = 3
NEIGHBOURS = 3
ALONE = 4.0
MAD_TO_SD = 1.4826


def without_season(values: FloatArray, times: IntArray) -> FloatArray:
    """`values` (T,) less the one pattern of a fixed period that explains them best, if any does; times (T,).

    Patterns of every period up to a third of the series are tried on what a moving average of one period leaves
    over: one to three waves with their overtones, for long periods, and the median of each phase, for any pattern.
    The best is taken out if T ln(what it leaves / what there was) + (1.5 numbers + 2) ln T < 0, a criterion far
    stricter than chance: a pattern that is not there must not be invented.
    """
    length = len(values)
    best, pattern = 0.0, np.zeros(length)
    for period in (
        *range(2, min(length // 3, LONGEST_SEASON) + 1),
        *(YEAR_OF_DAYS,) * (length >= 3 * YEAR_OF_DAYS),
    ):
        rest = values - _moving_average(values, period)
        before = float(rest @ rest)
        if before <= 0.0:
            continue
        for found, numbers in _patterns(rest, times, period):
            left = float((rest - found) @ (rest - found))
            gain = length * math.log(max(left / before, 1e-12)) + (1.5 * numbers + 2.0) * math.log(length)
            if gain < best:
                best, pattern = gain, found
    return values - pattern


def _patterns(rest: FloatArray, times: IntArray, period: int) -> Iterator[tuple[FloatArray, int]]:
    """Patterns of one period fitted to `rest`, each with how many numbers it takes."""
    waves = min(MOST_WAVES, (period - 1) // 2)
    angles = 2.0 * np.pi / period * times[:, None] * np.arange(1, waves + 1)
    design = np.stack([np.sin(angles), np.cos(angles)], axis=2).reshape(len(rest), -1)
    for columns in range(2, 2 * waves + 1, 2):
        some = design[:, :columns]
        yield some @ np.linalg.lstsq(some, rest, rcond=None)[0], columns
    if period <= LONGEST_SEASON:
        phase = times % period
        by_phase = np.array(
            [np.median(rest[phase == one]) if (phase == one).any() else 0.0 for one in range(period)]
        )
        yield (by_phase - by_phase.mean())[phase], period - 1


def without_outliers(values: FloatArray, weights: FloatArray) -> FloatArray:
    """`values` (T,) cut at 4 * 1.4826 * MAD around the median of the 7 values about them: Hampel's filter.

    A value, or up to three in a row, that returns to where the series was is an outlier; a level that lasts is not.
    Distances are measured in standard deviations, by the `weights` (T,).
    """
    window = 2 * NEIGHBOURS + 1
    if len(values) < window:
        return values
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, NEIGHBOURS, mode="reflect"), window)
    middle = np.median(around, axis=1)
    rest = (values - middle) * np.sqrt(weights)
    scale = MAD_TO_SD * float(np.median(np.abs(rest)))
    if scale <= 0.0:  # most values equal their neighbourhood's median; any measure of their scatter will do
        scale = 1.2533 * float(np.mean(np.abs(rest)))
    clean: FloatArray = middle + np.clip(rest, -ALONE * scale, ALONE * scale) / np.sqrt(weights)
    return clean


def _moving_average(values: FloatArray, period: int) -> FloatArray:
    """The centred mean over one period; the ends continue the series by its mirror image."""
    if period % 2:
        kernel = np.full(period, 1.0 / period)
    else:
        kernel = np.full(period + 1, 1.0 / period)
        kernel[[0, -1]] /= 2.0
    half = len(kernel) // 2
    padded = np.pad(values, half, mode="reflect", reflect_type="odd")
    average: FloatArray = np.convolve(padded, kernel, mode="valid")
    return average

"""Shocks: a window of 1 to 4 periods that has ended explains the data better than a lasting step.

The evidence for ended windows is the sum of their Bayes factors over starts and lengths, with twice the sizes of a
step, to be compared with the step's own sum, and with that of steps of twice the size, a third as likely beforehand:
without these a lasting step that is large would pass for a blip. Only windows from the last 26 periods count, and
only those near the dates that the step itself claims: an old blip is no reason to doubt a later step.
"""

from __future__ import annotations

import math

import numpy as np

from detectors.candidates import LONGEST_WINDOW, WINDOW_STARTS, Candidates
from detectors.evidence import Scale, log_bayes_factors, log_sum, partial_correlation
from detectors.types import BoolArray, FloatArray

LARGER = 2.0
LARGE_STEPS = 1.0 / 3.0  # how likely beforehand a step of twice the size is


def ended_window(
    candidates: Candidates,
    scale: Scale,
    sizes: FloatArray,
    tilt: FloatArray,
    *,
    beat: FloatArray,
    low: FloatArray,
    high: FloatArray,
) -> BoolArray:
    """Whether ln of the evidence for ended windows exceeds `beat`; all arrays of shape (S,).

    `low` and `high` bound the start of the step. The bound that comes first, the best fit of any window, settles
    nearly all series without a Bayes factor.
    """
    blip = np.zeros(len(beat), dtype=np.bool_)
    starts = slice(max(0, candidates.count - WINDOW_STARTS), candidates.count - 1)
    first = candidates.starts[starts]
    if not len(first):
        return blip
    score, open_ = _window_scores(candidates, starts)
    information = candidates.window_information[:, :, -len(first) - 1 : -1]
    near = (first >= low[:, None] - LONGEST_WINDOW) & (first <= high[:, None] + LONGEST_WINDOW)
    near &= np.isfinite(candidates.log_weight[:, starts])
    correlation = np.where(near[:, None] & ~open_, partial_correlation(information, score, scale.rss), 0.0)
    unexplained = 1.0 - np.max(correlation**2, axis=(1, 2))
    with np.errstate(divide="ignore"):
        bound = -0.5 * np.maximum(scale.df, 1) * np.log(unexplained)
    close = np.flatnonzero(bound + math.log(2.0 * len(first)) > beat)
    if not len(close):
        return blip
    part = Scale(rss=scale.rss[close], df=scale.df[close])
    each = log_bayes_factors(information[close], score[close], part, LARGER * sizes, tilt[close])
    counted = (near[close][:, None] & ~open_)[:, None]
    window = log_sum(np.where(counted, each, -np.inf)) - math.log(len(sizes))
    large = log_bayes_factors(
        candidates.information[close], candidates.score[close], part, LARGER * sizes, tilt[close]
    )
    step = log_sum(large + candidates.log_weight[close][:, None]) + math.log(LARGE_STEPS / len(sizes))
    blip[close] = window > np.maximum(beat[close], step)
    return blip


def _window_scores(candidates: Candidates, starts: slice) -> tuple[FloatArray, BoolArray]:
    """Scores of the windows of length 1 to 4, (S, 4, starts), and which are still open, (4, starts)."""
    score = candidates.score
    first = np.arange(starts.start, starts.stop)
    after = first + np.arange(1, LONGEST_WINDOW + 1)[:, None]
    open_ = after >= candidates.count
    ended = np.where(open_, 0.0, score[:, np.minimum(after, candidates.count - 1)])
    scores: FloatArray = score[:, None, starts] - ended
    return scores, open_

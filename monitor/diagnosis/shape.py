"""What form a change has in time: a lasting step, a window of few weeks that has ended, or a slow drift.

Of a series of weeks y = X b + d s + noise, with variance sigma^2 / n of the week, the shapes s are compared:

    step    s = [week >= k]                     it lasts
    ended   s = [k <= week < k + length]        it is over; brief, where it had LONGEST weeks at most
    slow    s = min(1, (week - k + 1) / over)   it came bit by bit

With flat priors on b, d and ln sigma, the same under every shape, the marginal likelihood of a shape is the one of
`monitor.diagnosis.dates` (Zellner 1971, section 7)

    p(y | s) ~ |S' W S|^(-1/2)  RSS^(-(T - p) / 2)        S = [X s]

and what is told of a kind of shape is the mean over its starts, lengths and slopes; a length is beforehand as likely
as 1 / length, which favours no unit of time (Jeffreys 1961). The residual degrees of freedom are cut by TEMPER, as
there, for weeks that resemble their neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from monitor.diagnosis.dates import TEMPER
from monitor.observations import IntArray
from monitor.panel import Panel
from monitor.types import Finding, FloatArray, Series

LONGEST, ANY_LENGTH = 6, 26
"""Weeks: of a blip at most, and of the windows that its length is weighed against."""
OVER = (8, 12, 16)
"""Weeks that a slow drift may take."""
ODDS = float(np.log(10.0))
"""Ln of how much likelier a shape must be than a step before it is said."""
AGO = 3
"""Weeks that a window must be over: one that ended yesterday may go on tomorrow."""
MARGIN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The shapes of a change held against a step.

    ended, slow   ln of how much likelier the data are than under a lasting step; ended: after LONGEST weeks at most
    brief         if it ended, the chance that it had LONGEST weeks at most
    window        of the likeliest brief window: its first week, and the first week after it
    over          of the likeliest slow drift, the weeks it took
    """

    ended: float
    slow: float
    brief: float
    window: tuple[int, int]
    over: int

    @property
    def surely_ended(self) -> bool:
        """Whether it was a blip that is over."""
        return self.ended > ODDS

    @property
    def surely_slow(self) -> bool:
        """Whether it came bit by bit."""
        return self.slow > ODDS and self.slow > self.ended


def shape_since(series: Series, panel: Panel, finding: Finding, since: date | None) -> Shape | None:
    """The shape of a finding's change in its series, against the level it had from the week `since` on."""

    def index(day: date) -> int:
        return (day - series.weeks[0]).days // 7

    first = max(index(since), 0) if since else 0
    low, high = (index(day) - first for day in finding.started_between)
    shape = shape_of(series.values[first:], series.effective[first:], panel.terms[first:], starts=(low, high))
    return shape and replace(shape, window=(shape.window[0] + first, shape.window[1] + first))


def shape_of(
    values: FloatArray, effective: FloatArray, terms: FloatArray, *, starts: tuple[int, int]
) -> Shape | None:
    """The shape of the change that began between the weeks of `starts`, both included.

    values, effective  (weeks,); nan or no deals: the week says nothing
    terms              (weeks, terms), without an intercept

    None where no shape can be told from another: too few weeks before, or none since a window could have ended.
    """
    known = np.isfinite(values) & (effective > 0)
    weeks = np.flatnonzero(known)
    first, last = max(starts[0], MARGIN), min(starts[1], len(values) - AGO - 1)
    if last < first or not (weeks < first).sum() > MARGIN:
        return None
    likelihood = _Likelihood(values, effective, terms, weeks)
    begins = np.arange(first, last + 1)
    steps = likelihood((weeks[None, :] >= begins[:, None]).astype(np.float64))
    windows = [
        (begin, begin + length)
        for length in range(1, ANY_LENGTH + 1)
        for begin in range(first, last + 1)
        if begin + length <= len(values) - AGO
    ]
    from_, until = (np.array(side)[:, None] for side in zip(*windows, strict=True))
    ended = likelihood(((weeks >= from_) & (weeks < until)).astype(np.float64))
    length = (until - from_)[:, 0]
    brief = length <= LONGEST
    slopes = [(begin, over) for over in OVER for begin in range(max(first - over, MARGIN), last + 1)]
    begin, over = (np.array(side)[:, None] for side in zip(*slopes, strict=True))
    slow = likelihood(np.clip((weeks - begin + 1) / over, 0.0, 1.0))
    step, short = _log_mean(steps), ended[brief]
    chance = np.exp(ended - ended.max()) / length
    if not (np.isfinite(step) and np.isfinite(short).any() and np.isfinite(slow).any()):
        return None
    likeliest = windows[int(np.argmax(short))]  # the brief ones come first
    return Shape(
        ended=_log_mean(short, 1.0 / length[brief]) - step,
        slow=_log_mean(slow) - step,
        brief=float(chance[brief].sum() / chance.sum()),
        window=likeliest,
        over=int(slopes[int(np.argmax(slow))][1]),
    )


class _Likelihood:
    """The marginal likelihood of shapes, up to a factor that all share."""

    def __init__(self, values: FloatArray, effective: FloatArray, terms: FloatArray, weeks: IntArray) -> None:
        root = np.sqrt(effective[weeks])
        design = np.hstack([np.ones((len(weeks), 1)), terms[weeks]])
        if len(weeks) < 3 * design.shape[1]:
            design = design[:, :1]
        self._basis, _ = np.linalg.qr(design * root[:, None])
        y = values[weeks] * root
        self._y, self._root = y - self._basis @ (self._basis.T @ y), root
        self._freedom = TEMPER * (len(weeks) - design.shape[1] - 1)

    def __call__(self, shapes: FloatArray) -> FloatArray:
        """Ln of it, for shapes of (shapes, known weeks); minus infinity for one that the terms hold already."""
        scaled = shapes * self._root
        left = scaled - (scaled @ self._basis) @ self._basis.T
        norm, total = (left**2).sum(axis=1), float(self._y @ self._y)
        some = norm > 1e-9 * np.maximum((scaled**2).sum(axis=1), 1e-300)
        norm = np.where(some, norm, 1.0)
        rss = np.maximum(total - (left @ self._y) ** 2 / norm, 1e-9 * total + 1e-300)
        found: FloatArray = -0.5 * np.log(norm) - 0.5 * self._freedom * np.log(rss)
        return np.where(some, found, -np.inf)


def _log_mean(logs: FloatArray, weights: FloatArray | None = None) -> float:
    top = float(logs.max())
    return (
        top + float(np.log(np.average(np.exp(logs - top), weights=weights))) if np.isfinite(top) else -np.inf
    )

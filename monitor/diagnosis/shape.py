"""What form a change has in time: a lasting step, a window of few weeks that has ended, or a slow drift.

Compared by their marginal likelihood (`monitor.diagnosis.marginal`) are

    step    s = [week >= k]                     it lasts
    ended   s = [k <= week < k + length]        it is over; brief, where it had LONGEST weeks at most
    slow    s = min(1, (week - k + 1) / over)   it came bit by bit

What is told of a kind of shape is the mean over its starts, lengths and slopes; a length is beforehand as likely as
1 / length, which favours no unit of time (Jeffreys 1961).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from monitor.diagnosis.marginal import Marginal
from monitor.panel import Panel
from monitor.types import Finding, FloatArray, Series

LONGEST, ANY_LENGTH = 6, 26
"""Weeks: of a blip at most, and of the windows that its length is weighed against."""
OVER = (8, 12, 16)
"""Weeks that a slow drift may take."""
ODDS = float(np.log(10.0))
"""Ln of how much likelier a slow drift must be than a step before it is said."""
ENDED_ODDS = float(np.log(20.0))
"""Ln of how much likelier a window must be before it is over: looked at every week, one step in 20 ever is."""
LIKELIER = 0.5
"""The chance above which a window that is over had LONGEST weeks at most."""
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
        """Whether a brief window that is over explains the weeks twenty times better than a step."""
        return self.ended > ENDED_ODDS

    @property
    def was_brief(self) -> bool:
        """Whether, now that it has returned, a brief window is likelier than a longer one, and than a step."""
        return self.ended > 0 and self.brief > LIKELIER

    @property
    def surely_slow(self) -> bool:
        """Whether it came bit by bit."""
        return self.slow > ODDS and self.slow > self.ended

    @property
    def took(self) -> int | None:
        """The weeks it took, where it came bit by bit."""
        return self.over if self.surely_slow else None


def shape_since(series: Series, panel: Panel, finding: Finding, since: date | None) -> Shape | None:
    """The shape of a finding's change in its series, against the level it had from the week `since` on."""

    def index(day: date) -> int:
        return (day - series.weeks[0]).days // 7

    first = max(index(since), 0) if since else 0
    low, high = (index(day) - first for day in finding.started_between)
    shape = shape_of(
        series.values[first:], series.effective[first:], panel.steady_terms[first:], starts=(low, high)
    )
    return shape and replace(shape, window=(shape.window[0] + first, shape.window[1] + first))


def shape_of(
    values: FloatArray, effective: FloatArray, terms: FloatArray, *, starts: tuple[int, int]
) -> Shape | None:
    """The shape of the change that began between the weeks of `starts`, both included.

    values, effective  (weeks,); nan or no deals: the week says nothing
    terms              (weeks, terms), without an intercept

    None where no shape can be told from another: too few weeks before, or none since a window could have ended.
    """
    plain = Marginal(values, effective, terms)
    weeks = plain.weeks
    first, last = max(starts[0], MARGIN), min(starts[1], len(values) - AGO - 1)
    if last < first or not (weeks < first).sum() > MARGIN:
        return None
    begins = np.arange(first, last + 1)
    steps = (weeks[None, :] >= begins[:, None]).astype(np.float64)
    windows = [
        (begin, begin + length)
        for length in range(1, ANY_LENGTH + 1)
        for begin in range(first, last + 1)
        if begin + length <= len(values) - AGO
    ]
    from_, until = (np.array(side)[:, None] for side in zip(*windows, strict=True))
    slopes = [(begin, over) for over in OVER for begin in range(max(first - over, MARGIN), last + 1)]
    begin, over = (np.array(side)[:, None] for side in zip(*slopes, strict=True))
    every = np.concatenate([
        steps, (weeks >= from_) & (weeks < until), np.clip((weeks - begin + 1) / over, 0.0, 1.0)
    ])  # fmt: skip
    phi = plain.memory(every[int(np.argmax(plain(every)[0]))])
    log = Marginal(values, effective, terms, phi)(every)[0]
    step, ended, slow = np.split(log, [len(steps), len(steps) + len(windows)])
    length = (until - from_)[:, 0]
    brief = length <= LONGEST
    short = ended[brief]
    if not all(np.isfinite(kind).any() for kind in (step, short, slow)):
        return None
    chance = np.exp(ended - ended.max()) / length
    likeliest = windows[int(np.argmax(short))]  # the brief ones come first
    against = _log_mean(step)
    return Shape(
        ended=_log_mean(short, 1.0 / length[brief]) - against,
        slow=_log_mean(slow) - against,
        brief=float(chance[brief].sum() / chance.sum()),
        window=likeliest,
        over=int(slopes[int(np.argmax(slow))][1]),
    )


def _log_mean(logs: FloatArray, weights: FloatArray | None = None) -> float:
    top = float(logs.max())
    return (
        top + float(np.log(np.average(np.exp(logs - top), weights=weights))) if np.isfinite(top) else -np.inf
    )

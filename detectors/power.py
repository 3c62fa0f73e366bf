"""The detection promise: how soon a change is found, for a volume of deals, a scatter and a bar.

Nothing is drawn. The null model, its filter and the Bayes factors are the detector's own, run on the typical course
of a series: noise adds to the measured scatter what it adds on average, and nothing to the score of a step. What the
level and the season cost that must be learned, the forgiven drift and the weight of a direction are all in it.

An alarm is the first of many looks, and the best of many starts: half of all series are alarmed while the typical
course still falls short of the bar by

    1/2 ln(weeks since the change / 2) (1 - (40 / h)^(2/3)) + 0.8 ln(weeks since the change / 40, 1 at least)

an allowance that was fitted to simulated series (20 to 200 deals, 5 to 20 points, bars of 52 to 20,000 weeks; the
second part, of changes so slow to show that noise carries half of them over the bar, 10 to 200 deals, 4 to 8 points).
Against series that were not used for the fit, medians differ by a tenth as a rule, and by a fifth at most or a week:
`tests/detectors/test_power.py`. Changes that half of the series take more than half a year to show are promised up to
half as late again at bars of 260 to 1,000 weeks, and not sooner than they come.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from detectors.candidates import Candidates, Hypotheses
from detectors.dating import start_quantiles
from detectors.evidence import Scale, log_bayes_factors, log_sum_and_shares
from detectors.null_model import NullModel
from detectors.settings import SIZES, Model
from detectors.shiryaev import LEAST_AGE
from detectors.types import BoolArray, FloatArray

HORIZON = 156
WITHIN = (4, 8, 13, 26)
BEFORE = 13  # periods before the change that are thought of as starts as well
SLOW = 40.0  # periods from which on noise carries more over the bar than the typical course does
SEARCHED = (0.001, 10.0)  # the sizes that are searched, in standard deviations of a deal
HALVINGS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What S series promise: `median` (S,) periods to find the effect asked about, nan beyond the horizon.

    `smallest` (S, W) is the smallest effect of which half are found within each of WITHIN periods, nan if none is.
    """

    median: FloatArray
    smallest: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class _Period:
    """The evidence of a step of size 1 after some periods of it: what is asked, and the squares the step leaves.

    `squares` (S,) is what the step adds to the residual sum of squares, `noise` (S,) the expected square of one
    innovation, `df` their number; the change is `age` periods old.
    """

    age: int
    asked: Hypotheses
    squares: FloatArray
    noise: FloatArray
    df: int

    def alarms(self, size: FloatArray, arl: FloatArray, sizes: FloatArray, tilt: FloatArray) -> BoolArray:
        """Whether a step of each `size` (S,), in standard deviations of a deal, has raised its alarm; (S,)."""
        scale = Scale(
            rss=self.df * self.noise + size**2 * self.squares, df=np.full(len(size), self.df, dtype=np.int64)
        )
        asked = self.asked
        each = log_bayes_factors(asked.information, size[:, None] * asked.score, scale, sizes, tilt)
        each += asked.log_prior[:, None] - math.log(len(sizes))
        total, shares = log_sum_and_shares(each)
        by_start = asked.by_start(shares.sum(axis=1))
        _, _, high = start_quantiles(by_start, asked.starts)
        needed = np.log(arl) - _allowance(self.age, arl)
        found: BoolArray = (total >= needed) & (asked.starts[-1] - high + 1 >= LEAST_AGE)
        return found


def promise(
    n: ArrayLike,
    scatter: ArrayLike,
    arl: ArrayLike,
    effect: ArrayLike,
    *,
    learned: int = 52,
    terms: FloatArray | None = None,
    harmful_weight: ArrayLike = 0.8,
    drift: ArrayLike = 0.0002,
    rho: float = 0.02,
    phi: float = 0.2,
    sizes: Sequence[float] = SIZES,
    horizon: int = HORIZON,
    prior_sd: Sequence[float] = (),
) -> Promise:
    """What S series promise; every setting is one for all of them or one each.

    n               effective deals a period
    scatter         one deal's standard deviation, in the unit of the effect: sqrt(p (1 - p)) of a rate
    arl             the bar, in periods
    effect          the size of the step asked about; its sign does not count
    learned         periods without a change that were seen before it
    terms           regressors of those and of the `horizon` periods after them, (learned + horizon, p)
    prior_sd        of the last of the terms, as in `Model`
    harmful_weight  the share of the budget of the step's direction; 0.5 treats both alike

    Raises ValueError for settings that make no sense, or for a `learned` that leaves nothing to measure with.

    At 60 deals a week, one false alarm in two years over forty series, and a win rate of 30 %:

    >>> found = promise(60, math.sqrt(0.3 * 0.7), 4160.0, [0.08, 0.12], learned=78)
    >>> found.median.tolist()
    [28.0, 13.0]
    """
    asked = np.broadcast_arrays(
        *(
            np.atleast_1d(np.asarray(one, dtype=np.float64))
            for one in (n, scatter, arl, effect, harmful_weight, drift)
        )
    )
    deals, spread, bar, step, weight, forgiven = asked
    design = np.zeros((learned + horizon, 0)) if terms is None else np.asarray(terms, dtype=np.float64)
    _refuse(
        {
            "n and scatter are positive": not ((deals > 0.0) & (spread > 0.0)).all(),
            "arl is a number of periods, at least 1": not (bar >= 1.0).all(),
            f"a change after {learned} periods leaves nothing to learn from": learned < BEFORE,
            f"terms have shape ({learned + horizon}, p)": len(design) != learned + horizon,
        }
    )
    course = _course(deals, forgiven, design, learned, Model(rho=rho, phi=phi, prior_sd=prior_sd))
    prior, tilt = np.array(sizes, dtype=np.float64), 2.0 * weight - 1.0
    return Promise(
        median=_median(course, np.abs(step) / spread, bar, prior, tilt),
        smallest=spread[:, None]
        * np.stack([_smallest(course, age, bar, prior, tilt) for age in WITHIN], axis=1),
    )


def scatter_of(
    values: FloatArray,
    n: FloatArray,
    terms: FloatArray,
    drift: float,
    window: int = 52,
    *,
    rho: float = 0.02,
    phi: float = 0.2,
    prior_sd: Sequence[float] = (),
) -> float:
    """One deal's standard deviation in a series, as the null model measures it: values, n (T,), terms (T, p).

    The median over windows of `window` periods, the newest first, so that a change inside the series counts as
    scatter in one of them at most. nan where no window measures anything.
    """
    length = len(values)
    width = min(window, length)
    ends = range(length, width - 1, -width)
    rows = np.array([np.arange(end - width, end) for end in ends])
    null = NullModel(
        np.full(len(rows), drift), Model(rho=rho, phi=phi, prior_sd=prior_sd), terms.shape[1] + 1
    )
    deals = np.where(np.isfinite(values), n, 0.0)[rows]
    null.learn(np.arange(len(rows)), np.nan_to_num(values)[rows], deals, terms[rows])
    measured = null.fit.rss / np.maximum(null.fit.df, 1)
    usable = np.flatnonzero(null.learned & (null.fit.df > 0))
    if not len(usable):
        return math.nan
    advanced = null.advance(np.zeros(len(rows)), np.ones(len(rows)), terms[rows[:, -1]])
    noise = advanced.scale**2 / advanced.gain.precision
    variance = measured[usable] / noise[usable]
    return float(np.sqrt(np.median(variance)))


def _course(n: FloatArray, drift: FloatArray, terms: FloatArray, learned: int, model: Model) -> list[_Period]:
    """The periods of a step of size 1 that begins after `learned` periods of nothing."""
    series, baseline = len(n), max(learned - BEFORE, (learned + 1) // 2)
    null = NullModel(drift, replace(model, clip=math.inf), terms.shape[1] + 1)
    nothing = np.zeros((series, baseline))
    tiled = np.broadcast_to(terms, (series, *terms.shape))
    null.learn(np.arange(series), nothing, nothing + n[:, None], tiled[:, :baseline])
    if not null.learned.all():
        raise ValueError(f"{baseline} periods are too few for {terms.shape[1]} regressors")
    diffuse = terms[:baseline, : terms.shape[1] - len(model.prior_sd)]
    df = baseline - int(np.linalg.matrix_rank(np.column_stack([np.ones(baseline), diffuse])))
    candidates = Candidates(series, terms.shape[1] + 1, model.phi)
    periods = []
    for period in range(baseline, len(terms)):
        candidates.open(period, null.learned)
        advanced = null.advance(np.full(series, float(period >= learned)), n, tiled[:, period])
        candidates.advance(advanced.gain, advanced.step, advanced.scale)
        df += int((advanced.step.shrink > 0.0).all())
        if period >= learned:
            periods.append(
                _Period(
                    age=period - learned + 1,
                    asked=candidates.hypotheses(),
                    squares=null.fit.rss.copy(),
                    noise=advanced.scale**2 / advanced.gain.precision,
                    df=df,
                )
            )
    return periods


def _median(
    course: list[_Period], size: FloatArray, arl: FloatArray, sizes: FloatArray, tilt: FloatArray
) -> FloatArray:
    """Periods until a step of each `size` (S,), in standard deviations of a deal, raises its alarm; (S,)."""
    median = np.full(len(size), np.nan)
    for period in course:
        median[np.isnan(median) & period.alarms(size, arl, sizes, tilt)] = period.age
        if not np.isnan(median).any():
            break
    return median


def _smallest(
    course: list[_Period], age: int, arl: FloatArray, sizes: FloatArray, tilt: FloatArray
) -> FloatArray:
    """The smallest step (S,), in standard deviations of a deal, found `age` periods after it began; nan: none."""
    if age > len(course):
        return np.full(len(arl), np.nan)
    period = course[age - 1]
    low, high = (np.full(len(arl), one) for one in SEARCHED)
    for _ in range(HALVINGS):
        middle = np.sqrt(low * high)
        found = period.alarms(middle, arl, sizes, tilt)
        low, high = np.where(found, low, middle), np.where(found, middle, high)
    return np.where(high < SEARCHED[1], high, np.nan)


def _allowance(age: int, arl: FloatArray) -> FloatArray:
    """By how much ln R of the typical course falls short of the bar when half of all series are alarmed."""
    looks: FloatArray = 0.5 * math.log(max(age / 2.0, 1.0)) * np.maximum(1.0 - (40.0 / arl) ** (2 / 3), 0.0)
    return looks + 0.8 * math.log(max(age / SLOW, 1.0))


def _refuse(broken: dict[str, bool]) -> None:
    for sentence, is_broken in broken.items():
        if is_broken:
            raise ValueError(sentence)

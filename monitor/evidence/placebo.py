"""The same judgement where nothing can be found: on shuffled weeks, and on a series that cannot move.

    shuffled  the headline's weeks in another order, so that whatever changed is spread over all of them
    coins     a coin tossed for each of its deals, in the weeks and batches the deals have

Each is read by the same detector against the same bar. What alarms here is what noise does to this company.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from detectors import Scan
from detectors.effective import weekly_means
from monitor.panel import Panel, deal_weights_of, deals_of
from monitor.types import Finding, FloatArray, Series

SHUFFLES, COINS = 19, 20
BASELINE = 26
LEAST_WEEKS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Placebo:
    """How many of so many alarmed in any week, and the highest evidence of any (ln R, to be held against the bar)."""

    shuffled: int
    of_shuffled: int
    coins: int
    of_coins: int
    highest: float
    bar: float


def placebo_of(
    finding: Finding, series: Series, panel: Panel, since: date | None, seed: int
) -> Placebo | None:
    """The placebo of a finding, drawn from `seed`; None where its series is too short to be shuffled."""
    first = max((since - series.weeks[0]).days // 7, 0) if since else 0
    weeks = np.arange(first, len(series.weeks))
    if len(weeks) < LEAST_WEEKS:
        return None
    rng = np.random.default_rng(seed)
    values, effective = (
        series.values[weeks],
        np.where(np.isfinite(series.values), series.effective, 0.0)[weeks],
    )
    orders = [rng.permutation(len(weeks)) for _ in range(SHUFFLES)]
    tossed = [_coins(panel, finding, weeks, len(series.weeks), rng) for _ in range(COINS)]
    rows = [(values[order], effective[order]) for order in orders] + tossed
    highest = _highest(
        np.stack([row[0] for row in rows]),
        np.stack([row[1] for row in rows]),
        finding,
        panel,
        panel.terms[weeks],
    )
    over = highest >= finding.bar
    return Placebo(
        shuffled=int(over[:SHUFFLES].sum()),
        of_shuffled=SHUFFLES,
        coins=int(over[SHUFFLES:].sum()),
        of_coins=COINS,
        highest=float(highest.max()),
        bar=finding.bar,
    )


def _coins(
    panel: Panel,
    finding: Finding,
    weeks: np.ndarray[tuple[int], np.dtype[np.int64]],
    count: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    mask, weights = deals_of(panel, finding.key), deal_weights_of(panel)
    toss = rng.integers(0, 2, int(mask.sum())).astype(np.float64)
    means, effective, _ = weekly_means(panel.observed.week[mask], toss, weights[mask], count)
    return means[weeks], effective[weeks]


def _highest(
    values: FloatArray, effective: FloatArray, finding: Finding, panel: Panel, terms: FloatArray
) -> FloatArray:
    """The highest evidence of each row over all weeks after the baseline."""
    rows = len(values)
    scan = Scan(
        learning=np.full(rows, BASELINE),
        arl=np.full(rows, np.exp(finding.bar)),
        harmful=[panel.kind.harmful] * rows,
        drift=np.full(rows, panel.kind.drift),
        first_candidate=np.full(rows, BASELINE),
        prior_sd=panel.kind.season,
    )
    highest = np.full(rows, -np.inf)
    for week in range(values.shape[1]):
        readings = scan.advance(values[:, week], effective[:, week], terms[week])
        highest = np.fmax(highest, [readings.of(row).evidence for row in range(rows)])
    return highest

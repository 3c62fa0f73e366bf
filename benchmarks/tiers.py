"""How a move between tiers of the profile is best watched at the budget of one series: `make bench-tiers`.

Weekly deals by four tiers, best first, of which the first is core: their log odds have a weekly effect that remembers
as ordinary companies' do. At one and the same budget for the mix:

core        the core share alone
joint       all shares jointly (detectors.mix), whatever way they move
both        half of the budget each
cuts        half for the core share, half for the shares of each lower tier "or better"; those that agree are summed
            (monitor.agreement)

Weeks to a false alarm of unchanged mixes, early and late, and mean weeks to find 12 points that move between tiers,
156 where nothing was found, of the mixes that no rule alarmed before.
"""

from __future__ import annotations

import argparse

import numpy as np

from detectors import Readings, scan_batch
from detectors.evaluate import delays, early_and_late
from detectors.mix import scan_mix
from detectors.shiryaev import LEAST_AGE
from detectors.types import BoolArray, FloatArray

SHARES = np.array([0.40, 0.25, 0.20, 0.15])
LEARNING, WATCHED, LONGEST = 52, 416, 156
BAR = 870.0
"""Of one of five series of a company: 52.18 / (0.5 * 0.6 / 5)."""
RHO, MEMORY = 0.01, 0.2
NEAR, FAR = 4, 13
MOVES = {
    "core to adjacent": (-0.12, 0.12, 0.0, 0.0),
    "core to outside": (-0.12, 0.0, 0.0, 0.12),
    "core to all others": (-0.12, 0.05, 0.04, 0.03),
    "adjacent to outside, core as it was": (0.0, -0.12, 0.0, 0.12),
    "outside to adjacent, core as it was": (0.0, 0.10, 0.0, -0.10),
}


def counts_of(
    rng: np.random.Generator, mixes: int, periods: int, deals: float, move: FloatArray, at: int
) -> FloatArray:
    """Weekly deals by tier, (mixes, periods, tiers); the shares move by `move` from week `at` on."""
    effect = np.zeros((mixes, periods, len(SHARES)))
    now = np.zeros((mixes, len(SHARES)))
    spread = np.sqrt(RHO / SHARES)
    for week in range(periods):
        fresh = rng.normal(size=now.shape) * spread * np.sqrt(1 - MEMORY**2)
        now = MEMORY * now + fresh if week else rng.normal(size=now.shape) * spread
        effect[:, week] = now
    shares = SHARES + move * (np.arange(periods) >= at)[:, None]
    odds = shares * np.exp(effect)
    probabilities = odds / odds.sum(axis=2, keepdims=True)
    total = rng.poisson(deals, size=(mixes, periods))
    found: FloatArray = rng.multinomial(total, probabilities).astype(np.float64)
    return found


def _part(evidence: FloatArray, able: BoolArray, bar: float) -> FloatArray:
    return np.where(able, np.exp(np.minimum(np.nan_to_num(evidence, nan=-np.inf), 60.0)) / bar, 0.0)


def _cut(table: FloatArray, best: int, bar: float) -> tuple[Readings, BoolArray]:
    """The share of the `best` first tiers, read as the product reads a share."""
    n = table.sum(axis=2)
    values = np.divide(table[:, :, :best].sum(axis=2), n, out=np.zeros_like(n), where=n > 0)
    terms = np.zeros((n.shape[1], 0))
    one = scan_batch(values, n, terms, learning=LEARNING, arl=bar, harmful="down")
    age = np.arange(n.shape[1]) - one.start_high + 1
    return one, (age >= LEAST_AGE) & ~one.shock


def _joint(table: FloatArray) -> tuple[FloatArray, BoolArray]:
    """The evidence of all shares jointly, and where its start is old enough to alarm."""
    read = [scan_mix(one, learning=LEARNING, arl=BAR) for one in table]
    age = np.arange(table.shape[1]) - np.stack([one.start_high for one in read]) + 1
    return np.stack([one.evidence for one in read]), age >= LEAST_AGE


def rules(table: FloatArray) -> dict[str, BoolArray]:
    """When each mix alarms by each rule, (mixes, periods)."""
    lower = range(2, len(SHARES))
    cuts = {1: _cut(table, 1, 2 * BAR)} | {best: _cut(table, best, 2 * BAR * len(lower)) for best in lower}
    core, able = cuts[1]
    joint, lasting = _joint(table)
    of_core, of_joint = _part(core.evidence, able, BAR), _part(joint, lasting, BAR)
    parts = np.stack(
        [of_core / 2] + [_part(cuts[best][0].evidence, cuts[best][1], 2 * BAR * len(lower)) for best in lower]
    )
    return {
        "core": of_core >= 1,
        "joint": of_joint >= 1,
        "both": (of_core + of_joint) / 2 >= 1,
        "cuts": _agreeing(parts, [one for one, _ in cuts.values()]) >= 1,
    }


def _agreeing(parts: FloatArray, read: list[Readings]) -> FloatArray:
    """The largest sum of the parts that move one way and date to one time with the strongest of them."""
    start, low, high, effect = (
        np.nan_to_num(np.stack([getattr(one, name) for one in read]))
        for name in ("start", "start_low", "start_high", "effect")
    )
    best = np.zeros(parts.shape[1:])
    for lead in range(len(parts)):
        apart = np.abs(start - start[lead])
        overlap = (low <= high[lead]) & (low[lead] <= high)
        agrees = (np.sign(effect) == np.sign(effect[lead])) & ((apart <= NEAR) | overlap)
        best = np.maximum(best, np.where(agrees & (parts <= parts[lead]), parts, 0.0).sum(axis=0))
    return best


def main() -> None:
    """Unchanged mixes and moved ones, at as many deals a week as asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mixes", type=int, default=60)
    parser.add_argument("--deals", type=float, default=60.0)
    options = parser.parse_args()
    still = np.zeros(len(SHARES))
    table = counts_of(
        np.random.default_rng([81, 0]), options.mixes, LEARNING + WATCHED, options.deals, still, 0
    )
    print(
        f"{options.mixes} mixes of {options.deals:.0f} deals a week at a bar of {BAR:.0f} weeks; unchanged:"
    )
    for rule, alarm in rules(table).items():
        early, late = early_and_late(alarm, LEARNING)
        print(
            f"  {rule:6} weeks 1-208 {early.arl:6.0f} (at least {early.low:5.0f})   "
            f"after {late.arl:6.0f} (at least {late.low:5.0f})",
            flush=True,
        )
    print("mean weeks to find 12 points (10 of the last):")
    at = 2 * LEARNING
    for number, (name, move) in enumerate(MOVES.items(), start=1):
        rng = np.random.default_rng([81, number])
        alarms = rules(counts_of(rng, options.mixes, at + LONGEST, options.deals, np.array(move), at))
        quiet = ~np.any([alarm[:, :at].any(axis=1) for alarm in alarms.values()], axis=0)
        means = []
        for rule, alarm in alarms.items():
            found = delays(alarm[quiet], float(at))
            means.append(f"{rule} {np.where(np.isnan(found), LONGEST, found).mean():5.1f}")
        print(f"  {name:36} {'   '.join(means)}", flush=True)


if __name__ == "__main__":
    main()

"""What the sum of a company's small agreeing moves finds and costs, measured: `make bench-pooled`.

A company is four rates, each read as a whole and as the contrasts of its six regions: 28 series, whose evidence R_s
stands against bars h_s of one budget of half a false alarm a year. Three rules for an alarm of the company:

single      one series has R_s >= h_s
agreeing    or the series that moved the same way (harm or good) at one time have a sum of R_s / h_s of at least 1, as
            the product alarms (monitor.agreement)
everything  or all series have, whatever way they moved: what the theorem of the pooled alarm bounds

Weeks to a false alarm of unchanged companies, early and late, with their lower 95 % limits, against the 104 weeks of
the budget; and the delay of changes that all regions of one, of two and of all four rates share, as means, 156 where
nothing was found, of the companies that no rule alarmed before.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detectors import Readings, scan_batch
from detectors.evaluate import delays, early_and_late
from detectors.shiryaev import LEAST_AGE
from detectors.simulate import Change, Ordinary, Weekly
from detectors.simulate_regions import regional_rates
from detectors.types import BoolArray, FloatArray

LEARNING, WATCHED, LONGEST = 26, 416, 156
METRICS, REGIONS = 4, 6
BUDGET, WEEKS_A_YEAR = 0.5, 52.18
SHARES = {"company": 0.6, "segments": 0.4}
NEAR, FAR = 4, 13
"""Weeks that dates of one time lie apart, and may where their intervals overlap: as inflections are grouped."""
NULLS = {"60 deals a week": Ordinary(), "200 deals a week": Ordinary(deals=200.0)}
CHANGES = {
    "one rate": (1, (-0.05, -0.08)),
    "two rates": (2, (-0.05, -0.08)),
    "all four rates": (METRICS, (-0.03, -0.05)),
}


@dataclass(frozen=True, slots=True)
class Read:
    """Evidence over bar of each series, its alarms, and what says whether series agree: (companies, series, T)."""

    part: FloatArray
    alarm: BoolArray
    worse: BoolArray
    lasting: BoolArray
    start: FloatArray
    low: FloatArray
    high: FloatArray


def read(
    rng: np.random.Generator, companies: int, periods: int, given: Ordinary, moved: int, size: float
) -> Read:
    """Simulate companies of which the first `moved` rates change by `size` after 3 times LEARNING, and read them."""
    found = []
    for metric in range(METRICS):
        change = Change(at=3 * LEARNING, size=size) if metric < moved else None
        made = regional_rates(rng, companies, periods, given, change, regions=REGIONS)
        whole = WEEKS_A_YEAR / (BUDGET * SHARES["company"] / METRICS)
        slice_ = WEEKS_A_YEAR / (BUDGET * SHARES["segments"] / (METRICS * REGIONS))
        found += [_scanned(made.whole, whole)] + [_scanned(one, slice_) for one in made.contrasts]
    return Read(*(np.stack(each, axis=1) for each in zip(*found, strict=True)))


def _scanned(made: Weekly, bar: float) -> tuple[FloatArray | BoolArray, ...]:
    one: Readings = scan_batch(
        np.nan_to_num(made.values), made.n, made.terms, learning=LEARNING, arl=bar, harmful="down"
    )
    with np.errstate(invalid="ignore"):
        age = np.arange(made.n.shape[1]) - one.start_high + 1.0
        return (
            np.nan_to_num(np.exp(np.minimum(one.evidence, 60.0)) / bar),
            one.alarm,
            one.effect < 0,
            (age >= LEAST_AGE) & ~one.shock,
            np.nan_to_num(one.start),
            np.nan_to_num(one.start_low),
            np.nan_to_num(one.start_high),
        )


def rules(found: Read) -> dict[str, BoolArray]:
    """When each company alarms by each rule, (companies, T)."""
    single = found.alarm.any(axis=1)
    counted = np.where(found.lasting, found.part, 0.0)
    agreeing = single.copy()
    for lead in range(counted.shape[1]):
        agreeing |= _with(found, counted, lead).sum(axis=1) >= 1.0
    return {
        "single": single,
        "agreeing": agreeing,
        "everything": single | (found.part.sum(axis=1) >= 1.0),
    }


def _with(found: Read, counted: FloatArray, lead: int) -> FloatArray:
    """What the series that agree with one, and are no stronger than it, have of their bars; 0 for the others."""

    def of_lead(each: NDArray[Any]) -> NDArray[Any]:
        return each[:, lead : lead + 1]

    apart = np.abs(found.start - of_lead(found.start))
    overlap = (found.low <= of_lead(found.high)) & (of_lead(found.low) <= found.high)
    agrees = (found.worse == of_lead(found.worse)) & ((apart <= NEAR) | (overlap & (apart <= FAR)))
    return np.where(agrees & (counted <= of_lead(counted)), counted, 0.0)


def _in_lots(
    count: int, seed: int, periods: int, given: Ordinary, moved: int, size: float
) -> dict[str, BoolArray]:
    """The alarms of `count` companies, simulated 25 at a time."""
    lots = [
        rules(read(np.random.default_rng([seed, lot]), min(25, count - lot), periods, given, moved, size))
        for lot in range(0, count, 25)
    ]
    return {name: np.concatenate([lot[name] for lot in lots]) for name in lots[0]}


def nulls(count: int) -> None:
    """Print the weeks to a false alarm of unchanged companies."""
    print(f"Unchanged companies, {count} of each; weeks to a false alarm, budget {WEEKS_A_YEAR / BUDGET:.0f}")
    for name, given in NULLS.items():
        for rule, alarm in _in_lots(count, 71, LEARNING + WATCHED, given, 0, 0.0).items():
            early, late = early_and_late(alarm, LEARNING)
            print(
                f"  {name:18} {rule:11} weeks 1-208 {early.arl:5.0f} (at least {early.low:5.0f})   "
                f"after {late.arl:5.0f} (at least {late.low:5.0f})",
                flush=True,
            )


def changes(count: int) -> None:
    """Print how soon shared changes are found."""
    print(f"Weeks to find a change that all regions share, {count} companies of each")
    at = 3 * LEARNING
    for number, (name, (moved, sizes)) in enumerate(CHANGES.items()):
        for size in sizes:
            alarms = _in_lots(count, 72 + number, at + LONGEST, Ordinary(), moved, size)
            quiet = ~np.any([alarm[:, :at].any(axis=1) for alarm in alarms.values()], axis=0)
            means = []
            for rule, alarm in alarms.items():
                found = delays(alarm[quiet], float(at))
                means.append(f"{rule} {np.where(np.isnan(found), LONGEST, found).mean():5.1f}")
            print(f"  {name:15} {-100 * size:3.0f} points   {'   '.join(means)}", flush=True)


def main() -> None:
    """Both, on as many companies as asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--companies", type=int, default=40)
    count = parser.parse_args().companies
    nulls(count)
    changes(count // 2)


if __name__ == "__main__":
    main()

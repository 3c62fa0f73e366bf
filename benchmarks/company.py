"""What a whole company's series can teach the detector, measured: `make bench-company`.

Hyper-parameters: companies of a few series each, in which nothing changes but weeks remember more, or the weekly
effect is larger, than usual. The run length to a false alarm at the bar of 4,160 weeks, with the usual
hyper-parameters and with those learned on the first 26 weeks; and the delay that learning costs where the usual ones
are right.

Relearning: series whose level changed, read anew for 13 weeks: alone, or with season and scale of the level before.
The delay of a second change.

Run lengths with their lower 95 % limit; delays are means, 156 where nothing was found.
"""

from __future__ import annotations

import argparse

import numpy as np

from detectors import scan_batch
from detectors.evaluate import delays, run_length
from detectors.hyper import Hyper, learn_hyper
from detectors.simulate import Change, Ordinary, Weekly, rates
from detectors.types import BoolArray, FloatArray

LEARNING, BAR, WATCHED, LONGEST = 26, 4160.0, 416, 156
SERIES = 4
SHARED = 0.5
NULLS = {
    "as usual": Ordinary(),
    "phi 0.4": Ordinary(phi=0.4),
    "phi 0.5": Ordinary(phi=0.5),
    "phi 0.4, rho 0.06": Ordinary(phi=0.4, rho=0.06),
    "phi 0.5, 200 deals": Ordinary(phi=0.5, deals=200.0),
}
STEPS = {
    "8 points": (Ordinary(), -0.08),
    "12 points": (Ordinary(), -0.12),
    "8 points, 200 deals": (Ordinary(deals=200.0), -0.08),
}
SECOND = {
    "30 %, first 6 points down, then 10 more": (0.3, -0.06, -0.10),
    "50 %, first 10 points down, then 10 more": (0.5, -0.10, -0.10),
    "50 %, first 10 points down, then 10 up": (0.5, -0.10, 0.10),
}


def alarms(found: Weekly, hyper: Hyper) -> BoolArray:
    """When each series alarms with these hyper-parameters, (S, T)."""
    return scan_batch(
        np.nan_to_num(found.values),
        found.n,
        found.terms,
        learning=LEARNING,
        arl=BAR,
        harmful="down",
        drift=hyper.drift,
        rho=hyper.rho,
        phi=hyper.phi,
    ).alarm


def learned(found: Weekly) -> Hyper:
    """What the first weeks of all series say."""
    weeks = slice(0, LEARNING)
    values = np.nan_to_num(found.values[:, weeks])
    return learn_hyper(values, found.n[:, weeks], found.terms[weeks], Hyper(), share=SHARED)


def companies(
    ordinary: Ordinary, count: int, seed: int, change: Change | None = None
) -> tuple[list[BoolArray], list[BoolArray], list[Hyper]]:
    """Alarms with the usual and with learned hyper-parameters, and what was learned, of each company."""
    periods = LEARNING + WATCHED if change is None else change.at + LONGEST
    usual, own, hypers = [], [], []
    for company in range(count):
        found = rates(np.random.default_rng([seed, company]), SERIES, periods, ordinary, change)
        hypers.append(learned(found))
        usual.append(alarms(found, Hyper()))
        own.append(alarms(found, hypers[-1]))
    return usual, own, hypers


def told(hypers: list[Hyper]) -> str:
    """The means of what was learned."""
    rho, phi, drift = (np.mean([getattr(one, name) for one in hypers]) for name in ("rho", "phi", "drift"))
    return f"rho {rho:.3f}, phi {phi:.2f}, drift {drift:.5f}"


def hyper_parameters(count: int) -> None:
    """Print run lengths and delays, usual and learned."""
    print(f"\nHyper-parameters, {count} companies of {SERIES} series; weeks to a false alarm")
    for name, ordinary in NULLS.items():
        usual, own, hypers = companies(ordinary, count, 61)
        one, other = (run_length(np.concatenate(found), LEARNING) for found in (usual, own))
        print(
            f"  {name:22} usual {one.arl:7.0f} (at least {one.low:6.0f})   "
            f"learned {other.arl:7.0f} (at least {other.low:6.0f})   {told(hypers)}",
            flush=True,
        )
    print("Weeks to find a step")
    for name, (ordinary, size) in STEPS.items():
        change = Change(at=3 * LEARNING, size=size)
        usual, own, _ = companies(ordinary, count, 62, change)
        one, other = (mean_delay(np.concatenate(found), change.at) for found in (usual, own))
        print(f"  {name:22} usual {one:5.1f}   learned {other:5.1f}", flush=True)


def mean_delay(alarm: BoolArray, at: int) -> float:
    """The mean delay, LONGEST where nothing was found."""
    found = delays(alarm[:, : at + LONGEST], float(at))
    return float(np.where(np.isnan(found), LONGEST, found).mean())


def relearning(count: int) -> None:
    """Print the delay of a second change, with 13 new weeks alone and with season and scale carried over."""
    print(
        f"\nRelearning, {count} series of 60 deals a week; weeks to find a change 13 weeks after watching resumed"
    )
    first_at, resumed = 104, 104 + 3 + 13
    for name, (rate, first, second) in SECOND.items():
        at = resumed + 13
        rng = np.random.default_rng(63)
        found = two_changes(
            rng, count, at + LONGEST, rate, Change(at=first_at, size=first), Change(at=at, size=second)
        )
        week = np.arange(found.n.shape[1])
        values, old = np.nan_to_num(found.values), (week < first_at + 3).astype(np.float64)
        forms: dict[str, tuple[FloatArray, FloatArray]] = {
            "alone": (np.where(old > 0, 0.0, found.n), found.terms),
            "carried": (
                np.where((week >= first_at - 3) & (old > 0), 0.0, found.n),
                np.column_stack([found.terms, old]),
            ),
        }
        each = [
            mean_delay(
                scan_batch(
                    values, n, terms, learning=resumed, first_candidate=resumed, arl=BAR, harmful="down"
                ).alarm,
                at,
            )
            for n, terms in forms.values()
        ]
        print(f"  {name:42} alone {each[0]:5.1f}   carried {each[1]:5.1f}", flush=True)


def two_changes(
    rng: np.random.Generator, series: int, periods: int, rate: float, first: Change, second: Change
) -> Weekly:
    """Rates with two changes: deals of the first alone, and of both from the second on."""
    ordinary = Ordinary(rate=rate)
    state = rng.bit_generator.state
    before = rates(rng, series, periods, ordinary, first)
    rng.bit_generator.state = state
    both = Change(at=second.at, size=first.size + second.size)
    after = rates(rng, series, periods, ordinary, both)
    late = np.arange(periods) >= second.at
    return Weekly(
        values=np.where(late, after.values, before.values),
        n=np.where(late, after.n, before.n),
        terms=before.terms,
    )


def main() -> None:
    """Both, on as many companies as asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--companies", type=int, default=75)
    count = parser.parse_args().companies
    hyper_parameters(count)
    relearning(4 * count)


if __name__ == "__main__":
    main()

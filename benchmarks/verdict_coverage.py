"""Whether the intervals hold what they claim: `make bench-verdict`, at the level of the diagnosis.

Invented deals in weeks with a luck of their own, in three tiers, at two levels of price, with newcomers and an
import, whose true parts are known. Printed for each share, for the size and for the date of a step: how often the
90 % interval held it, over so many runs. Then what a verdict costs beside the week's judging, on a company of forty
series and three years.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from benchmarks.verdict.cost import cost
from monitor.diagnosis.attribution import Cells, Parts, attribute, cells
from monitor.diagnosis.dates import step_date

FIGURES = Path(__file__).parents[1] / "docs" / "verdict-intervals.md"
BEFORE, AFTER, A_WEEK = 40, 20, 50
RATES = np.array([0.36, 0.24, 0.12])
SHARES = (np.array([0.5, 0.3, 0.2]), np.array([0.35, 0.3, 0.35]))
STAYING, IMPORTED, FALL, NEWCOMERS, LUCK = 0.7, 0.10, 0.30, 0.25, 0.03
CHEAPER, BY_PRICE = (0.3, 0.5), np.array([0.9, 1.1])
"""The part of deals offered at the lower price, before and after; how much likelier either price is to win."""
LEVEL, WEEKLY, STEPS, MEMORIES = 0.3, 0.06, (0.06, 0.08, 0.12), (0.0, 0.2, 0.4)
"""Of the series whose step is dated: its level, the scatter of its weeks, sizes, and what a week remembers."""
PARTS = ("recording", "mix", "price", "people", "rest")
NAMES = {"size": "the size of the move", "rest": "the share of the market"} | {
    name: f"the share of {name}" for name in PARTS[:-1]
}
LEAST, MOST = 0.86, 0.94


def period(rng: np.random.Generator, weeks: int, *, later: bool) -> Cells:
    """The cells of a period: before the change, or after it."""
    week = np.repeat(np.arange(weeks), A_WEEK)
    stratum = rng.choice(3, week.size, p=SHARES[int(later)])
    stays = rng.random(week.size) < STAYING
    marked = (rng.random(week.size) < IMPORTED) & later
    band = (rng.random(week.size) < CHEAPER[int(later)]).astype(np.int64)
    chance = RATES[stratum] * BY_PRICE[band] * (1 - FALL * later)
    chance = chance * np.where(~stays & later, 1 - NEWCOMERS, 1.0) * ~marked
    lucky = np.clip(chance + rng.normal(0, LUCK, weeks)[week] * ~marked, 0, 1)
    value = (rng.random(week.size) < lucky).astype(float)
    return cells(
        week,
        value,
        np.ones(week.size),
        stratum,
        3,
        suspect=marked,
        staying=stays,
        weeks=np.arange(weeks),
        band=band,
        bands=2,
    )


def truth() -> dict[str, float]:
    """The parts without any luck, from the shares and chances of the cells themselves."""
    expected = []
    for later in (False, True):
        imported, low = IMPORTED * later, CHEAPER[int(later)]
        clean = np.array([1 - imported, imported])[:, None, None, None]
        tier = SHARES[int(later)][None, :, None, None]
        band = np.array([1 - low, low])[None, None, :, None]
        stays = np.array([STAYING, 1 - STAYING])[None, None, None, :]
        mass = clean * tier * band * stays
        chance = RATES[None, :, None, None] * BY_PRICE[None, None, :, None] * (1 - FALL * later)
        chance = chance * np.array([1.0, 1 - NEWCOMERS * later])[None, None, None, :]
        hits = mass * chance * np.array([1.0, 0.0])[:, None, None, None]
        expected.append(Cells(sums=np.repeat(np.stack([hits, mass], axis=-1)[None] * 1e6, 8, axis=0)))
    parts = attribute(*expected)
    return {name: _value(parts, name) for name in ("whole", *PARTS)}


def _value(parts: Parts, name: str) -> float:
    part = getattr(parts, name)
    assert part is not None
    return float(part.value)


def coverage(runs: int) -> dict[str, float]:
    """How often each interval held the truth. A share is the part of a whole, so its truth is that of the whole."""
    true, held = truth(), dict.fromkeys(("size", *PARTS), 0)
    for seed in range(runs):
        rng = np.random.default_rng([seed, 7])
        parts = attribute(period(rng, BEFORE, later=False), period(rng, AFTER, later=True))
        held["size"] += parts.whole.low <= true["whole"] <= parts.whole.high
        for name in PARTS:
            part = getattr(parts, name)
            given = true[name] / true["whole"] * parts.whole.value
            held[name] += part is not None and part.low <= given <= part.high
    return {name: count / runs for name, count in held.items()}


def dated(runs: int, size: float, phi: float) -> tuple[float, float]:
    """How often the interval of a step's date held it, and its mean width in weeks."""
    weeks, held, width = BEFORE + AFTER, 0, 0
    for seed in range(runs):
        rng = np.random.default_rng([seed, 8])
        luck = lfilter([1.0], [1.0, -phi], rng.normal(0, 1, weeks + 50))[50:] * np.sqrt(1 - phi**2)
        found = step_date(
            LEVEL + WEEKLY * luck - size * (np.arange(weeks) >= BEFORE), np.full(weeks, float(A_WEEK))
        )
        if found is not None:
            held += found.low <= BEFORE <= found.high
            width += found.high - found.low + 1
    return held / runs, width / runs


def page(runs: int) -> tuple[str, bool]:
    """The page, Markdown, and whether no interval holds less than asked, and none of a share or the size more."""
    held = coverage(runs)
    dates = {(size, phi): dated(runs, size, phi) for size in STEPS for phi in MEMORIES}
    lines = [
        "# Do the intervals hold what they say?",
        "",
        f"Printed by `make bench-verdict RUNS={runs}`: invented deals whose true parts are known, {runs} times each.",
        f"Of 90 % intervals {LEAST:.0%} to {MOST:.0%} must hold it; that of a date may do so more often.",
        "",
        "| of | held |",
        "|---|---|",
        *(f"| {NAMES[name]} | {share:.1%} |" for name, share in held.items()),
        "",
        f"| date of a step over weeks that scatter by {100 * WEEKLY:.0f} points | held | weeks wide |",
        "|---|---|---|",
        *(
            f"| {100 * size:.0f} points, {phi:.0%} remembered from week to week | {share:.1%} | {width:.0f} |"
            for (size, phi), (share, width) in dates.items()
        ),
        "",
        "## What a verdict costs",
        "",
        str(cost()),
    ]
    kept = all(LEAST <= share <= MOST for share in held.values()) and all(
        d[0] >= LEAST for d in dates.values()
    )
    return "\n".join(line.rstrip() for line in lines) + "\n", kept


def main() -> int:
    """Print the page; 1 where an interval misses."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=600)
    parser.add_argument("--write", action="store_true", help=f"write {FIGURES.name}")
    options = parser.parse_args()
    text, kept = page(options.runs)
    print(text)
    if options.write:
        FIGURES.write_text(text, encoding="utf-8")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

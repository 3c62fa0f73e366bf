"""The page of the comparison: the table, who was sooner, and how each method was used."""

from __future__ import annotations

import platform
from importlib.metadata import version

import numpy as np

from benchmarks.detection.seeds import COMPARING
from benchmarks.detection.tables import Row, Table
from benchmarks.peers.compare import Measured, Sizes, wins
from benchmarks.peers.given import HORIZON, NULL_WEEKS, POINTS, TUNING
from benchmarks.peers.methods import OWN
from detectors import evaluate

INTRODUCTION = """# The detector beside other methods

Made by {command}: the same weekly win rates of sixty deals for every method, {nulls} series without a change
for {weeks} weeks after an ordinary first year, and {runs} series a fall, half a year after it. Slow methods get the
first of the same series; the table says how many. Seeds begin with {seed}, which nothing was tuned on.

- *As shipped*: weeks to a false alarm at the documented setting, with 90 % limits.
- *At matched false alarms*: the threshold that is reached once in 4,160 weeks on those nulls (one false alarm in two
  years over forty series), then the delay in weeks, median / mean, {horizon} for longer ones. Series alarmed before
  their fall are left out.
- *Moved to 20 deals*: weeks to a false alarm if that threshold is used on series of twenty deals a week, as one would
  who has not the nulls of every series. 4,160 would be perfect; more is safe.
- *Time*: microseconds of one core a series-week, simulation of the series included.

This detector gets the rates as they are and learns the calendar; the others get rates from which the true calendar
was taken out, and those that need a unit the standard deviation of the first year.
"""

USED = """## How each is used

- *This detector*: as shipped, with 80 % of the budget on falls or two-sided; matched like the others, which it would
  not need.
- *Page-Hinkley* (river): weekly rates. *Tuned on the truth*: one-sided, and of four deltas the one that finds a fall
  of 8 points soonest, found on series of the same simulator (seeds {tuning}). Nobody has such series of their own
  company.
- *FOCuS* (changepoint-online): Gaussian mean of unknown level, in standard deviations of the first year; both sides,
  or falls only. It is the exact generalised likelihood ratio test.
- *BOCPD* (changepoint): Gaussian of unknown mean and variance, a change expected every 250 weeks; an alarm when the
  odds that there has been one reach the level.
- *OLS-CUSUM* (statsmodels), *PELT* (ruptures, linear kernel, in C) and *Otava* (e-divisive with t-tests) are made for
  finished series: rerun each week, an alarm is the first change they report.
- *ADWIN* (river): over weekly rates, looked at each week, and over single deals in random order. Its delta is matched
  on a grid of eight.
- *Laney p'*: limits from the first year, all rules as in the book. Matched: limits widened alike.

None of them gives an interval of the start or an effect, and none learns a season. Few false alarms lie behind a
matched threshold (some {alarms}; of slow methods a handful), so delays are good to a tenth at best.
"""


def page(found: list[Measured], sizes: Sizes, seconds: float) -> str:
    """The page in Markdown."""
    sooner = wins(found)
    lines = [
        f"- at {points} points: {', '.join(names) if names else 'none'}" for points, names in sooner.items()
    ]
    head = ("method", "version", "as shipped", "weeks to a false alarm, as shipped")
    falls = tuple(f"{points} points" for points in POINTS)
    table = Table(
        title="Figures",
        head=(*head, *falls, "moved to 20 deals", "µs a series-week", "series"),
        rows=[_row(one, found) for one in found],
        note="In brackets: weeks later (+) or sooner (-) than this detector on the same series, ± a standard error.",
    )
    return "\n".join(
        [
            INTRODUCTION.format(
                command=_command(sizes),
                nulls=sizes.nulls,
                runs=sizes.runs,
                weeks=NULL_WEEKS,
                seed=COMPARING,
                horizon=HORIZON,
            ),
            table.markdown,
            "## Who is sooner\n\nBy more than two standard errors, at the same rate of false alarms:\n",
            "\n".join(lines) + "\n",
            USED.format(tuning=TUNING, alarms=round(sizes.nulls * NULL_WEEKS / 4160.0)),
            f"{seconds / 60:.0f} minutes. Python {platform.python_version()}, numpy {version('numpy')}.\n",
        ]
    )


def _command(sizes: Sizes) -> str:
    """What makes this page: the make target where it did, the sizes where they were others."""
    if sizes == Sizes():
        return "`make bench-peers`"
    options = f"--nulls {sizes.nulls} --runs {sizes.runs}"
    return f"`python -m benchmarks.peers {options}`, a shorter form of `make bench-peers`"


def _row(one: Measured, found: list[Measured]) -> Row:
    (own,) = (other for other in found if other.name == OWN)
    return (
        one.name,
        one.version,
        one.setting,
        "-" if one.shipped is None else _length(one.shipped),
        *(_delay(one, own, points) for points in POINTS),
        "-" if one.moved is None else _length(one.moved),
        f"{one.microseconds:,.0f}",
        f"{one.series[0]}, {one.series[1]}",
    )


def _length(found: evaluate.RunLength) -> str:
    if not found.alarms:
        return f"over {found.low:,.0f}"
    return f"{found.arl:,.0f} ({found.low:,.0f} to {found.high:,.0f})"


def _delay(one: Measured, own: Measured, points: int) -> str:
    if one.delays is None:
        return "no level does"
    delays = one.delays[points][np.isfinite(one.delays[points])]
    median = np.median(delays)
    shown = f"{f'>{HORIZON}' if median >= HORIZON else f'{median:.0f}'} / {delays.mean():.1f}"
    later = one.against(own, points)
    if one is own or later is None:
        return shown
    return f"{shown} ({later[0]:+.1f} ± {later[1]:.1f})"

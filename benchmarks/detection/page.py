"""The page of figures: how it was made, the tables, what was missed, and what they do not show."""

from __future__ import annotations

import platform
from importlib.metadata import version

from benchmarks.detection.measure import Sizes
from benchmarks.detection.seeds import SENTENCE
from benchmarks.detection.tables import Table
from benchmarks.detection.targets import BAR
from detectors.evaluate import EARLY

INTRODUCTION = """# What the online detector does, measured

Made by {command}. Weekly series of `detectors/simulate.py`: peaks and dips of the calendar, weekly
effects that remember (rho 0.02, phi 0.2), a slow drift from turnover, odd weeks; {nulls:,} series without a change a
family and {runs:,} series a change. The detector runs with its defaults and 80 % of the budget on the harmful
direction. {seeds}

A delay counts weeks of changed data, 1 is the first; the mean counts 156 for longer ones. Changes come 26 weeks after
the baseline. Series alarmed before their change are left out.

- *Oracle*: the CUSUM that knows level, season, noise, and the size, sign and shape of the change
  (`benchmarks/detection/oracle.py`), at the level that alarms once in 4,160 weeks on {odd:,} of the same nulls.
- *Learns the level only*: the same, but for the level.
- *Matched*: the detector at the bar that alarms once in 4,160 weeks after week 208 on those nulls, the harder
  comparison; *matched, 5 years*: once in 4,160 over the first 260 weeks, in which alarms are rarer because the
  evidence starts from nought.
- *Guaranteed*: h = 4,160 as shipped, one false alarm in two years over forty series.
"""

LIMITS = """## What these figures do not show

- Matched bars come from the same nulls that define them, for every method alike; some {own} alarms lie around the
  detector's, {oracle} around the oracle's, so a ratio is good to a tenth or so.
- No detector that has to learn the level can reach the oracle: *level only* says how far away the best of them stays,
  and that one still knows the size, the noise and the season.
- The oracle's likelihoods are Gaussian, with trimmed means' variance measured: for discounts, prices and batches a
  better one may exist, and those ratios flatter. It knows the effective deals of batches, not the batches.
- One change a series, 26 weeks after the baseline.
- Alarms, not mails: an alarm whose effect is more likely than not below `matters_if` is not mailed.
- A trend that goes on is a change: rows with one show how soon it is taken for one, not a fault.
- Real companies are odder than the simulator.
"""


def _command(sizes: Sizes) -> str:
    """What makes this page: the make target where it did, the sizes where they were others."""
    if sizes == Sizes():
        return "`make bench-detection`"
    options = f"--nulls {sizes.nulls} --odd {sizes.odd} --runs {sizes.runs}"
    return f"`python -m benchmarks.detection {options}`, a shorter form of `make bench-detection`"


def page(tables: list[Table], sizes: Sizes, seconds: float, workers: int) -> str:
    """The page in Markdown."""
    met, missed = (sum(table.count(word) for table in tables) for word in ("met", "MISSED"))
    lines = [line for table in tables for line in table.missed]
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "statsmodels"))
    return "\n".join(
        [
            INTRODUCTION.format(
                command=_command(sizes), nulls=sizes.nulls, odd=sizes.odd, runs=sizes.runs, seeds=SENTENCE
            ),
            f"Of {met + missed} targets {met} are met and {missed} missed.\n",
            *(table.markdown for table in tables),
            "## Missed targets\n\n" + ("\n".join(lines) or "None.") + "\n",
            LIMITS.format(
                own=round(sizes.nulls * (sizes.weeks - EARLY) / BAR),
                oracle=round(sizes.odd * sizes.weeks / BAR),
            ),
            f"{seconds / 60:.0f} minutes on {workers} processes. Python {platform.python_version()}, {packages}.\n",
        ]
    )

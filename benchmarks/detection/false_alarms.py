"""How long it takes to a false alarm at the detector's own bar, early and late apart."""

from __future__ import annotations

import math

from benchmarks.detection.families import Family
from benchmarks.detection.tables import MISSED, Row, Table
from benchmarks.detection.targets import BAR, KEPT, LOOSE, SURELY
from detectors import evaluate
from detectors.types import FloatArray

HEAD = ("series", "bar h", "weeks 1-208", "after week 208", "target: both at least h", "stretch")


def rows(family: Family, strength: FloatArray, *, target: bool) -> list[Row]:
    """Realised run lengths at both bars; `target` says whether they are a target or a stretch."""
    found = []
    for bar in (BAR, LOOSE):
        windows = evaluate.early_and_late(strength >= math.log(bar), family.learning)
        cells = tuple(shown(one) for one in windows)
        verdict = _verdict(windows, bar)
        judged = (verdict, "-") if target else ("-", verdict)
        found.append((family.name, f"{bar:,.0f}", *cells, *judged))
    return found


def shown(found: evaluate.RunLength) -> str:
    """Point (lower to upper limit; alarms)."""
    if not found.alarms:
        return f"over {found.low:,.0f} (no alarm)"
    return f"{found.arl:,.0f} ({found.low:,.0f} to {found.high:,.0f}; {found.alarms} alarms)"


def _verdict(windows: tuple[evaluate.RunLength, ...], bar: float) -> str:
    """Whether both run lengths reach the bar, and their lower limits 3,500 / 4,160 of it."""
    kept = all(math.isnan(one.arl) or one.arl >= KEPT * bar for one in windows)
    surely = all(one.low >= SURELY * bar for one in windows)
    if kept and surely:
        return "met"
    if any(one.high < bar for one in windows):
        return MISSED
    return f"{MISSED}, too few alarms to be sure" if kept else f"{MISSED}, within the limits"


def table(found: list[Row], nulls: int, odd: int, weeks: int) -> Table:
    """The table; `nulls` series a family, `odd` a family of the stretch, of `weeks` each."""
    return Table(
        title="Weeks to a false alarm",
        head=HEAD,
        rows=found,
        note=(
            f"{nulls:,} series a family ({odd:,} in a stretch), {weeks} weeks each after the baseline. In brackets\n"
            "90 % limits from the Poisson law, each of them a one-sided 95 % limit, and the alarms they rest on.\n"
            "Met: both run lengths reach h, and both lower limits 84 % of it (3,500 for 4,160)."
        ),
    )

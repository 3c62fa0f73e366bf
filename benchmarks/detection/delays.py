"""How soon a change is found: at the bar as shipped, and at bars matched to the oracle's run length."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.families import Asked, Family
from benchmarks.detection.oracle import Truth, oracle, semi_oracle
from benchmarks.detection.seeds import generator
from benchmarks.detection.tables import Row, Table
from benchmarks.detection.targets import BAR, LOOSE, Target
from detectors import evaluate
from detectors.calibrate import Bar, fit_level
from detectors.simulate import Change, Ordinary, Weekly, measures
from detectors.types import BoolArray, FloatArray

HORIZON = 156
FIVE_YEARS = 260

WEEKS_HEAD = (
    "series",
    "change",
    "oracle",
    "learns the level only",
    "matched",
    "matched, 5 years",
    "guaranteed",
    "guaranteed bar 260",
)
RATIOS_HEAD = (
    "series",
    "change",
    "level only",
    "matched, after 208",
    "matched, 5 years",
    "target (stretch)",
    "after 208",
    "5 years",
    "guaranteed",
    "target (stretch)",
    "guaranteed",
    "matched at 260",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Levels at which one family's nulls are alarmed once in BAR and in LOOSE weeks; None: too few to tell."""

    matched: Bar | None
    five_years: Bar | None
    loose: Bar | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Median and mean delay in weeks."""

    median: float
    mean: float

    @property
    def text(self) -> str:
        """Median / mean, as the tables have it."""
        median = f"{self.median:.0f}" if math.isfinite(self.median) else f">{HORIZON}"
        return f"{median} / {self.mean:.1f}"


def delay(alarm: BoolArray, at: int) -> Delay:
    """The delays of series without an alarm before their change."""
    fair = alarm[~alarm[:, :at].any(axis=1)]
    weeks = evaluate.delays(fair, at)
    return Delay(median=evaluate.median_delay(weeks), mean=evaluate.mean_delay(weeks, HORIZON))


def fitted(strength: FloatArray, start: int, wanted: float) -> Bar | None:
    """The level matched to a run length, None where there are too few nulls to tell."""
    try:
        return fit_level(strength, wanted=wanted, start=start)
    except ValueError:
        return None


def bars(family: Family, strength: FloatArray) -> Bars:
    """The detector's matched levels, from its nulls."""
    late = family.learning + evaluate.EARLY
    return Bars(
        matched=fitted(strength, late, BAR),
        five_years=fitted(strength[:, : family.learning + FIVE_YEARS], family.learning, BAR),
        loose=fitted(strength, late, LOOSE),
    )


def truth_of(family: Family, change: Change) -> Truth:
    """What the oracle knows of this change."""
    path = Change(at=0, size=change.size, shape=change.shape, over=change.over).path(change.over)
    return Truth(ordinary=family.ordinary, spread=family.deal_sd, step=path, sampling=_sampling(family))


def _sampling(family: Family) -> float:
    """Variance of a week's trimmed mean over that of a plain mean of as many deals."""
    if family.spread is None:
        return 1.0
    flat = Ordinary(
        deals=family.ordinary.deals, rate=0.0, rho=0.0, turnover=0.0, outliers=0.0,
        quarter_end_deals=0.0, quarter_end_rate=0.0, month_end_rate=0.0, holiday_deals=0.0,
    )  # fmt: skip
    made = measures(generator(99), 100, 200, flat, spread=family.spread, tail=family.tail)
    return float(np.mean(made.values**2 * made.n) / family.spread**2)


def compared(
    family: Family, label: str, asked: Asked, *, made: Weekly, own: FloatArray, null: Weekly, levels: Bars
) -> tuple[Row, Row]:
    """One change of one family: a row of weeks, and a row of ratios to the oracle with their verdicts."""
    at, truth = asked.change.at, truth_of(family, asked.change)
    knowing, on_null = oracle(made, truth), oracle(null, truth)
    best = _reached(knowing, fitted(on_null, family.learning, BAR), at)
    best_loose = _reached(knowing, fitted(on_null, family.learning, LOOSE), at)
    learning = fitted(semi_oracle(null, truth, family.learning), family.learning, BAR)
    half = _reached(semi_oracle(made, truth, family.learning), learning, at)
    matched, five_years = _reached(own, levels.matched, at), _reached(own, levels.five_years, at)
    guaranteed, loose = delay(own >= math.log(BAR), at), delay(own >= math.log(LOOSE), at)
    weeks = ("-" if one is None else one.text for one in (best, half, matched, five_years, guaranteed, loose))
    aims = (asked.ratios.matched, asked.ratios.guaranteed) if asked.ratios else (None, None)
    late, early, shipped = (_ratio(one, best) for one in (matched, five_years, guaranteed))
    ratios = (
        _text(_ratio(half, best)),
        _text(late),
        _text(early),
        aims[0].text if aims[0] else "-",
        _judged(late, aims[0]),
        _judged(early, aims[0]),
        _text(shipped),
        aims[1].text if aims[1] else "-",
        _judged(shipped, aims[1]),
        _text(_ratio(_reached(own, levels.loose, at), best_loose)),
    )
    return (family.name, label, *weeks), (family.name, label, *ratios)


def _reached(strength: FloatArray, bar: Bar | None, at: int) -> Delay | None:
    return None if bar is None else delay(strength >= bar.level, at)


def _ratio(own: Delay | None, best: Delay | None) -> float | None:
    return None if own is None or best is None else own.mean / best.mean


def _text(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def _judged(ratio: float | None, aim: Target | None) -> str:
    return "-" if ratio is None or aim is None else aim.verdict(round(ratio, 2))


def weeks_table(found: list[Row]) -> Table:
    """Delays in weeks."""
    return Table(title="Delay in weeks, median / mean", head=WEEKS_HEAD, rows=found)


def ratios_table(found: list[Row]) -> Table:
    """Mean delays over the oracle's."""
    return Table(
        title="Mean delay over the oracle's",
        head=RATIOS_HEAD,
        rows=found,
        note="The oracle's bar is matched to one false alarm in 4,160 weeks (260 in the last column) everywhere.",
    )

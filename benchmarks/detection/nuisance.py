"""What must not alarm, what must be told apart, and changes for the better: shocks, mix, regions, directions."""

from __future__ import annotations

import math

import numpy as np

from benchmarks.detection import targets
from benchmarks.detection.delays import Bars, delay
from benchmarks.detection.families import WIN_200, Family
from benchmarks.detection.seeds import generator
from benchmarks.detection.tables import Row, Table
from benchmarks.detection.targets import BAR, Target
from detectors import evaluate
from detectors.calibrate import strengths
from detectors.simulate import Change, Weekly, tiered_rates
from detectors.simulate_regions import regional_rates
from detectors.types import BoolArray, FloatArray

YEAR = 52
REGIONS = 6

SHARES_HEAD = ("what happens", "what is counted", "share (90 % limits)", "target", "verdict", "besides")
DIRECTIONS_HEAD = ("series", "change", "matched", "guaranteed")


def _counted(what: str, of: str, hits: BoolArray, aim: Target | None, besides: str) -> Row:
    low, high = evaluate.share_limits(int(hits.sum()), len(hits))
    share = float(hits.mean()) if len(hits) else math.nan
    shown = f"{share:.1%} ({low:.1%} to {high:.1%}; {len(hits)} series)"
    return (what, of, shown, aim.text if aim else "-", aim.verdict(share) if aim else "-", besides)


def shock(number: int, family: Family, size: float, runs: int, background: FloatArray, aim: Target) -> Row:
    """A shock of three weeks: which series are alarmed within a year; `background` are nulls of the family."""
    at = family.change_at
    wave = Change(at=at, size=size, shape="shock", over=3)
    made = family.make(generator(50, number, round(-100 * size)), runs, at + YEAR, wave)
    without = _alarmed(background, at, YEAR).mean()
    return _counted(
        f"{family.name}: {100 * size:.0f} points for 3 weeks",
        "alarmed within a year",
        _alarmed(strengths(family.scan(made)), at, YEAR),
        aim,
        f"without the shock {without:.1%}",
    )


def _alarmed(strength: FloatArray, at: int, weeks: int) -> BoolArray:
    """Which series are alarmed in the `weeks` from `at` on, of those without an alarm before."""
    alarm = strength[:, : at + weeks] >= math.log(BAR)
    found: BoolArray = np.any(alarm[~alarm[:, :at].any(axis=1)], axis=1)
    return found


def simpson(runs: int) -> list[Row]:
    """Fewer core deals, none won less often: how often the win rate is said to have fallen within two years."""
    at, weeks = WIN_200.change_at, 2 * YEAR
    mix = Change(at=at, size=-0.15)
    raw, adjusted = tiered_rates(generator(60), runs, at + weeks, WIN_200.ordinary, mix=mix)
    rows = []
    for name, made, aim in (("adjusted for mix", adjusted, targets.SIMPSON), ("raw", raw, None)):
        found = WIN_200.scan(made)
        strength = np.where(found.effect < 0.0, strengths(found), -np.inf)
        rows.append(
            _counted(
                f"win n=200, core 60 to 45 %, won as often: rate {name}",
                "said to have fallen, 2 years",
                _alarmed(strength, at, weeks),
                aim,
                "-",
            )
        )
    return rows


def regions(runs: int) -> list[Row]:
    """One of six regions falls, or all do: which contrast speaks, and whether any does."""
    return [_one_region(runs), *_all_regions(runs)]


def _one_region(runs: int) -> Row:
    whole, contrasts = _regional(Change(at=WIN_200.change_at, size=-0.12), 0, runs)
    first = np.stack([evaluate.first_alarm(alarm) for alarm in contrasts])
    weeks = np.where(np.isnan(first), np.inf, first)
    found = np.isfinite(weeks.min(axis=0)) & (weeks.min(axis=0) >= WIN_200.change_at)
    at = weeks.min(axis=0)[found]
    seen = _within(whole, WIN_200.change_at, YEAR).mean()
    return _counted(
        "one of 6 regions falls 12 points, 200 deals over all",
        "the first contrast alarmed is that region's",
        weeks[:, found].argmin(axis=0) == 0,
        targets.REGION,
        f"median {np.median(at) - WIN_200.change_at + 1:.0f} weeks; found {found.mean():.0%}; "
        f"the whole alone sees it within a year in {seen:.0%}",
    )


def _all_regions(runs: int) -> list[Row]:
    rows = []
    for size in (-0.05, -0.08):
        whole, contrasts = _regional(Change(at=WIN_200.change_at, size=size), None, runs)
        first = evaluate.first_alarm(whole)
        found = first >= WIN_200.change_at
        early = np.stack([evaluate.first_alarm(alarm) for alarm in contrasts]).T[found]
        spoke: BoolArray = np.any(early <= first[found][:, None], axis=1)
        middle = evaluate.median_delay(evaluate.delays(whole, WIN_200.change_at))
        rows.append(
            _counted(
                f"all 6 regions fall {-100 * size:.0f} points, 200 deals over all",
                "no contrast is alarmed before the whole",
                ~spoke,
                targets.REGION,
                f"median {middle:.0f} weeks; found {found.mean():.0%}",
            )
        )
    return rows


def _within(alarm: BoolArray, at: int, weeks: int) -> BoolArray:
    fair: BoolArray = np.any(alarm[~alarm[:, :at].any(axis=1), : at + weeks], axis=1)
    return fair


def _regional(change: Change, changing: int | None, runs: int) -> tuple[BoolArray, list[BoolArray]]:
    """Alarms of the whole and of each contrast at the guaranteed bar, each of its own bar as if one of forty."""
    made = regional_rates(
        generator(70, changing is None, round(-100 * change.size)),
        runs,
        WIN_200.change_at + 3 * YEAR,
        WIN_200.ordinary,
        change,
        regions=REGIONS,
        changing=changing,
    )

    def alarms(series: Weekly) -> BoolArray:
        alarm: BoolArray = strengths(WIN_200.scan(series)) >= math.log(BAR)
        return alarm

    return alarms(made.whole), [alarms(one) for one in made.contrasts]


def direction(number: int, family: Family, points: int, runs: int, levels: Bars) -> Row:
    """A change for the better, which has the smaller part of the budget."""
    change = Change(at=family.change_at, size=points / 100)
    made = family.make(generator(80, number, points), runs, family.change_at + 156, change)
    own = strengths(family.scan(made))
    matched = "-" if levels.matched is None else delay(own >= levels.matched.level, change.at).text
    return (family.name, f"+{points} points", matched, delay(own >= math.log(BAR), change.at).text)


def shares_table(found: list[Row]) -> Table:
    """Shocks, Simpson, regions."""
    return Table(title="Shocks, mix and regions, at the guaranteed bar", head=SHARES_HEAD, rows=found)


def directions_table(found: list[Row]) -> Table:
    """Changes for the better."""
    return Table(
        title="Changes for the better: delay in weeks, median / mean",
        head=DIRECTIONS_HEAD,
        rows=found,
        note="Four fifths of the budget watch for harm; this is what the other direction gets. No target was set.",
    )

"""Everything that is measured, on as many processes as asked for; the same figures whatever their number."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from benchmarks.detection import delays, false_alarms, intervals, nuisance, speed, targets
from benchmarks.detection.families import FAMILIES, STRETCH, WIN_60, WIN_200, Family
from benchmarks.detection.seeds import generator
from benchmarks.detection.tables import Row, Table
from detectors.calibrate import strengths
from detectors.simulate import Weekly

SHOCKS = {
    WIN_60.name: ((-0.12, targets.SHOCK_12),),
    WIN_200.name: ((-0.12, targets.SHOCK_12), (-0.20, targets.SHOCK_20)),
}
ROOT = Path(__file__).resolve().parents[2]
PRINTING = ("page", "__main__", "tables", "speed")  # change no row of a part
BETTER = {WIN_60.name: (8, 12), WIN_200.name: (8,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many series: nulls a family, nulls a family of the stretch and of the oracle, runs a change.

    weeks  how long nulls are watched after the baseline
    long   after how many weeks the state is weighed
    """

    nulls: int = 1500
    odd: int = 500
    runs: int = 500
    weeks: int = 600
    long: int = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows, by table."""

    lengths: list[Row] = field(default_factory=list)
    weeks: list[Row] = field(default_factory=list)
    ratios: list[Row] = field(default_factory=list)
    intervals: list[Row] = field(default_factory=list)
    shares: list[Row] = field(default_factory=list)
    directions: list[Row] = field(default_factory=list)

    def add(self, other: Found) -> None:
        """Append the rows of `other`."""
        for name in ("lengths", "weeks", "ratios", "intervals", "shares", "directions"):
            getattr(self, name).extend(getattr(other, name))


def measure(
    sizes: Sizes, workers: int, peers: Path | None, keep: Path | None, say: Callable[[str], None]
) -> list[Table]:
    """The tables of the page; `say` hears of each part that is done.

    `keep` is a folder for finished parts: a run that was stopped goes on from them, as long as the code is the same.
    """
    parts = [
        *((_family, number) for number in range(len(FAMILIES))),
        (_regions, 0),
        (_simpson, 0),
        *((_odd, number) for number in range(len(STRETCH))),
    ]
    found = Found()
    with ProcessPoolExecutor(workers) as pool:
        for name, seconds, part in pool.map(_timed, parts, [sizes] * len(parts), [keep] * len(parts)):
            found.add(part)
            say(f"{name}: {seconds:.0f} s")
    return [
        false_alarms.table(found.lengths, sizes.nulls, sizes.odd, sizes.weeks),
        delays.ratios_table(found.ratios),
        delays.weeks_table(found.weeks),
        intervals.table(found.intervals),
        nuisance.shares_table(found.shares),
        nuisance.directions_table(found.directions),
        speed.table(speed.rows(peers, sizes.long)),
    ]


Part = tuple[Callable[[int, Sizes], tuple[str, Found]], int]


def _timed(part: Part, sizes: Sizes, keep: Path | None) -> tuple[str, float, Found]:
    """Name, processor time and rows of a part, from `keep` if it is there."""
    work, number = part
    place = None if keep is None else keep / f"{work.__name__}-{number}-{_same(sizes)}.pickle"
    if place is not None and place.exists():
        kept: tuple[str, float, Found] = pickle.loads(place.read_bytes())  # noqa: S301 - written below
        return kept
    begun = time.process_time()
    name, found = work(number, sizes)
    done = (name, time.process_time() - begun, found)
    if place is not None:
        place.write_bytes(pickle.dumps(done))
    return done


def _same(sizes: Sizes) -> str:
    """What is the same as long as sizes and code are."""
    code = sorted(
        path for room in ("detectors", "benchmarks/detection") for path in (ROOT / room).glob("*.py")
    )
    said = repr(sizes).encode() + b"".join(path.read_bytes() for path in code if path.stem not in PRINTING)
    return sha256(said).hexdigest()[:16]


def _family(number: int, sizes: Sizes) -> tuple[str, Found]:
    """Nulls and changes of one family."""
    family, found = FAMILIES[number], Found()
    null = family.make(generator(0, number), sizes.nulls, family.learning + sizes.weeks)
    strength = strengths(family.scan(null))
    found.lengths.extend(false_alarms.rows(family, strength, target=True))
    levels = delays.bars(family, strength)
    some = replace(null, values=null.values[: sizes.odd], n=null.n[: sizes.odd])
    for place, label in enumerate(family.asked):
        found.add(_change(number, place, family, label, some, levels, sizes.runs))
    for size, aim in SHOCKS.get(family.name, ()):
        found.shares.append(nuisance.shock(number, family, size, 2 * sizes.runs, strength, aim))
    for points in BETTER.get(family.name, ()):
        found.directions.append(nuisance.direction(number, family, points, sizes.runs, levels))
    return family.name, found


def _change(
    number: int, place: int, family: Family, label: str, null: Weekly, levels: delays.Bars, runs: int
) -> Found:
    asked = family.asked[label]
    made = family.make(generator(1, number, place), runs, family.change_at + delays.HORIZON, asked.change)
    readings = family.scan(made)
    own = strengths(readings)
    weeks, ratios = delays.compared(family, label, asked, made=made, own=own, null=null, levels=levels)
    return Found(
        weeks=[weeks],
        ratios=[ratios],
        intervals=[intervals.row(family.name, label, readings, own, asked.change)],
    )


def _odd(number: int, sizes: Sizes) -> tuple[str, Found]:
    """Nulls whose nature the detector does not know."""
    family = STRETCH[number]
    null = family.make(generator(2, number), sizes.odd, family.learning + sizes.weeks)
    rows = false_alarms.rows(family, strengths(family.scan(null)), target=False)
    return family.name, Found(lengths=rows)


def _simpson(_: int, sizes: Sizes) -> tuple[str, Found]:
    return "mix", Found(shares=nuisance.simpson(2 * sizes.runs))


def _regions(_: int, sizes: Sizes) -> tuple[str, Found]:
    return "regions", Found(shares=nuisance.regions(sizes.runs // 2))

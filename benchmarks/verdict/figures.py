"""From outcomes to a page: the confusion matrix by scenario, and each target beside what was measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from benchmarks.verdict.lived import WITHIN, Case, Outcome
from benchmarks.verdict.scenarios import FULL_SIZE, SCENARIOS
from monitor.types import Verdict

VERDICTS: tuple[str, ...] = get_args(Verdict)
LEAST_VOLUME = 60.0
Lived = Sequence[tuple[Case, Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One figure with what it must be. `of` cases were looked at."""

    name: str
    hits: int
    of: int
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the figure keeps the target; nothing looked at misses nothing."""
        share = self.hits / self.of if self.of else None
        if share is None:
            return True
        return (self.least is None or share >= self.least) and (self.most is None or share <= self.most)

    def line(self) -> str:
        """A row of the table."""
        wanted = f"at least {self.least:.0%}" if self.least is not None else f"at most {self.most:.0%}"
        share = f"{self.hits / self.of:.0%}" if self.of else "-"
        return f"| {self.name} | {self.hits} of {self.of} | {share} | {wanted} | {'met' if self.met else 'MISSED'} |"


def targets(lived: Lived) -> list[Target]:
    """What is asked at the full size, at LEAST_VOLUME and more deals a week."""
    full = [(c, o) for c, o in lived if c.size >= FULL_SIZE and c.volume >= LEAST_VOLUME]
    every_cause = [
        (c, o) for c, o in full if SCENARIOS[c.scenario].verdicts and not SCENARIOS[c.scenario].shares
    ]
    with_shocks = [(c, o) for c, o in every_cause if o.weeks is not None]
    single = [(c, o) for c, o in every_cause if c.scenario != "shock"]
    found = [(c, o) for c, o in single if o.weeks is not None]
    ours = [(c, o) for c, o in found if "market_shift" in SCENARIOS[c.scenario].never]
    every = [(c, o) for c, o in full if o.weeks is not None]
    mixed = [(c, o) for c, o in every if _has_shares(c, o)]
    return [
        Target(name=f"found within {WITHIN} weeks", hits=len(found), of=len(single), least=0.8),
        Target(
            name="of those, the right verdict",
            hits=sum(right(c, o) for c, o in found),
            of=len(found),
            least=0.9,
        ),
        Target(
            name="the same, shocks counted too",
            hits=sum(right(c, o) for c, o in with_shocks),
            of=len(with_shocks),
            least=0.9,
        ),
        Target(
            name="our own doing called a market shift",
            hits=sum(o.last == "market_shift" for _, o in ours),
            of=len(ours),
            most=0.02,
        ),
        Target(
            name="a single cause left unclear",
            hits=sum(
                o.last == "unclear" and "unclear" not in SCENARIOS[c.scenario].verdicts for c, o in found
            ),
            of=len(found),
            most=0.15,
        ),
        Target(
            name="a mixed case's shares within 0.15 of the move",
            hits=sum(_near(c, o) for c, o in mixed),
            of=len(mixed),
            least=0.9,
        ),
        Target(
            name="at most one change of verdict",
            hits=sum(o.flips <= 1 for _, o in every),
            of=len(every),
            least=0.95,
        ),
    ]


def right(case: Case, outcome: Outcome) -> bool:
    """Whether the last verdict is one of those that fit."""
    return outcome.last in SCENARIOS[case.scenario].verdicts


def _has_shares(case: Case, outcome: Outcome) -> bool:
    return bool(SCENARIOS[case.scenario].shares) and outcome.headline == "win_rate"


def _near(case: Case, outcome: Outcome) -> bool:
    whole = outcome.whole or 1.0
    return all(
        outcome.shares.get(name) is not None and abs((outcome.shares[name] or 0.0) / whole - truth) <= 0.15
        for name, truth in SCENARIOS[case.scenario].shares.items()
    )


def page(lived: Lived, command: str) -> str:
    """The whole page, Markdown."""
    return "\n".join(_page(lived, command)) + "\n"


def _page(lived: Lived, command: str) -> Iterator[str]:
    yield "# Is the verdict right?"
    yield ""
    yield (
        f"Printed by `{command}`: {len(lived)} simulated companies, each lived through week by week. A verdict is "
        f"read after it was followed for 13 weeks, or when the change closed."
    )
    yield ""
    for size, volume in sorted({(case.size, case.volume) for case, _ in lived}, reverse=True):
        here = [(c, o) for c, o in lived if (c.size, c.volume) == (size, volume)]
        yield from _matrix(here, size, volume)
    yield f"## Targets, at {100 * FULL_SIZE:.0f} points and {LEAST_VOLUME:.0f} or more new deals a week"
    yield ""
    yield "| | cases | share | target | |"
    yield "|---|---|---|---|---|"
    yield from (target.line() for target in targets(lived))


def _matrix(lived: Lived, size: float, volume: float) -> Iterator[str]:
    seeds = len({case.seed for case, _ in lived})
    yield f"## {100 * size:g} points, {volume:g} new deals a week: {seeds} seeds a scenario"
    yield ""
    names = " | ".join((*VERDICTS, "not found", "median weeks", "at most one change", "start in interval"))
    yield f"| what happens | {names} |"
    yield "|---" * (len(VERDICTS) + 5) + "|"
    for name, scenario in SCENARIOS.items():
        outcomes = [o for c, o in lived if c.scenario == name]
        if not outcomes:
            continue
        found = [o for o in outcomes if o.weeks is not None]
        counts = Counter(o.last for o in found)
        cells = [_cell(counts[verdict], verdict in scenario.verdicts) for verdict in VERDICTS]
        weeks = sorted(o.weeks for o in found if o.weeks is not None)
        yield (
            f"| {name}: {scenario.says} | {' | '.join(cells)} | {len(outcomes) - len(found) or ''} | "
            f"{weeks[len(weeks) // 2] if weeks else '-'} | {sum(o.flips <= 1 for o in found)} of {len(found)} | "
            f"{sum(o.dated for o in found)} of {len(found)} |"
        )
    yield ""


def _cell(count: int, wanted: bool) -> str:
    if not count:
        return "·" if wanted else ""
    return f"**{count}**" if wanted else str(count)
